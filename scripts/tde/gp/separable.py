"""Gaussian process in time and wavelength: likelihood, gradient and Fisher matrix in O(N).

Covariance of two fluxes, without their measurement errors,

    k = s^2 M(|dt| sqrt(3) / l_t) M(|dlambda| sqrt(3) / l_w),   M(x) = (1 + x) exp(-x):

Matern-3/2 in time and, at the bands' effective wavelengths, in wavelength. The mean is
zero and nothing is subtracted: difference fluxes are zero where nothing has happened.

A product of a Markov covariance in time with any covariance W of the bands is itself
Markov: every band is a Matern-3/2 process, all with one transition, and W correlates
them (Hartikainen & Sarkka 2010, MLSP; Sarkka, Solin & Hartikainen 2013, IEEE Signal
Process. Mag. 30(4), 51). The state is, for each band that is observed at all,

    f   the flux,   and   g = f + f' / lam,   lam = sqrt(3) / l_t.

In these coordinates the transition over dt is, with u = lam dt, exp(-u) (1 + u N), where
N puts g in the place of f; the stationary covariance is s^2 W [[1, 1], [1, 2]], whatever
l_t. The filter carries the deviation D of the state's covariance from it, which is
predicted without a process-noise matrix; at equal times nothing is predicted.

Parameters are theta = (log s, log l_t, log l_w). A series is the tuple (gap, band, flux,
variance, wavelength): time since the previous point in days, index of the point's band
into ``wavelength``, flux, squared error, and the bands' wavelengths in Angstrom.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp.elementary import LOG_2PI, exp, log
from tde.gp.matern32 import SQRT3

N_PARAMETERS = 3

N_LANES = 1 + N_PARAMETERS
"""The filter's own quantities and their derivatives, side by side: lanes 0 and 1, 2, 3."""


@njit(error_model="numpy")
def band_correlation(distance: float, wave_scale: float) -> tuple:
    """Correlation of two bands, and its derivative with respect to log l_w.

    Parameters
    ----------
    distance : float
        Difference of the bands' wavelengths in Angstrom.
    wave_scale : float
        l_w in Angstrom.
    """
    x = abs(distance) * (SQRT3 / wave_scale)
    decay = exp(-x)
    return (1.0 + x) * decay, x * x * decay


@njit(error_model="numpy")
def log_likelihoods(thetas: np.ndarray, series: tuple, out: np.ndarray) -> None:
    """Log-likelihood of one series for many parameter sets.

    The filters of all sets run side by side, which the compiler turns into vector
    instructions: sixteen sets cost about as much as one gradient.

    Parameters
    ----------
    thetas : ndarray, shape (3, n)
    series : tuple
        (gap, band, flux, variance, wavelength), see the module.
    out : ndarray, shape (n,)
        Filled; -inf where the covariance is numerically singular.
    """
    gap, band, flux, variance, wavelength = series
    n_sets = thetas.shape[1]
    n_bands = wavelength.size
    rate = np.empty(n_sets)
    stationary = np.empty((n_bands, n_bands, n_sets))  # s^2 W
    for a in range(n_sets):
        rate[a] = SQRT3 * exp(-thetas[1, a])
        s2 = exp(2.0 * thetas[0, a])
        wave_scale = exp(thetas[2, a])
        for i in range(n_bands):
            for j in range(n_bands):
                stationary[i, j, a] = s2 * band_correlation(wavelength[i] - wavelength[j], wave_scale)[0]
    D = np.zeros((2 * n_bands, 2 * n_bands, n_sets))  # lower triangle; first all f, then all g
    m = np.zeros((2 * n_bands, n_sets))
    c, gain = np.empty((2 * n_bands, n_sets)), np.empty((2 * n_bands, n_sets))
    u, decay = np.empty(n_sets), np.empty(n_sets)
    r, chi2, log_det, product = np.empty(n_sets), np.zeros(n_sets), np.zeros(n_sets), np.ones(n_sets)
    for k in range(gap.size):
        if gap[k] > 0.0:
            for a in range(n_sets):
                u[a] = gap[k] * rate[a]
                decay[a] = exp(-u[a])
            _predict_sets(D, m, u, decay)
        b = band[k]
        for i in range(2 * n_bands):
            row, column = max(i, b), min(i, b)
            for a in range(n_sets):
                c[i, a] = D[row, column, a] + stationary[i % n_bands, b, a]
        for a in range(n_sets):
            S = c[b, a] + variance[k]
            r[a] = flux[k] - m[b, a]
            product[a] *= S if S > 0.0 else math.nan
            u[a] = 1.0 / S
            chi2[a] += r[a] * r[a] * u[a]
        for i in range(2 * n_bands):
            for a in range(n_sets):
                gain[i, a] = c[i, a] * u[a]
                m[i, a] += gain[i, a] * r[a]
        for i in range(2 * n_bands):
            for j in range(i + 1):
                for a in range(n_sets):
                    D[i, j, a] -= c[i, a] * gain[j, a]
        if k % 8 == 7 or k == gap.size - 1:
            for a in range(n_sets):
                log_det[a] += log(product[a])
                product[a] = 1.0
    for a in range(n_sets):
        value = -0.5 * (chi2[a] + log_det[a] + gap.size * LOG_2PI)
        out[a] = value if math.isfinite(value) else -math.inf


