"""Validate the list of objects of one set."""

from tde.ingest.logs import read_log
from tde.runlog import run_log
from tde.tables import write_json, write_parquet


def main(log: str, splits: list[str], labelled: bool, objects: str, report: str) -> None:
    table, counts = read_log(log, splits, labelled)
    write_parquet(objects, table)
    write_json(report, counts)
    print("\n".join(f"{name}: {value}" for name, value in counts.items()))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            log=snakemake.input.log,
            splits=snakemake.params.splits,
            labelled=snakemake.wildcards.set == "train",
            objects=snakemake.output.objects,
            report=snakemake.output.report,
        )
