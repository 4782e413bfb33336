"""Damped random walk (Ornstein-Uhlenbeck process): likelihood, gradient, Fisher matrix.

Covariance k(dt) = s^2 exp(-|dt| / tau) plus white noise of variance w^2 and the
measurement errors (Kelly et al. 2009, ApJ 698, 895; Kozlowski et al. 2010, ApJ 708,
927). One number is the state of the Kalman filter: over a gap dt it decays by
a = exp(-dt / tau) and its variance P goes to a^2 P + s^2 (1 - a^2).

Parameters are theta = (log s, log tau[, log w]); without the third there is no
white noise. A series is the tuple (gap, flux, variance, free_mean): gap[k] is the
time since the previous observation (gap[0] = 0), and with ``free_mean`` a constant
mean is profiled out by generalised least squares.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp.elementary import LOG_2PI, exp, log


@njit(error_model="numpy")
def covariance(dt: float, time_scale: float) -> float:
    """Covariance at time difference ``dt`` of the process with s = 1."""
    return exp(-abs(dt) / time_scale)


@njit(error_model="numpy")
def transition(dt: float, time_scale: float) -> tuple:
    """Transition matrix (row by row) over ``dt``; the second state is not used."""
    return exp(-dt / time_scale), 0.0, 0.0, 0.0


STATIONARY_SECOND = 0.0
"""Stationary variance of the second state for s = 1."""


@njit(error_model="numpy")
def log_likelihood(theta: np.ndarray, series: tuple) -> tuple:
    """Log-likelihood and the mean it was reached with.

    Parameters
    ----------
    theta : ndarray, shape (2,) or (3,)
    series : tuple
        (gap, flux, variance, free_mean), see the module.

    Returns
    -------
    log_likelihood, mean : float
        The log-likelihood is -inf where the covariance is numerically singular.
    """
    gap, flux, variance, free_mean = series
    s2 = exp(2.0 * theta[0])
    rate = exp(-theta[1])
    w2 = exp(2.0 * theta[2]) if theta.size == 3 else 0.0
    P = s2
    m = 0.0  # filter of the fluxes
    q = 0.0  # filter of a series of ones, for the mean
    yy = y1 = one = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            a = exp(-gap[k] * rate)
            P = a * a * P + s2 * (1.0 - a) * (1.0 + a)
            m *= a
            q *= a
        noise = variance[k] + w2
        S = P + noise
        inverse = 1.0 / S  # one division: they cost more than all the rest
        r = flux[k] - m
        o = 1.0 - q
        yy += r * r * inverse
        y1 += r * o * inverse
        one += o * o * inverse
        product *= S
        if not 1e-100 < product < 1e100:
            log_det += log(product)
            product = 1.0
        gain = P * inverse
        m += gain * r
        q += gain * o
        P *= noise * inverse
    mean = y1 / one if free_mean else 0.0
    chi2 = yy - mean * y1
    value = -0.5 * (chi2 + log_det + log(product) + gap.size * LOG_2PI)
    return (value if math.isfinite(value) else -math.inf), mean


@njit(error_model="numpy")
def gradient(theta: np.ndarray, series: tuple, g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    The derivatives are carried forward through the filter. With a free mean they are
    taken at the profiled mean, where they equal those of the profile likelihood.

    Parameters
    ----------
    theta : ndarray, shape (n,), n = 2 or 3
    series : tuple
        (gap, flux, variance, free_mean), see the module.
    g : ndarray, shape (n,)
        Filled with d log L / d theta.
    F : ndarray, shape (n, n)
        Filled with the Fisher matrix in innovation form,
        sum_k (dS_i dS_j / (2 S^2) + dm_i dm_j / S); its expectation over the fluxes
        is tr(K^-1 dK_i K^-1 dK_j) / 2.

    Returns
    -------
    float
        Log-likelihood, as `log_likelihood` gives it.
    """
    value, mean = log_likelihood(theta, series)
    gap, flux, variance, _ = series
    s2 = exp(2.0 * theta[0])
    rate = exp(-theta[1])
    w2 = exp(2.0 * theta[2]) if theta.size == 3 else 0.0
    P, P0, P1, P2 = s2, 2.0 * s2, 0.0, 0.0
    m = m0 = m1 = m2 = 0.0
    g0 = g1 = g2 = F00 = F01 = F02 = F11 = F12 = F22 = 0.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            u = gap[k] * rate
            a = exp(-u)
            a2 = a * a
            P1 = a2 * (P1 + 2.0 * u * (P - s2))
            P0 = a2 * P0 + 2.0 * s2 * (1.0 - a) * (1.0 + a)
            P2 *= a2
            P = a2 * P + s2 * (1.0 - a) * (1.0 + a)
            m1 = a * (m1 + u * m)
            m0 *= a
            m2 *= a
            m *= a
        noise = variance[k] + w2
        inverse = 1.0 / (P + noise)
        r = flux[k] - mean - m
        e = r * inverse
        # relative change of the innovation variance with each parameter
        S0 = P0 * inverse
        S1 = P1 * inverse
        S2 = (P2 + 2.0 * w2) * inverse
        c = 0.5 * (r * e - 1.0)
        g0 += c * S0 + e * m0
        g1 += c * S1 + e * m1
        g2 += c * S2 + e * m2
        F00 += 0.5 * S0 * S0 + m0 * m0 * inverse
        F01 += 0.5 * S0 * S1 + m0 * m1 * inverse
        F02 += 0.5 * S0 * S2 + m0 * m2 * inverse
        F11 += 0.5 * S1 * S1 + m1 * m1 * inverse
        F12 += 0.5 * S1 * S2 + m1 * m2 * inverse
        F22 += 0.5 * S2 * S2 + m2 * m2 * inverse
        gain = P * inverse
        keep = noise * inverse  # 1 - gain without cancellation
        gain_w2 = gain * 2.0 * w2
        m0 = keep * (m0 + S0 * r)
        m1 = keep * (m1 + S1 * r)
        m2 = keep * m2 + (keep * P2 - gain_w2) * e
        m += gain * r
        P0 *= keep * keep
        P1 *= keep * keep
        P2 = keep * keep * P2 + gain * gain_w2
        P *= keep
    g[0], g[1] = g0, g1
    F[0, 0], F[0, 1], F[1, 0], F[1, 1] = F00, F01, F01, F11
    if theta.size == 3:
        g[2] = g2
        F[0, 2], F[1, 2], F[2, 2] = F02, F12, F22
        F[2, 0], F[2, 1] = F02, F12
    return value


