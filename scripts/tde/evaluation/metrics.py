"""Scores of out-of-fold predictions: the project's one protocol for every model.

``f1``, ``precision`` and ``recall`` are honest: fold k is cut at a threshold chosen on
the other folds. The two scores named ``optimistic_*`` choose the threshold on the very
predictions they score; they exist only to compare with figures published that way.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tde.evaluation.objects import TrainingObjects
from tde.evaluation.predictions import P_TDE, PHOTOZ, OutOfFold, out_of_fold
from tde.evaluation.resampling import bootstrap_weights
from tde.evaluation.thresholds import N_RESAMPLES, cross_fitted_thresholds, f1_optimal_threshold

METRICS = (
    "f1",
    "precision",
    "recall",
    "average_precision",
    "log_loss",
    "optimistic_f1_pooled",
    "optimistic_f1_per_fold",
)
"""Names of the scores of one repeat, in the order of reports."""

RESAMPLED = ("f1", "average_precision", "log_loss")
"""Scores whose sampling error is measured by the bootstrap."""

THRESHOLD_GRID = np.linspace(0.05, 0.95, 91)
"""Thresholds tried per fold for ``optimistic_f1_per_fold``."""

N_BOOTSTRAP = 500
"""Resamples behind a bootstrap standard deviation."""

_CLIP = 1e-6


def f1_score(positive: np.ndarray, selected: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """F1 = 2 TP / (2 TP + FP + FN) of one or more weightings of the objects.

    Parameters
    ----------
    positive, selected : ndarray of bool, shape (n,)
    weights : ndarray, shape (B, n), optional
        How often each object counts; once by default.

    Returns
    -------
    ndarray, shape (B,)
        0 where nothing is positive and nothing selected.
    """
    weights = np.ones((1, len(positive))) if weights is None else weights
    hits = weights @ (positive & selected).astype(np.float64)
    size = weights @ (positive.astype(np.float64) + selected)
    return 2.0 * hits / np.maximum(size, 1.0)


def average_precision(positive: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Average precision, sum over thresholds of (R_k - R_{k-1}) P_k, without interpolation.

    Equal probabilities enter together.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
        P(TDE).
    weights : ndarray, shape (B, n), optional
        As in `f1_score`.

    Returns
    -------
    ndarray, shape (B,)
        NaN where a weighting holds no positive.
    """
    order = np.argsort(-probability, kind="stable")
    weights = np.ones((1, len(positive))) if weights is None else weights
    weights = weights[:, order]
    last_of_ties = np.append(np.diff(probability[order]) != 0, True)
    selected = np.cumsum(weights, axis=1)[:, last_of_ties]
    hits = np.cumsum(weights * positive[order], axis=1)[:, last_of_ties]
    gained = np.diff(hits, axis=1, prepend=0.0)
    with np.errstate(invalid="ignore"):
        return np.sum(gained * hits / np.maximum(selected, 1.0), axis=1) / hits[:, -1]


