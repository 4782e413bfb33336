"""Weighted mean, spread, skewness, kurtosis and quantiles of a set of values."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

CONSTANT = 1e-12
"""Scatter relative to the root mean square below which values are alike but for rounding."""

NORMAL_KURTOSIS = 3.0
"""m4 / m2^2 of a normal distribution, which excess kurtosis counts from."""


class MeanAndStd(NamedTuple):
    """Mean and standard deviation of each row of a table, shape (n,) each."""

    mean: np.ndarray
    std: np.ndarray


def known_mean_and_std(values: np.ndarray, ddof: int) -> MeanAndStd:
    """Mean and standard deviation over the finite values of each row.

    Parameters
    ----------
    values : ndarray, shape (n, m)
    ddof : int
        The sum of squares is divided by the number of finite values less this.

    Returns
    -------
    MeanAndStd
        NaN without finite values, the standard deviation also with a single one.
    """
    known = np.isfinite(values)
    count = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=1) / count
        square = np.where(known, values - mean[:, None], 0.0) ** 2
        variance = square.sum(axis=1) / (count - ddof)
    return MeanAndStd(mean, np.where(count >= 2, np.sqrt(np.maximum(variance, 0.0)), np.nan))


class Moments(NamedTuple):
    """Weighted moments, with m_k the central ones.

    Attributes
    ----------
    mean : float
    std : float
        sqrt(m2): divided by the total weight, without Bessel's correction.
    skewness, kurtosis : float
        m3 / m2^1.5 and m4 / m2^2 (3 for a normal distribution); NaN if the values are all alike.
    """

    mean: float
    std: float
    skewness: float
    kurtosis: float


@njit(error_model="numpy")
def moments(values: np.ndarray, weights: np.ndarray) -> Moments:
    """Weighted moments of values, shape (n,) each."""
    total = mean = square = m2 = m3 = m4 = 0.0
    for i in range(values.size):
        total += weights[i]
        mean += weights[i] * values[i]
        square += weights[i] * values[i] * values[i]
    mean /= total
    for i in range(values.size):
        d = values[i] - mean
        m2 += weights[i] * d * d / total
        m3 += weights[i] * d * d * d / total
        m4 += weights[i] * d * d * d * d / total
    std = math.sqrt(m2)
    if not std > CONSTANT * math.sqrt(square / total):
        return Moments(mean, std, math.nan, math.nan)
    return Moments(mean, std, m3 / (m2 * std), m4 / (m2 * m2))


@njit(error_model="numpy")
def equal_weights(values: np.ndarray) -> Moments:
    """Moments of values that all weigh alike, NaN of nothing."""
    return moments(values, np.ones(values.size))


@njit(error_model="numpy")
def sample_std(found: Moments, n: int) -> float:
    """Standard deviation of ``n`` values with n - 1 in the place of n; NaN of fewer than two."""
    return found.std * math.sqrt(n / (n - 1.0)) if n > 1 else math.nan


@njit(error_model="numpy")
def _order(values: np.ndarray) -> np.ndarray:
    """Indices that sort the values: Shell's sort, a tenth of what numpy's costs to compile."""
    order = np.arange(values.size)
    step = 1
    while step < values.size:
        step = 3 * step + 1
    while step > 1:
        step //= 3
        for i in range(step, values.size):
            mine = order[i]
            j = i
            while j >= step and values[order[j - step]] > values[mine]:
                order[j] = order[j - step]
                j -= step
            order[j] = mine
    return order


@njit(error_model="numpy")
def quantiles(values: np.ndarray, weights: np.ndarray, levels: tuple[float, ...], out: np.ndarray) -> None:
    """Weighted quantiles.

    Value k of the sorted ones stands for the middle of its share of the total weight; between
    these the quantile is linear.

    Parameters
    ----------
    values, weights : ndarray, shape (n,)
    levels : tuple of float
        In 0..1, ascending.
    out : ndarray, shape (>= len(levels),)
        Filled with the quantiles.
    """
    order = _order(values)
    total = 0.0
    for i in range(values.size):
        total += weights[i]
    k = 0
    place = 0.5 * weights[order[0]]
    before = place
    for j in range(len(levels)):
        wanted = levels[j] * total
        while place < wanted and k + 1 < values.size:
            before = place
            place += 0.5 * (weights[order[k]] + weights[order[k + 1]])
            k += 1
        if place <= wanted or k == 0:
            out[j] = values[order[k]]
        else:
            share = (wanted - before) / (place - before)
            out[j] = values[order[k - 1]] + share * (values[order[k]] - values[order[k - 1]])
