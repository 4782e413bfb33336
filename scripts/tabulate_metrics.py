"""Put the scores of the reported blends and models side by side."""

from tde.evaluation.leaderboard import HEADER, NOTES, leaderboard_cells, leaderboard_markdown, leaderboard_rows
from tde.report.html_tables import write_html_table
from tde.runlog import run_log
from tde.tables import read_json, write_atomically, write_rows


def main(metrics: list[str], names: list[str], table: str, text: str, page: str) -> None:
    scores = {name: read_json(path) for name, path in zip(names, metrics, strict=True)}
    rows = leaderboard_rows(scores)
    write_rows(table, rows)
    markdown = leaderboard_markdown(rows)
    write_atomically(text, lambda path: path.write_text(markdown, encoding="utf-8"))
    write_html_table(page, "Scores of all models", HEADER, leaderboard_cells(rows), NOTES)
    print(markdown)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            metrics=[*snakemake.input.blends, *snakemake.input.models],
            names=snakemake.params.names,
            table=snakemake.output.table,
            text=snakemake.output.text,
            page=snakemake.output.page,
        )
