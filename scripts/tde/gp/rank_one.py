"""Rank-one process: all bands of an object are one curve, ``flux_i = c_i F(t_i) + noise``.

F is a zero-mean Matern-3/2 process or damped random walk; c_i is the colour term of
observation i: of its band alone, or of band and time. What c depends on is the business
of the models built on this filter: they hand over log c and its derivatives with respect
to their own parameters, and get value, gradient and Fisher matrix of the log-likelihood.

The filter is that of `tde.gp.matern32`: state (F, F' / lam), covariance carried as its
deviation D from the stationary one. A damped random walk is a two-state model whose
second state stays 0. No white noise: scatter beyond the errors is left to F.

A series is the tuple (gap, flux, variance): time since the previous point in days (0 for
the first and at equal times), flux and squared error.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp import drw, matern32
from tde.gp.elementary import LOG_2PI, exp, log

DRW, MATERN32 = 0, 1
"""The process of F, as indices into `tde.gp.fit.MODELS`."""

N_PROCESS = 2
"""Parameters of the process, which come first: log s, log time scale."""


@njit(error_model="numpy")
def _transition(process: int, dt: float, time_scale: float) -> tuple:
    """Transition matrix of the state over ``dt``, row by row."""
    if process == DRW:
        return drw.transition(dt, time_scale)
    return matern32.transition(dt, time_scale)


@njit(error_model="numpy")
def _transition_change(process: int, dt: float, time_scale: float) -> tuple:
    """Derivative of the transition matrix with respect to the logarithm of the time scale."""
    if process == DRW:
        u = dt / time_scale
        return u * exp(-u), 0.0, 0.0, 0.0
    u = dt * (matern32.SQRT3 / time_scale)
    b = u * exp(-u)
    return u * b, b * (u - 1.0), b * (1.0 - u), b * (2.0 - u)


@njit(error_model="numpy")
def log_likelihood(process: int, log_s: float, log_scale: float, colour: np.ndarray, series: tuple) -> float:
    """Log-likelihood of the fluxes.

    Parameters
    ----------
    process : int
        `DRW` or `MATERN32`.
    log_s, log_scale : float
        Logarithms of the standard deviation of F and of its time scale in days.
    colour : ndarray, shape (n,)
        c_i, positive.
    series : tuple
        (gap, flux, variance), see the module.

    Returns
    -------
    float
        -inf where the covariance is numerically singular.
    """
    gap, flux, variance = series
    s2 = exp(2.0 * log_s)
    time_scale = exp(log_scale)
    D00 = D01 = D11 = m0 = m1 = 0.0
    chi2 = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            A = _transition(process, gap[k], time_scale)
            D00, D01, D11 = matern32.sandwich(A, D00, D01, D11)
            m0, m1 = matern32.turn(A, m0, m1)
        h = colour[k]
        P = D00 + s2
        S = h * h * P + variance[k]
        if not S > 0.0:
            return -math.inf
        inverse = 1.0 / S
        r = flux[k] - h * m0
        chi2 += r * r * inverse
        product *= S
        if not 1e-100 < product < 1e100:
            log_det += log(product)
            product = 1.0
        gain0 = h * P * inverse
        gain1 = h * D01 * inverse
        keep = variance[k] * inverse
        m0 += gain0 * r
        m1 += gain1 * r
        D11 -= gain1 * h * D01
        D01 *= keep
        D00 = P * keep - s2
    value = -0.5 * (chi2 + log_det + log(product) + gap.size * LOG_2PI)
    return value if math.isfinite(value) else -math.inf


@njit(error_model="numpy")
def gradient(
    process: int,
    log_s: float,
    log_scale: float,
    colour: np.ndarray,
    dlog_colour: np.ndarray,
    series: tuple,
    g: np.ndarray,
    F: np.ndarray,
) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    Parameters
    ----------
    process, log_s, log_scale, colour, series
        As in `log_likelihood`.
    dlog_colour : ndarray, shape (n, p)
        Derivatives of log c_i with respect to the p parameters of the colour model.
    g : ndarray, shape (2 + p,)
        Filled with the gradient: log s, log time scale, colour parameters.
    F : ndarray, shape (2 + p, 2 + p)
        Filled with the Fisher matrix in innovation form, sum over the innovations r of
        variance S of (dS_i dS_j / 2 S^2 + dr_i dr_j / S).

    Returns
    -------
    float
        Log-likelihood, as `log_likelihood` gives it.
    """
    gap, flux, variance = series
    n_all = N_PROCESS + dlog_colour.shape[1]
    s2 = exp(2.0 * log_s)
    time_scale = exp(log_scale)
    D00 = D01 = D11 = m0 = m1 = 0.0
    d00, d01, d11 = np.zeros(n_all), np.zeros(n_all), np.zeros(n_all)  # derivatives of D00, D01, D11,
    e0, e1 = np.zeros(n_all), np.zeros(n_all)  # of m0, m1,
    dS, dr, dh = np.empty(n_all), np.empty(n_all), np.zeros(n_all)  # of S / S, r / sqrt(S), h
    ds2 = np.zeros(n_all)
    ds2[0] = 2.0 * s2
    g[:] = 0.0
    F[:] = 0.0
    chi2 = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            A = _transition(process, gap[k], time_scale)
            B = _transition_change(process, gap[k], time_scale)
            more = matern32.sandwich_change(A, B, D00, D01, D11)
            shift = matern32.turn(B, m0, m1)
            for j in range(n_all):
                d00[j], d01[j], d11[j] = matern32.sandwich(A, d00[j], d01[j], d11[j])
                e0[j], e1[j] = matern32.turn(A, e0[j], e1[j])
            d00[1] += more[0]
            d01[1] += more[1]
            d11[1] += more[2]
            e0[1] += shift[0]
            e1[1] += shift[1]
            D00, D01, D11 = matern32.sandwich(A, D00, D01, D11)
            m0, m1 = matern32.turn(A, m0, m1)
        h = colour[k]
        P = D00 + s2
        S = h * h * P + variance[k]
        inverse = 1.0 / S
        root = math.sqrt(inverse)
        r = flux[k] - h * m0
        chi2 += r * r * inverse
        product *= S
        if not 1e-100 < product < 1e100:
            log_det += log(product)
            product = 1.0
        gain0 = h * P * inverse
        gain1 = h * D01 * inverse
        keep = variance[k] * inverse
        excess = 0.5 * (r * r * inverse - 1.0)
        for j in range(N_PROCESS, n_all):
            dh[j] = h * dlog_colour[k, j - N_PROCESS]
        for j in range(n_all):
            dP = d00[j] + ds2[j]
            relative = (2.0 * h * dh[j] * P + h * h * dP) * inverse
            change = -dh[j] * m0 - h * e0[j]
            dgain0 = (dP * h + P * dh[j]) * inverse - gain0 * relative
            dgain1 = (d01[j] * h + D01 * dh[j]) * inverse - gain1 * relative
            g[j] += excess * relative - r * inverse * change
            e0[j] += dgain0 * r + gain0 * change
            e1[j] += dgain1 * r + gain1 * change
            d11[j] -= dgain1 * h * D01 + gain1 * (dh[j] * D01 + h * d01[j])
            d01[j] = keep * (d01[j] - D01 * relative)
            d00[j] = keep * (dP - P * relative) - ds2[j]
            dS[j] = relative
            dr[j] = change * root
        for i in range(n_all):
            half = 0.5 * dS[i]
            for j in range(i + 1):
                F[i, j] += half * dS[j] + dr[i] * dr[j]
        m0 += gain0 * r
        m1 += gain1 * r
        D11 -= gain1 * h * D01
        D01 *= keep
        D00 = P * keep - s2
    for i in range(n_all):
        for j in range(i):
            F[j, i] = F[i, j]
    value = -0.5 * (chi2 + log_det + log(product) + gap.size * LOG_2PI)
    return value if math.isfinite(value) else -math.inf


