"""Compiled statistics of pairs of visits: Stetson's indices and structure functions (see `statistics`)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.statistics.series import NIGHT, weighted_mean
from tde.numerics.elementary import LN_10, log
from tde.numerics.lines import fit_line
from tde.numerics.smoothing import biweight

LAGS = (1.0, 5.0, 10.0, 30.0, 100.0)
"""Nominal lags of the structure function in days (observer frame)."""

LOG_LAGS = tuple(math.log(lag) for lag in LAGS)

LOG_WIDTH = LN_10
"""Pairs enter SF(lag) with the biweight (1 - u^2)^2, u = ln(their lag / lag) / ln 10.

The window is wide and smooth on purpose. Simulated visits lie on a grid of 1 to 8 d, and
a narrow bin would be empty or full according to the step, which must not be learnt.
"""

MIN_PAIRS = 3
"""Pairs of visits that a structure function needs at a lag."""

MIN_LAGS = 3
"""Lags with a positive structure function that a slope needs."""

MIN_SPREAD = 0.1
"""Variance of those ln lags that a slope needs."""


@njit(error_model="numpy")
def residuals(flux: np.ndarray, flux_err: np.ndarray, delta: np.ndarray) -> None:
    """Fill Stetson's delta = sqrt(n / (n - 1)) (flux - weighted mean) / flux_err; NaN of one visit.

    Parameters
    ----------
    flux, flux_err, delta : ndarray, shape (n,)
    """
    n = len(flux)
    factor = math.sqrt(n / (n - 1.0)) if n > 1 else np.nan
    mean = weighted_mean(flux, flux_err)
    for k in range(n):
        delta[k] = factor * (flux[k] - mean) / flux_err[k]


@njit(error_model="numpy")
def stetson_k(delta: np.ndarray) -> float:
    """Kurtosis index K: mean |delta| / root mean square delta; NaN of fewer than two visits."""
    n = len(delta)
    if n < 2:
        return np.nan
    first = second = 0.0
    for value in delta:
        first += abs(value)
        second += value * value
    return (first / n) / math.sqrt(second / n)


@njit(error_model="numpy")
def stetson_j(time_1: np.ndarray, delta_1: np.ndarray, time_2: np.ndarray, delta_2: np.ndarray) -> float:
    """Correlation index J of two bands: mean of sgn(P) sqrt|P|, P = delta_1 delta_2, over pairs of one night.

    Visits are paired in the order of time, each at most once; NaN with fewer than two pairs.

    Parameters
    ----------
    time_1, delta_1 : ndarray, shape (n,)
    time_2, delta_2 : ndarray, shape (m,)
        Times in order, and `residuals`.
    """
    i = j = n = 0
    total = 0.0
    while i < len(time_1) and j < len(time_2):
        apart = time_2[j] - time_1[i]
        if abs(apart) < NIGHT:
            product = delta_1[i] * delta_2[j]
            total += math.copysign(math.sqrt(abs(product)), product)
            n += 1
        i += apart > -NIGHT
        j += apart < NIGHT
    return total / n if n >= 2 else np.nan


@njit(error_model="numpy")
def add_lagged_pairs(time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, sums: np.ndarray) -> None:
    """Add the pairs of one band to the sums from which SF is made at each of `LAGS`.

    Parameters
    ----------
    time, flux, flux_err : ndarray, shape (n,)
        One band's visits in order of time.
    sums : ndarray, shape (4, 5)
        Pairs, weights, weighted (flux difference)^2 - flux_err_1^2 - flux_err_2^2, weighted ln(lag).
    """
    for i in range(len(time)):
        for j in range(i + 1, len(time)):
            apart = time[j] - time[i]
            if apart < NIGHT:
                continue
            log_apart = log(apart)
            change = flux[j] - flux[i]
            square = change * change - flux_err[i] * flux_err[i] - flux_err[j] * flux_err[j]
            for k in range(len(LAGS)):
                u = (log_apart - LOG_LAGS[k]) / LOG_WIDTH
                if abs(u) < 1.0:
                    weight = biweight(u)
                    sums[0, k] += 1.0
                    sums[1, k] += weight
                    sums[2, k] += weight * square
                    sums[3, k] += weight * log_apart


@njit(error_model="numpy")
def signed_root(value: float) -> float:
    """sgn(x) sqrt|x|: a mean square less its noise may be negative."""
    return math.copysign(math.sqrt(abs(value)), value)


@njit(error_model="numpy")
def log_slope(squared: np.ndarray, log_lag: np.ndarray) -> float:
    """Slope of ln SF against ln lag over the lags at which SF^2 is positive."""
    log_sf, weight = np.zeros(len(LAGS)), np.zeros(len(LAGS))
    for k in range(len(LAGS)):
        if squared[k] > 0.0:
            log_sf[k], weight[k] = 0.5 * log(squared[k]), 1.0
    line = fit_line(log_lag, log_sf, weight, -np.inf, np.inf)
    if line.n < MIN_LAGS or line.xx < MIN_SPREAD * line.n:
        return np.nan
    return line.xy / line.xx


@njit(error_model="numpy")
def mean_squares(sums: np.ndarray, out: np.ndarray) -> None:
    """SF^2 at each of `LAGS` and, last, the slope of ln SF against the mean ln lag of the pairs.

    Parameters
    ----------
    sums : ndarray, shape (4, 5)
        From `add_lagged_pairs`; the last row becomes the mean ln lag.
    out : ndarray, shape (6,)
        NaN at a lag with fewer than `MIN_PAIRS` pairs.
    """
    for k in range(len(LAGS)):
        out[k] = sums[2, k] / sums[1, k] if sums[0, k] >= MIN_PAIRS else np.nan
        sums[3, k] /= sums[1, k]
    out[len(LAGS)] = log_slope(out, sums[3])
