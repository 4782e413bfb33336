"""Radial Matern-3/2 process over time and wavelength, by dense Cholesky factorisation.

Covariance of two fluxes at distance r in the plane of time and wavelength

    k = s^2 (1 + sqrt(3) r) exp(-sqrt(3) r),  r^2 = (dt / l_t)^2 + (dlambda / l_w)^2,

plus the measurement errors (Boone 2019, AJ 158, 257, sec. 3; Rasmussen & Williams 2006,
eq. 4.17). Time and wavelength do not separate in it, so there is no state-space form: one
likelihood costs O(N^3). It is here to compare with public light-curve classifiers, which
use this covariance with scikit-learn or george; `tde.gp.separable` fits nearly the same curves
in O(N).

The mean is zero: difference fluxes count from the template. Parameters are the logarithms
theta = (log s, log l_t, log l_w), in micro-Jansky, days and Angstrom.

LAPACK rounds differently on different processors; the last digits of a fit are those of
the machine. The number of threads makes no difference: LAPACK gets one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp.fewest_points import MIN_POINTS
from tde.numerics.elementary import LOG_2PI, exp, log, log_each
from tde.photometry import EFFECTIVE_WAVELENGTH

N_PARAMETERS = 3

AMPLITUDE_BOX = (1e-3, 1e3)
"""Bounds of s in units of the object's root mean square flux."""

TIME_BOX = (1e-2, 1e5)
"""Bounds of l_t in days."""

WAVELENGTH_BOX = (1e2, 1e6)
"""Bounds of l_w in Angstrom."""

ERROR_FLOOR = 1e-5
"""Least measurement error in units of the root mean square flux: below, K is numerically singular."""

START_TIMES = (8.0, 30.0, 120.0)
START_WAVELENGTH = 6000.0
"""Starts, judged by their likelihoods: days, and Angstrom as Boone (2019) has it."""

GRADIENT_TOLERANCE = 1e-3
VALUE_TOLERANCE = 1e-10
"""L-BFGS-B stops at such a gradient, or at such a relative change of the log-likelihood."""

_NO_LIKELIHOOD = 1e25
"""What the minimiser is told where the covariance is numerically singular; infinity stops it."""


@dataclass(frozen=True)
class RadialFits:
    """Fits of ``n`` objects.

    Attributes
    ----------
    log_likelihood : ndarray, shape (n,)
        Maximum of the log-likelihood of the fluxes in micro-Jansky; NaN without a fit.
    parameters : ndarray, shape (n, 3)
        Standard deviation s (micro-Jansky), time scale l_t (days) and wavelength scale
        l_w (Angstrom).
    determined : ndarray of bool, shape (n, 3)
        Parameters inside their box. A time scale needs two times, a wavelength scale two bands.
    n_points : ndarray of int, shape (n,)
    n_likelihoods : ndarray of int, shape (n,)
        Factorisations of the covariance, a measure of the work done.
    """

    log_likelihood: np.ndarray
    parameters: np.ndarray
    determined: np.ndarray
    n_points: np.ndarray
    n_likelihoods: np.ndarray


@njit(cache=True, error_model="numpy")
def _fill_covariance(
    theta: np.ndarray, mjd: np.ndarray, wavelength: np.ndarray, variance: np.ndarray, K: np.ndarray, E: np.ndarray
) -> None:
    """Lower triangles of the covariance K of the fluxes and of E = s^2 exp(-sqrt(3) r)."""
    s2 = exp(2.0 * theta[0])
    per_day = math.sqrt(3.0) * exp(-theta[1])
    per_angstrom = math.sqrt(3.0) * exp(-theta[2])
    for i in range(mjd.size):
        for j in range(i):
            a = (mjd[i] - mjd[j]) * per_day
            b = (wavelength[i] - wavelength[j]) * per_angstrom
            r = math.sqrt(a * a + b * b)
            E[i, j] = s2 * exp(-r)
            K[i, j] = (1.0 + r) * E[i, j]
        E[i, i] = s2
        K[i, i] = s2 + variance[i]


