"""Where a posterior curve peaks, and where it is significant."""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.numerics.peaks import surest_peak

SIGNIFICANT = 3.0
"""Posterior standard deviations above zero from which on a flux counts."""

PEAK_REACH = 60.0
"""Days either side of the object's peak within which a band's own peak is looked for."""


@njit(error_model="numpy")
def is_significant(flux: float, flux_err: float) -> bool:
    """Whether a flux is positive and `SIGNIFICANT`; false for NaN."""
    return flux > 0.0 and flux >= SIGNIFICANT * flux_err


@njit(error_model="numpy")
def peak_point(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, near: float) -> int:
    """Grid point of highest flux - error within `PEAK_REACH` of an epoch; -1 if none is significant.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (m,)
        One band's curve.
    near : float
        The object's peak in days.
    """
    first = 0
    while first < mjd.size and near - mjd[first] > PEAK_REACH:
        first += 1
    last = first
    while last < mjd.size and mjd[last] - near <= PEAK_REACH:
        last += 1
    best = surest_peak(flux[first:last], flux_err[first:last])
    return first + best if best >= 0 and is_significant(flux[first + best], flux_err[first + best]) else -1


@njit(error_model="numpy")
def peak_epoch(mjd: np.ndarray, flux: np.ndarray, k: int) -> float:
    """Vertex of the parabola through point ``k`` and its neighbours, if it lies between them, else ``mjd[k]``.

    Parameters
    ----------
    mjd, flux : ndarray, shape (m,)
    k : int
    """
    if 0 < k < len(mjd) - 1:
        back, ahead = mjd[k] - mjd[k - 1], mjd[k + 1] - mjd[k]
        rise, fall = (flux[k] - flux[k - 1]) / back, (flux[k + 1] - flux[k]) / ahead
        shift = (rise * ahead + fall * back) / (2.0 * (rise - fall))
        if rise > fall and -back < shift < ahead:
            return mjd[k] + shift
    return mjd[k]


@njit(error_model="numpy")
def is_inside(flux: np.ndarray, k: int) -> bool:
    """Whether the curve goes on to both sides of point ``k``: at its end it may still rise, or have fallen before.

    Parameters
    ----------
    flux : ndarray, shape (m,)
    k : int
    """
    return 0 < k < flux.size - 1 and not np.isnan(flux[k - 1] + flux[k + 1])
