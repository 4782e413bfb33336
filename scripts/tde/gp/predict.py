"""Posterior mean and standard deviation of the fitted curve at any times, in O(N + M).

Kalman filter and modified Bryson-Fraser smoother (Bierman 1973, Automatica 9, 503) over
the observations and the wanted times in one sequence; the smoother needs no inverse of a
state covariance, so that repeated times and tiny errors do no harm. Both models run in
the same code: the damped random walk is a two-state model whose second state stays 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.gp import drw, matern32
from tde.gp.fit import MODELS

_STATE = 2


@njit(cache=True, error_model="numpy")
def _transition(model: int, dt: float, time_scale: float, A: np.ndarray) -> None:
    """Fill the transition matrix."""
    if model == 0:
        A[0, 0], A[0, 1], A[1, 0], A[1, 1] = drw.transition(dt, time_scale)
    else:
        A[0, 0], A[0, 1], A[1, 0], A[1, 1] = matern32.transition(dt, time_scale)


@njit(cache=True, error_model="numpy")
def _product(A: np.ndarray, B: np.ndarray, out: np.ndarray) -> None:
    """Out = A B for matrices of the state's size."""
    for i in range(_STATE):
        for j in range(_STATE):
            out[i, j] = A[i, 0] * B[0, j] + A[i, 1] * B[1, j]


@njit(cache=True, error_model="numpy")
def _forward(gaps: np.ndarray, y: np.ndarray, noise: np.ndarray, model: tuple, states: tuple) -> None:
    """Filter; keeps the predicted mean and covariance before each point.

    ``noise`` is NaN at times that are wanted but not observed.
    """
    kind, s2, time_scale = model
    means, covariances = states
    A, W, D = np.empty((2, 2)), np.empty((2, 2)), np.zeros((2, 2))
    second = drw.STATIONARY_SECOND if kind == 0 else matern32.STATIONARY_SECOND
    m0 = m1 = 0.0
    for k in range(gaps.size):
        if gaps[k] > 0.0:
            _transition(kind, gaps[k], time_scale, A)
            _product(A, D, W)
            _product(W, A.T, D)
            m0, m1 = A[0, 0] * m0 + A[0, 1] * m1, A[1, 0] * m0 + A[1, 1] * m1
        P00, P01, P11 = D[0, 0] + s2, D[0, 1], D[1, 1] + s2 * second
        means[k, 0], means[k, 1] = m0, m1
        covariances[k, 0, 0], covariances[k, 0, 1], covariances[k, 1, 0], covariances[k, 1, 1] = P00, P01, P01, P11
        if not np.isnan(noise[k]):
            S = P00 + noise[k]
            r = y[k] - m0
            m0 += P00 / S * r
            m1 += P01 / S * r
            D[0, 0] = P00 * (noise[k] / S) - s2
            D[0, 1] = P01 * (noise[k] / S)
            D[1, 0] = D[0, 1]
            D[1, 1] -= P01 / S * P01


@njit(cache=True, error_model="numpy")
def _smooth(
    gaps: np.ndarray, y: np.ndarray, noise: np.ndarray, model: tuple, mean: np.ndarray, variance: np.ndarray
) -> None:
    """Fill the posterior mean and variance of the value at every point of the sequence."""
    n = gaps.size
    means, covariances = np.empty((n, 2)), np.empty((n, 2, 2))
    _forward(gaps, y, noise, model, (means, covariances))
    A, C, W, L = np.empty((2, 2)), np.empty((2, 2)), np.empty((2, 2)), np.zeros((2, 2))
    l0 = l1 = 0.0  # adjoint state, and L its covariance
    for k in range(n - 1, -1, -1):
        P = covariances[k]
        if not np.isnan(noise[k]):
            S = P[0, 0] + noise[k]
            C[0, 0], C[0, 1], C[1, 0], C[1, 1] = noise[k] / S, 0.0, -P[0, 1] / S, 1.0
            l0, l1 = C[0, 0] * l0 + C[1, 0] * l1 - (y[k] - means[k, 0]) / S, l1
            _product(C.T, L, W)
            _product(W, C, L)
            L[0, 0] += 1.0 / S
        mean[k] = means[k, 0] - P[0, 0] * l0 - P[0, 1] * l1
        change = P[0, 0] * (L[0, 0] * P[0, 0] + 2.0 * L[0, 1] * P[0, 1]) + P[0, 1] * L[1, 1] * P[0, 1]
        variance[k] = max(P[0, 0] - change, 0.0)
        if gaps[k] > 0.0:
            _transition(model[0], gaps[k], model[2], A)
            l0, l1 = A[0, 0] * l0 + A[1, 0] * l1, A[0, 1] * l0 + A[1, 1] * l1
            _product(A.T, L, W)
            _product(W, A, L)


def predict(
    model: str,
    mjd: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    parameters: np.ndarray,
    mean: float,
    times: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and standard deviation of the process, without its white noise.

    Parameters and mean are taken as known.

    Parameters
    ----------
    model : str
        One of `tde.gp.fit.MODELS`.
    mjd, flux, flux_err : ndarray, shape (N,)
        The observations: days, ascending; micro-Jansky.
    parameters : ndarray, shape (2,) or (3,)
        Amplitude s (micro-Jansky), time scale (days) and, if any, the white noise's
        standard deviation w (micro-Jansky), as in `tde.gp.fit.Fits`.
    mean : float
        Constant mean in micro-Jansky.
    times : ndarray, shape (M,)
        Times wanted, in any order, inside or outside the observations.

    Returns
    -------
    mean, sd : ndarray, shape (M,)
        In micro-Jansky; NaN if a parameter is NaN.
    """
    mjd, times = np.asarray(mjd, dtype=np.float64), np.asarray(times, dtype=np.float64)
    if not (np.all(np.isfinite(parameters)) and np.isfinite(mean)):
        return np.full(times.size, np.nan), np.full(times.size, np.nan)
    white = parameters[2] if len(parameters) == 3 else 0.0
    both = np.concatenate([mjd, times])
    order = np.argsort(both, kind="stable")
    unknown = np.full(times.size, np.nan)
    y = np.concatenate([np.asarray(flux) - mean, unknown])[order]
    noise = np.concatenate([np.asarray(flux_err) ** 2 + white**2, unknown])[order]
    gaps = np.diff(both[order], prepend=both[order[0]]) if both.size else both
    smooth_mean, variance = np.empty(both.size), np.empty(both.size)
    kind = (MODELS.index(model), float(parameters[0]) ** 2, float(parameters[1]))
    _smooth(gaps, y, noise, kind, smooth_mean, variance)
    place = np.empty(both.size, dtype=np.int64)
    place[order] = np.arange(both.size)
    wanted = place[mjd.size :]
    return mean + smooth_mean[wanted], np.sqrt(variance[wanted])
