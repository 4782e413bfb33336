"""Fit one model on all training objects, once per seed, and predict the test set."""

from typing import Any

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import prediction_columns, prediction_table
from tde.models.block import parse_block
from tde.models.features import check_same_columns, family_tables, read_features, stream_features
from tde.models.inputs import read_tuned, read_weights
from tde.models.training import Learner, fit, importance_table, mean_probability, save_estimators
from tde.runlog import run_log
from tde.tables import write_parquet


def main(
    *,
    features_train: list[str],
    features_test: list[str],
    families: list[str],
    training_objects: str,
    weights: list[str],
    tuned: list[str],
    model: dict[str, Any],
    name: str,
    threads: int,
    output_models: str,
    output_test: str,
    output_importance: str,
) -> None:
    block = parse_block(name, model, read_tuned(tuned))
    training = read_training_objects(training_objects)
    columns = (block.include, block.exclude, block.labels)
    known = read_features(family_tables(families, features_train), block.features, training.object_id, *columns)
    learner = Learner(block, known.names)
    outside = read_weights(weights, training)
    fits = [delayed(fit)(learner, known.values, training.codes, seed=k, weights=outside) for k in range(block.n_seeds)]
    # in one process: trees are grown outside of Python, and what several seeds are asked of are trees
    done = Parallel(n_jobs=threads, prefer="threads", return_as="generator")(fits)
    estimators = list(tqdm(done, total=len(fits), desc="seeds", unit="fit"))
    object_id, probability = [], []
    for new in stream_features(family_tables(families, features_test), block.features, *columns):
        check_same_columns(known, new)
        object_id.append(new.object_id)
        probability.append(mean_probability(estimators, new.values))
    # of a collection whose objects all have a label there is nothing to predict
    object_id.append(np.empty(0, dtype=object))
    probability.append(np.empty((0, len(block.classes))))
    predictions = prediction_columns(block.classes, np.concatenate(probability))
    save_estimators(output_models, block, known.names, estimators)
    write_parquet(output_test, prediction_table(np.concatenate(object_id), predictions))
    write_parquet(output_importance, importance_table(estimators, known.names))
    tde = np.concatenate([p[:, -1] for p in probability])
    print(
        f"{name}: {len(estimators)} fits on {len(training.codes)} objects, predictions for {len(tde)};"
        f" the P(TDE) sum to {tde.sum():.1f}"
    )


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            features_train=snakemake.input.features_train,
            features_test=snakemake.input.features_test,
            families=snakemake.params.families,
            training_objects=snakemake.input.training,
            weights=snakemake.input.weights,
            tuned=snakemake.input.tuned,
            model=snakemake.params.model,
            name=snakemake.wildcards.model,
            threads=snakemake.threads,
            output_models=snakemake.output.models,
            output_test=snakemake.output.test,
            output_importance=snakemake.output.importance,
        )
