"""Matern-3/2 process: likelihood, gradient and Fisher matrix.

Covariance k(dt) = s^2 (1 + lam |dt|) exp(-lam |dt|), lam = sqrt(3) / l, plus white
noise of variance w^2 and the measurement errors. The state of the Kalman filter is
the value and the derivative divided by lam, with stationary covariance s^2 times the
identity and, with u = lam dt, the transition (Hartikainen & Sarkka 2010, eq. 12)

    A = exp(-u) [[1 + u, u], [-u, 1 - u]].

The filter carries the deviation D = P - s^2 of the state covariance from the
stationary one, which is predicted by A D A^T without a process-noise matrix.

Parameters are theta = (log s, log l[, log w]); without the third there is no white
noise.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp.drw import Likelihood, Series
from tde.gp.grid_of_filters import add_innovation, close_products, log_densities, no_sums, squared_amplitudes
from tde.gp.innovations import Information, Matrix, add_information, log_density, multiply, unpack
from tde.numerics.elementary import Number, decay, exp
from tde.numerics.lanes import pack, spread

SQRT3 = 1.7320508075688772

Vector = tuple[Number, Number]
"""A state."""

Symmetric = tuple[Number, Number, Number]
"""Elements 00, 01 and 11 of a symmetric one."""

STATIONARY_SECOND = 1.0
"""Stationary variance of the second state for s = 1."""


@njit(error_model="numpy")
def covariance(dt: float, time_scale: float) -> float:
    """Covariance at time difference ``dt`` of the process with s = 1."""
    u = abs(dt) * (SQRT3 / time_scale)
    return (1.0 + u) * exp(-u)


@njit(error_model="numpy")
def transition(dt: float, time_scale: float) -> Matrix:
    """Transition matrix of the state, row by row, over ``dt``."""
    u = dt * (SQRT3 / time_scale)
    return _transition(u, decay(u))


@njit(error_model="numpy")
def transition_change(dt: float, time_scale: float) -> Matrix:
    """Derivative of `transition` with respect to the logarithm of the time scale."""
    u = dt * (SQRT3 / time_scale)
    return _transition_change(u, decay(u))


@njit(error_model="numpy")
def _transition(u: float, e: float) -> Matrix:
    return e * (1.0 + u), e * u, -e * u, e * (1.0 - u)


@njit(error_model="numpy")
def _transition_change(u: float, e: float) -> Matrix:
    b = u * e
    return u * b, b * (u - 1.0), b * (1.0 - u), b * (2.0 - u)


@njit(error_model="numpy")
def sandwich(A: Matrix, X00: Number, X01: Number, X11: Number) -> Symmetric:
    """A X A^T for a symmetric X; numbers or `tde.numerics.lanes.Lanes`.

    Parameters
    ----------
    A : Matrix
    X00, X01, X11 : float or Lanes
    """
    a, b, c, d = A
    r00 = a * X00 + b * X01
    r01 = a * X01 + b * X11
    r10 = c * X00 + d * X01
    r11 = c * X01 + d * X11
    return a * r00 + b * r01, c * r00 + d * r01, c * r10 + d * r11


@njit(error_model="numpy")
def sandwich_change(A: Matrix, B: Matrix, X00: Number, X01: Number, X11: Number) -> Symmetric:
    """B X A^T + A X B^T: the change of `sandwich` when A changes by B.

    Parameters
    ----------
    A, B : Matrix
    X00, X01, X11 : float or Lanes
    """
    a, b, c, d = A
    e, f, h, i = B
    r00 = a * X00 + b * X01
    r01 = a * X01 + b * X11
    r10 = c * X00 + d * X01
    r11 = c * X01 + d * X11
    return (
        2.0 * (e * r00 + f * r01),
        e * r10 + f * r11 + h * r00 + i * r01,
        2.0 * (h * r10 + i * r11),
    )


@njit(error_model="numpy")
def turn(A: Matrix, x0: Number, x1: Number) -> Vector:
    """A x; numbers or `tde.numerics.lanes.Lanes`.

    Parameters
    ----------
    A : Matrix
    x0, x1 : float or Lanes
    """
    return A[0] * x0 + A[1] * x1, A[2] * x0 + A[3] * x1


@njit(error_model="numpy")
def log_likelihood(theta: np.ndarray, series: Series) -> Likelihood:
    """Log-likelihood at theta, shape (2,) or (3,)."""
    return _filter(theta, series, np.empty((series[0].size, _N_STEP)))


# What the derivatives need of each step of the filter: the decay over the gap; before it, D and the means of fluxes
# and ones; after it, P = D00 + s^2, D01, the inverse of the innovation's variance, and the innovations of both.
_E, _D00, _D01, _D11, _M0, _M1, _Q0, _Q1, _P, _D01_AFTER, _INVERSE, _R, _O, _N_STEP = range(14)


@njit(error_model="numpy")
def _filter(theta: np.ndarray, series: Series, steps: np.ndarray) -> Likelihood:
    """`log_likelihood`; fills the rows of ``steps``."""
    gap, flux, variance, free_mean = series
    s2 = exp(2.0 * theta[0])
    rate = SQRT3 / exp(theta[1])
    w2 = exp(2.0 * theta[2]) if theta.size == 3 else 0.0
    D00 = D01 = D11 = 0.0
    m0 = m1 = 0.0  # filter of the fluxes
    q0 = q1 = 0.0  # filter of a series of ones, for the mean
    yy = y1 = one = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        step = steps[k]
        step[_D00], step[_D01], step[_D11] = D00, D01, D11
        step[_M0], step[_M1], step[_Q0], step[_Q1] = m0, m1, q0, q1
        if gap[k] > 0.0:
            step[_E] = decay(gap[k] * rate)
            A = _transition(gap[k] * rate, step[_E])
            D00, D01, D11 = sandwich(A, D00, D01, D11)
            m0, m1 = turn(A, m0, m1)
            q0, q1 = turn(A, q0, q1)
        P = D00 + s2
        noise = variance[k] + w2
        S = P + noise
        if not S > 0.0:
            return Likelihood(-math.inf, 0.0)
        inverse = 1.0 / S  # one division: they cost more than all the rest
        r = flux[k] - m0
        o = 1.0 - q0
        step[_P], step[_D01_AFTER], step[_INVERSE], step[_R], step[_O] = P, D01, inverse, r, o
        yy += r * r * inverse
        y1 += r * o * inverse
        one += o * o * inverse
        product, log_det = multiply(product, log_det, S)
        gain0 = P * inverse
        gain1 = D01 * inverse
        m0 += gain0 * r
        m1 += gain1 * r
        q0 += gain0 * o
        q1 += gain1 * o
        D11 -= gain1 * D01
        D01 *= noise * inverse
        D00 = P * (noise * inverse) - s2
    mean = y1 / one if free_mean else 0.0
    chi2 = yy - mean * y1
    return Likelihood(log_density(chi2, log_det, product, gap.size), mean)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, series: Series, g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    Parameters
    ----------
    theta : ndarray, shape (n,), n = 2 or 3
    series : Series
    g : ndarray, shape (n,)
        Filled with d log L / d theta.
    F : ndarray, shape (n, n)
        Filled with the Fisher matrix in innovation form, see `drw.gradient`.

    Returns
    -------
    float
        Log-likelihood, as `log_likelihood` gives it.
    """
    gap, _, variance, _ = series
    steps = np.empty((gap.size, _N_STEP))
    value, mean = _filter(theta, series, steps)
    rate = SQRT3 / exp(theta[1])
    s2, w2 = exp(2.0 * theta[0]), exp(2.0 * theta[2]) if theta.size == 3 else 0.0
    # derivatives with respect to log s, log l and log w, side by side: of D00, D01, D11, m0, m1, s^2 and w^2
    x00 = x01 = x11 = e0 = e1 = spread(0.0)
    found = Information(e0, e0, e0, e0)
    ds2, dw2 = pack(2.0 * s2, 0.0, 0.0, 0.0), pack(0.0, 0.0, 2.0 * w2, 0.0)
    for k in range(gap.size):
        step = steps[k]
        if gap[k] > 0.0:
            u = gap[k] * rate
            A, B = _transition(u, step[_E]), _transition_change(u, step[_E])
            by_scale = sandwich_change(A, B, step[_D00], step[_D01], step[_D11])
            shift = turn(B, step[_M0] - mean * step[_Q0], step[_M1] - mean * step[_Q1])
            x00, x01, x11 = sandwich(A, x00, x01, x11)
            e0, e1 = turn(A, e0, e1)
            x00 = x00 + pack(0.0, by_scale[0], 0.0, 0.0)
            x01 = x01 + pack(0.0, by_scale[1], 0.0, 0.0)
            x11 = x11 + pack(0.0, by_scale[2], 0.0, 0.0)
            e0, e1 = e0 + pack(0.0, shift[0], 0.0, 0.0), e1 + pack(0.0, shift[1], 0.0, 0.0)
        P, D01, inverse = step[_P], step[_D01_AFTER], step[_INVERSE]
        r = step[_R] - mean * step[_O]
        dP = x00 + ds2
        relative = inverse * (dP + dw2)  # of the innovation variance
        found = add_information(found, r, inverse, relative, e0)
        gain0, gain1, keep = P * inverse, D01 * inverse, (variance[k] + w2) * inverse
        dgain0 = inverse * (keep * dP - gain0 * dw2)
        dgain1 = inverse * x01 - gain1 * relative
        x11 = x11 - (D01 * dgain1 + gain1 * x01)
        x01 = keep * x01 - D01 * dgain0
        x00 = (keep * keep) * dP + (gain0 * gain0) * dw2 - ds2
        e1 = e1 + (r * dgain1 - gain1 * e0)
        e0 = keep * e0 + r * dgain0
    unpack(found.slope, found[1:], 0, g, F)
    return value


