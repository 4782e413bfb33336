"""Do the probabilities mean what they say? Reliability and expected numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tde.evaluation.predictions import OutOfFold

N_BINS = 12
"""Bins of equal expected number of TDEs: most objects have next to no probability of being one."""

CUTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Probabilities above which candidates are counted."""


@dataclass(frozen=True)
class Reliability:
    """Predicted probability against observed fraction of TDEs in bins of the probability.

    Attributes
    ----------
    predicted, observed : ndarray, shape (n_bins,)
        Mean probability and fraction of TDEs.
    count : ndarray of int, shape (n_bins,)
    expected_error : float
        Expected calibration error: mean of |predicted - observed|, weighted by count
        (Naeini et al. 2015, AAAI, 2901).
    """

    predicted: np.ndarray
    observed: np.ndarray
    count: np.ndarray
    expected_error: float


def _edges(probability: np.ndarray, n_bins: int) -> np.ndarray:
    """Bin edges that share out the probability mass: each bin is expected to hold as many TDEs."""
    order = np.sort(probability)
    mass = np.cumsum(order)
    inner = order[np.searchsorted(mass, mass[-1] * np.arange(1, n_bins) / n_bins)]
    return np.concatenate([[0.0], np.unique(inner), [1.0]])


def reliability(probability: np.ndarray, positive: np.ndarray, n_bins: int = N_BINS) -> Reliability:
    """Reliability of one set of predictions.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        P(TDE).
    positive : ndarray of bool, shape (n,)
    n_bins : int
        At most so many bins, of equal expected number of TDEs.
    """
    edges = _edges(probability, n_bins)
    bins = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    count = np.bincount(bins, minlength=len(edges) - 1)
    filled = count > 0
    count = count[filled]
    predicted = np.bincount(bins, probability, minlength=len(edges) - 1)[filled] / count
    observed = np.bincount(bins, positive, minlength=len(edges) - 1)[filled] / count
    return Reliability(predicted, observed, count, float(np.sum(count * np.abs(predicted - observed)) / len(positive)))


def candidate_counts(oof: OutOfFold, positive: np.ndarray, cuts: tuple[float, ...] = CUTS) -> list[dict[str, float]]:
    """Number of TDEs that the probabilities promise among the candidates, and the true one.

    Parameters
    ----------
    oof : OutOfFold
    positive : ndarray of bool, shape (n,)
    cuts : tuple of float

    Returns
    -------
    list of dict
        One row per cut, means over repeats: ``threshold``, ``candidates``, ``expected_tde``
        (sum of their probabilities), ``true_tde``, ``precision``, ``recall``.
    """
    rows = []
    for cut in cuts:
        above = oof.probability > cut
        candidates = float(above.sum(axis=1).mean())
        found = float((above & positive).sum(axis=1).mean())
        rows.append(
            {
                "threshold": cut,
                "candidates": candidates,
                "expected_tde": float(np.where(above, oof.probability, 0.0).sum(axis=1).mean()),
                "true_tde": found,
                "precision": found / candidates if candidates else float("nan"),
                "recall": found / float(positive.sum()),
            }
        )
    return rows
