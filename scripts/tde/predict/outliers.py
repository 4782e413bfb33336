"""How unlike the training objects an object is: a probability with a known rate of false alarms.

The features that the blend uses most are turned into normal scores by the training objects' ranks; beyond their range
scores go on with the logarithm. The distance is that of Mahalanobis (1936, Proc. Natl. Inst. Sci. India 2, 49), and
what is missing counts as usual. Light curves with little in them are far from whole ones without being strange: an
object is compared with those training light curves, whole and unfinished, held out, that are as old, and have as many
points and bands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.spatial import KDTree
from scipy.special import ndtri

from tde.features.registry import learns

N_COMPARED = 500
"""Held-out light curves that an object is compared with."""

UNLIKE = 0.01
"""Share of them that are further out, below which an object is called unlike the training objects."""

SCALES = (0.5, 0.5, 1.0)
"""Differences that count the same: natural logarithms of age and of the number of points, bands."""

RIDGE, BEYOND = 0.1, 3.0
"""Variance that is added to each score; growth of a score per factor e beyond the training objects' range."""


class Usual(NamedTuple):
    """What is usual of ``m`` features of ``n`` training objects.

    Attributes
    ----------
    values : list of ndarray
        Known values of each feature, ascending.
    centre : ndarray, shape (m,)
    inverse : ndarray, shape (m, m)
        Of the covariance of the scores.
    """

    values: list[np.ndarray]
    centre: np.ndarray
    inverse: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> Usual:
        """Learn from features of training objects, shape (n, m)."""
        values = [np.sort(column[~np.isnan(column)]) for column in X.T]
        scores = _scores(values, X)
        covariance = np.atleast_2d(np.cov(scores.T)) + RIDGE * np.eye(X.shape[1])
        return cls(values, scores.mean(axis=0), np.linalg.inv(covariance))

    def distance(self, X: np.ndarray) -> np.ndarray:
        """Squared distances of objects, shape (n,).

        Parameters
        ----------
        X : ndarray, shape (n, m)
        """
        off = _scores(self.values, X) - self.centre
        return np.einsum("ij,jk,ik->i", off, self.inverse, off)


def compared_features(neighbours: pa.Table) -> list[str]:
    """Names ``family.column`` of the features by which objects are compared: of families that learn nothing.

    Parameters
    ----------
    neighbours : pyarrow.Table
        The bundle's training objects with their most important features.
    """
    return [name for name in neighbours.column_names if "." in name and not learns(name.partition(".")[0])]


def held_out_distances(X: np.ndarray, whole: int, fold: np.ndarray) -> np.ndarray:
    """Distances of training light curves from the objects of other folds, shape (n,).

    Parameters
    ----------
    X : ndarray, shape (n, m)
        Features; the first rows are those of whole light curves.
    whole : int
        How many.
    fold : ndarray of int, shape (n,)
        Fold in which each is held out.
    """
    found = np.empty(len(X))
    for k in np.unique(fold):
        found[fold == k] = Usual.of(X[:whole][fold[:whole] != k]).distance(X[fold == k])
    return found


def outlier_p(
    neighbours: pa.Table, held_out: pa.Table, tables: Mapping[str, pa.Table], states: np.ndarray
) -> np.ndarray:
    """Share of comparable training light curves that are further out, shape (n,); NaN if the bundle knows none.

    Parameters
    ----------
    neighbours, held_out : pyarrow.Table
        The bundle's tables of these names.
    tables : mapping of str to pyarrow.Table
        Features by family.
    states : ndarray, shape (n, 3)
        Natural logarithm of the days since the trigger, number of points, bands.
    """
    if "distance" not in held_out.column_names or not len(states):
        return np.full(len(states), np.nan)
    names = compared_features(neighbours)
    usual = Usual.of(np.column_stack([neighbours[name].to_numpy() for name in names]))
    parts = (name.partition(".") for name in names)
    found = usual.distance(np.column_stack([tables[family][column].to_numpy() for family, _, column in parts]))
    known = np.column_stack([held_out[name].to_numpy() for name in ("log_age", "n_points", "n_bands")])
    n = min(N_COMPARED, len(known))
    _, rows = KDTree(_place(known)).query(_place(states), k=np.arange(1, n + 1))
    further = held_out["distance"].to_numpy()[rows] >= found[:, None]
    return (1.0 + further.sum(axis=1)) / (1.0 + n)


def _place(states: np.ndarray) -> np.ndarray:
    """States on axes of one scale."""
    return np.column_stack([states[:, 0], np.log1p(states[:, 1]), states[:, 2]]) / SCALES


def _scores(values: list[np.ndarray], X: np.ndarray) -> np.ndarray:
    """Normal scores of features by the ranks among known values; 0 where missing."""
    scores = np.zeros(X.shape)
    for j, known in enumerate(values):
        if not len(known):
            continue
        middle = 0.5 * (np.searchsorted(known, X[:, j], "left") + np.searchsorted(known, X[:, j], "right"))
        edge = 0.5 / len(known)
        low, median, high = np.quantile(known, [0.01, 0.5, 0.99])
        above = np.maximum(X[:, j] - known[-1], 0.0) / max(high - median, np.finfo(float).tiny)
        below = np.maximum(known[0] - X[:, j], 0.0) / max(median - low, np.finfo(float).tiny)
        score = ndtri(np.clip(middle / len(known), edge, 1.0 - edge)) + BEYOND * (np.log1p(above) - np.log1p(below))
        scores[:, j] = np.where(np.isnan(X[:, j]), 0.0, score)
    return scores