@njit(error_model="numpy")
def _predict_sets(D: np.ndarray, m: np.ndarray, u: np.ndarray, decay: np.ndarray) -> None:
    """Prediction of `log_likelihoods` over a gap, in place."""
    n_bands = D.shape[0] // 2
    n_sets = u.size
    for i in range(n_bands):
        for j in range(i + 1):
            for a in range(n_sets):
                cross = D[n_bands + i, j, a] + D[n_bands + j, i, a]
                D[i, j, a] += u[a] * (cross + u[a] * D[n_bands + i, n_bands + j, a])
    for i in range(n_bands):
        for j in range(n_bands):
            row, column = max(i, j), min(i, j)
            for a in range(n_sets):
                D[n_bands + i, j, a] += u[a] * D[n_bands + row, n_bands + column, a]
    for i in range(2 * n_bands):
        for j in range(i + 1):
            for a in range(n_sets):
                D[i, j, a] *= decay[a] * decay[a]
    for i in range(n_bands):
        for a in range(n_sets):
            m[i, a] = decay[a] * (m[i, a] + u[a] * m[n_bands + i, a])
            m[n_bands + i, a] *= decay[a]


@njit(error_model="numpy")
def _stationary_columns(theta: np.ndarray, wavelength: np.ndarray, columns: np.ndarray) -> None:
    """Columns of s^2 W and of its derivatives, shape (band, lane * other band)."""
    n_bands = wavelength.size
    s2 = exp(2.0 * theta[0])
    wave_scale = exp(theta[2])
    for b in range(n_bands):
        for j in range(n_bands):
            W, dW = band_correlation(wavelength[b] - wavelength[j], wave_scale)
            columns[b, j] = s2 * W
            columns[b, n_bands + j] = 2.0 * s2 * W
            columns[b, 2 * n_bands + j] = 0.0
            columns[b, 3 * n_bands + j] = s2 * dW


@njit(error_model="numpy")
def _predict_lanes(Y: np.ndarray, m: np.ndarray, u: float) -> None:
    """Prediction of `gradient` over a gap, in place.

    The transition A = exp(-u) (1 + u N) has dA / d log l_t = u (1 - N) A, so that the
    second derivative lane gains u (1 - N) times the predicted quantity itself.
    """
    n_bands = Y.shape[0] // 2
    half = N_LANES * n_bands
    decay = exp(-u)
    square = decay * decay
    for i in range(n_bands):
        for q in range(2 * half):
            Y[i, q] = square * (Y[i, q] + u * Y[n_bands + i, q])
    for i in range(n_bands, 2 * n_bands):
        for q in range(2 * half):
            Y[i, q] *= square
    for i in range(2 * n_bands):
        for q in range(half):
            Y[i, q] += u * Y[i, half + q]
    for i in range(n_bands):
        for start in range(0, 2 * half, half):
            for q in range(start, start + n_bands):
                Y[i, 2 * n_bands + q] += 2.0 * u * (Y[i, q] - Y[n_bands + i, q])
                Y[n_bands + i, 2 * n_bands + q] += 2.0 * u * Y[n_bands + i, q]
    for q in range(half):
        m[q] = decay * (m[q] + u * m[half + q])
        m[half + q] *= decay
    for q in range(n_bands):
        m[2 * n_bands + q] += u * (m[q] - m[half + q])
        m[half + 2 * n_bands + q] += u * m[half + q]


@njit(error_model="numpy")
def _observed_column(Y: np.ndarray, b: int, stationary: np.ndarray, c: np.ndarray) -> None:
    """Covariances of the state with the flux of band ``b``, and their derivatives."""
    n_bands = Y.shape[0] // 2
    half = N_LANES * n_bands
    for q in range(2 * half):
        c[q] = Y[b, q]
    for q in range(half):
        c[q] += stationary[b, q]
        c[half + q] += stationary[b, q]
    for i in range(n_bands):
        for lane in range(N_LANES):
            c[lane * n_bands + i] += Y[i, lane * n_bands + b]
            c[half + lane * n_bands + i] += Y[n_bands + i, lane * n_bands + b]


