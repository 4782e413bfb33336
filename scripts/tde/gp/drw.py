"""Damped random walk (Ornstein-Uhlenbeck process): likelihood, gradient, Fisher matrix.

Covariance k(dt) = s^2 exp(-|dt| / tau) plus white noise of variance w^2 and the
measurement errors (Kelly et al. 2009, ApJ 698, 895; Kozlowski et al. 2010, ApJ 708,
927). One number is the state of the Kalman filter: over a gap dt it decays by
a = exp(-dt / tau) and its variance P goes to a^2 P + s^2 (1 - a^2).

Parameters are theta = (log s, log tau[, log w]); without the third there is no
white noise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp.grid_of_filters import add_innovation, close_products, log_densities, no_sums, squared_amplitudes
from tde.gp.innovations import Information, Matrix, add_information, log_density, multiply, unpack
from tde.numerics.elementary import decay, exp
from tde.numerics.lanes import pack, spread


class Series(NamedTuple):
    """Fluxes of one series.

    Attributes
    ----------
    gap : ndarray, shape (n,)
        Days since the previous observation, 0 for the first.
    flux, variance : ndarray, shape (n,)
        Fluxes and squares of their errors.
    free_mean : bool
        Whether a constant mean is profiled out by generalised least squares.
    """

    gap: np.ndarray
    flux: np.ndarray
    variance: np.ndarray
    free_mean: bool


class Likelihood(NamedTuple):
    """Log-likelihood, -inf where the covariance is numerically singular, and the mean it was reached with."""

    value: float
    mean: float


@njit(error_model="numpy")
def covariance(dt: float, time_scale: float) -> float:
    """Covariance at time difference ``dt`` of the process with s = 1."""
    return exp(-abs(dt) / time_scale)


@njit(error_model="numpy")
def transition(dt: float, time_scale: float) -> Matrix:
    """Transition matrix (row by row) over ``dt``; the second state is not used."""
    return decay(dt / time_scale), 0.0, 0.0, 0.0


STATIONARY_SECOND = 0.0
"""Stationary variance of the second state for s = 1."""


@njit(error_model="numpy")
def log_likelihood(theta: np.ndarray, series: Series) -> Likelihood:
    """Log-likelihood at theta, shape (2,) or (3,)."""
    return _filter(theta, series, np.empty((series[0].size, _N_STEP)))


# What the derivatives need of each step of the filter: the decay over the gap; before it, P and the means of fluxes
# and ones; after it, P, the inverse of the innovation's variance, and the innovations of fluxes and ones.
_DECAY, _P_BEFORE, _M, _Q, _P, _INVERSE, _R, _O, _N_STEP = range(9)


@njit(error_model="numpy")
def _filter(theta: np.ndarray, series: Series, steps: np.ndarray) -> Likelihood:
    """`log_likelihood`; fills the rows of ``steps``."""
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
        step = steps[k]
        step[_P_BEFORE], step[_M], step[_Q] = P, m, q
        if gap[k] > 0.0:
            a = step[_DECAY] = decay(gap[k] * rate)
            P = a * a * P + s2 * (1.0 - a) * (1.0 + a)
            m *= a
            q *= a
        noise = variance[k] + w2
        S = P + noise
        inverse = 1.0 / S  # one division: they cost more than all the rest
        r = flux[k] - m
        o = 1.0 - q
        step[_P], step[_INVERSE], step[_R], step[_O] = P, inverse, r, o
        yy += r * r * inverse
        y1 += r * o * inverse
        one += o * o * inverse
        product, log_det = multiply(product, log_det, S)
        gain = P * inverse
        m += gain * r
        q += gain * o
        P *= noise * inverse
    mean = y1 / one if free_mean else 0.0
    chi2 = yy - mean * y1
    return Likelihood(log_density(chi2, log_det, product, gap.size), mean)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, series: Series, g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    The derivatives are carried forward through the filter. With a free mean they are
    taken at the profiled mean, where they equal those of the profile likelihood.

    Parameters
    ----------
    theta : ndarray, shape (n,), n = 2 or 3
    series : Series
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
    gap, _, variance, _ = series
    steps = np.empty((gap.size, _N_STEP))
    value, mean = _filter(theta, series, steps)
    rate = exp(-theta[1])
    s2, w2 = exp(2.0 * theta[0]), exp(2.0 * theta[2]) if theta.size == 3 else 0.0
    # derivatives with respect to log s, log tau and log w, side by side: of P, m, s^2 and w^2
    ds2, dw2 = pack(2.0 * s2, 0.0, 0.0, 0.0), pack(0.0, 0.0, 2.0 * w2, 0.0)
    dP = ds2
    dm = spread(0.0)
    found = Information(dm, dm, dm, dm)
    for k in range(gap.size):
        step = steps[k]
        if gap[k] > 0.0:
            u, a = gap[k] * rate, step[_DECAY]
            a2 = a * a
            P, m = step[_P_BEFORE], step[_M] - mean * step[_Q]
            dP = a2 * dP + ((1.0 - a) * (1.0 + a) * ds2 + pack(0.0, 2.0 * u * a2 * (P - s2), 0.0, 0.0))
            dm = a * dm + pack(0.0, a * u * m, 0.0, 0.0)
        inverse = step[_INVERSE]
        r = step[_R] - mean * step[_O]
        e = r * inverse
        relative = inverse * (dP + dw2)  # of the innovation variance
        found = add_information(found, r, inverse, relative, dm)
        gain = step[_P] * inverse
        keep = (variance[k] + w2) * inverse  # 1 - gain without cancellation
        dm = keep * dm + e * (keep * dP - gain * dw2)
        dP = (keep * keep) * dP + (gain * gain) * dw2
    unpack(found.slope, found[1:], 0, g, F)
    return value


@njit(error_model="numpy")
def values_on_grid(
    amplitudes: np.ndarray, time_scales: np.ndarray, white: float, series: Series, out: np.ndarray
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
    series : Series
    out : ndarray, shape (A * T,)
        Filled with the log-likelihoods, the time scales running fastest.
    """
    gap, flux, variance, free_mean = series
    rate = 1.0 / time_scales
    s2 = squared_amplitudes(amplitudes, rate.size)
    n_lanes = s2.size
    a, P, m, q = np.empty(n_lanes), s2.copy(), np.zeros(n_lanes), np.zeros(n_lanes)
    sums = no_sums(n_lanes)
    for k in range(gap.size):
        noise = variance[k] + white * white
        if gap[k] > 0.0:
            for j in range(rate.size):
                a[j] = decay(gap[k] * rate[j])
            for j in range(rate.size, n_lanes):
                a[j] = a[j - rate.size]
            for j in range(n_lanes):
                P[j] = a[j] * a[j] * P[j] + s2[j] * (1.0 - a[j]) * (1.0 + a[j])
                m[j] *= a[j]
                q[j] *= a[j]
        for j in range(n_lanes):
            r, o = flux[k] - m[j], 1.0 - q[j]
            inverse = add_innovation(sums, j, r, o, P[j] + noise)
            gain = P[j] * inverse
            m[j] += gain * r
            q[j] += gain * o
            P[j] *= noise * inverse
        close_products(sums, k, gap.size)
    log_densities(sums, gap.size, free_mean, out)
