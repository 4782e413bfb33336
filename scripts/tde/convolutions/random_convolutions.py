"""ROCKET: random convolutions.

Dempster, Petitjean & Webb 2020, Data Mining and Knowledge Discovery 34, 1454, section 3:
each has a random length, weights, bias, dilation and padding. Two numbers are
kept of its convolution with a series: the share of positive values and the largest value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

LENGTHS = (7, 9, 11)
N_POOLED = 2
"""Share of positive values, largest value."""


class RandomConvolutions(NamedTuple):
    """``n`` convolutions.

    Attributes
    ----------
    weights : ndarray of float32, shape (n, 11)
        The first ``length`` of each row count.
    length, dilation, padding : ndarray of int64, shape (n,)
        Number of weights, distance between the epochs they meet, zeros on either side.
    bias : ndarray of float32, shape (n,)
    """

    weights: np.ndarray
    length: np.ndarray
    dilation: np.ndarray
    padding: np.ndarray
    bias: np.ndarray


def draw_random_convolutions(n_convolutions: int, n_epochs: int, rng: np.random.Generator) -> RandomConvolutions:
    """Draw weights, dilations, paddings and biases.

    Parameters
    ----------
    n_convolutions, n_epochs : int
    rng : numpy.random.Generator
    """
    length = rng.choice(LENGTHS, n_convolutions)
    weights = rng.normal(size=(n_convolutions, max(LENGTHS)))
    counts = np.arange(max(LENGTHS)) < length[:, None]
    mean = np.where(counts, weights, 0.0).sum(axis=1) / length
    weights = np.where(counts, weights - mean[:, None], 0.0)
    bias = rng.uniform(-1.0, 1.0, n_convolutions)
    longest = np.log2((n_epochs - 1) / (length - 1))
    dilation = np.floor(2.0 ** rng.uniform(0.0, longest)).astype(np.int64)
    padded = rng.integers(2, size=n_convolutions) == 1
    padding = np.where(padded, (length - 1) * dilation // 2, 0)
    return RandomConvolutions(weights.astype(np.float32), length, dilation, padding, bias.astype(np.float32))


@njit(error_model="numpy")
def _convolve(
    series: np.ndarray, weights: np.ndarray, length: int, dilation: int, padding: int, bias: float, out: np.ndarray
) -> int:
    """Fill the beginning of ``out`` with the convolution; returns how many values it has."""
    n = len(series)
    size = n + 2 * padding - (length - 1) * dilation
    for t in range(size):
        out[t] = bias
    for j in range(length):
        shift = j * dilation - padding
        weight = weights[j]
        for t in range(max(0, -shift), min(size, n - shift)):
            out[t] += weight * series[t + shift]
    return size


@njit(error_model="numpy")
def _pool(values: np.ndarray, out: np.ndarray) -> None:
    """Share of positive values, and the largest value."""
    positive = 0
    largest = values[0]
    for value in values:
        if value > 0.0:
            positive += 1
        if value > largest:
            largest = value
    out[0] = positive / len(values)
    out[1] = largest


@njit(cache=True, error_model="numpy")
def convolve_random(
    series: np.ndarray,
    weights: np.ndarray,
    length: np.ndarray,
    dilation: np.ndarray,
    padding: np.ndarray,
    bias: np.ndarray,
    out: np.ndarray,
) -> None:
    """Convolve series and pool, see `RandomConvolutions`.

    Parameters
    ----------
    series : ndarray of float32, shape (n, n_epochs)
    weights, length, dilation, padding, bias : ndarray
        The fields of `RandomConvolutions`.
    out : ndarray of float32, shape (n, n_convolutions, 2)
        Filled with the share of positive values and the largest value.
    """
    values = np.empty(series.shape[1] + max(0, 2 * np.max(padding)), dtype=np.float32)
    for k in range(len(length)):
        for i in range(len(series)):
            size = _convolve(series[i], weights[k], length[k], dilation[k], padding[k], bias[k], values)
            _pool(values[:size], out[i, k])
