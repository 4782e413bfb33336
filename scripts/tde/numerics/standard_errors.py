"""Standard errors of fitted parameters from the matrix the optimiser leaves behind."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.numerics.optimise import solve


@njit(error_model="numpy")
def standard_errors(theta: np.ndarray, low: np.ndarray, high: np.ndarray, F: np.ndarray, errors: np.ndarray) -> None:
    """Square roots of the diagonal of the inverse Fisher matrix.

    Parameters
    ----------
    theta, low, high : ndarray, shape (n,)
        Parameters and their box. Those on its edge are held there and their own error is NaN.
    F : ndarray, shape (n, n)
    errors : ndarray, shape (n,)
        Filled with the errors.
    """
    n = theta.size
    free = np.empty(n, np.bool_)
    A, unit, x = np.empty((n, n)), np.empty(n), np.empty(n)
    for j in range(n):
        free[j] = low[j] < theta[j] < high[j]
    for j in range(n):
        for i in range(n):
            unit[i] = 1.0 if i == j else 0.0
            for k in range(n):
                A[i, k] = F[i, k]
        good = free[j] and solve(A, unit, free, x)
        errors[j] = math.sqrt(x[j]) if good else math.nan
