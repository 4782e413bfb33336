"""Let one family learn from the training part of each fold, and compute its features for all training objects."""

from typing import Any

import numpy as np

from tde.compiled.cache import use_compiled
from tde.curves import read_curves_of_set
from tde.evaluation.folds import read_folds
from tde.evaluation.objects import read_training_objects
from tde.features.shared.learning import OUTSIDE, Sample, draw_halves
from tde.features.table import compute_table, learn
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_shard, read_parquet, write_parquet


def main(
    *,
    shards: list[str],
    objects: dict[str, str],
    curves: dict[str, dict[str, list[str]]],
    training: str,
    folds: str,
    compiled: str,
    family: str,
    options: dict[str, Any],
    kind: str,
    n_folds: int,
    output: dict[str, list[str]],
) -> None:
    use_compiled(compiled)
    known = read_training_objects(training)
    spec_type = read_parquet(training, ["spec_type"])["spec_type"].to_numpy()
    of_kind = read_folds(read_parquet(folds), known.object_id, kind)
    seen = {
        name: (
            read_shards(shards, read_objects_with_shard(objects[name])),
            {read: read_curves_of_set(paths, known.object_id) for read, paths in curves[name].items()},
        )
        for name in output
    }

    for place in range(len(next(iter(output.values())))):
        repeat, fold = divmod(place, n_folds)
        inside = of_kind[repeat] != fold
        sample = Sample(spec_type, np.where(inside, draw_halves(known.parents, seed=repeat), OUTSIDE))
        learnt = None
        for name, paths in output.items():  # the exact redshifts come first, and are learnt from
            lightcurves, fitted = seen[name]
            learnt = learnt or learn(family, lightcurves, sample, options, fitted)
            write_parquet(paths[place], compute_table(family, lightcurves, options, fitted, learnt, sample.half))
        print(f"{kind} folds, repeat {repeat}, fold {fold}: {family} has learnt from {inside.sum()} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        sets = snakemake.params.sets
        main(
            shards=snakemake.input.shards,
            objects=dict(zip(sets, snakemake.input.objects, strict=True)),
            curves={
                name: {read: snakemake.input[f"{name}_{read}"] for read in snakemake.params.reads} for name in sets
            },
            training=snakemake.input.training,
            folds=snakemake.input.folds,
            compiled=snakemake.input.compiled,
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            kind=snakemake.wildcards.kind,
            n_folds=snakemake.params.n_folds,
            # the sets take turns among the files
            output={name: list(snakemake.output.features[k :: len(sets)]) for k, name in enumerate(sets)},
        )
