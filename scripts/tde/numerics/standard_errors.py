"""Standard errors of fitted parameters from the matrix the optimiser leaves behind."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.numerics.optimise import solve


@njit(error_model="numpy")
def mark_bounds(theta: np.ndarray, low: np.ndarray, high: np.ndarray, at_bound: np.ndarray) -> None:
    """Mark the parameters that ended on the edge of their box.

    Parameters
    ----------
    theta, low, high : ndarray, shape (n,)
    at_bound : ndarray of bool, shape (n,)
        Filled.
    """
    for p in range(theta.size):
        at_bound[p] = theta[p] <= low[p] or theta[p] >= high[p]


@njit(error_model="numpy")
def hold_unknown(F: np.ndarray, at_bound: np.ndarray, held: np.ndarray) -> None:
    """Hold the parameters on their bounds, and those of which the matrix knows nothing.

    Parameters
    ----------
    F : ndarray, shape (n, n)
        Fisher or Gauss-Newton matrix.
    at_bound, held : ndarray of bool, shape (n,)
        The latter is filled.
    """
    for p in range(held.size):
        held[p] = at_bound[p] or not F[p, p] > 0.0


@njit(error_model="numpy")
def standard_errors(F: np.ndarray, held: np.ndarray, errors: np.ndarray) -> None:
    """Square roots of the diagonal of the inverse Fisher matrix.

    Parameters
    ----------
    F : ndarray, shape (n, n)
        Fisher or Gauss-Newton matrix.
    held : ndarray of bool, shape (n,)
        Parameters that are held where they are; their own error is NaN.
    errors : ndarray, shape (n,)
        Filled with the errors; all NaN where the matrix of the others is singular.
    """
    n = errors.size
    free = np.empty(n, np.bool_)
    for j in range(n):
        free[j] = not held[j]
    A, unit, x = np.empty((n, n)), np.empty(n), np.empty(n)
    for j in range(n):
        for i in range(n):
            unit[i] = 1.0 if i == j else 0.0
            for k in range(n):
                A[i, k] = F[i, k]
        good = free[j] and solve(A, unit, free, x)
        errors[j] = math.sqrt(x[j]) if good else math.nan
