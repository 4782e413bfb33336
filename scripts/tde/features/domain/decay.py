"""Laws of decline fitted to the visits after a peak.

Both laws have a free amplitude A >= 0, which is linear and solved for exactly, so
only the shape is searched (variable projection, Golub & Pereyra 1973).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.numerics.optimise import make_climb

ALPHA_RANGE = (-6.0, 1.0)
"""Power-law indices searched."""

ONSET_RANGE = (np.log(2.0), np.log(300.0))
"""Range of ln(days from onset to peak) searched."""

ONSET_PRIOR = (np.log(30.0), 0.7)
"""Mean and standard deviation of ln(days from onset to peak), where the data do not say."""

RATE_RANGE = (np.log(1e-4), np.log(1.0))
"""Range of ln(exponential decline rate x day) searched."""

N_ALPHAS = 8
N_ONSETS = 4
N_RATES = 30

TOLERANCE = 1e-4
"""Decrease of half the chi-squared that is not worth another step."""

GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
N_SECTIONS = 12
"""Golden sections of the bracket of ln k, which end within 0.001 of the best."""

AT_EDGE = 2e-3
"""An index that ends so close to an edge of its range would have gone further."""

TELLING = 1e-2
"""A rate that fits no better than an edge of its range by so much in chi-squared is any rate: where one visit alone
has a flux, chi-squared hardly changes with k."""


@njit(error_model="numpy")
def _amplitude(flux: np.ndarray, flux_err: np.ndarray, model: np.ndarray) -> tuple[float, float]:
    """Best A >= 0 of ``flux = A model`` and the chi-squared there."""
    cross = 0.0
    norm = 0.0
    for i in range(len(flux)):
        weight = 1.0 / flux_err[i] ** 2
        cross += weight * flux[i] * model[i]
        norm += weight * model[i] * model[i]
    amplitude = max(cross / norm, 0.0) if norm > 0.0 else 0.0
    chi2 = 0.0
    for i in range(len(flux)):
        chi2 += ((flux[i] - amplitude * model[i]) / flux_err[i]) ** 2
    return amplitude, chi2


@njit(error_model="numpy")
def _penalty(log_onset: float) -> float:
    mean, sd = ONSET_PRIOR
    return ((log_onset - mean) / sd) ** 2


@njit(error_model="numpy")
def _best_start(since_peak: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> tuple[float, float]:
    """Index and ln onset of the best node of a coarse grid."""
    onset_step = (ONSET_RANGE[1] - ONSET_RANGE[0]) / (N_ONSETS - 1)
    alpha_step = (ALPHA_RANGE[1] - ALPHA_RANGE[0]) / (N_ALPHAS - 1)
    best = np.inf
    best_alpha = best_onset = 0.0
    for j in range(N_ONSETS):
        log_onset = ONSET_RANGE[0] + j * onset_step
        log_base = np.log1p(since_peak / np.exp(log_onset))
        model = np.exp(ALPHA_RANGE[0] * log_base)
        ratio = np.exp(alpha_step * log_base)
        for k in range(N_ALPHAS):
            cost = _amplitude(flux, flux_err, model)[1] + _penalty(log_onset)
            if cost < best:
                best, best_alpha, best_onset = cost, ALPHA_RANGE[0] + k * alpha_step, log_onset
            model *= ratio
    return best_alpha, best_onset


class Decline(NamedTuple):
    """The visits after a peak: days since it (>= 0), uJy, uJy, shape (n,) each."""

    since_peak: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray


@njit(error_model="numpy")
def _gradient(theta: np.ndarray, data: Decline, g: np.ndarray, F: np.ndarray) -> float:
    """Minus half the chi-squared with prior at (alpha, ln onset), with gradient and Gauss-Newton matrix.

    The free amplitude is projected out of the derivatives (Kaufman 1975).
    """
    alpha, log_onset = theta
    x = data.since_peak / np.exp(log_onset)
    log_base = np.log1p(x)
    model = np.exp(alpha * log_base)
    amplitude, chi2 = _amplitude(data.flux, data.flux_err, model)
    norm = along0 = along1 = 0.0
    for i in range(len(x)):
        m = model[i] / data.flux_err[i]
        norm += m * m
        along0 += m * m * log_base[i]
        along1 -= m * m * alpha * x[i] / (1.0 + x[i])
    mean, sd = ONSET_PRIOR
    g[0], g[1] = 0.0, (mean - log_onset) / sd**2
    F[0, 0], F[0, 1], F[1, 1] = 0.0, 0.0, 1.0 / sd**2
    for i in range(len(x)):
        m = amplitude * model[i] / data.flux_err[i]
        residual = data.flux[i] / data.flux_err[i] - m
        d0 = m * (log_base[i] - along0 / norm)
        d1 = m * (-alpha * x[i] / (1.0 + x[i]) - along1 / norm)
        g[0] += d0 * residual
        g[1] += d1 * residual
        F[0, 0] += d0 * d0
        F[0, 1] += d0 * d1
        F[1, 1] += d1 * d1
    F[1, 0] = F[0, 1]
    return -0.5 * (chi2 + _penalty(log_onset))


_climb = make_climb(_gradient)


class PowerLaw(NamedTuple):
    """Index of the decline, and how well a power law fits."""

    alpha: float
    reduced_chi2: float


@njit(error_model="numpy")
def power_law(since_peak: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> PowerLaw:
    """Fit ``F = A (t - t0)^alpha`` with free A, alpha and onset t0 before the peak.

    The clock of a fallback law starts at the onset, not at the peak. How long
    before the peak that was is fitted too, with a weak log-normal prior
    (`ONSET_PRIOR`) that decides only where the data do not. The optimiser climbs
    from the best node of a coarse grid.

    Parameters
    ----------
    since_peak, flux, flux_err : ndarray, shape (n,)
        Days since the peak (>= 0), uJy, uJy.

    Returns
    -------
    alpha, reduced_chi2 : float
        NaN with fewer than four visits; three numbers are fitted. alpha is NaN too at an
        amplitude of 0 or an edge of `ALPHA_RANGE`, where nothing says what it is.
    """
    if len(flux) < 4:
        return PowerLaw(np.nan, np.nan)
    theta, F = np.empty(2), np.empty((2, 2))
    theta[0], theta[1] = _best_start(since_peak, flux, flux_err)
    low, high = np.array([ALPHA_RANGE[0], ONSET_RANGE[0]]), np.array([ALPHA_RANGE[1], ONSET_RANGE[1]])
    _climb(Decline(since_peak, flux, flux_err), theta, low, high, F, TOLERANCE)
    amplitude, chi2 = _amplitude(flux, flux_err, np.exp(theta[0] * np.log1p(since_peak / np.exp(theta[1]))))
    unknown = amplitude == 0.0 or min(theta[0] - low[0], high[0] - theta[0]) < AT_EDGE
    return PowerLaw(np.nan if unknown else theta[0], chi2 / (len(flux) - 3))


@njit(error_model="numpy")
def _rate_chi2(log_rate: float, since_peak: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> float:
    """Chi-squared of an exponential decline with its best amplitude."""
    return _amplitude(flux, flux_err, np.exp(-np.exp(log_rate) * since_peak))[1]


@njit(error_model="numpy")
def exponential_rate(since_peak: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> float:
    """Rate k of the best ``F = A exp(-k t)`` after the peak, in 1/d.

    The best node of a grid of ln k is refined by golden sections between its neighbours.

    Parameters
    ----------
    since_peak, flux, flux_err : ndarray, shape (n,)
        As in `power_law`.

    Returns
    -------
    float
        NaN with fewer than three visits, and where nothing says what k is: at an amplitude
        of 0, or if an edge of `RATE_RANGE` is as good.
    """
    if len(flux) < 3:
        return np.nan
    step = (RATE_RANGE[1] - RATE_RANGE[0]) / (N_RATES - 1)
    chi2 = np.empty(N_RATES)
    for k in range(N_RATES):
        chi2[k] = _rate_chi2(RATE_RANGE[0] + k * step, since_peak, flux, flux_err)
    node = int(np.argmin(chi2))
    low = RATE_RANGE[0] + max(node - 1, 0) * step
    high = RATE_RANGE[0] + min(node + 1, N_RATES - 1) * step
    for _ in range(N_SECTIONS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        nearer_left = _rate_chi2(left, since_peak, flux, flux_err) < _rate_chi2(right, since_peak, flux, flux_err)
        low, high = (low, right) if nearer_left else (left, high)
    log_rate = 0.5 * (low + high)
    amplitude, best = _amplitude(flux, flux_err, np.exp(-np.exp(log_rate) * since_peak))
    if amplitude == 0.0 or min(chi2[0], chi2[-1]) - best < TELLING:
        return np.nan
    return np.exp(log_rate)
