"""Maximum-likelihood fits of the process in time and wavelength to many objects."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from tde.gp import separable
from tde.numerics.elementary import exp, log
from tde.numerics.optimise import make_climb, solve

MIN_POINTS = 5
"""Objects with fewer points are not fitted: there are three parameters."""

AMPLITUDE_BOX = (1e-3, 1e3)
"""Bounds of the amplitude in units of the object's rms flux."""

TIME_BOX = (1e-2, 1e5)
"""Bounds of the time scale in days."""

WAVE_BOX = (1e2, 1e6)
"""Bounds of the wavelength scale in Angstrom: bands independent, and bands all alike."""

BOXES = (AMPLITUDE_BOX, TIME_BOX, WAVE_BOX)

ERROR_FLOOR = 1e-6
"""Least measurement error in units of the object's rms flux: double precision ends there."""

TOLERANCE = 1e-4
"""Increase of the log-likelihood that is not worth another step."""

START_AMPLITUDES = (0.8,)
START_TIMES = (8.0, 25.0, 75.0, 250.0)
START_WAVES = (2000.0, 8000.0)
"""The grid of starts: units of the rms flux, days, Angstrom."""

SECOND_START_DEPTH = 3.0
"""A second local maximum along the time scales is refined if it is so close in log-likelihood."""


@dataclass(frozen=True)
class SeparableFits:
    """Fits of ``n`` objects.

    Attributes
    ----------
    log_likelihood : ndarray, shape (n,)
        Maximum of the log-likelihood of the fluxes in micro-Jansky; NaN without a fit.
    parameters : ndarray, shape (n, 3)
        Amplitude s (micro-Jansky), time scale l_t (days), wavelength scale l_w (Angstrom).
    log_error : ndarray, shape (n, 3)
        Standard errors of the parameters' logarithms from the Fisher matrix.
    at_bound : ndarray of bool, shape (n, 3)
        Parameters that ended on the edge of their box.
    n_points : ndarray of int, shape (n,)
    n_gradients : ndarray of int, shape (n,)
        Gradients evaluated, a measure of the work done.
    """

    log_likelihood: np.ndarray
    parameters: np.ndarray
    log_error: np.ndarray
    at_bound: np.ndarray
    n_points: np.ndarray
    n_gradients: np.ndarray


_climb = make_climb(separable.gradient)