@njit(error_model="numpy")
def smooth(
    process: int,
    log_s: float,
    log_scale: float,
    colour: np.ndarray,
    series: tuple,
    mean: np.ndarray,
    variance_out: np.ndarray,
) -> None:
    """Posterior mean and variance of F at the points of a series.

    Kalman filter and modified Bryson-Fraser smoother (Bierman 1973, Automatica 9, 503), which
    needs no inverse of a state covariance. A point with c_i = 0 says nothing about F: so a time
    at which F is wanted but nothing observed goes into the series with colour 0, flux 0 and any
    positive variance.

    Parameters
    ----------
    process, log_s, log_scale, colour, series
        As in `log_likelihood`.
    mean, variance_out : ndarray, shape (n,)
        Filled with the posterior mean and variance of F.
    """
    gap, flux, variance = series
    s2 = exp(2.0 * log_s)
    time_scale = exp(log_scale)
    predicted = np.empty((gap.size, 3))  # m0, P00, P01 before each point
    D00 = D01 = D11 = m0 = m1 = 0.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            A = _transition(process, gap[k], time_scale)
            D00, D01, D11 = matern32.sandwich(A, D00, D01, D11)
            m0, m1 = matern32.turn(A, m0, m1)
        h = colour[k]
        P = D00 + s2
        predicted[k, 0], predicted[k, 1], predicted[k, 2] = m0, P, D01
        inverse = 1.0 / (h * h * P + variance[k])
        r = flux[k] - h * m0
        m0 += h * P * inverse * r
        m1 += h * D01 * inverse * r
        keep = variance[k] * inverse
        D11 -= h * h * D01 * D01 * inverse
        D01 *= keep
        D00 = P * keep - s2
    l0 = l1 = L00 = L01 = L11 = 0.0  # adjoint state and its covariance
    for k in range(gap.size - 1, -1, -1):
        h = colour[k]
        m0, P, D01 = predicted[k]
        inverse = 1.0 / (h * h * P + variance[k])
        C = (variance[k] * inverse, -h * h * D01 * inverse, 0.0, 1.0)  # transpose of I - gain H
        l0, l1 = matern32.turn(C, l0, l1)
        l0 -= h * (flux[k] - h * m0) * inverse
        L00, L01, L11 = matern32.sandwich(C, L00, L01, L11)
        L00 += h * h * inverse
        mean[k] = m0 - P * l0 - D01 * l1
        change = P * (L00 * P + 2.0 * L01 * D01) + D01 * L11 * D01
        variance_out[k] = max(P - change, 0.0)
        if gap[k] > 0.0:
            a, b, c, d = _transition(process, gap[k], time_scale)
            l0, l1 = matern32.turn((a, c, b, d), l0, l1)
            L00, L01, L11 = matern32.sandwich((a, c, b, d), L00, L01, L11)
