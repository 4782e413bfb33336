"""Is one model better than another? Paired on the same folds, objects and resamples."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.errors import InputError
from tde.evaluation.metrics import N_BOOTSTRAP, RESAMPLED, cross_fitted, repeat_scores, resampled_scores, standard_error
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.resampling import bootstrap_weights
from tde.evaluation.thresholds import N_RESAMPLES

LOWER_IS_BETTER = ("log_loss",)

SIGNIFICANT = 2.0
"""A difference counts from this many combined errors on."""


def _verdict(name: str, difference: float, error: float) -> str:
    if abs(difference) <= SIGNIFICANT * error:
        return "no difference"
    return "better" if (difference > 0) != (name in LOWER_IS_BETTER) else "worse"


def compare(
    first: OutOfFold,
    second: OutOfFold,
    positive: np.ndarray,
    parents: np.ndarray,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Paired differences, first minus second, of two models on the same folds.

    Parameters
    ----------
    first, second : OutOfFold
        Must share their folds.
    positive : ndarray of bool, shape (n,)
    parents : ndarray of int, shape (n,)
    n_resamples, seed : int
        Of the thresholds and the bootstrap.

    Returns
    -------
    dict
        Per score: ``difference`` (mean over repeats), ``standard_error`` over repeats,
        ``bootstrap_sd`` of the difference over parents, ``error`` (both in quadrature)
        and ``verdict``: the first is "better", "worse" or there is "no difference"
        beyond `SIGNIFICANT` errors.

    Raises
    ------
    InputError
        If the folds differ.
    """
    if first.kind != second.kind or not np.array_equal(first.fold, second.fold):
        raise InputError(f"cannot compare models on different folds ({first.kind}, {second.kind}): use the same")
    weights = bootstrap_weights(parents, N_BOOTSTRAP, seed)
    per_repeat, resampled = [], []
    for oof in (first, second):
        thresholds = cross_fitted(oof, positive, n_resamples, seed)
        rows = [repeat_scores(p, positive, f, t) for p, f, t in zip(oof.probability, oof.fold, thresholds, strict=True)]
        per_repeat.append({name: np.array([row[name] for row in rows]) for name in RESAMPLED})
        resampled.append(resampled_scores(oof, positive, thresholds, weights))
    result = {}
    for name in RESAMPLED:
        differences = per_repeat[0][name] - per_repeat[1][name]
        repeat_error = standard_error(differences)
        deviation = float(np.nanstd(resampled[0][name] - resampled[1][name]))
        error = float(np.hypot(repeat_error or 0.0, deviation))
        result[name] = {
            "difference": float(differences.mean()),
            "standard_error": repeat_error,
            "bootstrap_sd": deviation,
            "error": error,
            "verdict": _verdict(name, float(differences.mean()), error),
        }
    return result