@njit(cache=True, error_model="numpy")
def _fill_gradient(
    theta: np.ndarray, series: tuple, alpha: np.ndarray, inverse: np.ndarray, E: np.ndarray, g: np.ndarray
) -> None:
    """Gradient of the log-likelihood, tr((alpha alpha^T - K^-1) dK) / 2.

    With dK / dlog s = 2 (K - variance), dK / dlog l_t = 3 (dt / l_t)^2 E, and likewise l_w.

    Parameters
    ----------
    theta : ndarray, shape (3,)
    series : tuple
        (mjd, wavelength, flux, variance).
    alpha : ndarray, shape (n,)
        K^-1 flux.
    inverse : ndarray, shape (n, n)
        Lower triangle of K^-1.
    E : ndarray, shape (n, n)
        As `_fill_covariance` leaves it.
    g : ndarray, shape (3,)
        Filled.
    """
    mjd, wavelength, flux, variance = series
    time = wave = 0.0
    amplitude = -1.0 * mjd.size
    for i in range(mjd.size):
        amplitude += alpha[i] * flux[i] + variance[i] * (inverse[i, i] - alpha[i] * alpha[i])
        for j in range(i):
            weight = (alpha[i] * alpha[j] - inverse[i, j]) * E[i, j]
            dt = mjd[i] - mjd[j]
            dw = wavelength[i] - wavelength[j]
            time += weight * dt * dt
            wave += weight * dw * dw
    g[0] = amplitude
    g[1] = 3.0 * exp(-2.0 * theta[1]) * time
    g[2] = 3.0 * exp(-2.0 * theta[2]) * wave


class _Likelihood:
    """Log-likelihood of one object, with its matrices and a count of the calls."""

    def __init__(self, mjd: np.ndarray, wavelength: np.ndarray, flux: np.ndarray, variance: np.ndarray) -> None:
        from scipy.linalg import lapack

        self._lapack = lapack
        self.series = (mjd, wavelength, flux, variance)
        self.K = np.empty((mjd.size, mjd.size))
        self.E = np.empty((mjd.size, mjd.size))
        self.n_calls = 0

    def value(self, theta: np.ndarray, gradient: np.ndarray | None = None) -> float:
        """Log-likelihood; -inf where the covariance is numerically singular.

        ``gradient``, if given, is filled.
        """
        self.n_calls += 1
        mjd, wavelength, flux, variance = self.series
        _fill_covariance(theta, mjd, wavelength, variance, self.K, self.E)
        # LAPACK counts columns first: our lower triangle is the upper one of the transpose.
        factor, failed = self._lapack.dpotrf(self.K.T, lower=0, clean=0, overwrite_a=1)
        if failed:
            return -math.inf
        alpha, _ = self._lapack.dpotrs(factor, flux, lower=0)
        log_det = 2.0 * log_each(np.diagonal(factor)).sum()
        value = -0.5 * (float((flux * alpha).sum()) + log_det + flux.size * LOG_2PI)
        if gradient is not None:
            inverse, _ = self._lapack.dpotri(factor, lower=0, overwrite_c=1)
            _fill_gradient(theta, self.series, alpha, inverse.T, self.E, gradient)
        return value if math.isfinite(value) else -math.inf


class ValueAndGradient(NamedTuple):
    """Log-likelihood, and its gradient with respect to theta."""

    value: float
    gradient: np.ndarray


def log_likelihood(
    theta: np.ndarray, mjd: np.ndarray, wavelength: np.ndarray, flux: np.ndarray, flux_err: np.ndarray
) -> ValueAndGradient:
    """Log-likelihood of the fluxes of one object and its gradient.

    Parameters
    ----------
    theta : ndarray, shape (3,)
        (log s, log l_t, log l_w).
    mjd, wavelength, flux, flux_err : ndarray, shape (n,)
        Days, Angstrom, micro-Jansky.

    Returns
    -------
    value : float
        -inf where the covariance is numerically singular.
    gradient : ndarray, shape (3,)
        With respect to theta; NaN with a value of -inf.
    """
    from threadpoolctl import threadpool_limits

    series = (np.ascontiguousarray(column, dtype=np.float64) for column in (mjd, wavelength, flux, flux_err**2))
    gradient = np.full(N_PARAMETERS, np.nan)
    with threadpool_limits(1, user_api="blas"):
        value = _Likelihood(*series).value(np.asarray(theta, dtype=np.float64), gradient)
    return ValueAndGradient(value, gradient)


