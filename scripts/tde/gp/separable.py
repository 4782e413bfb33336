"""Gaussian process in time and wavelength: likelihood, gradient and Fisher matrix in O(N).

Covariance of two fluxes, without their measurement errors,

    k = s^2 M(|dt| sqrt(3) / l_t) M(|dlambda| sqrt(3) / l_w),   M(x) = (1 + x) exp(-x):

Matern-3/2 in time and, at the filters' effective wavelengths, in wavelength. The mean is
zero and nothing is subtracted: difference fluxes are zero where nothing has happened.

A product of a Markov covariance in time with any covariance W of the bands is itself
Markov: every band is a Matern-3/2 process, all with one transition, and W correlates
them (Hartikainen & Sarkka 2010, MLSP; Sarkka, Solin & Hartikainen 2013, IEEE Signal
Process. Mag. 30(4), 51). The state is, for each band,

    f   the flux,   and   g = f + f' / lam,   lam = sqrt(3) / l_t.

In these coordinates the transition over dt is, with u = lam dt, exp(-u) (1 + u N), where
N puts g in the place of f; the stationary covariance is s^2 W [[1, 1], [1, 2]], whatever
l_t. The filter carries the deviation D of the state's covariance from it, which is
predicted without a process-noise matrix; at equal times nothing is predicted.

An object has six bands, the slots of `tde.gp.slots`; all are carried, also those without a flux: the compiler
knows all sizes.
The covariance is kept as its lower triangle, and four numbers stand at each place, which
are computed side by side (`tde.numerics.lanes`): those of four parameter sets in
`log_likelihoods`, the filter's own and its three derivatives in `gradient`.

Parameters are theta = (log s, log l_t, log l_w).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp.innovations import log_density, multiply, unpack
from tde.gp.matern32 import SQRT3
from tde.numerics.elementary import LOG_2PI, exp, log
from tde.numerics.lanes import WIDTH, Lanes, lane, load, pack, positive, spread, store
from tde.photometry import BANDS

N_PARAMETERS = 3


class Series(NamedTuple):
    """Fluxes of one object in all bands.

    Attributes
    ----------
    gap : ndarray, shape (n,)
        Days since the previous point, 0 for the first.
    band : ndarray of int, shape (n,)
        Slot of each point's filter.
    flux, variance : ndarray, shape (n,)
        Fluxes and squares of their errors.
    wavelength : ndarray, shape (6,)
        Of the slots, in Angstrom.
    """

    gap: np.ndarray
    band: np.ndarray
    flux: np.ndarray
    variance: np.ndarray
    wavelength: np.ndarray


N_BANDS = len(BANDS)
N_STATE = 2 * N_BANDS
"""First f of all bands, then g of all bands. D is kept row by row: place 12 i + j, j <= i."""


class BandCorrelation(NamedTuple):
    """Correlation of two bands, and its derivative with respect to log l_w."""

    value: float
    slope: float


@njit(error_model="numpy")
def band_correlation(distance: float, wave_scale: float) -> BandCorrelation:
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
    return BandCorrelation((1.0 + x) * decay, x * x * decay)


@njit(error_model="numpy")
def log_likelihoods(thetas: np.ndarray, series: Series, out: np.ndarray) -> None:
    """Log-likelihood of one series for many parameter sets.

    Parameters
    ----------
    thetas : ndarray, shape (3, n)
        The filters of four sets run side by side, so ``n`` must be a multiple of four.
    series : Series
    out : ndarray, shape (n,)
        Filled; -inf where the covariance is numerically singular.
    """
    gap, band, flux, variance, wavelength = series
    n = gap.size
    stationary, decays, rate = np.empty((N_BANDS, N_BANDS, WIDTH)), np.empty((n, WIDTH)), np.empty(WIDTH)
    D, m, c = np.empty((N_STATE, N_STATE, WIDTH)), np.empty((N_STATE, WIDTH)), np.empty((N_STATE, WIDTH))
    for first in range(0, out.size, WIDTH):
        for a in range(WIDTH):
            _stationary_set(thetas[0, first + a], thetas[2, first + a], wavelength, stationary, a)
            rate[a] = SQRT3 * exp(-thetas[1, first + a])
        for k in range(n):
            for a in range(WIDTH):
                decays[k, a] = exp(-gap[k] * rate[a])
        _clear(D, m)
        chi2, log_det, product = spread(0.0), spread(0.0), spread(1.0)
        for k in range(n):
            if gap[k] > 0.0:
                _predict_sets(D, m, gap[k] * load(rate, 0), load(decays, k))
            b = band[k]
            _observed_column(D, b, stationary, c)
            S = positive(variance[k] + load(c, b))
            inverse = 1.0 / S
            r = flux[k] - load(m, b)
            chi2 = chi2 + r * r * inverse
            product = product * S
            _update_sets(D, m, c, inverse, r * inverse)
            if k % 8 == 7 or k == n - 1:
                logs = pack(log(lane(product, 0)), log(lane(product, 1)), log(lane(product, 2)), log(lane(product, 3)))
                log_det = log_det + logs
                product = spread(1.0)
        total = -0.5 * (n * LOG_2PI + (chi2 + log_det))
        for a in range(WIDTH):
            value = lane(total, a)
            out[first + a] = value if math.isfinite(value) else -math.inf


@njit(error_model="numpy")
def _stationary_set(
    log_amplitude: float, log_wave_scale: float, wavelength: np.ndarray, stationary: np.ndarray, a: int
) -> None:
    """s^2 W of one parameter set, in lane ``a``."""
    s2 = exp(2.0 * log_amplitude)
    wave_scale = exp(log_wave_scale)
    for i in range(N_BANDS):
        for j in range(i + 1):
            value = s2 * band_correlation(wavelength[i] - wavelength[j], wave_scale).value
            stationary[i, j, a] = stationary[j, i, a] = value


@njit(error_model="numpy")
def _clear(D: np.ndarray, m: np.ndarray) -> None:
    """Before any observation the state has its stationary covariance and no mean."""
    zero = spread(0.0)
    for i in range(N_STATE):
        store(m, i, zero)
        for j in range(N_STATE):
            store(D, N_STATE * i + j, zero)


@njit(error_model="numpy")
def _observed_column(D: np.ndarray, b: int, stationary: np.ndarray, c: np.ndarray) -> None:
    """Covariances of the state with the flux of band ``b``."""
    for i in range(N_BANDS):
        own = load(stationary, N_BANDS * b + i)
        store(c, i, load(D, N_STATE * max(i, b) + min(i, b)) + own)
        store(c, N_BANDS + i, load(D, N_STATE * (N_BANDS + i) + b) + own)


@njit(error_model="numpy")
def _update_sets(D: np.ndarray, m: np.ndarray, c: np.ndarray, inverse: Lanes, e: Lanes) -> None:
    """Update of `log_likelihoods` by one flux, in place: D by - c c^T / S, m by c e."""
    for i in range(N_STATE):
        column = load(c, i)
        store(m, i, load(m, i) + column * e)
        gain = column * inverse
        for j in range(i + 1):
            store(D, N_STATE * i + j, load(D, N_STATE * i + j) - gain * load(c, j))


@njit(error_model="numpy")
def _predict_sets(D: np.ndarray, m: np.ndarray, u: Lanes, decay: Lanes) -> None:
    """Prediction of `log_likelihoods` over a gap, in place."""
    square = decay * decay
    for i in range(N_BANDS):
        g = decay * load(m, N_BANDS + i)
        store(m, i, decay * load(m, i) + u * g)
        store(m, N_BANDS + i, g)
        for j in range(i + 1):
            ff, gg = N_STATE * i + j, N_STATE * (N_BANDS + i) + N_BANDS + j
            gf, fg = N_STATE * (N_BANDS + i) + j, N_STATE * (N_BANDS + j) + i
            D_gg = square * load(D, gg)
            D_gf, D_fg = square * load(D, gf), square * load(D, fg)
            added = u * D_gg
            store(D, ff, square * load(D, ff) + u * (D_gf + D_fg + added))
            store(D, gf, D_gf + added)
            store(D, fg, D_fg + added)
            store(D, gg, D_gg)


@njit(error_model="numpy")
def _stationary_lanes(theta: np.ndarray, wavelength: np.ndarray, stationary: np.ndarray) -> None:
    """s^2 W and its derivatives."""
    s2 = exp(2.0 * theta[0])
    wave_scale = exp(theta[2])
    for i in range(N_BANDS):
        for j in range(i + 1):
            W, dW = band_correlation(wavelength[i] - wavelength[j], wave_scale)
            value = pack(s2 * W, 2.0 * s2 * W, 0.0, s2 * dW)
            store(stationary, N_BANDS * i + j, value)
            store(stationary, N_BANDS * j + i, value)


@njit(error_model="numpy")
def _predict_lanes(D: np.ndarray, m: np.ndarray, u: float, decay: float) -> None:
    """Prediction of `gradient` over a gap, in place.

    The transition A = exp(-u) (1 + u N) has dA / d log l_t = u (1 - N) A, so that the
    derivative with respect to log l_t gains u (1 - N) times the predicted quantity itself.
    """
    square = decay * decay
    slope = pack(0.0, 0.0, u, 0.0)
    for i in range(N_BANDS):
        g = decay * load(m, N_BANDS + i)
        f = decay * load(m, i) + u * g
        store(m, i, f + lane(f - g, 0) * slope)
        store(m, N_BANDS + i, g + lane(g, 0) * slope)
        for j in range(i + 1):
            ff, gg = N_STATE * i + j, N_STATE * (N_BANDS + i) + N_BANDS + j
            gf, fg = N_STATE * (N_BANDS + i) + j, N_STATE * (N_BANDS + j) + i
            D_gg = square * load(D, gg)
            added = u * D_gg
            D_gf, D_fg = square * load(D, gf), square * load(D, fg)
            D_ff = square * load(D, ff) + u * (D_gf + D_fg + added)
            D_gf, D_fg = D_gf + added, D_fg + added
            twice = D_ff + D_ff
            store(D, ff, D_ff + lane(twice - D_gf - D_fg, 0) * slope)
            store(D, gf, D_gf + lane(D_gf + D_gf - D_gg, 0) * slope)
            store(D, fg, D_fg + lane(D_fg + D_fg - D_gg, 0) * slope)
            store(D, gg, D_gg + lane(D_gg + D_gg, 0) * slope)


@njit(error_model="numpy")
def _update_lanes(
    D: np.ndarray, m: np.ndarray, c: np.ndarray, z: np.ndarray, r: float, inverse: float, half: Lanes, shift: Lanes
) -> None:
    """Update of `gradient` by one flux, in place.

    With z = (dc - c w / 2) / S, w = dS / S, the covariances change by -(z c^T + c z^T)
    and the means by r z - c (w r / 2 + dm_b) / S; the filter's own lane obeys the same
    with dc = c, w = 1 and its own shift. ``half`` are w / 2 of all lanes, ``shift`` what
    the means gain per c.
    """
    for i in range(N_STATE):
        own = c[i, 0]
        change = inverse * (load(c, i) - own * half)
        store(z, i, change)
        store(m, i, load(m, i) + (r * change + own * shift))
        for j in range(i + 1):
            store(D, N_STATE * i + j, load(D, N_STATE * i + j) - (own * load(z, j) + c[j, 0] * change))


@njit(error_model="numpy")
def _first_lane(number: float, lanes: Lanes) -> Lanes:
    """The lanes with another number in the first."""
    return pack(number, lane(lanes, 1), lane(lanes, 2), lane(lanes, 3))


@njit(error_model="numpy")
def gradient(theta: np.ndarray, series: Series, g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    Lane 0 is the filter itself, lanes 1, 2 and 3 are its derivatives.

    Parameters
    ----------
    theta : ndarray, shape (3,)
    series : Series
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
    n = gap.size
    rate = SQRT3 * exp(-theta[1])
    stationary, decays = np.empty((N_BANDS, N_BANDS, WIDTH)), np.empty(n)
    D, m = np.empty((N_STATE, N_STATE, WIDTH)), np.empty((N_STATE, WIDTH))
    c, z = np.empty((N_STATE, WIDTH)), np.empty((N_STATE, WIDTH))
    _stationary_lanes(theta, wavelength, stationary)
    _clear(D, m)
    for k in range(n):
        decays[k] = exp(-gap[k] * rate)
    slope = F0 = F1 = F2 = spread(0.0)
    chi2 = log_det = 0.0
    product = 1.0
    for k in range(n):
        if gap[k] > 0.0:
            _predict_lanes(D, m, gap[k] * rate, decays[k])
        b = band[k]
        _observed_column(D, b, stationary, c)
        S = c[b, 0] + variance[k]
        if not S > 0.0:
            return -math.inf
        inverse = 1.0 / S
        r = flux[k] - m[b, 0]
        e = r * inverse
        chi2 += r * e
        product, log_det = multiply(product, log_det, S)
        # relative changes of the innovation's variance, and changes of the predicted flux
        w, dm = inverse * load(c, b), load(m, b)
        slope = slope + (0.5 * (r * e - 1.0) * w + e * dm)
        F0 = F0 + (0.5 * lane(w, 1) * w + inverse * (lane(dm, 1) * dm))
        F1 = F1 + (0.5 * lane(w, 2) * w + inverse * (lane(dm, 2) * dm))
        F2 = F2 + (0.5 * lane(w, 3) * w + inverse * (lane(dm, 3) * dm))
        half = 0.5 * _first_lane(1.0, w)
        shift = pack(0.5 * e, 0.0, 0.0, 0.0) - _first_lane(0.0, e * half + inverse * dm)
        _update_lanes(D, m, c, z, r, inverse, half, shift)
    unpack(slope, (F0, F1, F2), 1, g, F)
    return log_density(chi2, log_det, product, n)
