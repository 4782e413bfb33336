"""Compiled statistics of one series of fluxes, and the sums that several bands pool (see `statistics`)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.numerics.moments import CONSTANT, NORMAL_KURTOSIS, equal_weights, sample_std
from tde.numerics.smoothing import to_tenth

DETECTED = 5.0
"""Signal to noise that counts as a detection."""

NIGHT = 0.5
"""Days: visits closer than this belong to one night."""

SIGNIFICANT_MEAN = 3.0
"""Measurement errors that a mean must be away from zero to be divided by."""

PERCENTILES = (5.0, 10.0, 25.0, 75.0, 90.0, 95.0)
"""Percentiles among the statistics."""

N_SUMS = 8
N_VISITS, N_FREE, SUM_FLUX, SUM_FLUX2, SUM_VARIANCE, SUM_DEVIATION2, SUM_CHI2, SUM_STEP2 = range(N_SUMS)
"""What `add_sums` adds up: visits, visits - 1 (also the steps between them), and the sums of flux, flux^2,
flux_err^2, (flux - mean)^2, ((flux - weighted mean) / flux_err)^2 and (difference of successive fluxes)^2."""


@njit(error_model="numpy")
def percentile(ordered: np.ndarray, percent: float) -> float:
    """Percentile of sorted values, linear between neighbours (numpy's default)."""
    position = 0.01 * percent * (len(ordered) - 1)
    below = min(int(position), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@njit(error_model="numpy")
def weighted_mean(flux: np.ndarray, flux_err: np.ndarray) -> float:
    """Mean flux with weights 1 / flux_err^2; NaN of nothing."""
    total = weight = 0.0
    for k in range(len(flux)):
        w = 1.0 / (flux_err[k] * flux_err[k])
        total += w * flux[k]
        weight += w
    return total / weight


@njit(error_model="numpy")
def sampling(time: np.ndarray, out: np.ndarray) -> None:
    """Number of visits, time span and mean gap; days rounded to 0.1 d."""
    n = len(time)
    out[0] = n
    if n > 0:
        out[1] = to_tenth(time[n - 1] - time[0])
    if n > 1:
        out[2] = to_tenth((time[n - 1] - time[0]) / (n - 1))


@njit(error_model="numpy")
def moments(flux: np.ndarray, out: np.ndarray) -> None:
    """Mean, standard deviation (n - 1), skewness, excess kurtosis, shares beyond one and two deviations."""
    n = len(flux)
    found = equal_weights(flux)
    std = sample_std(found, n)
    out[0], out[1], out[2], out[3] = found.mean, std, found.skewness, found.kurtosis - NORMAL_KURTOSIS
    if n < 2 or math.isnan(found.skewness):
        return
    beyond_1 = beyond_2 = 0
    for value in flux:
        beyond_1 += abs(value - found.mean) > std
        beyond_2 += abs(value - found.mean) > 2.0 * std
    out[4] = beyond_1 / n
    out[5] = beyond_2 / n


@njit(error_model="numpy")
def quantiles(flux: np.ndarray, out: np.ndarray) -> None:
    """Least, greatest and median flux, amplitude, median deviation, interquartile range, `PERCENTILES`."""
    ordered = flux.copy()
    ordered.sort()
    middle = percentile(ordered, 50.0)
    deviation = np.empty(len(flux))
    for k in range(len(flux)):
        deviation[k] = abs(flux[k] - middle)
    deviation.sort()
    out[0] = ordered[0]
    out[1] = ordered[-1]
    out[2] = middle
    out[3] = ordered[-1] - ordered[0]
    out[4] = percentile(deviation, 50.0)
    out[5] = percentile(ordered, 75.0) - percentile(ordered, 25.0)
    for k in range(len(PERCENTILES)):
        out[6 + k] = percentile(ordered, PERCENTILES[k])


@njit(error_model="numpy")
def signal_to_noise(flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    """Error-weighted mean; mean and median of |flux| / flux_err; greatest flux / flux_err; detections.

    Parameters
    ----------
    flux, flux_err : ndarray, shape (n,)
    out : ndarray, shape (5,)
    """
    n = len(flux)
    size = np.empty(n)
    highest = -np.inf
    total = 0.0
    detections = 0
    for k in range(n):
        ratio = flux[k] / flux_err[k]
        size[k] = abs(ratio)
        total += size[k]
        highest = max(highest, ratio)
        detections += ratio > DETECTED
    size.sort()
    out[0] = weighted_mean(flux, flux_err)
    out[1] = total / n
    out[2] = percentile(size, 50.0)
    out[3] = highest
    out[4] = detections


@njit(error_model="numpy")
def max_slope(time: np.ndarray, flux: np.ndarray) -> float:
    """Steepest change between successive visits of different nights; gaps rounded to 0.1 d."""
    steepest = np.nan
    for k in range(1, len(time)):
        gap = time[k] - time[k - 1]
        if gap >= NIGHT:
            slope = abs(flux[k] - flux[k - 1]) / to_tenth(gap)
            if not slope <= steepest:
                steepest = slope
    return steepest


@njit(error_model="numpy")
def add_sums(flux: np.ndarray, flux_err: np.ndarray, sums: np.ndarray) -> None:
    """Add one band's sums, each about the band's own mean, to ``sums`` of shape (N_SUMS,).

    Parameters
    ----------
    flux, flux_err : ndarray, shape (n,)
    sums : ndarray, shape (N_SUMS,)
    """
    n = len(flux)
    if n == 0:
        return
    mean = 0.0
    for value in flux:
        mean += value / n
    centre = weighted_mean(flux, flux_err)
    sums[N_VISITS] += n
    sums[N_FREE] += n - 1
    for k in range(n):
        sums[SUM_FLUX] += flux[k]
        sums[SUM_FLUX2] += flux[k] * flux[k]
        sums[SUM_VARIANCE] += flux_err[k] * flux_err[k]
        sums[SUM_DEVIATION2] += (flux[k] - mean) * (flux[k] - mean)
        sums[SUM_CHI2] += ((flux[k] - centre) / flux_err[k]) * ((flux[k] - centre) / flux_err[k])
        if k > 0:
            sums[SUM_STEP2] += (flux[k] - flux[k - 1]) * (flux[k] - flux[k - 1])


@njit(error_model="numpy")
def variability(sums: np.ndarray, out: np.ndarray) -> None:
    """Reduced chi-squared of a constant, von Neumann ratio and excess variance.

    Parameters
    ----------
    sums : ndarray, shape (N_SUMS,)
        Of one band or of several.
    out : ndarray, shape (4,)
        chi^2 / (n - 1); mean square difference of successive fluxes over their variance;
        variance less mean square error; the same over the mean flux squared.
    """
    if sums[N_FREE] < 1.0:
        return
    n = sums[N_VISITS]
    out[0] = sums[SUM_CHI2] / sums[N_FREE]
    if sums[SUM_DEVIATION2] > CONSTANT * CONSTANT * sums[SUM_FLUX2]:
        out[1] = (sums[SUM_STEP2] / sums[N_FREE]) / (sums[SUM_DEVIATION2] / n)
    excess = sums[SUM_DEVIATION2] / sums[N_FREE] - sums[SUM_VARIANCE] / n
    out[2] = excess
    if abs(sums[SUM_FLUX]) > SIGNIFICANT_MEAN * math.sqrt(sums[SUM_VARIANCE]):
        out[3] = excess / (sums[SUM_FLUX] / n * (sums[SUM_FLUX] / n))
