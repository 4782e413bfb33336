"""Let one family learn from all training objects, keep what it has learnt, and compute these objects' features."""

from typing import Any

from tde.compiled.cache import use_compiled
from tde.curves import read_curves_of_set
from tde.evaluation.objects import read_training_objects
from tde.features.shared.learning import Sample, draw_halves, write_learnt
from tde.features.table import compute_table, learn
from tde.lightcurves import read_shards
from tde.runlog import run_log
from tde.tables import read_objects_with_shard, read_parquet, write_parquet

SEED = 0
"""Of the halves."""


def main(
    *,
    shards: list[str],
    objects: str,
    curves: dict[str, list[str]],
    training: str,
    compiled: str,
    family: str,
    options: dict[str, Any],
    features: str,
    learnt: str,
) -> None:
    use_compiled(compiled)
    known = read_training_objects(training)
    spec_type = read_parquet(training, ["spec_type"])["spec_type"].to_numpy()
    sample = Sample(spec_type, draw_halves(known.parents, SEED))
    lightcurves = read_shards(shards, read_objects_with_shard(objects))
    fitted = {name: read_curves_of_set(paths, lightcurves.object_id) for name, paths in curves.items()}
    found = learn(family, lightcurves, sample, options, fitted)
    write_learnt(learnt, found)
    write_parquet(features, compute_table(family, lightcurves, options, fitted, found, sample.half))
    print(f"{learnt}: {family} has learnt from {len(lightcurves)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            curves={name: snakemake.input[f"train_{name}"] for name in snakemake.params.reads},
            training=snakemake.input.training,
            compiled=snakemake.input.compiled,
            family=snakemake.wildcards.family,
            options=snakemake.params.options,
            features=snakemake.output.features,
            learnt=snakemake.output.learnt,
        )
