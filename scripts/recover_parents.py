"""Recover the real parent of each training object, for grouping folds only."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.evaluation.parents import label_parents, spacings
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import write_parquet


def main(*, shards: list[str], objects: str, output: str) -> None:
    table = pq.read_table(objects, columns=["object_id", "z", "distance_modulus", "ebv", "shard", "spec_type"])
    shard = table["shard"].to_numpy()
    spacing = np.full(len(table), np.nan)
    for path in shards:
        rows = np.flatnonzero(shard == Path(path).stem)
        if not len(rows):
            raise InputError(f"{path}: {objects} holds no object of shard {Path(path).stem!r}")
        spacing[rows] = spacings(read_shard(path, table.take(pa.array(rows))))
    parents = label_parents(spacing, table["z"].to_numpy(), table["spec_type"].to_pylist())
    write_parquet(output, table.select(["object_id", "spec_type"]).append_column("parent", pa.array(parents)))
    measured = int(np.isfinite(spacing).sum())
    print(f"{output}: {len(table)} objects, {measured} on a measurable grid, {len(np.unique(parents))} parents")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(shards=snakemake.input.shards, objects=snakemake.input.objects, output=snakemake.output.training)
