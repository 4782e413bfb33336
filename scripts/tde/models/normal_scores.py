"""Features mapped to a normal distribution by quantiles of the training objects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

LIMIT = 5.0
"""Nothing is mapped beyond this many sigma."""

EDGE = 1e-7
"""Values this close to the lowest or highest quantile count as beyond it."""

AT_A_TIME = 64
"""Features handled together: enough for NumPy, and few beside the matrix itself."""


class Quantiles(NamedTuple):
    """Quantiles of every feature.

    Attributes
    ----------
    values : ndarray, shape (n_quantiles, n_features)
        Ascending; 0 for a feature that is undefined everywhere.
    references : ndarray, shape (n_quantiles,)
        Their shares, from 0 to 1.
    """

    values: np.ndarray
    references: np.ndarray


def training_quantiles(X: np.ndarray, n_quantiles: int) -> Quantiles:
    """Quantiles of every feature, undefined values left out.

    What `sklearn.preprocessing.QuantileTransformer` learns, at a tenth of its cost: many
    features are sorted at once.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    n_quantiles : int
    """
    references = np.linspace(0.0, 1.0, n_quantiles)
    values = np.empty((n_quantiles, X.shape[1]))
    for first in range(0, X.shape[1], AT_A_TIME):
        some = slice(first, first + AT_A_TIME)
        values[:, some] = _quantiles(X[:, some], references)
    return Quantiles(values, references)


def _quantiles(X: np.ndarray, references: np.ndarray) -> np.ndarray:
    ascending = np.sort(np.ascontiguousarray(X.T), axis=1)  # NaN last
    last = np.count_nonzero(~np.isnan(ascending), axis=1)[:, None] - 1
    position = references * np.maximum(last, 0)
    below = np.minimum(position.astype(np.int64), np.maximum(last - 1, 0))
    lower = np.take_along_axis(ascending, below, axis=1)
    upper = np.take_along_axis(ascending, np.minimum(below + 1, np.maximum(last, 0)), axis=1)
    quantiles = lower + (upper - lower) * (position - below)
    quantiles[last[:, 0] < 0] = 0.0
    return np.maximum.accumulate(quantiles, axis=1).T


def normal_scores(
    X: np.ndarray, quantiles: np.ndarray, references: np.ndarray, precision: type[np.floating] = np.float64
) -> np.ndarray:
    """Map every feature to a normal distribution.

    What `sklearn.preprocessing.QuantileTransformer` does, at a fraction of its cost: one
    interpolation instead of two where the quantiles of a feature all differ, in ascending order,
    which a processor can foresee, and one call of the normal quantile function for each feature.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    quantiles : ndarray, shape (n_quantiles, n_features)
        Quantiles of the training objects, ascending.
    references : ndarray, shape (n_quantiles,)
        Their shares.
    precision : type
        Of the result.

    Returns
    -------
    ndarray, shape (n, n_features)
        Within +-`LIMIT`; NaN where X is.
    """
    scores = np.empty(X.shape, dtype=precision)
    for first in range(0, X.shape[1], AT_A_TIME):
        some = slice(first, first + AT_A_TIME)
        scores[:, some] = _scores(X[:, some], quantiles[:, some], references)
    return scores


def _scores(X: np.ndarray, quantiles: np.ndarray, references: np.ndarray) -> np.ndarray:
    columns, of_training = np.array(X.T, order="C"), np.ascontiguousarray(quantiles.T)
    scores = np.full(columns.shape, np.nan)
    defined = ~np.isnan(columns)
    columns[~defined] = np.inf  # last in the order
    repeated = np.any(np.diff(of_training, axis=1) <= 0.0, axis=1)
    for j, (column, known) in enumerate(zip(columns, of_training, strict=True)):
        order = np.argsort(column)[: np.count_nonzero(defined[j])]
        x = column[order]
        share = np.interp(x, known, references)
        if repeated[j]:  # the middle of the shares that one value has
            share = 0.5 * (share - np.interp(-x, -known[::-1], -references[::-1]))
        share[x + EDGE > known[-1]] = 1.0
        share[x - EDGE < known[0]] = 0.0
        scores[j, order] = ndtri(share)
    return np.clip(scores, -LIMIT, LIMIT).T
