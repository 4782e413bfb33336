"""Fit one family's curves and compute its features from them, shard by shard."""

from pathlib import Path
from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import write_curves
from tde.features.table import compute_table, fit_curves
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_parquet


def main(
    *,
    shards: list[str],
    objects: list[str],
    family: str,
    options: dict[str, Any],
    compiled: str,
    curves: list[str],
    features: list[str],
) -> None:
    use_compiled(compiled)
    for k, (shard, output) in enumerate(zip(shards, features, strict=True)):
        lightcurves = read_shard(shard, read_objects(objects[k], Path(shard).stem))
        fitted = fit_curves(family, lightcurves, options)
        write_curves(curves[k], fitted)
        table = compute_table(family, lightcurves, options, {family: fitted})
        write_parquet(output, table)
        print(f"{output}: {table.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            compiled=snakemake.input.compiled,
            curves=snakemake.output.curves,
            features=snakemake.output.features,
        )
