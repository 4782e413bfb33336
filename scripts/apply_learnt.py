"""Compute the features of one shard of the test set with what a family has learnt from the training objects."""

from pathlib import Path
from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import read_curves
from tde.features.shared.learning import read_learnt
from tde.features.table import compute_table
from tde.lightcurves import read_shard
from tde.runlog import run_log
from tde.tables import read_objects, write_parquet


def main(
    *,
    shard: str,
    objects: str,
    curves: dict[str, str],
    learnt: str,
    compiled: str,
    family: str,
    options: dict[str, Any],
    features: str,
) -> None:
    use_compiled(compiled)
    lightcurves = read_shard(shard, read_objects(objects, Path(shard).stem))
    fitted = {name: read_curves(path, lightcurves.object_id) for name, path in curves.items()}
    table = compute_table(family, lightcurves, options, fitted, read_learnt(learnt))
    write_parquet(features, table)
    print(f"{features}: {table.num_columns - 1} features of {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shard=snakemake.input.shard,
            objects=snakemake.input.objects,
            curves={name: snakemake.input[name][0] for name in snakemake.params.reads},
            learnt=snakemake.input.learnt,
            compiled=snakemake.input.compiled,
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            features=snakemake.output.features,
        )
