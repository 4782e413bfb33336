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

SETS = ("train", "photoz")
"""Exact redshifts, which models learn from, and scattered ones."""


def main(
    *,
    features: dict[str, list[str]],
    families: list[str],
    fold_features: dict[str, dict[str, list[str]]],
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

    @lru_cache(maxsize=len(features))
    def read(set_name: str, k: int | None) -> FeatureMatrix:
        tables = family_tables(families, features[set_name])
        if k is not None:
            tables |= {family: paths[k] for family, paths in fold_features[set_name].items()}
        columns = (block.include, block.exclude, block.labels)
        return read_features(tables, block.features, training.object_id, *columns)

    def matrix(set_name: str, k: int) -> FeatureMatrix:
        return read(set_name, k if fold_features[set_name] else None)

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
            features={name: snakemake.input[name] for name in SETS},
            families=snakemake.params.families,
            fold_features={
                name: {family: snakemake.input[f"{name}_{family}"] for family in snakemake.params.fold_families}
                for name in SETS
            },
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            weights=snakemake.input.weights,
            tuned=snakemake.input.tuned,
            model=snakemake.params.model,
            name=snakemake.wildcards.model,
            kind=snakemake.wildcards.kind,
            repeat=int(snakemake.wildcards.repeat),
            threads=snakemake.threads,
            output=snakemake.output.predictions,
        )
