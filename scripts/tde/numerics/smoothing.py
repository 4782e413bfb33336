"""Local averages of noisy light curves."""

from __future__ import annotations

import numpy as np
from numba import njit

HALF_WIDTH = 15.0
"""Days over which a local average reaches to either side (observer frame)."""


@njit(error_model="numpy")
def biweight(u: float) -> float:
    """Biweight (1 - u^2)^2 for ``|u| < 1``, where it is 1 at the centre and falls to zero smoothly."""
    return (1.0 - u * u) * (1.0 - u * u)


@njit(error_model="numpy")
def local_average(
    time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, scale: np.ndarray, value: np.ndarray, error: np.ndarray
) -> None:
    """Average a light curve locally at each of its visits.

    The model is ``flux_j = scale_j F(t_j)``; the estimate of F at visit i is the
    least-squares one with biweight weights, ``u = (t_j - t_i) / HALF_WIDTH``.
    They fall to zero smoothly, so no visit enters or leaves with a jump.

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
            near = biweight(u)
            information = (scale[j] / flux_err[j]) ** 2
            weighted_flux += near * scale[j] * flux[j] / flux_err[j] ** 2
            weight += near * information
            variance += near * near * information
        value[i] = weighted_flux / weight
        error[i] = np.sqrt(variance) / weight


@njit(cache=True, error_model="numpy")
def to_tenths(days: np.ndarray) -> np.ndarray:
    """Days rounded to 0.1 d, so that no finer grid of times shows in a feature."""
    return np.round(days * 10.0) / 10.0


@njit(error_model="numpy")
def to_tenth(days: float) -> float:
    """One number of days, rounded like `to_tenths`."""
    return np.round(days * 10.0) / 10.0
