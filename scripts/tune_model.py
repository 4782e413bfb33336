"""Search for a model's parameters on folds that no model is scored on."""

from typing import Any

from tde.errors import InputError
from tde.evaluation.folds import assign_folds
from tde.evaluation.objects import read_training_objects
from tde.models.block import parse_block
from tde.models.features import family_tables, read_features
from tde.models.tuning import search
from tde.runlog import run_log
from tde.tables import write_json, write_rows


def main(
    *,
    features: list[str],
    families: list[str],
    training_objects: str,
    model: dict[str, Any],
    name: str,
    n_folds: int,
    journal: str,
    output_parameters: str,
    output_trials: str,
) -> None:
    block = parse_block(name, model)
    tuning = block.tuning
    if tuning is None:
        raise InputError(f"models.{name}: no tuning block, so there is nothing to search")
    training = read_training_objects(training_objects)
    columns = (block.include, block.exclude, block.labels)
    matrix = read_features(family_tables(families, features), families, training.object_id, *columns)
    fold = assign_folds(training.codes, training.parents, "random", n_folds, tuning.seed)
    study = search(block, tuning, matrix.names, matrix.values, training.codes, fold, journal)
    rows = [
        {"trial": t.number, "state": t.state.name.lower(), "score": t.value, **t.params} for t in study.get_trials()
    ]
    write_rows(output_trials, rows, ["trial", "state", "score", *tuning.space])
    write_json(output_parameters, {"parameters": study.best_params, tuning.objective: study.best_value})
    print(f"{name}: best of {len(rows)} trials has {tuning.objective} {study.best_value:.4f}")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            features=snakemake.input.features,
            families=snakemake.params.families,
            training_objects=snakemake.input.training,
            model=snakemake.params.model,
            name=snakemake.wildcards.model,
            n_folds=snakemake.params.n_folds,
            journal=snakemake.params.journal,
            output_parameters=snakemake.output.parameters,
            output_trials=snakemake.output.trials,
        )
