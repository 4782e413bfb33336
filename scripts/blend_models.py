"""Blend the predictions of several models, and report what other weights would give."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.evaluation.blend import Weights, blend, parse_weights, report_weights
from tde.evaluation.metrics import score_all
from tde.evaluation.objects import read_training_objects
from tde.evaluation.predictions import P_TDE, OutOfFold, oof_table, out_of_fold, prediction_table
from tde.evaluation.submission import write_csv
from tde.runlog import run_log
from tde.tables import write_json, write_parquet


def _by_kind(paths: list[str], models: list[str], object_id: np.ndarray) -> dict[str, dict[str, OutOfFold]]:
    """Out-of-fold predictions by kind of folds, then by model."""
    found: dict[str, dict[str, OutOfFold]] = {}
    for model, path in zip(models, paths, strict=True):
        for oof in out_of_fold(pq.read_table(path), object_id):
            found.setdefault(oof.kind, {})[model] = oof
    for kind, members in found.items():
        missing = [model for model in models if model not in members]
        if missing:
            raise InputError(
                f"model {missing[0]!r} has no out-of-fold predictions of kind {kind!r}; run its rules again"
            )
    return found


def _blend_test(paths: list[str], weights: np.ndarray) -> pa.Table:
    tables = [pq.read_table(path) for path in paths]
    object_id = tables[0]["object_id"].to_numpy()
    for path, table in zip(paths, tables, strict=True):
        if not np.array_equal(table["object_id"].to_numpy(), object_id):
            raise InputError(f"{path}: the objects are not those of {paths[0]} in the same order; fit the models again")
    return prediction_table(object_id, {P_TDE: weights @ np.array([table[P_TDE].to_numpy() for table in tables])})


def main(
    oof: list[str],
    test: list[str],
    models: list[str],
    weights: Weights,
    training_objects: str,
    n_resamples: int,
    output_oof: str,
    output_test: str,
    output_metrics: str,
    output_weights: str,
    output_sweep: str,
) -> None:
    training = read_training_objects(training_objects)
    shares = parse_weights(weights, models)
    tables, rows, summaries = [], [], {}
    for kind, members in _by_kind(oof, models, training.object_id).items():
        mixed = blend(list(members.values()), shares)
        tables += [
            oof_table(training.object_id, kind, repeat, fold, {P_TDE: probability})
            for repeat, (fold, probability) in enumerate(zip(mixed.fold, mixed.probability, strict=True))
        ]
        swept, summaries[kind] = report_weights(members, training, n_resamples)
        rows += swept
    blended = pa.concat_tables(tables)
    write_parquet(output_oof, blended)
    write_parquet(output_test, _blend_test(test, shares))
    write_json(output_metrics, score_all(blended, training, n_resamples))
    used = dict(zip(models, shares.tolist(), strict=True))
    write_json(output_weights, {"choice": weights, "weights": used, "sweep": summaries})
    header = list(rows[0])
    write_csv(output_sweep, header, [[str(row[name]) for row in rows] for name in header])


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            list(snakemake.input.oof),
            list(snakemake.input.test),
            list(snakemake.params.models),
            snakemake.params.weights,
            snakemake.input.training,
            snakemake.params.n_resamples,
            snakemake.output.oof,
            snakemake.output.test,
            snakemake.output.metrics,
            snakemake.output.weights,
            snakemake.output.sweep,
        )
