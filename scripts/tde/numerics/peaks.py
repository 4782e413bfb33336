"""The peak of a curve that is known with errors."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(error_model="numpy")
def surest_peak(value: np.ndarray, error: np.ndarray) -> int:
    """Index of the highest ``value - error``: bright, and surely so.

    Parameters
    ----------
    value, error : ndarray, shape (n,)

    Returns
    -------
    int
        The first of equals; points that are NaN do not count, and -1 if there are no others.
    """
    best = -1
    highest = -math.inf
    for k in range(value.size):
        if value[k] - error[k] > highest:
            highest = value[k] - error[k]
            best = k
    return best
