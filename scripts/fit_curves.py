"""Fit one family's curves for the light curves of a batch and compute its features from them, set by set."""

from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import write_curves
from tde.features.table import compute_table, fit_curves
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_shard, write_parquet


def main(
    *,
    shards: dict[str, list[str]],
    objects: dict[str, str],
    family: str,
    options: dict[str, Any],
    compiled: str,
    curves: dict[str, str],
    features: dict[str, str],
) -> None:
    use_compiled(compiled)
    for name, output in features.items():
        lightcurves = read_shards(shards[name], read_objects_with_shard(objects[name]))
        fitted = fit_curves(family, lightcurves, options)
        write_curves(curves[name], fitted)
        table = compute_table(family, lightcurves, options, {family: fitted})
        write_parquet(output, table)
        print(f"{output}: {table.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        sets = snakemake.params.sets
        main(
            shards={name: snakemake.input[f"{name}_shards"] for name in sets},
            objects=dict(zip(sets, snakemake.input.objects, strict=True)),
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            compiled=snakemake.input.compiled,
            curves=dict(zip(sets, snakemake.output.curves, strict=True)),
            features=dict(zip(sets, snakemake.output.features, strict=True)),
        )