@njit(error_model="numpy")
def values_on_grid(
    amplitudes: np.ndarray, time_scales: np.ndarray, white: float, series: Series, out: np.ndarray
) -> None:
    """Log-likelihood on a grid, for all amplitudes and time scales at once.

    The same filter as `log_likelihood`, with the recursions of all grid points side by
    side so that they vectorise. Arguments as in `drw.values_on_grid`.
    """
    gap, flux, variance, free_mean = series
    n_scales = time_scales.size
    s2 = squared_amplitudes(amplitudes, n_scales)
    n_lanes = s2.size
    u, e = np.empty(n_lanes), np.empty(n_lanes)
    D00, D01, D11 = np.zeros(n_lanes), np.zeros(n_lanes), np.zeros(n_lanes)
    m0, m1, q0, q1 = np.zeros(n_lanes), np.zeros(n_lanes), np.zeros(n_lanes), np.zeros(n_lanes)
    sums = no_sums(n_lanes)
    for k in range(gap.size):
        noise = variance[k] + white * white
        if gap[k] > 0.0:
            for j in range(n_scales):
                u[j] = gap[k] * (SQRT3 / time_scales[j])
                e[j] = decay(u[j])
            for j in range(n_scales, n_lanes):
                u[j] = u[j - n_scales]
                e[j] = e[j - n_scales]
            for j in range(n_lanes):
                A = (e[j] * (1.0 + u[j]), e[j] * u[j], -e[j] * u[j], e[j] * (1.0 - u[j]))
                D00[j], D01[j], D11[j] = sandwich(A, D00[j], D01[j], D11[j])
                m0[j], m1[j] = turn(A, m0[j], m1[j])
                q0[j], q1[j] = turn(A, q0[j], q1[j])
        for j in range(n_lanes):
            P = D00[j] + s2[j]
            r, o = flux[k] - m0[j], 1.0 - q0[j]
            inverse = add_innovation(sums, j, r, o, P + noise)
            gain0 = P * inverse
            gain1 = D01[j] * inverse
            m0[j] += gain0 * r
            m1[j] += gain1 * r
            q0[j] += gain0 * o
            q1[j] += gain1 * o
            D11[j] -= gain1 * D01[j]
            D01[j] *= noise * inverse
            D00[j] = P * (noise * inverse) - s2[j]
        close_products(sums, k, gap.size)
    log_densities(sums, gap.size, free_mean, out)
