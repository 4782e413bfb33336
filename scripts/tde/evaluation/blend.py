"""Blending: the weighted mean of several models' P(TDE).

A plain mean is the default: weights tuned on a few dozen real TDEs have never beaten
it honestly. `sweep` shows what weights would give, `cross_fitted_blend` what choosing
them is really worth, beside the flattering best of the sweep. Logistic stacking is in
`tde.evaluation.stacking`.
"""

from __future__ import annotations

from math import comb
from typing import Any, NamedTuple

import numpy as np

from tde.errors import InputError
from tde.evaluation.metrics import average_precision, log_loss, score
from tde.evaluation.objects import TrainingObjects
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.thresholds import f1_optimal_threshold

STEPS_PER_UNIT = (20, 10, 5, 4, 3, 2, 1)
"""Resolutions of the weight grid, the finest first."""

MAX_VECTORS = 300
"""Most weight vectors tried; more models get a coarser grid."""

Weights = str | dict[str, float]

LEARNT = ("best", "logistic")
"""Ways to combine models that learn from their predictions: the weights of the highest average
precision, and logistic stacking. On fold k they learn from the other folds."""


def parse_weights(weights: Weights, models: list[str]) -> np.ndarray | None:
    """Weights of the models of a blend, summing to 1; None if they are to be learnt.

    Parameters
    ----------
    weights : "mean", one of `LEARNT`, or dict
        As in config.yaml: equal weights, learnt ones, or a weight for each model.
    models : list of str

    Raises
    ------
    InputError
        For a model without weight, a weight without model, a negative weight, or
        weights that are all 0.
    """
    if not models:
        raise InputError("a blend without models; name at least one")
    if weights == "mean":
        return np.full(len(models), 1.0 / len(models))
    if weights in LEARNT:
        return None
    if not isinstance(weights, dict):
        raise InputError(f"weights are {weights!r}; allowed are mean, {', '.join(LEARNT)} or a weight for each model")
    if set(weights) != set(models):
        raise InputError(
            f"weights name {', '.join(sorted(weights))}; they must name the models: {', '.join(sorted(models))}"
        )
    values = np.array([float(weights[name]) for name in models])
    if not np.all(np.isfinite(values)) or values.min() < 0 or values.sum() == 0:
        raise InputError(f"weights are {weights}; allowed are numbers of 0 or more, not all 0")
    return values / values.sum()


def _compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 1:
        return [(total,)]
    return [(first, *rest) for first in range(total + 1) for rest in _compositions(total - first, parts - 1)]


def weight_grid(n_models: int) -> np.ndarray:
    """Weight vectors on the simplex, and the plain mean as the last of them.

    Returns
    -------
    ndarray, shape (n_vectors, n_models)
        Rows sum to 1: steps of 0.05 for two models, coarser for more.
    """
    steps = next((s for s in STEPS_PER_UNIT if comb(s + n_models - 1, s) <= MAX_VECTORS), 1)
    mean = np.full((1, n_models), 1.0 / n_models)
    return np.vstack([np.array(_compositions(steps, n_models)) / steps, mean])


def stack(models: list[OutOfFold]) -> np.ndarray:
    """P(TDE) of several models on the same folds, shape (n_models, n_repeats, n_objects).

    Raises
    ------
    InputError
        If their folds differ.
    """
    for other in models[1:]:
        if other.kind != models[0].kind or not np.array_equal(other.fold, models[0].fold):
            raise InputError("models of a blend must be cross-validated on the same folds; run their rules again")
    return np.array([model.probability for model in models])


def blend(models: list[OutOfFold], weights: np.ndarray) -> OutOfFold:
    """Weighted mean of the models' out-of-fold P(TDE)."""
    return OutOfFold(models[0].kind, np.tensordot(weights, stack(models), axes=1), models[0].fold)


def sweep(models: list[OutOfFold], positive: np.ndarray, grid: np.ndarray) -> list[dict[str, Any]]:
    """Scores of each weight vector, mean over repeats.

    Parameters
    ----------
    models : list of OutOfFold
    positive : ndarray of bool, shape (n,)
    grid : ndarray, shape (n_vectors, n_models)

    Returns
    -------
    list of dict
        average_precision, log_loss and optimistic_f1_pooled. The best row flatters:
        it was chosen on what it is scored on.
    """
    probability = stack(models)
    rows = []
    for weights in grid:
        mixed = np.tensordot(weights, probability, axes=1)
        rows.append(
            {
                "average_precision": float(np.mean([average_precision(positive, p)[0] for p in mixed])),
                "log_loss": float(np.mean([log_loss(positive, p)[0] for p in mixed])),
                "optimistic_f1_pooled": float(np.mean([f1_optimal_threshold(p, positive)[1] for p in mixed])),
            }
        )
    return rows


