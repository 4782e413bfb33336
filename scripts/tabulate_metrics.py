"""Put the scores of the reported blends and models side by side."""

from tde.evaluation.leaderboard import leaderboard_table
from tde.pages.sheet import write_table
from tde.runlog import run_log
from tde.tables import read_json, write_text


def main(*, metrics: list[str], names: list[str], table: str, data: str, text: str, page: str) -> None:
    scores = {name: read_json(path) for name, path in zip(names, metrics, strict=True)}
    leaderboard = leaderboard_table("Scores of all models", scores)
    write_table(leaderboard, csv=table, data=data, page=page)
    write_text(text, leaderboard.markdown())
    print(leaderboard.markdown())


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            metrics=[*snakemake.input.blends, *snakemake.input.models],
            names=snakemake.params.names,
            table=snakemake.output.table,
            data=snakemake.output.data,
            text=snakemake.output.text,
            page=snakemake.output.page,
        )
