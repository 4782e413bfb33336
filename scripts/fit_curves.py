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
    shard: str,
    objects: str,
    family: str,
    options: dict[str, Any],
    compiled: str,
    curves_output: str,
    features_output: str,
) -> None:
    use_compiled(compiled)
    lightcurves = read_shard(shard, read_objects(objects, Path(shard).stem))
    curves = fit_curves(family, lightcurves, options)
    write_curves(curves_output, curves)
    features = compute_table(family, lightcurves, options, {family: curves})
    write_parquet(features_output, features)
    print(f"{features_output}: {features.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        for k in range(len(snakemake.input.shards)):
            main(
                snakemake.input.shards[k],
                snakemake.input.objects[k],
                snakemake.wildcards.family,
                snakemake.params.options,
                snakemake.input.compiled,
                snakemake.output.curves[k],
                snakemake.output.features[k],
            )
