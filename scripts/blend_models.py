"""Blend the predictions of several models, and report what other weights would give."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.evaluation.blend import (
    Weights,
    best_weights,
    blend,
    cross_fitted_blend,
    parse_weights,
    report_weights,
    stack,
    weight_grid,
)
from tde.evaluation.metrics import score_all
from tde.evaluation.objects import TrainingObjects, read_training_objects
from tde.evaluation.predictions import P_TDE, PHOTOZ, OutOfFold, oof_table, out_of_fold, prediction_table
from tde.evaluation.stacking import apply_stacker, cross_fitted_stack, fit_stacker
from tde.runlog import run_log
from tde.tables import write_json, write_parquet, write_rows

FINAL_KIND = "random"
"""Kind of folds whose predictions the learnt weights of the test set come from: those of the challenge."""

ByKind = dict[str, dict[str, OutOfFold]]


def _by_kind(paths: list[str], models: list[str], object_id: np.ndarray, column: str) -> ByKind:
    """Out-of-fold predictions by kind of folds, then by model."""
    found: ByKind = {}
    for model, path in zip(models, paths, strict=True):
        for oof in out_of_fold(pq.read_table(path), object_id, column):
            found.setdefault(oof.kind, {})[model] = oof
    for kind, members in found.items():
        missing = [model for model in models if model not in members]
        if missing:
            raise InputError(
                f"model {missing[0]!r} has no out-of-fold predictions of kind {kind!r}; run its rules again"
            )
    return found


def _mix(
    exact: list[OutOfFold], photoz: list[OutOfFold], positive: np.ndarray, weights: Weights, shares: np.ndarray | None
) -> list[OutOfFold]:
    """Blend of the predictions with exact, then of those with scattered redshifts."""
    if shares is not None:
        return [blend(exact, shares), blend(photoz, shares)]
    if weights == "logistic":
        return cross_fitted_stack(exact, positive, photoz)
    return cross_fitted_blend(exact, positive, weight_grid(len(exact)), photoz)[0]


def _read_test(paths: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Identifiers of the test objects, and P(TDE) of each model, shape (n_models, n)."""
    tables = [pq.read_table(path) for path in paths]
    object_id = tables[0]["object_id"].to_numpy()
    for path, table in zip(paths, tables, strict=True):
        if not np.array_equal(table["object_id"].to_numpy(), object_id):
            raise InputError(f"{path}: the objects are not those of {paths[0]} in the same order; fit the models again")
    return object_id, np.array([table[P_TDE].to_numpy() for table in tables])


def _final(members: list[OutOfFold], training: TrainingObjects, weights: Weights, new: np.ndarray) -> tuple:
    """Blend of the test set with weights learnt from all out-of-fold predictions, and those weights."""
    probability = stack(members)
    if weights == "logistic":
        # all repeats together: each object counts once per repeat
        positive = np.tile(training.positive, probability.shape[1])
        stacker = fit_stacker(probability.reshape(len(members), -1), positive)
        return apply_stacker(stacker, new), stacker.coef_.ravel()
    shares = best_weights(probability, training.positive, weight_grid(len(members)))
    return shares @ new, shares


def main(
    *,
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
    exact = _by_kind(oof, models, training.object_id, P_TDE)
    photoz = _by_kind(oof, models, training.object_id, P_TDE + PHOTOZ)
    for kind, members in exact.items():
        mixed = _mix(list(members.values()), list(photoz[kind].values()), training.positive, weights, shares)
        for repeat, fold in enumerate(mixed[0].fold):
            columns = {P_TDE: mixed[0].probability[repeat], P_TDE + PHOTOZ: mixed[1].probability[repeat]}
            tables.append(oof_table(training.object_id, kind, repeat, fold, columns))
        swept, summaries[kind] = report_weights(members, training, n_resamples)
        rows += swept
    blended = pa.concat_tables(tables)
    write_parquet(output_oof, blended)
    object_id, new = _read_test(test)
    if shares is None:
        final, used = _final(list(exact[FINAL_KIND].values()), training, weights, new)
    else:
        final, used = shares @ new, shares
    write_parquet(output_test, prediction_table(object_id, {P_TDE: final}))
    write_json(output_metrics, score_all(blended, training, n_resamples))
    named = dict(zip(models, used.tolist(), strict=True))
    write_json(output_weights, {"choice": weights, "weights": named, "sweep": summaries})
    write_rows(output_sweep, rows)


if __name__ == "__main__":
    with run_log(snakemake.log[0]):
        main(
            oof=snakemake.input.oof,
            test=snakemake.input.test,
            models=snakemake.params.models,
            weights=snakemake.params.weights,
            training_objects=snakemake.input.training,
            n_resamples=snakemake.params.n_resamples,
            output_oof=snakemake.output.oof,
            output_test=snakemake.output.test,
            output_metrics=snakemake.output.metrics,
            output_weights=snakemake.output.weights,
            output_sweep=snakemake.output.sweep,
        )