def log_loss(positive: np.ndarray, probability: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Mean negative log-likelihood of TDE against the rest, probabilities clipped at 1e-6.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
        P(TDE).
    weights : ndarray, shape (B, n), optional
        As in `f1_score`.

    Returns
    -------
    ndarray, shape (B,)
    """
    p = np.clip(probability, _CLIP, 1.0 - _CLIP)
    loss = -np.where(positive, np.log(p), np.log1p(-p))
    weights = np.ones((1, len(positive))) if weights is None else weights
    return weights @ loss / weights.sum(axis=1)


def select(probability: np.ndarray, fold: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Objects above the threshold of their own fold, shape (n,) of bool.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        P(TDE).
    fold : ndarray of int, shape (n,)
    thresholds : ndarray, shape (n_folds,)
    """
    return probability > thresholds[fold]


def _per_fold_best_f1(positive: np.ndarray, probability: np.ndarray, fold: np.ndarray) -> float:
    """Mean over folds of the best F1 on a grid of thresholds, each fold judged on itself."""
    best = []
    for k in range(int(fold.max()) + 1):
        p, y = probability[fold == k], positive[fold == k].astype(np.float64)
        above = p[None, :] > THRESHOLD_GRID[:, None]
        best.append(np.max(2.0 * (above @ y) / np.maximum(above.sum(axis=1) + y.sum(), 1.0)))
    return float(np.mean(best))


def repeat_scores(
    probability: np.ndarray, positive: np.ndarray, fold: np.ndarray, thresholds: np.ndarray
) -> dict[str, float]:
    """All `METRICS` of one repeat.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Out-of-fold P(TDE).
    positive : ndarray of bool, shape (n,)
    fold : ndarray of int, shape (n,)
    thresholds : ndarray, shape (n_folds,)
        Cross-fitted threshold of each fold.

    Returns
    -------
    dict
        Precision is 0 if nothing is selected.
    """
    selected = select(probability, fold, thresholds)
    hits = float(np.sum(selected & positive))
    return {
        "f1": float(f1_score(positive, selected)[0]),
        "precision": hits / max(float(selected.sum()), 1.0),
        "recall": hits / float(positive.sum()),
        "average_precision": float(average_precision(positive, probability)[0]),
        "log_loss": float(log_loss(positive, probability)[0]),
        "optimistic_f1_pooled": f1_optimal_threshold(probability, positive)[1],
        "optimistic_f1_per_fold": _per_fold_best_f1(positive, probability, fold),
    }


def resampled_scores(
    oof: OutOfFold, positive: np.ndarray, thresholds: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Each of `RESAMPLED`, mean over repeats, for each of B weightings of the objects.

    The predictions and thresholds stay as they are: this is the sampling error of the
    objects that are scored, not of the fit.

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    thresholds : ndarray, shape (n_repeats, n_folds)
    weights : ndarray, shape (B, n)
        How often each object is in each resample.

    Returns
    -------
    dict of ndarray, shape (B,)
    """
    rows = []
    for probability, fold, cut in zip(oof.probability, oof.fold, thresholds, strict=True):
        rows.append(
            (
                f1_score(positive, select(probability, fold, cut), weights),
                average_precision(positive, probability, weights),
                log_loss(positive, probability, weights),
            )
        )
    return dict(zip(RESAMPLED, np.mean(rows, axis=0), strict=True))


def standard_error(values: np.ndarray) -> float | None:
    """Standard error of the mean; None for fewer than two values."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None


def cross_fitted(oof: OutOfFold, positive: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = 0) -> np.ndarray:
    """Cross-fitted thresholds of all repeats, shape (n_repeats, n_folds).

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    n_resamples, seed : int
        As in `bootstrap_thresholds`.
    """
    return np.array(
        [
            cross_fitted_thresholds(probability, positive, fold, n_resamples, seed)
            for probability, fold in zip(oof.probability, oof.fold, strict=True)
        ]
    )


def score(
    oof: OutOfFold,
    positive: np.ndarray,
    parents: np.ndarray,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    photoz: OutOfFold | None = None,
) -> dict[str, Any]:
    """Everything reported of one model and one kind of folds.

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    parents : ndarray of int, shape (n,)
        Parent labels, for the bootstrap over parents.
    n_resamples : int
        Bootstrap resamples behind a threshold.
    seed : int
    photoz : OutOfFold, optional
        Predictions for the same objects with scattered redshifts.

    Returns
    -------
    dict
        ``mean`` and ``standard_error`` over repeats, ``per_repeat`` values,
        ``thresholds`` per repeat and fold, ``bootstrap_sd`` over objects and parents
        of the mean over repeats; ``photoz``: mean scores with scattered redshifts at the
        same thresholds.
    """
    thresholds = cross_fitted(oof, positive, n_resamples, seed)
    values = _values(oof, positive, thresholds)
    deviations = {}
    for unit, groups in (("objects", np.arange(len(positive))), ("parents", parents)):
        resampled = resampled_scores(oof, positive, thresholds, bootstrap_weights(groups, N_BOOTSTRAP, seed))
        deviations[unit] = {name: float(np.nanstd(resampled[name])) for name in RESAMPLED}
    return {
        "n_repeats": len(thresholds),
        "n_objects": len(positive),
        "n_tde": int(positive.sum()),
        "mean": _means(values),
        "standard_error": {name: standard_error(values[name]) for name in METRICS},
        "bootstrap_sd": deviations,
        "per_repeat": {name: values[name].tolist() for name in METRICS},
        "thresholds": thresholds.tolist(),
        "photoz": None
        if photoz is None
        else {n: float(v.mean()) for n, v in _values(photoz, positive, thresholds).items()},
    }


def _values(oof: OutOfFold, positive: np.ndarray, thresholds: np.ndarray) -> dict[str, np.ndarray]:
    """All `METRICS`, each an array over repeats."""
    rows = [
        repeat_scores(probability, positive, fold, cut)
        for probability, fold, cut in zip(oof.probability, oof.fold, thresholds, strict=True)
    ]
    return {name: np.array([row[name] for row in rows]) for name in METRICS}


def _means(values: dict[str, np.ndarray]) -> dict[str, float]:
    return {name: float(over_repeats.mean()) for name, over_repeats in values.items()}


def score_all(
    oof: pa.Table, training: TrainingObjects, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> dict[str, Any]:
    """Scores of a table of out-of-fold predictions.

    Parameters
    ----------
    oof : pyarrow.Table
        Out-of-fold predictions, with or without those at scattered redshifts.
    training : TrainingObjects
    n_resamples, seed : int
        As in `score`.

    Returns
    -------
    dict
        What `score` returns, by kind of folds.
    """
    column = P_TDE + PHOTOZ
    photoz = {}
    if column in oof.column_names:
        photoz = {part.kind: part for part in out_of_fold(oof, training.object_id, column)}
    return {
        part.kind: score(part, training.positive, training.parents, n_resamples, seed, photoz.get(part.kind))
        for part in out_of_fold(oof, training.object_id)
    }
