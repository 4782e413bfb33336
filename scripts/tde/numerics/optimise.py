"""The optimiser all models share: Levenberg-Marquardt on gradient and Fisher matrix.

A model brings ``gradient(theta, data, g, F) -> value``, which fills the gradient and
Fisher matrix of its log-likelihood; parameters are logarithms, so that one step cap
suits all. Starts come from a coarse grid judged by the likelihood's value alone
(`peaks_of_grid`); from there the climb needs 5 to 10 gradients.

`make_climb` builds the optimiser of a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

STEP_CAP = 1.5
"""Largest change of a (logarithmic) parameter in one step."""

MAX_STEPS = 60
MAX_TRIALS = 12

_FLOOR = 1e-3  # of the Fisher matrix's diagonal: a change by e of a parameter without any
# information is worth 0.0005 in log-likelihood
_GAIN_DAMPING = 1e-3


@njit(error_model="numpy")
def peaks_of_grid(values: np.ndarray, n_columns: int, depth: float, peaks: np.ndarray) -> int:
    """Local maxima of a grid with two axes.

    Parameters
    ----------
    values : ndarray, shape (n_rows * n_columns,)
        Log-likelihoods, row by row.
    n_columns : int
    depth : float
        Maxima lower than the highest by more than this are left out.
    peaks : ndarray of int, shape (n,)
        Filled with the indices of the highest maxima, highest first.

    Returns
    -------
    int
        Number of maxima found, at most ``n``; at least one.
    """
    found = 0
    highest = values[0]
    for j in range(values.size):
        highest = max(highest, values[j])
    for j in range(values.size):
        if values[j] >= highest - depth and _is_peak(values, n_columns, j):
            place = found
            while place > 0 and values[peaks[place - 1]] < values[j]:
                if place < peaks.size:
                    peaks[place] = peaks[place - 1]
                place -= 1
            if place < peaks.size:
                peaks[place] = j
                found = min(found + 1, peaks.size)
    if found == 0:
        peaks[0] = 0
        found = 1
    return found


@njit(error_model="numpy")
def _is_peak(values: np.ndarray, n_columns: int, j: int) -> bool:
    """Whether a point of the grid is above its eight neighbours; of equals the first is."""
    row, column = j // n_columns, j % n_columns
    for r in range(max(row - 1, 0), min(row + 2, values.size // n_columns)):
        for c in range(max(column - 1, 0), min(column + 2, n_columns)):
            k = r * n_columns + c
            if values[k] > values[j] or (values[k] == values[j] and k < j):
                return False
    return True


@njit(error_model="numpy")
def solve(A: np.ndarray, b: np.ndarray, free: np.ndarray, x: np.ndarray) -> bool:
    """Solve A x = b for the free parameters by Cholesky decomposition.

    Parameters
    ----------
    A : ndarray, shape (n, n)
        Symmetric; overwritten.
    b : ndarray, shape (n,)
    free : ndarray of bool, shape (n,)
        Parameters that may move; ``x`` is 0 for the others.
    x : ndarray, shape (n,)
        Filled with the solution.

    Returns
    -------
    bool
        Whether the free part of A is positive definite; if not, ``x`` is no solution.
    """
    n = b.size
    for i in range(n):
        x[i] = b[i] if free[i] else 0.0
        for j in range(n):
            if not (free[i] and free[j]):
                A[i, j] = 1.0 if i == j else 0.0
    if not _factorise(A):
        return False
    for i in range(n):
        for k in range(i):
            x[i] -= A[i, k] * x[k]
        x[i] /= A[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            x[i] -= A[k, i] * x[k]
        x[i] /= A[i, i]
    return True


@njit(error_model="numpy")
def _factorise(A: np.ndarray) -> bool:
    """Cholesky factor in the lower triangle; False if A is not positive definite."""
    for i in range(A.shape[0]):
        diagonal = A[i, i]
        for j in range(i + 1):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            if j < i:
                A[i, j] /= A[j, j]
        if not A[i, i] > 1e-12 * abs(diagonal):
            return False
        A[i, i] = math.sqrt(A[i, i])
    return True


@njit(error_model="numpy")
def _mark_free(theta: np.ndarray, g: np.ndarray, low: np.ndarray, high: np.ndarray, free: np.ndarray) -> None:
    """A parameter on a bound is free only if the likelihood rises inwards."""
    for i in range(theta.size):
        free[i] = not ((theta[i] <= low[i] and g[i] <= 0.0) or (theta[i] >= high[i] and g[i] >= 0.0))


@njit(error_model="numpy")
def _damped(F: np.ndarray, Q: np.ndarray, damping: float, A: np.ndarray) -> None:
    """A = F + Q with the damped, floored diagonal."""
    for i in range(F.shape[0]):
        for j in range(F.shape[0]):
            A[i, j] = F[i, j] + Q[i, j]
        A[i, i] += damping * (F[i, i] + _FLOOR) + 0.01 * _FLOOR


@njit(error_model="numpy")
def _predicted_gain(
    F: np.ndarray, zero: np.ndarray, g: np.ndarray, free: np.ndarray, A: np.ndarray, x: np.ndarray
) -> float:
    """Increase of the log-likelihood that a full Fisher step promises."""
    _damped(F, zero, _GAIN_DAMPING, A)
    for i in range(g.size):
        A[i, i] += _FLOOR
    solve(A, g, free, x)
    gain = 0.0
    for i in range(g.size):
        gain += 0.5 * g[i] * x[i]
    return gain


@njit(error_model="numpy")
def _least_gain(F: np.ndarray, g: np.ndarray, free: np.ndarray) -> float:
    """Lower bound of `_predicted_gain` that needs no solution: the gain of the best parameter alone."""
    gain = 0.0
    for i in range(g.size):
        if free[i]:
            curvature = F[i, i] + _GAIN_DAMPING * (F[i, i] + _FLOOR) + 1.01 * _FLOOR
            gain = max(gain, 0.5 * g[i] * g[i] / curvature)
    return gain


@njit(error_model="numpy")
def _direction(
    F: np.ndarray,
    Q: np.ndarray,
    zero: np.ndarray,
    damping: float,
    g: np.ndarray,
    free: np.ndarray,
    A: np.ndarray,
    x: np.ndarray,
) -> None:
    """Damped step ``x`` from the corrected curvature, or from F alone if that is not convex."""
    _damped(F, Q, damping, A)
    if not solve(A, g, free, x):
        _damped(F, zero, damping, A)
        solve(A, g, free, x)


@njit(error_model="numpy")
def _scale(Q: np.ndarray, factor: float) -> None:
    for i in range(Q.shape[0]):
        for j in range(Q.shape[1]):
            Q[i, j] *= factor


@njit(error_model="numpy")
def _correct(
    Q: np.ndarray,
    F: np.ndarray,
    theta: np.ndarray,
    trial: np.ndarray,
    g: np.ndarray,
    g_trial: np.ndarray,
    z: np.ndarray,
) -> None:
    """Symmetric rank-one update of Q, so that (F + Q) step = -dg (Nocedal & Wright 2006, eq. 6.24).

    The step goes from ``theta`` to ``trial``, where the Fisher matrix is F.
    """
    n = theta.size
    along = zz = ss = 0.0
    for i in range(n):
        z[i] = g[i] - g_trial[i]
        for j in range(n):
            z[i] -= (F[i, j] + Q[i, j]) * (trial[j] - theta[j])
        along += z[i] * (trial[i] - theta[i])
        zz += z[i] * z[i]
        ss += (trial[i] - theta[i]) * (trial[i] - theta[i])
    if abs(along) > 1e-6 * math.sqrt(zz * ss) + 1e-300:
        for i in range(n):
            for j in range(n):
                Q[i, j] += z[i] * z[j] / along


@njit(error_model="numpy")
def _try_step(theta: np.ndarray, x: np.ndarray, low: np.ndarray, high: np.ndarray, trial: np.ndarray) -> float:
    """Capped step into the box; returns the largest change of a parameter."""
    largest = 0.0
    for i in range(x.size):
        largest = max(largest, abs(x[i]))
    shrink = 1.0 if largest <= STEP_CAP else STEP_CAP / largest
    largest = 0.0
    for i in range(x.size):
        trial[i] = min(max(theta[i] + shrink * x[i], low[i]), high[i])
        largest = max(largest, abs(trial[i] - theta[i]))
    return largest


@njit(error_model="numpy")
def _accept(
    trial: np.ndarray, g_trial: np.ndarray, F_trial: np.ndarray, theta: np.ndarray, g: np.ndarray, F: np.ndarray
) -> None:
    """Copy parameters, gradient and Fisher matrix."""
    copy_optimum(trial, F_trial, theta, F)
    for i in range(theta.size):
        g[i] = g_trial[i]


@njit(error_model="numpy")
def copy_optimum(theta: np.ndarray, F: np.ndarray, to_theta: np.ndarray, to_F: np.ndarray) -> None:
    """Copy parameters, shape (n,), and their Fisher matrix, shape (n, n).

    Parameters
    ----------
    theta, to_theta : ndarray, shape (n,)
    F, to_F : ndarray, shape (n, n)
    """
    for i in range(theta.size):
        to_theta[i] = theta[i]
        for j in range(theta.size):
            to_F[i, j] = F[i, j]


@njit(error_model="numpy")
def _workspace(n: int) -> tuple:
    """Gradients, step and trial point of the climb, shape (n,), and its matrices, shape (n, n)."""
    vectors = np.zeros(n), np.zeros(n), np.empty(n), np.empty(n)
    return vectors, (np.empty((n, n)), np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n)))


def make_climb(gradient: Callable) -> Callable:
    """The optimiser for one model.

    Levenberg-Marquardt with the Fisher matrix for the curvature, improved by a symmetric
    rank-one secant correction. Ends when a full step promises less than the tolerance.

    Parameters
    ----------
    gradient : jitted function
        ``gradient(theta, data, g, F) -> value``.

    Returns
    -------
    jitted function
        ``climb(data, theta, low, high, F, tolerance) -> (value, n_gradients)`` climbs from
        ``theta`` to a local maximum within the box ``low``..``high`` and leaves parameters and
        Fisher matrix there. It cannot be cached by itself; call it from a compiled function that is.
    """

    @njit(error_model="numpy")
    def climb(
        data: Any, theta: np.ndarray, low: np.ndarray, high: np.ndarray, F: np.ndarray, tolerance: float
    ) -> tuple[float, int]:
        (g, g_trial, x, z), (A, F_trial, Q, zero) = _workspace(theta.size)
        free, trial = np.empty(theta.size, np.bool_), theta.copy()
        value = -math.inf
        damping = 1e-3
        n_gradients = n_steps = n_trials = 0
        while True:
            # The only call: it is compiled into this loop, and would be again at a second place.
            value_trial = gradient(trial, data, g_trial, F_trial)
            n_gradients += 1
            first = n_gradients == 1
            if first or value_trial > value:
                gain = value_trial - value
                if not first:
                    _correct(Q, F_trial, theta, trial, g, g_trial, z)
                    damping = max(0.1 * damping, 1e-9)
                    n_steps += 1
                value = value_trial
                _accept(trial, g_trial, F_trial, theta, g, F)
                if n_steps == MAX_STEPS or (not first and gain < 1e-3 * tolerance):
                    break
                _mark_free(theta, g, low, high, free)
                # the bound spares most of the solutions
                if not (_least_gain(F, g, free) > tolerance or _predicted_gain(F, zero, g, free, A, x) > tolerance):
                    break
                n_trials = 0
            else:
                damping = max(10.0 * damping, 1e-2)
                _scale(Q, 0.5)
            if n_trials == MAX_TRIALS:
                break
            _direction(F, Q, zero, damping, g, free, A, x)
            n_trials += 1
            if _try_step(theta, x, low, high, trial) < 1e-8:
                break
        return value, n_gradients

    return climb
