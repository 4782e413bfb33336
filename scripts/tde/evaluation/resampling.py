"""The bootstrap: drawing objects, or whole parents, with replacement."""

from __future__ import annotations

import numpy as np


def bootstrap_weights(groups: np.ndarray, n_resamples: int, seed: int) -> np.ndarray:
    """How often each object is drawn when whole groups are drawn with replacement.

    Parameters
    ----------
    groups : ndarray of int, shape (n,)
        Group of each object; one group per object gives the plain bootstrap.
    n_resamples, seed : int

    Returns
    -------
    ndarray, shape (n_resamples, n)
    """
    _, inverse = np.unique(groups, return_inverse=True)
    n_groups = int(inverse.max()) + 1
    draws = np.random.default_rng(seed).integers(0, n_groups, (n_resamples, n_groups))
    cell = draws + n_groups * np.arange(n_resamples)[:, None]
    counts = np.bincount(cell.ravel(), minlength=n_groups * n_resamples).reshape(n_resamples, n_groups)
    return counts[:, inverse].astype(np.float64)
