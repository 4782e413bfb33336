"""Compute the features of the test objects of a batch with what a family has learnt from the training objects."""

from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import read_curves_of_set
from tde.features.shared.learning import read_learnt
from tde.features.table import compute_table
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_shard, write_parquet


def main(
    *,
    shards: list[str],
    objects: str,
    curves: dict[str, list[str]],
    learnt: str,
    compiled: str,
    family: str,
    options: dict[str, Any],
    features: str,
) -> None:
    use_compiled(compiled)
    lightcurves = read_shards(shards, read_objects_with_shard(objects))
    fitted = {name: read_curves_of_set(paths, lightcurves.object_id) for name, paths in curves.items()}
    table = compute_table(family, lightcurves, options, fitted, read_learnt(learnt))
    write_parquet(features, table)
    print(f"{features}: {table.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            curves={name: snakemake.input[f"test_{name}"] for name in snakemake.params.reads},
            learnt=snakemake.input.learnt,
            compiled=snakemake.input.compiled,
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            features=snakemake.output.features,
        )
