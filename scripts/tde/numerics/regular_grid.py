"""Curves of several bands on a regular grid."""

from __future__ import annotations

import numpy as np
from numba import njit


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
        Filled; NaN outside the curves' grid, and next to nodes that are NaN.
    """
    left = 0
    for k in range(out.shape[0]):
        phase = first + step * k
        if time.size == 0 or not time[0] <= phase <= time[time.size - 1]:
            for b in range(out.shape[1]):
                out[k, b] = out_err[k, b] = np.nan
            continue
        while left < time.size - 1 and time[left + 1] <= phase:
            left += 1
        right = min(left + 1, time.size - 1)
        gap = time[right] - time[left]
        share = (phase - time[left]) / gap if gap > 0.0 else 0.0
        for b in range(out.shape[1]):
            out[k, b], out_err[k, b] = flux[left, b], flux_err[left, b]
            if share > 0.0:  # at a node its neighbour, which may be NaN, does not matter
                out[k, b] += share * (flux[right, b] - flux[left, b])
                out_err[k, b] += share * (flux_err[right, b] - flux_err[left, b])
