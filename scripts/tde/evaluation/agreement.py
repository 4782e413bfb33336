"""Whether two models find the same objects."""

from __future__ import annotations

import numpy as np

from tde.evaluation.metrics import cross_fitted, select
from tde.evaluation.predictions import OutOfFold


def selections(oof: OutOfFold, positive: np.ndarray) -> np.ndarray:
    """Objects called TDE at cross-fitted thresholds, shape (n_repeats, n) of bool."""
    thresholds = cross_fitted(oof, positive)
    return np.array([select(p, f, t) for p, f, t in zip(oof.probability, oof.fold, thresholds, strict=True)])


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """F1 of one selection as a prediction of the other, mean over repeats.

    Parameters
    ----------
    first, second : ndarray of bool, shape (n_repeats, n)

    Returns
    -------
    float
        2 |A and B| / (|A| + |B|); 1 for two that select nothing.
    """
    both = (first & second).sum(axis=1)
    size = first.sum(axis=1) + second.sum(axis=1)
    return float(np.mean(np.where(size > 0, 2.0 * both / np.maximum(size, 1), 1.0)))


def agreement_matrix(selected: dict[str, np.ndarray]) -> list[dict[str, float | str]]:
    """Agreement of each pair of models, one row per model."""
    return [
        {"model": name, **{other: agreement(mine, theirs) for other, theirs in selected.items()}}
        for name, mine in selected.items()
    ]
