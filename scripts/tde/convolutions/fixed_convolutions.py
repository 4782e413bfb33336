"""MiniRocket and MultiRocket: a small fixed set of convolutions.

Each has nine weights, three of them 2 and six of them -1, in all 84 ways
(Dempster, Schmidt & Webb 2021, KDD, section 3.1). It adds up the series of a random
choice of bands, as the authors' multivariate code does. It is compared with several
biases; what is kept are numbers about where it exceeds each of them: for MiniRocket the
share of such epochs, for MultiRocket (Tan et al. 2022, Data Mining and Knowledge Discovery
36, 1623, section 3.2) also their mean excess, mean position, and longest run.

Biases are quantiles of convolutions of outbursts of the simplest kind, drawn here, not of
the data's: so nothing is learnt from any object, in or out of a fold.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.convolutions.curve_series import FIRST, N_EPOCHS, STEP, standardised

N_TAPS = 9
TAPS = np.array(list(combinations(range(N_TAPS), 3)), dtype=np.int64)
"""The weights that are 2, shape (84, 3)."""

MOST_DILATIONS = 32
N_REFERENCES = 128
N_POOLED = 4
"""Share above the bias, mean excess, mean position, longest run."""

GOLDEN_RATIO = (1.0 + 5.0**0.5) / 2.0


class FixedConvolutions(NamedTuple):
    """Dilations, bands and biases of the 84 convolutions.

    Attributes
    ----------
    dilation : ndarray of int64, shape (n_dilations,)
    bands : ndarray of bool, shape (n_dilations, 84, n_bands)
        The bands that a convolution adds up.
    first : ndarray of int64, shape (n_dilations + 1,)
        Each convolution has the biases ``first[d]:first[d + 1]`` at dilation ``d``.
    bias : ndarray of float32, shape (84, first[-1])
    """

    dilation: np.ndarray
    bands: np.ndarray
    first: np.ndarray
    bias: np.ndarray

    @property
    def n_features(self) -> int:
        """Pairs of a convolution and a bias."""
        return self.bias.size


class Dilations(NamedTuple):
    """Dilations in ascending order, and how many biases of a convolution each has."""

    dilation: np.ndarray
    n_biases: np.ndarray


def spread_dilations(n_epochs: int, n_biases: int) -> Dilations:
    """Dilations, exponentially spread, and how many biases of a convolution each has.

    Parameters
    ----------
    n_epochs : int
    n_biases : int
        Biases of each convolution, all dilations together.
    """
    n = min(n_biases, MOST_DILATIONS)
    largest = np.log2((n_epochs - 1) / (N_TAPS - 1))
    dilation, count = np.unique(np.logspace(0.0, largest, n, base=2.0).astype(np.int64), return_counts=True)
    count = (count * (n_biases / n)).astype(np.int64)
    missing = n_biases - count.sum()
    count += missing // len(count) + (np.arange(len(count)) < missing % len(count))
    return Dilations(dilation, count)


def draw_outbursts(n: int, rng: np.random.Generator) -> np.ndarray:
    """Made-up outbursts: exponential rise and fall in six bands, on the epochs of `posterior_series`.

    Returns
    -------
    ndarray of float32, shape (n, 6, 100)
    """
    days = FIRST + STEP * np.arange(N_EPOCHS)
    rise = np.exp(rng.uniform(np.log(3.0), np.log(30.0), (n, 1, 1)))
    fall = np.exp(rng.uniform(np.log(15.0), np.log(150.0), (n, 1, 1)))
    height = np.exp(rng.normal(0.0, 0.5, (n, 6, 1)))
    t = days - rng.normal(0.0, 8.0, (n, 6, 1))
    outbursts = height * np.exp(-np.maximum(t, 0.0) / fall) / (1.0 + np.exp(-t / rise))
    return standardised(outbursts)


def draw_fixed_convolutions(outbursts: np.ndarray, n_features: int, rng: np.random.Generator) -> FixedConvolutions:
    """Draw bands and biases.

    Parameters
    ----------
    outbursts : ndarray of float32, shape (n, n_bands, n_epochs)
        Whose convolutions set the biases.
    n_features : int
        Wanted number of pairs of a convolution and a bias; rounded down to a multiple of 84.
    rng : numpy.random.Generator
    """
    _, n_bands, n_epochs = outbursts.shape
    n_biases = max(1, n_features // len(TAPS))
    dilation, count = spread_dilations(n_epochs, n_biases)
    first = np.concatenate([[0], np.cumsum(count)])
    n_chosen = np.floor(2.0 ** rng.uniform(0.0, np.log2(n_bands + 1), (len(dilation), len(TAPS)))).astype(np.int64)
    rank = rng.random((len(dilation), len(TAPS), n_bands)).argsort(axis=2).argsort(axis=2)
    bands = rank < n_chosen[:, :, None]
    quantile = (np.arange(1, n_biases * len(TAPS) + 1) * GOLDEN_RATIO % 1.0).reshape(len(TAPS), n_biases)
    example = rng.integers(len(outbursts), size=(len(dilation), len(TAPS)))
    bias = np.empty((len(TAPS), n_biases), dtype=np.float32)
    for d, k in np.ndindex(len(dilation), len(TAPS)):
        values = convolution(outbursts[example[d, k]], int(dilation[d]), k, bands[d, k])
        here = slice(first[d], first[d + 1])
        bias[k, here] = np.quantile(values, quantile[k, here])
    return FixedConvolutions(dilation, bands, first.astype(np.int64), bias)


def convolution(series: np.ndarray, dilation: int, which: int, bands: np.ndarray) -> np.ndarray:
    """One convolution of one object, its ends padded with zeros.

    Parameters
    ----------
    series : ndarray, shape (n_bands, n_epochs)
    dilation, which : int
        ``which`` is the row of `TAPS`.
    bands : ndarray of bool, shape (n_bands,)

    Returns
    -------
    ndarray of float32, shape (n_epochs,)
    """
    taps = np.empty((N_TAPS, *series.shape), dtype=np.float32)
    total = np.empty(series.shape, dtype=np.float32)
    out = np.empty(series.shape[1], dtype=np.float32)
    _shift(series.astype(np.float32), dilation, taps, total)
    _combine(taps, total, TAPS[which], bands, out)
    return out


@njit(error_model="numpy")
def _shift(series: np.ndarray, dilation: int, taps: np.ndarray, total: np.ndarray) -> None:
    """Fill ``taps[j]`` with the series moved by ``j - 4`` dilations, and ``total`` with the sum of the nine."""
    n_bands, n = series.shape
    taps[:] = 0.0
    total[:] = 0.0
    for j in range(N_TAPS):
        shift = (j - N_TAPS // 2) * dilation
        for b in range(n_bands):
            for t in range(max(0, -shift), min(n, n - shift)):
                taps[j, b, t] = series[b, t + shift]
            for t in range(n):
                total[b, t] += taps[j, b, t]


@njit(error_model="numpy")
def _combine(taps: np.ndarray, total: np.ndarray, chosen: np.ndarray, bands: np.ndarray, out: np.ndarray) -> None:
    """Three times the chosen taps less the sum of all, which is weights of 2 and -1, added up over bands."""
    out[:] = 0.0
    j, k, m = chosen
    for b in range(len(bands)):
        if bands[b]:
            for t in range(len(out)):
                out[t] += np.float32(3.0) * (taps[j, b, t] + taps[k, b, t] + taps[m, b, t]) - total[b, t]


@njit(error_model="numpy")
def _share_above(values: np.ndarray, bias: float) -> float:
    above = 0
    for value in values:
        above += value > bias
    return above / len(values)


@njit(error_model="numpy")
def _pool(values: np.ndarray, bias: float, out: np.ndarray) -> None:
    """Share above the bias, mean excess (0 if none), mean position (-1 if none), longest run."""
    above = run = longest = position = 0
    excess = 0.0
    for t in range(len(values)):
        if values[t] > bias:
            above += 1
            position += t
            excess += values[t] - bias
            run += 1
            longest = max(longest, run)
        else:
            run = 0
    out[0] = above / len(values)
    out[1] = excess / above if above else 0.0
    out[2] = position / above if above else -1.0
    out[3] = longest


@njit(cache=True, error_model="numpy")
def convolve_fixed(
    series: np.ndarray,
    chosen: np.ndarray,
    dilation: np.ndarray,
    bands: np.ndarray,
    first: np.ndarray,
    bias: np.ndarray,
    out: np.ndarray,
) -> None:
    """Compute the fixed convolutions of series and pool them.

    Every other convolution is pooled without the epochs that zeros beyond the ends reach.

    Parameters
    ----------
    series : ndarray of float32, shape (n, n_bands, n_epochs)
    chosen : ndarray of int64, shape (84, 3)
        `TAPS`.
    dilation, bands, first, bias : ndarray
        The fields of `FixedConvolutions`.
    out : ndarray of float32, shape (n, n_pooled, 84, n_biases)
        ``n_pooled`` is 1 for the shares alone, or 4.
    """
    n_epochs = series.shape[2]
    taps = np.empty((N_TAPS, series.shape[1], n_epochs), dtype=np.float32)
    total = np.empty((series.shape[1], n_epochs), dtype=np.float32)
    values = np.empty(n_epochs, dtype=np.float32)
    pooled = np.empty(N_POOLED)
    for i in range(len(series)):
        for d in range(len(dilation)):
            _shift(series[i], dilation[d], taps, total)
            for k in range(len(chosen)):
                _combine(taps, total, chosen[k], bands[d, k], values)
                edge = (N_TAPS // 2) * dilation[d] if (d + k) % 2 else 0
                inner = values[edge : n_epochs - edge]
                for j in range(first[d], first[d + 1]):
                    if out.shape[1] == 1:
                        out[i, 0, k, j] = _share_above(inner, bias[k, j])
                    else:
                        _pool(inner, bias[k, j], pooled)
                        for p in range(N_POOLED):
                            out[i, p, k, j] = pooled[p]
