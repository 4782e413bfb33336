"""Posterior of the curve F that all bands of an object share (`tde.gp.rank_one`).

Kalman filter and modified Bryson-Fraser smoother (Bierman 1973, Automatica 9, 503), which
needs no inverse of a state covariance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp.matern32 import sandwich, turn
from tde.gp.rank_one import MATERN32, UNKNOWN, Series, State, absorb, carry, innovation, transition
from tde.numerics.elementary import exp


class SmoothCurve(NamedTuple):
    """Posterior mean and variance of F at some times, shape (n,) each."""

    mean: np.ndarray
    variance: np.ndarray


@njit(error_model="numpy")
def _filter(
    process: int, s2: float, time_scale: float, colour: np.ndarray, series: Series, predicted: np.ndarray
) -> None:
    """Fill the rows of ``predicted`` with m0, P00 and P01 of the state before each point."""
    gap, flux, variance = series
    state = UNKNOWN
    for k in range(gap.size):
        if gap[k] > 0.0:
            state = carry(state, transition(process, gap[k], time_scale))
        predicted[k, 0], predicted[k, 1], predicted[k, 2] = state.m0, state.D00 + s2, state.D01
        h = colour[k]
        new = innovation(state, s2, h, flux[k], variance[k])
        D11 = state.D11 - h * h * state.D01 * state.D01 * new.inverse
        after = absorb(state, s2, h, new)
        state = State(after.D00, after.D01, D11, after.m0, after.m1)


@njit(error_model="numpy")
def smooth(
    process: int,
    log_s: float,
    log_scale: float,
    colour: np.ndarray,
    series: Series,
    mean: np.ndarray,
    variance_out: np.ndarray,
) -> None:
    """Posterior mean and variance of F at the points of a series.

    A time at which F is wanted but nothing observed goes into the series with colour 0, flux 0
    and any positive variance.

    Parameters
    ----------
    process, log_s, log_scale, colour, series
        As in `tde.gp.rank_one.log_likelihood`.
    mean, variance_out : ndarray, shape (n,)
        Filled with the posterior mean and variance of F.
    """
    gap, flux, variance = series
    time_scale = exp(log_scale)
    predicted = np.empty((gap.size, 3))
    _filter(process, exp(2.0 * log_s), time_scale, colour, series, predicted)
    l0 = l1 = L00 = L01 = L11 = 0.0  # adjoint state and its covariance
    for k in range(gap.size - 1, -1, -1):
        h = colour[k]
        m0, P, D01 = predicted[k]
        inverse = 1.0 / (h * h * P + variance[k])
        C = (variance[k] * inverse, -h * h * D01 * inverse, 0.0, 1.0)  # transpose of I - gain H
        l0, l1 = turn(C, l0, l1)
        l0 -= h * (flux[k] - h * m0) * inverse
        L00, L01, L11 = sandwich(C, L00, L01, L11)
        L00 += h * h * inverse
        mean[k] = m0 - P * l0 - D01 * l1
        change = P * (L00 * P + 2.0 * L01 * D01) + D01 * L11 * D01
        variance_out[k] = max(P - change, 0.0)
        if gap[k] > 0.0:
            a, b, c, d = transition(process, gap[k], time_scale)
            l0, l1 = turn((a, c, b, d), l0, l1)
            L00, L01, L11 = sandwich((a, c, b, d), L00, L01, L11)


@njit(cache=True, error_model="numpy")
def smooth_series(process: int, log_s: float, log_scale: float, colour: np.ndarray, series: Series) -> SmoothCurve:
    """`smooth` into new arrays.

    Parameters
    ----------
    process, log_s, log_scale, colour, series
        As in `smooth`.
    """
    mean, variance = np.empty(colour.size), np.empty(colour.size)
    smooth(process, log_s, log_scale, colour, series, mean, variance)
    return SmoothCurve(mean, variance)


@njit(error_model="numpy")
def smooth_at(
    theta: np.ndarray, colour: np.ndarray, mjd: np.ndarray, y: np.ndarray, variance: np.ndarray, times: np.ndarray
) -> SmoothCurve:
    """Posterior of F as a Matern-3/2 process, first at the observations, then at other times.

    Parameters
    ----------
    theta : ndarray
        log s and log length scale of the Matern-3/2 process come first.
    colour, mjd, y, variance : ndarray, shape (n,)
        The observations, by time.
    times : ndarray, shape (m,)
        Other times, ascending.
    """
    n, m = mjd.size, times.size
    gap, flux, noise, c = np.zeros(n + m), np.zeros(n + m), np.ones(n + m), np.zeros(n + m)
    place = np.empty(n + m, np.int64)
    i = j = 0
    before = 0.0
    for k in range(n + m):
        if j >= m or (i < n and mjd[i] <= times[j]):
            now = mjd[i]
            flux[k], noise[k], c[k] = y[i], variance[i], colour[i]
            place[k] = i
            i += 1
        else:
            now = times[j]
            place[k] = n + j
            j += 1
        gap[k] = now - before if k > 0 else 0.0
        before = now
    mean, spread = np.empty(n + m), np.empty(n + m)
    smooth(MATERN32, theta[0], theta[1], c, Series(gap, flux, noise), mean, spread)
    mean_out, spread_out = np.empty(n + m), np.empty(n + m)
    for k in range(n + m):
        mean_out[place[k]] = mean[k]
        spread_out[place[k]] = spread[k]
    return SmoothCurve(mean_out, spread_out)
