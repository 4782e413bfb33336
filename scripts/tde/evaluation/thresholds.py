"""The probability above which an object is called a TDE."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.errors import InputError

N_RESAMPLES = 60
"""Bootstrap resamples behind a threshold."""

_CLIP = 1e-6


def logit(probability: np.ndarray | float) -> np.ndarray:
    """Log-odds of a probability, clipped to [1e-6, 1 - 1e-6]."""
    p = np.clip(probability, _CLIP, 1.0 - _CLIP)
    return np.log(p) - np.log1p(-p)


def expit(log_odds: np.ndarray | float) -> np.ndarray:
    """Probability of given log-odds."""
    return 1.0 / (1.0 + np.exp(-np.asarray(log_odds)))


class Cuts(NamedTuple):
    """Thresholds of several samples, and the F1 of each there, both of shape (B,)."""

    threshold: np.ndarray
    f1: np.ndarray


def best_cuts(values: np.ndarray, total: np.ndarray, positive: np.ndarray) -> Cuts:
    """F1-optimal cut of each of B weighted samples over the same distinct values.

    Parameters
    ----------
    values : ndarray, shape (m,)
        Distinct probabilities in descending order.
    total, positive : ndarray, shape (B, m)
        Objects and positives of each sample at each value.

    Returns
    -------
    threshold, f1 : ndarray, shape (B,)
        Halfway between the lowest value above the cut and the next value the sample
        holds (halfway to 0 if there is none): ``p > threshold`` is the optimal rule.
        F1 is 0 for a sample without positives.
    """
    rows = np.arange(len(total))
    n_positive = positive.sum(axis=1, keepdims=True)
    f1 = 2.0 * np.cumsum(positive, axis=1) / (np.cumsum(total, axis=1) + n_positive)
    best = np.argmax(f1, axis=1)  # the first of equal values is one the sample holds
    after = np.where(np.arange(len(values)) > best[:, None], total, 0) > 0
    floor = 0.0 if values[-1] > 0.0 else np.nextafter(values[-1], -np.inf)
    below = np.where(after.any(axis=1), values[np.argmax(after, axis=1)], floor)
    threshold = 0.5 * (values[best] + below)
    # two neighbouring floats have no middle
    threshold = np.where(threshold < values[best], threshold, below)
    return Cuts(threshold, f1[rows, best])


class Cut(NamedTuple):
    """A threshold, and the F1 there."""

    threshold: float
    f1: float


def f1_optimal_threshold(probability: np.ndarray, positive: np.ndarray) -> Cut:
    """The threshold with the highest F1 on these predictions, and that F1.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)

    Returns
    -------
    threshold, f1 : float
        Objects with ``probability > threshold`` are selected.
    """
    values, inverse = np.unique(-np.asarray(probability, dtype=np.float64), return_inverse=True)
    total = np.bincount(inverse, minlength=len(values))[None]
    hits = np.bincount(inverse, weights=positive, minlength=len(values))[None]
    threshold, f1 = best_cuts(-values, total, hits)
    return Cut(float(threshold[0]), float(f1[0]))


def bootstrap_thresholds(
    probability: np.ndarray, positive: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> np.ndarray:
    """F1-optimal thresholds of bootstrap resamples of the objects, in log-odds.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
    n_resamples, seed : int

    Returns
    -------
    ndarray, shape (<= n_resamples,)
        Resamples without a positive are left out.

    Raises
    ------
    InputError
        If there is no positive at all.
    """
    probability = np.asarray(probability, dtype=np.float64)
    positive = np.asarray(positive, dtype=bool)
    if not positive.any():
        raise InputError(f"no threshold can be chosen: none of {len(positive)} objects is a TDE")
    values, inverse = np.unique(-probability, return_inverse=True)
    n, m = len(probability), len(values)
    draws = np.random.default_rng(seed).integers(0, n, (n_resamples, n))
    cell = inverse[draws] + m * np.arange(n_resamples)[:, None]
    total = np.bincount(cell.ravel(), minlength=m * n_resamples).reshape(n_resamples, m)
    hits = np.bincount(cell[positive[draws]], minlength=m * n_resamples).reshape(n_resamples, m)
    kept = hits.sum(axis=1) > 0
    threshold, _ = best_cuts(-values, total[kept], hits[kept])
    return logit(threshold)


def bootstrap_threshold(
    probability: np.ndarray, positive: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> float:
    """Median over bootstrap resamples of the F1-optimal threshold, in log-odds.

    The optimum itself jumps with single objects; the median of resamples is steadier.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
    n_resamples, seed : int
    """
    return float(expit(np.median(bootstrap_thresholds(probability, positive, n_resamples, seed))))


def cross_fitted_thresholds(
    probability: np.ndarray, positive: np.ndarray, fold: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> np.ndarray:
    """The threshold of each fold, chosen on the out-of-fold predictions of the others.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Out-of-fold P(TDE) of one repeat.
    positive : ndarray of bool, shape (n,)
    fold : ndarray of int, shape (n,)
        Folds 0 ... K - 1.
    n_resamples, seed : int

    Returns
    -------
    ndarray, shape (K,)
    """
    return np.array(
        [
            bootstrap_threshold(probability[fold != k], positive[fold != k], n_resamples, seed)
            for k in range(int(fold.max()) + 1)
        ]
    )


class FinalThreshold(NamedTuple):
    """The threshold for new objects, and the 16 and 84 % quantile of its resamples."""

    threshold: float
    low: float
    high: float


def final_threshold(
    probability: np.ndarray, positive: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> FinalThreshold:
    """The threshold for new objects, from all out-of-fold predictions.

    Parameters
    ----------
    probability : ndarray, shape (n_repeats, n)
        Out-of-fold P(TDE).
    positive : ndarray of bool, shape (n,)
    n_resamples, seed : int
        Resamples per repeat; repeat ``r`` is resampled with ``seed + r``.

    Returns
    -------
    threshold : float
        Median over the resamples of all repeats, in log-odds.
    low, high : float
        16 and 84 % quantile of the resamples.
    """
    resamples = np.concatenate(
        [bootstrap_thresholds(p, positive, n_resamples, seed + repeat) for repeat, p in enumerate(probability)]
    )
    low, middle, high = expit(np.quantile(resamples, [0.16, 0.5, 0.84]))
    return FinalThreshold(float(middle), float(low), float(high))
