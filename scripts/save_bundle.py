"""Save what new light curves are classified with: the trained blend and all it needs, in one folder."""

from pathlib import Path
from typing import Any

from tde.compiled.cache import use_compiled
from tde.compiled.shared_code import share_compiled
from tde.errors import InputError
from tde.evaluation.objects import read_training_objects
from tde.lightcurves import read_shards
from tde.predict.bundle import read_manifest
from tde.predict.bundle_writer import FittedMember, Outcome, TrainingObjects, Views, write_bundle
from tde.runlog import run_log
from tde.tables import read_json, read_parquet

N_OF_EACH, SEED = 3, 5
"""Simulated objects of each type that are kept with their features, and their seed."""


def main(
    *,
    models: list[str],
    fitted: list[str],
    importance: list[str],
    weights: str,
    families: dict[str, dict[str, Any]],
    learnt: dict[str, str],
    features: list[str],
    shards: list[str],
    objects: str,
    training_objects: str,
    threshold: str,
    metrics: str,
    dataset: str,
    views: dict[str, Any],
    compiled: str,
    output: str,
) -> None:
    use_compiled(compiled)
    share_compiled()
    # what uses numba is imported once it knows where compiled code lies
    from tde.simulation.sample import sample

    table = read_parquet(objects)
    chosen = read_json(weights)
    if chosen["choice"] == "logistic":
        raise InputError(
            f"{weights}: a stacked blend is no weighted mean, and a bundle holds nothing else; submit another"
        )
    found = chosen["weights"]
    write_bundle(
        output,
        # in the blend's own order: sums are then the same to the last bit
        fitted={
            name: FittedMember(folder, found[name], gains)
            for name, folder, gains in zip(models, fitted, importance, strict=True)
        },
        families=families,
        learnt=learnt,
        training=TrainingObjects(
            lightcurves=read_shards(shards, table),
            tables={name: read_parquet(path) for name, path in zip(families, features, strict=True)},
            codes=read_training_objects(training_objects).codes,
            spec_types=read_parquet(training_objects, ["spec_type"])["spec_type"].to_pylist(),
        ),
        known=sample(N_OF_EACH, SEED),
        outcome=Outcome(dataset=dataset, threshold=read_json(threshold), metrics=read_json(metrics)),
        views=_views(**views) if views else None,
    )
    manifest = read_manifest(output)
    members = ", ".join(f"{member['name']} ({member['weight']:.2f})" for member in manifest["members"])
    print(f"{output}: {members}; feature library {manifest['feature_library'][:12]}")


def _views(*, fitted: str, handover: str, held_out: str, about: str, features: list[str]) -> Views:
    """What was learnt from views."""
    told = read_json(handover)
    members = {name: FittedMember(Path(fitted) / name, weight) for name, weight in told["weights"]["views"].items()}
    tables = {Path(path).stem: read_parquet(path) for path in features}
    return Views(members, told["all"], read_parquet(held_out), read_parquet(about), tables)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            models=snakemake.params.models,
            fitted=snakemake.input.fitted,
            importance=snakemake.input.importance,
            weights=snakemake.input.weights,
            families=snakemake.params.families,
            learnt={Path(path).stem: path for path in snakemake.input.learnt},
            features=snakemake.input.features,
            shards=snakemake.input.shards,
            objects=snakemake.input.objects,
            training_objects=snakemake.input.training,
            threshold=snakemake.input.threshold,
            metrics=snakemake.input.metrics,
            dataset=snakemake.params.dataset,
            compiled=snakemake.input.compiled,
            views={name: snakemake.input[f"views_{name}"] for name in snakemake.params.views},
            output=snakemake.output.bundle,
        )
