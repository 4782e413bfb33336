"""Training objects that are most like a candidate, by the features the blend uses most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

MISSING_DISTANCE = 0.5
"""Distance in ranks of a value from one that is missing."""


def _ranks(reference: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of the reference's values below each value, shape of ``values``; NaN where missing."""
    ranks = np.full(values.shape, np.nan)
    for j in range(values.shape[1]):
        known = np.sort(reference[~np.isnan(reference[:, j]), j])
        if len(known):
            middle = np.searchsorted(known, values[:, j], "left") + np.searchsorted(known, values[:, j], "right")
            ranks[:, j] = np.where(np.isnan(values[:, j]), np.nan, 0.5 * middle / len(known))
    return ranks


def distances(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Distances between two sets of objects: weighted root mean square differences of ranks.

    Parameters
    ----------
    a : ndarray, shape (n, m)
        Ranks of ``m`` features, from 0 to 1; NaN where a value is missing.
    b : ndarray, shape (k, m)
        The same of the other objects.
    weights : ndarray, shape (m,)
        Weights of the features.

    Returns
    -------
    ndarray, shape (n, k)
    """
    total = np.zeros((len(a), len(b)))
    for j, weight in enumerate(weights):
        gap = np.abs(a[:, j, None] - b[None, :, j])
        one_missing = np.isnan(a[:, j])[:, None] != np.isnan(b[:, j])[None]
        total += weight * np.where(np.isnan(gap), np.where(one_missing, MISSING_DISTANCE, 0.0), gap) ** 2
    return np.sqrt(total / weights.sum())


def nearest(
    training: pa.Table, features: dict[str, np.ndarray], importance: dict[str, float], n_nearest: int = 5
) -> list[list[dict[str, Any]]]:
    """Nearest training objects of each candidate.

    Parameters
    ----------
    training : pyarrow.Table
        The bundle's training objects with their most important features.
    features : dict of str to ndarray, shape (n,)
        Features of the candidates.
    importance : dict of str to float
        Weight of each feature.
    n_nearest : int

    Returns
    -------
    list of list of dict
        object_id, spec_type, z and distance of the neighbours of each.
    """
    names = [name for name in training.column_names if name in importance]
    known = np.column_stack([training[name].to_numpy() for name in names])
    mine = _ranks(known, np.column_stack([features[name] for name in names]))
    theirs = _ranks(known, known)
    weights = np.array([importance[name] for name in names])
    found = []
    ids, types, z = (training[name].to_pylist() for name in ("object_id", "spec_type", "z"))
    for row in distances(mine, theirs, weights):
        order = np.argsort(row, kind="stable")[:n_nearest]
        neighbours = [
            {
                "object_id": ids[k],
                "spec_type": types[k],
                "z": z[k] if np.isfinite(z[k]) else None,
                "distance": float(row[k]),
            }
            for k in order
        ]
        found.append(neighbours)
    return found
