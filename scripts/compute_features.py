"""Compute one family of features, shard by shard."""

from pathlib import Path
from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import read_curves
from tde.features.registry import curves_read
from tde.features.table import compute_table
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_parquet


def main(
    shard: str,
    objects: str,
    curves: list[str],
    family: str,
    options: dict[str, Any],
    compiled: str,
    output: str,
) -> None:
    use_compiled(compiled)
    lightcurves = read_shard(shard, read_objects(objects, Path(shard).stem))
    needed = (read_curves(path, lightcurves.object_id) for path in curves)
    features = compute_table(family, lightcurves, options, dict(zip(curves_read(family), needed, strict=True)))
    write_parquet(output, features)
    print(f"{output}: {features.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        n_shards = len(snakemake.input.shards)
        for k in range(n_shards):
            main(
                snakemake.input.shards[k],
                snakemake.input.objects[k],
                list(snakemake.input.curves)[k::n_shards],
                snakemake.wildcards.family,
                snakemake.params.options,
                snakemake.input.compiled,
                snakemake.output.features[k],
            )