@njit(error_model="numpy")
def values_on_grid(
    amplitudes: np.ndarray, time_scales: np.ndarray, white: float, series: tuple, out: np.ndarray
) -> None:
    """Log-likelihood on a grid, for all amplitudes and time scales at once.

    The same filter as `log_likelihood`, with the recursions of all grid points side by
    side so that they vectorise.

    Parameters
    ----------
    amplitudes : ndarray, shape (A,)
        Standard deviations s.
    time_scales : ndarray, shape (T,)
        Damping times tau.
    white : float
        Standard deviation w of the white noise.
    series : tuple
        (gap, flux, variance, free_mean), see the module.
    out : ndarray, shape (A * T,)
        Filled with the log-likelihoods, the time scales running fastest.
    """
    gap, flux, variance, free_mean = series
    n_lanes = amplitudes.size * time_scales.size
    s2 = np.empty(n_lanes)
    rate = np.empty(n_lanes)
    for j in range(n_lanes):
        s2[j] = amplitudes[j // time_scales.size] * amplitudes[j // time_scales.size]
        rate[j] = 1.0 / time_scales[j % time_scales.size]
    a = np.empty(n_lanes)
    P = np.empty(n_lanes)
    m, q, yy, y1 = np.zeros(n_lanes), np.zeros(n_lanes), np.zeros(n_lanes), np.zeros(n_lanes)
    one, log_det = np.zeros(n_lanes), np.zeros(n_lanes)
    product = np.empty(n_lanes)
    for j in range(n_lanes):
        P[j] = s2[j]
        product[j] = 1.0
    for k in range(gap.size):
        noise = variance[k] + white * white
        if gap[k] > 0.0:
            for j in range(time_scales.size):
                a[j] = exp(-gap[k] * rate[j])
            for j in range(time_scales.size, n_lanes):
                a[j] = a[j - time_scales.size]
            for j in range(n_lanes):
                P[j] = a[j] * a[j] * P[j] + s2[j] * (1.0 - a[j]) * (1.0 + a[j])
                m[j] *= a[j]
                q[j] *= a[j]
        for j in range(n_lanes):
            inverse = 1.0 / (P[j] + noise)
            r = flux[k] - m[j]
            o = 1.0 - q[j]
            yy[j] += r * r * inverse
            y1[j] += r * o * inverse
            one[j] += o * o * inverse
            product[j] *= P[j] + noise
            gain = P[j] * inverse
            m[j] += gain * r
            q[j] += gain * o
            P[j] *= noise * inverse
        if k % 8 == 7 or k == gap.size - 1:
            for j in range(n_lanes):
                log_det[j] += log(product[j])
                product[j] = 1.0
    for j in range(n_lanes):
        mean = y1[j] / one[j] if free_mean else 0.0
        value = -0.5 * (yy[j] - mean * y1[j] + log_det[j] + gap.size * LOG_2PI)
        out[j] = value if math.isfinite(value) else -math.inf
