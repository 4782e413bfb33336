"""Out-of-fold predictions of one model for both kinds of folds and all repeats."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tde.evaluation.folds import KINDS, read_folds
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import PHOTOZ, oof_table, prediction_columns
from tde.models.block import parse_block
from tde.models.cross_validation import FoldFeatures, Matrices, cross_validate
from tde.models.features import family_tables
from tde.models.inputs import read_tuned, read_weights
from tde.models.training import Learner
from tde.runlog import run_log
from tde.tables import write_parquet

SETS = ("train", "photoz")
"""Exact redshifts, which models learn from, and scattered ones."""


def main(
    *,
    features: dict[str, list[str]],
    families: list[str],
    fold_features: dict[str, dict[str, dict[str, list[str]]]],
    training_objects: str,
    folds: str,
    weights: list[str],
    tuned: list[str],
    model: dict[str, Any],
    name: str,
    threads: int,
    output: str,
) -> None:
    block = parse_block(name, model, read_tuned(tuned))
    training = read_training_objects(training_objects)
    table = pq.read_table(folds)
    sets = [
        FoldFeatures(block, family_tables(families, features[each]), fold_features[each], training.object_id)
        for each in SETS
    ]
    parts = []
    for kind in KINDS:
        of_kind = read_folds(table, training.object_id, kind)
        probability, photoz = cross_validate(
            Learner(block, sets[0].names),
            Matrices(sets, kind),
            training.codes,
            of_kind,
            training.parents if kind == "parent" else None,
            read_weights(weights, training),
            threads,
        )
        for repeat, fold in enumerate(of_kind):
            columns = prediction_columns(block.classes, probability[repeat])
            scattered = prediction_columns(block.classes, photoz[repeat])
            columns |= {f"{column}{PHOTOZ}": p for column, p in scattered.items()}
            parts.append(oof_table(training.object_id, kind, repeat, fold, columns))
        print(f"{name}: {kind} folds, {len(of_kind)} repeats, {len(training.codes)} objects")
    write_parquet(output, pa.concat_tables(parts))


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            features={name: snakemake.input[name] for name in SETS},
            families=snakemake.params.families,
            fold_features={
                name: {
                    kind: {
                        family: snakemake.input[f"{kind}_{name}_{family}"] for family in snakemake.params.fold_families
                    }
                    for kind in KINDS
                }
                for name in SETS
            },
            training_objects=snakemake.input.training,
            folds=snakemake.input.folds,
            weights=snakemake.input.weights,
            tuned=snakemake.input.tuned,
            model=snakemake.params.model,
            name=snakemake.wildcards.model,
            threads=snakemake.threads,
            output=snakemake.output.oof,
        )
