"""Where a curve falls through a level."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit


class Crossing(NamedTuple):
    """First fall through a level.

    Attributes
    ----------
    days : float
        From the start to the level or, if it is not reached, to the end of the curve; positive, and
        NaN if the curve ends where it starts.
    reached : bool
    """

    days: float
    reached: bool


@njit(error_model="numpy")
def crossing(time: np.ndarray, value: np.ndarray, start: int, step: int, level: float) -> Crossing:
    """Where a curve first falls to a level or below it, linear between its points.

    Parameters
    ----------
    time, value : ndarray, shape (n,)
        The curve, in order of time; it ends before a value that is NaN.
    start : int
        Where to begin, above the level.
    step : int
        -1 looks back, +1 looks ahead.
    level : float
    """
    i = start
    while 0 <= i + step < time.size and not math.isnan(value[i + step]):
        if value[i + step] <= level:
            share = (value[i] - level) / (value[i] - value[i + step])
            return Crossing(abs(time[i] + share * (time[i + step] - time[i]) - time[start]), True)
        i += step
    return Crossing(abs(time[i] - time[start]) if i != start else math.nan, False)


@njit(error_model="numpy")
def time_to_level(time: np.ndarray, value: np.ndarray, start: int, step: int, level: float) -> float:
    """Days of `crossing`; NaN if the level is not reached.

    Parameters
    ----------
    time, value, start, step, level
        As in `crossing`.
    """
    found = crossing(time, value, start, step, level)
    return found.days if found.reached else math.nan
