"""Posterior curves on a regular grid of phases, and weighted lines through what is read off them."""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.curves import Curves


def since_peak(curves: Curves) -> np.ndarray:
    """Days from the object's peak (parameter ``peak_mjd``) of every grid point, shape (m,)."""
    return curves.mjd - np.repeat(curves.parameters["peak_mjd"], np.diff(curves.offsets))


def in_rest_frame(days: np.ndarray, curves: Curves, z: np.ndarray) -> np.ndarray:
    """Days of every grid point divided by the object's 1 + z, shape (m,)."""
    return days / np.repeat(1.0 + z, np.diff(curves.offsets))


@njit(error_model="numpy")
def resample(
    time: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    first: float,
    step: float,
    out: np.ndarray,
    out_err: np.ndarray,
) -> None:
    """Interpolate curves linearly, mean and standard deviation alike, at regular phases.

    Parameters
    ----------
    time : ndarray, shape (m,)
        Phases of the curves' own grid, ascending, in days.
    flux, flux_err : ndarray, shape (m, 6)
    first, step : float
        First phase and spacing wanted, in days.
    out, out_err : ndarray, shape (n, 6)
        Filled; NaN outside the curves' grid.
    """
    left = 0
    for k in range(out.shape[0]):
        phase = first + step * k
        if time.size == 0 or not time[0] <= phase <= time[time.size - 1]:
            for b in range(out.shape[1]):
                out[k, b] = out_err[k, b] = np.nan
            continue
        while left < time.size - 2 and time[left + 1] <= phase:
            left += 1
        right = min(left + 1, time.size - 1)
        gap = time[right] - time[left]
        share = (phase - time[left]) / gap if gap > 0.0 else 0.0
        for b in range(out.shape[1]):
            out[k, b] = flux[left, b] + share * (flux[right, b] - flux[left, b])
            out_err[k, b] = flux_err[left, b] + share * (flux_err[right, b] - flux_err[left, b])


@njit(error_model="numpy")
def weighted_line(
    phase: np.ndarray, value: np.ndarray, error: np.ndarray, floor: float, window: tuple, min_span: float
) -> tuple:
    """Weighted mean, variance and slope of the values in a window; NaN values are skipped.

    Parameters
    ----------
    phase, value, error : ndarray, shape (n,)
    floor : float
        Added to the errors in quadrature, so that the few brightest epochs do not decide alone.
    window : tuple of float
        First and last phase, both included.
    min_span : float
        Smallest span of phases from which a trend is read.

    Returns
    -------
    mean : float
        NaN without any value in the window.
    variance, slope, slope_err : float
        Weighted variance about the mean, slope against the phase and its error from the errors
        given; NaN with fewer than three values, or where they span less than ``min_span``.
    """
    first, last = window
    count, weights, mean_phase, mean = 0, 0.0, 0.0, 0.0
    earliest, latest = last, first
    for k in range(phase.size):
        if first <= phase[k] <= last and not np.isnan(value[k]):
            w = 1.0 / (error[k] * error[k] + floor * floor)
            count += 1
            weights += w
            mean_phase += w * phase[k]
            mean += w * value[k]
            earliest, latest = min(earliest, phase[k]), max(latest, phase[k])
    if count == 0:
        return np.nan, np.nan, np.nan, np.nan
    mean_phase /= weights
    mean /= weights
    if count < 3 or latest - earliest < min_span:
        return mean, np.nan, np.nan, np.nan
    vv = pp = pv = 0.0
    for k in range(phase.size):
        if first <= phase[k] <= last and not np.isnan(value[k]):
            w = 1.0 / (error[k] * error[k] + floor * floor)
            vv += w * (value[k] - mean) ** 2
            pp += w * (phase[k] - mean_phase) ** 2
            pv += w * (value[k] - mean) * (phase[k] - mean_phase)
    return mean, vv / weights, pv / pp, 1.0 / np.sqrt(pp)
