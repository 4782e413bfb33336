"""Out-of-fold predictions of one model for one kind of folds and one repeat."""

from typing import Any

import pyarrow.parquet as pq

from tde.evaluation.folds import read_fold
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import oof_table, prediction_columns
from tde.models.block import parse_block
from tde.models.features import family_tables, read_features
from tde.models.training import cross_validate
from tde.runlog import run_log
from tde.tables import write_parquet


def main(
    features: list[str],
    families: list[str],
    training_objects: str,
    folds: str,
    model: dict[str, Any],
    name: str,
    kind: str,
    repeat: int,
    threads: int,
    output: str,
) -> None:
    block = parse_block(name, model)
    training = read_training_objects(training_objects)
    fold = read_fold(pq.read_table(folds), training.object_id, kind, repeat)
    tables = family_tables(families, features)
    matrix = read_features(tables, block.features, training.object_id, block.include, block.exclude, block.labels)
    groups = training.parents if kind == "parent" else None
    probability = cross_validate(block, matrix.values, training.codes, fold, groups, repeat, threads)
    columns = prediction_columns(block.classes, probability)
    write_parquet(output, oof_table(training.object_id, kind, repeat, fold, columns))
    print(f"{output}: {name}, {kind} folds, repeat {repeat}: {len(fold)} objects, {len(matrix.names)} features")


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            list(snakemake.input.features),
            list(snakemake.params.families),
            snakemake.input.training,
            snakemake.input.folds,
            snakemake.params.model,
            snakemake.wildcards.model,
            snakemake.wildcards.kind,
            int(snakemake.wildcards.repeat),
            snakemake.threads,
            snakemake.output.predictions,
        )
