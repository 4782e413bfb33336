"""Compute one family of features for the light curves of a batch, set by set."""

from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import read_curves_of_set
from tde.features.table import compute_table
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_shard, write_parquet


def main(
    *,
    shards: dict[str, list[str]],
    objects: dict[str, str],
    curves: dict[str, dict[str, list[str]]],
    family: str,
    options: dict[str, Any],
    compiled: str,
    features: dict[str, str],
) -> None:
    use_compiled(compiled)
    for name, output in features.items():
        lightcurves = read_shards(shards[name], read_objects_with_shard(objects[name]))
        fitted = {read: read_curves_of_set(paths, lightcurves.object_id) for read, paths in curves[name].items()}
        table = compute_table(family, lightcurves, options, fitted)
        write_parquet(output, table)
        print(f"{output}: {table.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        sets = snakemake.params.sets
        main(
            shards={name: snakemake.input[f"{name}_shards"] for name in sets},
            objects=dict(zip(sets, snakemake.input.objects, strict=True)),
            curves={
                name: {read: snakemake.input[f"{name}_{read}"] for read in snakemake.params.reads} for name in sets
            },
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            compiled=snakemake.input.compiled,
            features=dict(zip(sets, snakemake.output.features, strict=True)),
        )