@njit(error_model="numpy")
def _update_lanes(
    Y: np.ndarray, m: np.ndarray, c: np.ndarray, z: np.ndarray, weights: tuple, shifts: tuple, r: float, inverse: float
) -> None:
    """Update of `gradient` by one flux, in place.

    With z = (dc - c w / 2) / S, w = dS / S, the covariances change by -(z c^T + c z^T)
    and the means by r z - c (w r / 2 + dm_b) / S; the filter's own lane obeys the same
    with dc = c, w = 1 and other ``shifts``.
    """
    n_bands = Y.shape[0] // 2
    half = N_LANES * n_bands
    for start in range(0, 2 * half, half):
        for lane in range(N_LANES):
            weight, shift = 0.5 * weights[lane], shifts[lane]
            for j in range(n_bands):
                own = c[start + j]
                q = start + lane * n_bands + j
                z[q] = (c[q] - weight * own) * inverse
                m[q] += r * z[q] + shift * own
    for i in range(2 * n_bands):
        own = c[i] if i < n_bands else c[half + i - n_bands]
        for q in range(2 * half):
            Y[i, q] -= own * z[q]


@njit(error_model="numpy")
def gradient(theta: np.ndarray, series: tuple, g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    The deviation D and its three derivatives are carried as Y with D = Y + Y^T: the
    update by one flux then is one product of a column with a row that holds all four.
    A row of Y, like the means, is ordered by f and g, lane, band.

    Parameters
    ----------
    theta : ndarray, shape (3,)
    series : tuple
        (gap, band, flux, variance, wavelength), see the module.
    g : ndarray, shape (3,)
        Filled with d log L / d theta.
    F : ndarray, shape (3, 3)
        Filled with the Fisher matrix in innovation form, sum over the innovations r of
        variance S of (dS_i dS_j / 2 S^2 + dr_i dr_j / S).

    Returns
    -------
    float
        Log-likelihood; -inf where the covariance is numerically singular.
    """
    gap, band, flux, variance, wavelength = series
    n_bands = wavelength.size
    half = N_LANES * n_bands
    rate = SQRT3 * exp(-theta[1])
    stationary = np.empty((n_bands, half))
    _stationary_columns(theta, wavelength, stationary)
    Y = np.zeros((2 * n_bands, 2 * half))
    m, c, z = np.zeros(2 * half), np.empty(2 * half), np.empty(2 * half)
    g0 = g1 = g2 = F00 = F01 = F02 = F11 = F12 = F22 = 0.0
    chi2 = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            _predict_lanes(Y, m, gap[k] * rate)
        b = band[k]
        _observed_column(Y, b, stationary, c)
        S = c[b] + variance[k]
        if not S > 0.0:
            return -math.inf
        inverse = 1.0 / S
        r = flux[k] - m[b]
        e = r * inverse
        chi2 += r * e
        product *= S
        if not 1e-100 < product < 1e100:
            log_det += log(product)
            product = 1.0
        # relative changes of the innovation's variance, and changes of the predicted flux
        w0, w1, w2 = c[n_bands + b] * inverse, c[2 * n_bands + b] * inverse, c[3 * n_bands + b] * inverse
        m0, m1, m2 = m[n_bands + b], m[2 * n_bands + b], m[3 * n_bands + b]
        excess = 0.5 * (r * e - 1.0)
        g0 += excess * w0 + e * m0
        g1 += excess * w1 + e * m1
        g2 += excess * w2 + e * m2
        F00 += 0.5 * w0 * w0 + m0 * m0 * inverse
        F01 += 0.5 * w0 * w1 + m0 * m1 * inverse
        F02 += 0.5 * w0 * w2 + m0 * m2 * inverse
        F11 += 0.5 * w1 * w1 + m1 * m1 * inverse
        F12 += 0.5 * w1 * w2 + m1 * m2 * inverse
        F22 += 0.5 * w2 * w2 + m2 * m2 * inverse
        shifts = (
            0.5 * e,
            -(0.5 * w0 * e + m0 * inverse),
            -(0.5 * w1 * e + m1 * inverse),
            -(0.5 * w2 * e + m2 * inverse),
        )
        _update_lanes(Y, m, c, z, (1.0, w0, w1, w2), shifts, r, inverse)
    g[0], g[1], g[2] = g0, g1, g2
    F[0, 0], F[1, 1], F[2, 2] = F00, F11, F22
    F[0, 1] = F[1, 0] = F01
    F[0, 2] = F[2, 0] = F02
    F[1, 2] = F[2, 1] = F12
    value = -0.5 * (chi2 + log_det + log(product) + gap.size * LOG_2PI)
    return value if math.isfinite(value) else -math.inf
