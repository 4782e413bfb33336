"""Laws of decline fitted to all bands of one object at once, after its peak.

The model of a band is an amplitude A_b >= 0 times a shape that all bands share. The
amplitudes are linear and solved for exactly; a shape's own time scale (for a power law
the time from onset to peak) runs over a grid:

    power law    (1 + x / T)^-alpha,   x days after the peak, T days from onset to peak
    exponential  exp(-x / T)
    linear       max(1 - x / T, 0)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.numerics.elementary import exp, log
from tde.photometry import BANDS

SCALES = np.array([5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 56.0, 80.0, 112.0, 160.0, 224.0, 320.0])
"""Grid of the time scale T in days, in steps of about sqrt(2)."""

POWER_LAW, EXPONENTIAL, LINEAR = range(3)
"""Kinds of shapes."""

ONSET_PRIOR = (math.log(30.0), 0.7)
"""Mean and standard deviation of ln(T / d) a priori for a free index: it decides where the data do not."""

INDEX_RANGE = (0.0, 8.0)
AT_EDGE = 2e-3
"""An index so close to an edge of its range would have gone further."""

FIRST_INDEX = 1.5
N_NEWTON = 12
LARGEST_STEP = 1.0

N_BANDS = len(BANDS)


@njit(error_model="numpy")
def _shape(kind: int, value: float, x: float, scale: float) -> float:
    """Value of a shape; ``value`` is the index of a power law."""
    if kind == POWER_LAW:
        return exp(-value * log(1.0 + x / scale))
    if kind == EXPONENTIAL:
        return exp(-x / scale)
    return max(1.0 - x / scale, 0.0)


@njit(error_model="numpy")
def band_chi2(
    kind: int, value: float, scale: float, x: np.ndarray, band: np.ndarray, flux: np.ndarray, weight: np.ndarray,
    chi2: np.ndarray,
) -> float:  # fmt: skip
    """Chi-squared of each band with its best amplitude A_b >= 0.

    Parameters
    ----------
    kind : int
        `POWER_LAW`, `EXPONENTIAL` or `LINEAR`.
    value : float
        Index of the power law.
    scale : float
        Time scale T in days.
    x, band, flux, weight : ndarray, shape (n,)
        Days after the peak, band code, flux and 1 / error^2.
    chi2 : ndarray, shape (6,)
        Filled.

    Returns
    -------
    float
        Sum over the bands.
    """
    sums = np.zeros((3, N_BANDS))
    for k in range(x.size):
        shape = _shape(kind, value, x[k], scale)
        sums[0, band[k]] += weight[k] * shape * shape
        sums[1, band[k]] += weight[k] * shape * flux[k]
        sums[2, band[k]] += weight[k] * flux[k] * flux[k]
    total = 0.0
    for b in range(N_BANDS):
        cross = max(sums[1, b], 0.0)
        chi2[b] = sums[2, b] - (cross * cross / sums[0, b] if sums[0, b] > 0.0 else 0.0)
        total += chi2[b]
    return total


@njit(error_model="numpy")
def _index_terms(
    index: float, log_time: np.ndarray, band: np.ndarray, flux: np.ndarray, weight: np.ndarray, sums: np.ndarray
) -> tuple:
    """Chi-squared of a power law, the slope of -chi2 / 2 with its index, and the Fisher information.

    The amplitudes are projected out (Golub & Pereyra 1973; Kaufman 1975).
    """
    sums[:] = 0.0
    chi2 = 0.0
    for k in range(flux.size):
        b = band[k]
        shape = exp(-index * log_time[k])
        w = weight[k] * shape
        sums[0, b] += w * shape
        sums[1, b] += w * shape * log_time[k]
        sums[2, b] += w * shape * log_time[k] * log_time[k]
        sums[3, b] += w * flux[k]
        sums[4, b] += w * flux[k] * log_time[k]
        chi2 += weight[k] * flux[k] * flux[k]
    slope = information = 0.0
    for b in range(N_BANDS):
        if sums[3, b] > 0.0:
            A = sums[3, b] / sums[0, b]
            chi2 -= A * sums[3, b]
            slope -= A * (sums[4, b] - A * sums[1, b])
            information += A * A * (sums[2, b] - sums[1, b] * sums[1, b] / sums[0, b])
    return chi2, slope, information


@njit(error_model="numpy")
def _best_index(
    index: float, log_time: np.ndarray, band: np.ndarray, flux: np.ndarray, weight: np.ndarray, sums: np.ndarray
) -> tuple:
    """Index of the least chi-squared for one T by damped Gauss-Newton steps from ``index``.

    Returns
    -------
    index, chi2, information : float
    """
    trial = index
    chi2 = math.inf
    slope = information = 0.0
    damping = 1e-3
    for _ in range(N_NEWTON):
        new_chi2, new_slope, new_information = _index_terms(trial, log_time, band, flux, weight, sums)
        gain = chi2 - new_chi2
        if gain >= 0.0:
            index, chi2, slope, information = trial, new_chi2, new_slope, new_information
            damping *= 0.1
            if gain < 1e-3:
                break
        else:
            damping = 10.0 * damping + 0.1
        step = slope / (information * (1.0 + damping) + 1e-6)
        trial = index + min(max(step, -LARGEST_STEP), LARGEST_STEP)
        trial = min(max(trial, INDEX_RANGE[0]), INDEX_RANGE[1])
    return index, chi2, information


class FreeIndex(NamedTuple):
    """Index of a power law with its error, and the least chi-squared."""

    exponent: float
    error: float
    chi2: float


@njit(error_model="numpy")
def free_index(x: np.ndarray, band: np.ndarray, flux: np.ndarray, weight: np.ndarray) -> FreeIndex:
    """Index of a power law shared by all bands, averaged over the time from onset to peak.

    For each T of the grid the best index and its error are found; T is marginalised with
    the weights exp(-chi2 / 2) times `ONSET_PRIOR` times the error (Laplace). Errors are
    widened by the root of the reduced chi-squared where that exceeds 1.

    Parameters
    ----------
    x, band, flux, weight : ndarray, shape (n,)
        As in `band_chi2`.

    Returns
    -------
    exponent, error, chi2 : float
        Mean and standard deviation of the index, least chi-squared. The index and its error are
        NaN where nothing is known of it, or its mean is at an edge of `INDEX_RANGE`.
    """
    m = SCALES.size
    indices, chi2, variance = np.empty(m), np.empty(m), np.empty(m)
    log_time = np.empty(x.size)
    sums = np.empty((5, N_BANDS))
    index = FIRST_INDEX
    for j in range(m):
        for k in range(x.size):
            log_time[k] = log(1.0 + x[k] / SCALES[j])
        index, chi2[j], information = _best_index(index, log_time, band, flux, weight, sums)
        indices[j] = index
        variance[j] = 1.0 / information if information > 1e-6 else math.nan
    least = chi2.min()
    n_bands = np.sum(sums[0] > 0.0)
    misfit = max(1.0, least / max(x.size - n_bands - 2, 1))
    norm = mean = square = 0.0
    for j in range(m):
        spacing = 0.5 * (indices[min(j + 1, m - 1)] - indices[max(j - 1, 0)])
        spread = variance[j] * misfit + spacing * spacing / 12.0  # the index varies between the nodes of the grid
        offset = (log(SCALES[j]) - ONSET_PRIOR[0]) / ONSET_PRIOR[1]
        p = exp(-0.5 * ((chi2[j] - least) / misfit + offset * offset)) * math.sqrt(variance[j])
        norm += p
        mean += p * indices[j]
        square += p * (indices[j] * indices[j] + spread)
    mean /= norm
    if not INDEX_RANGE[0] + AT_EDGE < mean < INDEX_RANGE[1] - AT_EDGE:
        return FreeIndex(math.nan, math.nan, least)
    return FreeIndex(mean, math.sqrt(max(square / norm - mean * mean, 0.0)), least)
