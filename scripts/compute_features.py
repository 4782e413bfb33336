"""Compute one family of features, shard by shard."""

from pathlib import Path
from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import read_curves
from tde.features.table import compute_table
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_parquet


def main(
    *,
    shards: list[str],
    objects: list[str],
    curves: dict[str, list[str]],
    family: str,
    options: dict[str, Any],
    compiled: str,
    features: list[str],
) -> None:
    use_compiled(compiled)
    for k, (shard, output) in enumerate(zip(shards, features, strict=True)):
        lightcurves = read_shard(shard, read_objects(objects[k], Path(shard).stem))
        fitted = {name: read_curves(paths[k], lightcurves.object_id) for name, paths in curves.items()}
        table = compute_table(family, lightcurves, options, fitted)
        write_parquet(output, table)
        print(f"{output}: {table.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            curves={name: snakemake.input[name] for name in snakemake.params.reads},
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            compiled=snakemake.input.compiled,
            features=snakemake.output.features,
        )
