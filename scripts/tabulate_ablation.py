"""Tabulate what each family of features is worth to a model."""

from tde.evaluation.ablation import HEADER, NOTES, ablation_cells, ablation_rows
from tde.evaluation.leaderboard_page import markdown_table
from tde.report.html_tables import write_html_table
from tde.runlog import run_log
from tde.tables import read_json, write_atomically, write_rows


def main(metrics: list[str], model: str, table: str, text: str, page: str) -> None:
    rows = ablation_rows([read_json(path) for path in metrics])
    write_rows(table, rows)
    title = f"What each family is worth to {model}"
    cells = ablation_cells(rows)
    markdown = "\n\n".join([f"## {title}", markdown_table(HEADER, cells), *NOTES]) + "\n"
    write_atomically(text, lambda path: path.write_text(markdown, encoding="utf-8"))
    write_html_table(page, title, HEADER, cells, NOTES)
    print(markdown)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            list(snakemake.input.metrics),
            snakemake.params.model,
            snakemake.output.table,
            snakemake.output.text,
            snakemake.output.page,
        )
