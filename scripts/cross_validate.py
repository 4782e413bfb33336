"""Out-of-fold predictions of one model for one kind of folds and one repeat."""

from functools import lru_cache
from typing import Any

import pyarrow.parquet as pq

from tde.evaluation.folds import read_fold
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import PHOTOZ, oof_table, prediction_columns
from tde.models.block import parse_block
from tde.models.features import FeatureMatrix, family_tables, read_features
from tde.models.inputs import read_tuned, read_weights
from tde.models.training import Learner, cross_validate
from tde.runlog import run_log
from tde.tables import write_parquet

Paths = dict[str, list[str]]
"""Paths of feature tables by set."""


def main(
    features: Paths,
    families: list[str],
    fold_features: Paths,
    fold_families: list[str],
    training_objects: str,
    folds: str,
    weights: list[str],
    tuned: list[str],
    model: dict[str, Any],
    name: str,
    kind: str,
    repeat: int,
    threads: int,
    output: str,
) -> None:
    block = parse_block(name, model, read_tuned(tuned))
    training = read_training_objects(training_objects)
    fold = read_fold(pq.read_table(folds), training.object_id, kind, repeat)
    n_folds = int(fold.max()) + 1

    @lru_cache(maxsize=len(features))
    def read(set_name: str, k: int | None) -> FeatureMatrix:
        tables = family_tables(families, features[set_name])
        if k is not None:
            tables |= family_tables(fold_families, fold_features[set_name][k::n_folds])
        columns = (block.include, block.exclude, block.labels)
        return read_features(tables, block.features, training.object_id, *columns)

    def matrix(set_name: str, k: int) -> FeatureMatrix:
        return read(set_name, k if fold_families else None)

    probability, photoz = cross_validate(
        Learner(block, matrix("train", 0).names if block.selection else (), threads),
        lambda k: matrix("train", k).values,
        training.codes,
        fold,
        training.parents if kind == "parent" else None,
        repeat,
        read_weights(weights, training.object_id),
        lambda k: [matrix("photoz", k).values],
    )
    columns = prediction_columns(block.classes, probability)
    columns |= {f"{column}{PHOTOZ}": p for column, p in prediction_columns(block.classes, photoz).items()}
    write_parquet(output, oof_table(training.object_id, kind, repeat, fold, columns))
    print(f"{output}: {name}, {kind} folds, repeat {repeat}: {len(fold)} objects")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            {"train": list(snakemake.input.train), "photoz": list(snakemake.input.photoz)},
            list(snakemake.params.families),
            {"train": list(snakemake.input.train_folds), "photoz": list(snakemake.input.photoz_folds)},
            list(snakemake.params.fold_families),
            snakemake.input.training,
            snakemake.input.folds,
            list(snakemake.input.weights),
            list(snakemake.input.tuned),
            snakemake.params.model,
            snakemake.wildcards.model,
            snakemake.wildcards.kind,
            int(snakemake.wildcards.repeat),
            snakemake.threads,
            snakemake.output.predictions,
        )