def best_weights(probability: np.ndarray, positive: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Weights of the highest average precision, mean over repeats.

    Parameters
    ----------
    probability : ndarray, shape (n_models, n_repeats, n_objects)
    positive : ndarray of bool, shape (n_objects,)
    grid : ndarray, shape (n_vectors, n_models)

    Returns
    -------
    ndarray, shape (n_models,)
    """
    mixed = np.tensordot(grid, probability, axes=1)
    gains = [np.mean([average_precision(positive, p)[0] for p in repeats]) for repeats in mixed]
    return grid[int(np.argmax(gains))]


class CrossFittedBlend(NamedTuple):
    """Out-of-fold predictions of a blend, and the weights they were mixed with."""

    oof: list[OutOfFold]
    weights: np.ndarray


def cross_fitted_blend(
    models: list[OutOfFold], positive: np.ndarray, grid: np.ndarray, others: list[OutOfFold] | None = None
) -> CrossFittedBlend:
    """Blend fold k with the weights of the highest average precision on the other folds.

    Parameters
    ----------
    models, positive, grid
        As in `sweep`.
    others : list of OutOfFold, optional
        Further predictions of the same models, to be mixed with the same weights.

    Returns
    -------
    oof : list of OutOfFold
        What choosing weights is honestly worth, once scored; then the same of ``others``.
    weights : ndarray, shape (n_repeats, n_folds, n_models)
        The weights chosen.
    """
    fold = models[0].fold
    sources = [stack(models), *([stack(others)] if others else [])]
    n_repeats, n_folds = len(fold), int(fold.max()) + 1
    chosen = np.empty((n_repeats, n_folds, len(models)))
    mixed = [np.empty(fold.shape) for _ in sources]
    for repeat in range(n_repeats):
        for k in range(n_folds):
            inside, held_out = fold[repeat] != k, fold[repeat] == k
            chosen[repeat, k] = best_weights(sources[0][:, repeat : repeat + 1, inside], positive[inside], grid)
            for out, probability in zip(mixed, sources, strict=True):
                out[repeat, held_out] = chosen[repeat, k] @ probability[:, repeat, held_out]
    return CrossFittedBlend([OutOfFold(models[0].kind, values, fold) for values in mixed], chosen)


class WeightReport(NamedTuple):
    """Scores of every weight vector, and their summary."""

    rows: list[dict[str, Any]]
    summary: dict[str, Any]


def report_weights(models: dict[str, OutOfFold], training: TrainingObjects, n_resamples: int) -> WeightReport:
    """What other weights would give: the sweep, and its honest and flattering summary.

    Parameters
    ----------
    models : dict
        Out-of-fold predictions by model, all of one kind of folds.
    training : TrainingObjects
    n_resamples : int
        Bootstrap resamples behind a threshold.

    Returns
    -------
    rows : list of dict
        One per weight vector: kind, ``weight_<model>`` and the scores of `sweep`.
    summary : dict
        ``optimistic_best`` (the best row by average precision) and ``cross_fitted``
        (scores and mean weights when the weights of a fold come from the others).
    """
    oofs, positive = list(models.values()), training.positive
    grid = weight_grid(len(models))
    rows = [
        {
            "kind": oofs[0].kind,
            **{f"weight_{name}": float(w) for name, w in zip(models, weights, strict=True)},
            **scores,
        }
        for weights, scores in zip(grid, sweep(oofs, positive, grid), strict=True)
    ]
    honest, chosen = cross_fitted_blend(oofs, positive, grid)
    scores = score(honest[0], positive, training.parents, n_resamples)
    summary = {
        "optimistic_best": max(rows, key=lambda row: row["average_precision"]),
        "cross_fitted": {
            "mean": scores["mean"],
            "standard_error": scores["standard_error"],
            "mean_weights": dict(zip(models, chosen.mean(axis=(0, 1)).tolist(), strict=True)),
        },
    }
    return WeightReport(rows, summary)