def _best_start(likelihood: _Likelihood) -> tuple[np.ndarray, float]:
    """The most likely of the starts, for fluxes of unit root mean square."""
    starts = [np.array([0.0, log(days), log(START_WAVELENGTH)]) for days in START_TIMES]
    values = [likelihood.value(theta) for theta in starts]
    best = int(np.argmax(values))
    return starts[best], values[best]


def _fit_one(likelihood: _Likelihood, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """Best parameters and log-likelihood of one object of unit root mean square flux."""
    from scipy.optimize import minimize

    best_theta, best_value = _best_start(likelihood)
    gradient = np.empty(N_PARAMETERS)

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal best_theta, best_value
        value = likelihood.value(theta, gradient)
        if not math.isfinite(value):
            return _NO_LIKELIHOOD, np.zeros(N_PARAMETERS)
        if value > best_value:
            best_theta, best_value = theta.copy(), value
        return -value, -gradient

    minimize(
        objective,
        best_theta,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"gtol": GRADIENT_TOLERANCE, "ftol": VALUE_TOLERANCE},
    )
    return best_theta, best_value


def fit_objects(
    offsets: np.ndarray,
    mjd: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    wavelengths: np.ndarray = EFFECTIVE_WAVELENGTH,
) -> RadialFits:
    """Fit the process to all bands of each object at once.

    Parameters
    ----------
    offsets : ndarray of int, shape (n + 1,)
        Object ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    mjd, band, flux, flux_err : ndarray, shape (N,)
        Times in days, codes of the filters, fluxes and errors in micro-Jansky. Fluxes count from a
        mean of zero; subtract another one beforehand.
    wavelengths : ndarray, shape (m,)
        By code, in Angstrom.

    Returns
    -------
    RadialFits
        NaN for objects with fewer than `MIN_POINTS` points, with a flux or error that is
        not finite, with a negative error, or with no flux other than zero.
    """
    from threadpoolctl import threadpool_limits

    n = len(offsets) - 1
    fits = RadialFits(
        log_likelihood=np.full(n, np.nan),
        parameters=np.full((n, N_PARAMETERS), np.nan),
        determined=np.zeros((n, N_PARAMETERS), dtype=np.bool_),
        n_points=np.diff(offsets),
        n_likelihoods=np.zeros(n, dtype=np.int64),
    )
    low, high = (np.array([log(box[k]) for box in (AMPLITUDE_BOX, TIME_BOX, WAVELENGTH_BOX)]) for k in (0, 1))
    with threadpool_limits(1, user_api="blas"):
        for i in range(n):
            rows = slice(int(offsets[i]), int(offsets[i + 1]))
            y, variance, scale = _standardise(flux[rows], flux_err[rows])
            if not scale > 0.0:
                continue
            wavelength = wavelengths[band[rows]]
            likelihood = _Likelihood(np.ascontiguousarray(mjd[rows]), wavelength, y, variance)
            theta, value = _fit_one(likelihood, np.column_stack([low, high]))
            fits.n_likelihoods[i] = likelihood.n_calls
            if not math.isfinite(value):
                continue
            fits.log_likelihood[i] = value - y.size * log(scale)
            fits.parameters[i] = scale * exp(theta[0]), exp(theta[1]), exp(theta[2])
            fits.determined[i] = (low < theta) & (theta < high)
            fits.determined[i, 1] &= np.ptp(mjd[rows]) > 0.0
            fits.determined[i, 2] &= np.ptp(band[rows]) > 0
    return fits


def error_floor(flux: np.ndarray) -> float:
    """Least error the fit gives the fluxes of an object, in micro-Jansky."""
    return ERROR_FLOOR * math.sqrt(float((flux * flux).sum()) / flux.size)


def _standardise(flux: np.ndarray, flux_err: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Fluxes and variances in units of the root mean square flux, and that; NaN if it cannot be fitted."""
    scale = error_floor(flux) / ERROR_FLOOR if flux.size >= MIN_POINTS else math.nan
    if not (1e-100 < scale < 1e100 and np.isfinite(flux_err).all() and (flux_err >= 0.0).all()):
        return flux, flux_err, math.nan
    return flux / scale, np.maximum(flux_err / scale, ERROR_FLOOR) ** 2, scale
