"""Validate the list of objects of one set."""

from tde.ingest.object_list import read_object_list
from tde.ingest.shards import place_in_shards
from tde.runlog import run_log
from tde.tables import ROW_GROUP, write_json, write_parquet


def main(*, object_list: str, n_shards: dict[str, int], labelled: bool, objects: str, report: str) -> None:
    table, counts = read_object_list(object_list, list(n_shards), labelled)
    write_parquet(objects, place_in_shards(table, n_shards, object_list), ROW_GROUP)
    write_json(report, counts)
    print("\n".join(f"{name}: {value}" for name, value in counts.items()))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            object_list=snakemake.input.object_list,
            n_shards=snakemake.params.n_shards,
            labelled=snakemake.wildcards.set == "train",
            objects=snakemake.output.objects,
            report=snakemake.output.report,
        )
