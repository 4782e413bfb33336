"""The curve F of an object on a grid of times around its peak."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp.rank_one import Series
from tde.gp.rank_one_smoother import smooth_at
from tde.numerics.peaks import surest_peak

N_COARSE = 257
FINE_REACH = 96.0
FINE_STEP = 1.5
"""The grid of F: so many uniform steps over the object's span, and finer ones (days) around the peak."""

MAX_GRID = N_COARSE + 2 * int(FINE_REACH / FINE_STEP) + 1


class PeakedCurve(NamedTuple):
    """F on a grid.

    Attributes
    ----------
    time, mean, sd : ndarray, shape (m,)
        The grid in days, posterior mean and standard deviation there.
    peak : int
        Where mean - sd is highest.
    """

    time: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    peak: int


@njit(error_model="numpy")
def _grid(first: float, last: float, peak: float) -> np.ndarray:
    """Coarse uniform grid over the span, merged with a fine one around the peak."""
    out = np.empty(MAX_GRID)
    step = (last - first) / (N_COARSE - 1)
    n_fine = 2 * int(FINE_REACH / FINE_STEP) + 1
    size = i = j = 0
    while i < N_COARSE:
        coarse = first + i * step if i < N_COARSE - 1 else last
        fine = peak - FINE_REACH + j * FINE_STEP
        if j < n_fine and fine < coarse:
            if fine > first:
                out[size] = fine
                size += 1
            j += 1
        else:
            out[size] = coarse
            size += 1
            i += 1
    return out[:size]


@njit(error_model="numpy")
def peaked_curve(theta: np.ndarray, colour: np.ndarray, mjd: np.ndarray, series: Series) -> PeakedCurve:
    """F with constant colours on a grid that is dense around its peak.

    The peak of the coarse grid, or a point of the series if that is higher, is where the fine grid goes.

    Parameters
    ----------
    theta, colour
        As in `tde.gp.rank_one_smoother.smooth_at`.
    mjd : ndarray, shape (n,)
        Times of the points of the series.
    series : Series
    """
    _, y, variance = series
    n = mjd.size
    near = mjd[0] - 2.0 * FINE_REACH  # no fine grid at first
    fine = False
    while True:
        grid = _grid(mjd[0], mjd[n - 1], near)
        mean, spread = smooth_at(theta, colour, mjd, y, variance, grid)
        spread = np.sqrt(spread)
        if fine:
            return PeakedCurve(grid, mean[n:], spread[n:], surest_peak(mean[n:], spread[n:]))
        peak = surest_peak(mean, spread)
        near = mjd[peak] if peak < n else grid[peak - n]
        fine = True