@njit(error_model="numpy")
def _standardise(mjd: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> tuple:
    """Series of unit rms.

    Returns
    -------
    series : tuple
        As in `tde.gp.separable`.
    scale : float
        The rms flux, or the mean error of an object without flux; NaN if the object cannot
        be fitted.
    """
    n = mjd.size
    square = error = 0.0
    usable = True
    for k in range(n):
        square += flux[k] * flux[k] / n
        error += flux_err[k] / n
        usable = usable and flux_err[k] >= 0.0
    scale = math.sqrt(square)
    if not scale > 1e-9 * error:
        scale = error
    if not (usable and 1e-100 < scale < 1e100):
        scale = math.nan
    gap, y, variance = np.zeros(n), np.empty(n), np.empty(n)
    own_band = np.empty(n, np.int64)
    for k in range(n):
        if k > 0:
            gap[k] = mjd[k] - mjd[k - 1]
        y[k] = flux[k] / scale
        relative_error = max(flux_err[k] / scale, ERROR_FLOOR)
        variance[k] = relative_error * relative_error
        own_band[k] = band[k]
    return (gap, own_band, y, variance), scale


@njit(error_model="numpy")
def _grid_of_starts() -> np.ndarray:
    """Parameters of all starts, shape (3, n), the time scales running slowest."""
    per_time = len(START_AMPLITUDES) * len(START_WAVES)
    starts = np.empty((3, len(START_TIMES) * per_time))
    for q in range(starts.shape[1]):
        starts[0, q] = log(START_AMPLITUDES[q % len(START_AMPLITUDES)])
        starts[1, q] = log(START_TIMES[q // per_time])
        starts[2, q] = log(START_WAVES[q % per_time // len(START_AMPLITUDES)])
    return starts


@njit(error_model="numpy")
def _best_starts(values: np.ndarray, chosen: np.ndarray) -> int:
    """Indices of the highest start, and of the best one at another local maximum in time scale.

    Returns
    -------
    int
        How many of the two there are.
    """
    n_times = len(START_TIMES)
    per_time = values.size // n_times
    best = np.empty(n_times, np.int64)
    for t in range(n_times):
        best[t] = t * per_time
        for q in range(t * per_time, (t + 1) * per_time):
            if values[q] > values[best[t]]:
                best[t] = q
    first = 0
    for t in range(n_times):
        if values[best[t]] > values[best[first]]:
            first = t
    chosen[0] = best[first]
    found = 1
    for t in range(n_times):
        below = t > 0 and values[best[t - 1]] >= values[best[t]]
        above = t < n_times - 1 and values[best[t + 1]] >= values[best[t]]
        near = values[best[t]] > values[best[first]] - SECOND_START_DEPTH
        if t != first and near and not (below or above) and (found == 1 or values[best[t]] > values[chosen[1]]):
            chosen[1] = best[t]
            found = 2
    return found


@njit(error_model="numpy")
def _fit_one(series: tuple, starts: np.ndarray, box: tuple, theta: np.ndarray, F: np.ndarray) -> tuple:
    """Fit one series of unit rms; leaves the parameters in ``theta``, their Fisher matrix in ``F``.

    Returns
    -------
    value : float
        Log-likelihood.
    n_gradients : int
    """
    values = np.empty(starts.shape[1])
    separable.log_likelihoods(starts, series, values)
    chosen = np.empty(2, np.int64)
    trial, F_trial = np.empty(theta.size), np.empty(F.shape)
    best = -math.inf
    n_gradients = 0
    for q in range(_best_starts(values, chosen)):
        for p in range(theta.size):
            trial[p] = starts[p, chosen[q]]
        value, n = _climb(series, trial, box[0], box[1], F_trial, TOLERANCE)
        n_gradients += n
        if value > best:
            best = value
            for i in range(theta.size):
                theta[i] = trial[i]
                for j in range(theta.size):
                    F[i, j] = F_trial[i, j]
    return best, n_gradients


@njit(error_model="numpy")
def _log_errors(F: np.ndarray, at_bound: np.ndarray, errors: np.ndarray) -> None:
    """Square roots of the diagonal of the inverse Fisher matrix of the parameters off their bounds."""
    n = errors.size
    unit, x, A = np.empty(n), np.empty(n), np.empty((n, n))
    free = np.empty(n, np.bool_)
    for i in range(n):
        free[i] = F[i, i] > 0.0 and not at_bound[i]
    for i in range(n):
        for j in range(n):
            unit[j] = 1.0 if i == j else 0.0
            for k in range(n):
                A[j, k] = F[j, k]
        errors[i] = math.sqrt(x[i]) if free[i] and solve(A, unit, free, x) else math.nan


@njit(cache=True, error_model="numpy")
def _fit_all(offsets: np.ndarray, data: tuple, results: tuple) -> None:
    """Fit all objects and fill the arrays of `SeparableFits`."""
    mjd, band, flux, flux_err = data
    best_value, parameters, log_error, at_bound, n_gradients = results
    low, high = np.empty(len(BOXES)), np.empty(len(BOXES))
    for p in range(len(BOXES)):
        low[p] = log(BOXES[p][0])
        high[p] = log(BOXES[p][1])
    starts = _grid_of_starts()
    theta, F = np.empty(len(BOXES)), np.empty((len(BOXES), len(BOXES)))
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        if offsets[i + 1] - offsets[i] < MIN_POINTS:
            continue
        series, scale = _standardise(mjd[rows], band[rows], flux[rows], flux_err[rows])
        if math.isnan(scale):
            continue
        value, n_gradients[i] = _fit_one(series, starts, (low, high), theta, F)
        if not math.isfinite(value):
            continue
        best_value[i] = value - series[0].size * log(scale)
        for p in range(theta.size):
            at_bound[i, p] = theta[p] <= low[p] or theta[p] >= high[p]
            parameters[i, p] = exp(theta[p]) * (scale if p == 0 else 1.0)
        _log_errors(F, at_bound[i], log_error[i])


def fit_objects(
    offsets: np.ndarray, mjd: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray
) -> SeparableFits:
    """Fit the process to all bands of each object.

    Parameters
    ----------
    offsets : ndarray of int, shape (n + 1,)
        Object ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    mjd : ndarray, shape (N,)
        Days, ascending within an object.
    band : ndarray of int, shape (N,)
        Index into `tde.photometry.BANDS`.
    flux, flux_err : ndarray, shape (N,)
        Difference fluxes and errors in micro-Jansky.

    Returns
    -------
    SeparableFits
        NaN for objects with fewer than `MIN_POINTS` points, with a flux or error that is
        not finite, with a negative error, or without any flux and error.
    """
    n = len(offsets) - 1
    shape = (n, separable.N_PARAMETERS)
    fits = SeparableFits(
        log_likelihood=np.full(n, np.nan),
        parameters=np.full(shape, np.nan),
        log_error=np.full(shape, np.nan),
        at_bound=np.zeros(shape, dtype=np.bool_),
        n_points=np.diff(offsets),
        n_gradients=np.zeros(n, dtype=np.int64),
    )
    data = (
        np.ascontiguousarray(mjd, dtype=np.float64),
        np.ascontiguousarray(band, dtype=np.int8),
        np.ascontiguousarray(flux, dtype=np.float64),
        np.ascontiguousarray(flux_err, dtype=np.float64),
    )
    results = (fits.log_likelihood, fits.parameters, fits.log_error, fits.at_bound, fits.n_gradients)
    _fit_all(np.ascontiguousarray(offsets, dtype=np.int64), data, results)
    return fits
