"""Local averages of noisy light curves, and the level crossings read off them."""

from __future__ import annotations

import numpy as np
from numba import njit

HALF_WIDTH = 15.0
"""Days over which a local average reaches to either side (observer frame)."""


@njit(cache=True, error_model="numpy")
def local_average(
    time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, scale: np.ndarray, value: np.ndarray, error: np.ndarray
) -> None:
    """Average a light curve locally at each of its visits.

    The model is ``flux_j = scale_j F(t_j)``; the estimate of F at visit i is the
    least-squares one under the biweight kernel ``K = (1 - u^2)^2``,
    ``u = (t_j - t_i) / HALF_WIDTH``. The kernel falls to zero smoothly, so no
    visit enters or leaves with a jump.

    Parameters
    ----------
    time, flux, flux_err : ndarray, shape (n,)
        Visits in order of time; days, uJy, uJy.
    scale : ndarray, shape (n,)
        Brightness of each visit's band relative to F; ones for a single band.
    value, error : ndarray, shape (n,)
        Filled with F and its standard error.
    """
    first = 0
    for i in range(len(time)):
        while time[i] - time[first] >= HALF_WIDTH:
            first += 1
        weighted_flux = 0.0
        weight = 0.0
        variance = 0.0
        for j in range(first, len(time)):
            u = (time[j] - time[i]) / HALF_WIDTH
            if u >= 1.0:
                break
            kernel = (1.0 - u * u) ** 2
            information = (scale[j] / flux_err[j]) ** 2
            weighted_flux += kernel * scale[j] * flux[j] / flux_err[j] ** 2
            weight += kernel * information
            variance += kernel * kernel * information
        value[i] = weighted_flux / weight
        error[i] = np.sqrt(variance) / weight


@njit(cache=True, error_model="numpy")
def significant_peak(value: np.ndarray, error: np.ndarray) -> int:
    """Index of the visit with the highest ``value - error``: bright, and surely so."""
    best = 0
    for i in range(1, len(value)):
        if value[i] - error[i] > value[best] - error[best]:
            best = i
    return best


@njit(cache=True, error_model="numpy")
def crossing(time: np.ndarray, value: np.ndarray, start: int, step: int, level: float) -> float:
    """Days from visit ``start`` to where the curve first falls through ``level``.

    Parameters
    ----------
    time, value : ndarray, shape (n,)
        The curve, in order of time.
    start : int
        Where to begin, above the level.
    step : int
        -1 looks back, +1 looks ahead.
    level : float
        The level, interpolated linearly between visits.

    Returns
    -------
    float
        NaN if the curve never falls through the level.
    """
    i = start
    while 0 <= i + step < len(time):
        if value[i + step] <= level:
            share = (value[i] - level) / (value[i] - value[i + step])
            return abs(time[i] + share * (time[i + step] - time[i]) - time[start])
        i += step
    return np.nan


@njit(cache=True, error_model="numpy")
def to_tenths(days: np.ndarray) -> np.ndarray:
    """Days rounded to 0.1 d, so that no finer grid of times shows in a feature."""
    return np.round(days * 10.0) / 10.0
