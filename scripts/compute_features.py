"""Compute one family of features for the objects of one shard."""

import os
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import write_parquet


def main(shard: str, objects: str, split: str, family: str, options: dict[str, Any], kernels: str, output: str) -> None:
    os.environ["NUMBA_CACHE_DIR"] = kernels
    # Imported here because numba reads NUMBA_CACHE_DIR when it is first imported.
    from tde.features.table import compute_table

    table = pq.read_table(objects, columns=["object_id", "z", "ebv", "split"])
    mine = table.filter(pc.equal(table["split"], split))
    if not len(mine):
        known = ", ".join(sorted(pc.unique(table["split"]).to_pylist()))
        raise InputError(f"{objects}: no object is in split {split!r}; found: {known}")
    lightcurves = read_shard(shard, mine)
    features = compute_table(family, lightcurves, options)
    write_parquet(output, features)
    print(f"{output}: {len(lightcurves)} objects, {len(lightcurves.mjd)} visits, {features.num_columns - 1} features")


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
