"""Compute one family of features for the objects of one shard."""

from typing import Any

from tde.features.table import compute_table
from tde.kernels import use_kernels
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_parquet


def main(shard: str, objects: str, split: str, family: str, options: dict[str, Any], kernels: str, output: str) -> None:
    use_kernels(kernels)
    lightcurves = read_shard(shard, read_objects(objects, split))
    features = compute_table(family, lightcurves, options)
    write_parquet(output, features)
    print(f"{output}: {features.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            snakemake.input.shard,
            snakemake.input.objects,
            snakemake.wildcards.split,
            snakemake.wildcards.family,
            snakemake.params.options,
            snakemake.input.kernels,
            snakemake.output.features,
        )
