"""Validate the list of objects of one set."""

from tde.ingest.logs import read_log
from tde.ingest.shards import place_in_shards
from tde.runlog import run_log
from tde.tables import ROW_GROUP, write_json, write_parquet


def main(log: str, n_shards: dict[str, int], labelled: bool, objects: str, report: str) -> None:
    table, counts = read_log(log, list(n_shards), labelled)
    write_parquet(objects, place_in_shards(table, n_shards, log), ROW_GROUP)
    write_json(report, counts)
    print("\n".join(f"{name}: {value}" for name, value in counts.items()))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            log=snakemake.input.log,
            n_shards=snakemake.params.n_shards,
            labelled=snakemake.wildcards.set == "train",
            objects=snakemake.output.objects,
            report=snakemake.output.report,
        )
