"""Maximum-likelihood fits of the process in time and wavelength to many objects."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp import separable
from tde.gp.fewest_points import MIN_POINTS
from tde.gp.unit_series import AMPLITUDE_BOX, TIME_BOX, Fits, log_box, no_fits, standardise
from tde.numerics.elementary import exp, log
from tde.numerics.optimise import copy_optimum, make_climb
from tde.numerics.standard_errors import hold_unknown, mark_bounds, standard_errors
from tde.photometry import EFFECTIVE_WAVELENGTH

WAVE_BOX = (1e2, 1e6)
"""Bounds of the wavelength scale in Angstrom: bands independent, and bands all alike."""

BOXES = (AMPLITUDE_BOX, TIME_BOX, WAVE_BOX)

TOLERANCE = 1e-4
"""Increase of the log-likelihood that is not worth another step."""

START_AMPLITUDES = (0.8,)
START_TIMES = (8.0, 25.0, 75.0, 250.0)
START_WAVES = (2000.0, 8000.0)
"""The grid of starts: units of the rms flux, days, Angstrom."""

SECOND_START_DEPTH = 3.0
"""A second local maximum along the time scales is refined if it is so close in log-likelihood."""


_climb = make_climb(separable.gradient)


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
def _fit_one(series: separable.Series, starts: np.ndarray, box: tuple, theta: np.ndarray, F: np.ndarray) -> tuple:
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
            copy_optimum(trial, F_trial, theta, F)
    return best, n_gradients


@njit(cache=True, error_model="numpy")
def _fit_all(offsets: np.ndarray, data: tuple, results: tuple) -> None:
    """Fit all objects and fill the arrays of `Fits`."""
    mjd, slot, flux, flux_err, wavelength = data
    best_value, parameters, log_error, at_bound, n_gradients = results
    low, high = np.empty(len(BOXES)), np.empty(len(BOXES))
    held = np.empty(len(BOXES), np.bool_)
    log_box(BOXES, low, high)
    starts = _grid_of_starts()
    theta, F = np.empty(len(BOXES)), np.empty((len(BOXES), len(BOXES)))
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        if offsets[i + 1] - offsets[i] < MIN_POINTS:
            continue
        gap, y, variance, scale = standardise(mjd[rows], flux[rows], flux_err[rows], 0.0)
        if math.isnan(scale):
            continue
        series = separable.Series(gap, slot[rows].astype(np.int64), y, variance, wavelength[i])
        value, n_gradients[i] = _fit_one(series, starts, (low, high), theta, F)
        if not math.isfinite(value):
            continue
        best_value[i] = value - gap.size * log(scale)
        for p in range(theta.size):
            parameters[i, p] = exp(theta[p]) * (scale if p == 0 else 1.0)
        mark_bounds(theta, low, high, at_bound[i])
        hold_unknown(F, at_bound[i], held)
        standard_errors(F, held, log_error[i])


def fit_objects(
    offsets: np.ndarray,
    mjd: np.ndarray,
    slot: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    wavelength: np.ndarray | None = None,
) -> Fits:
    """Fit the process to all bands of each object.

    Parameters
    ----------
    offsets : ndarray of int, shape (n + 1,)
        Object ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    mjd : ndarray, shape (N,)
        Days, ascending within an object.
    slot : ndarray of int, shape (N,)
        Place of each observation's filter among the six wavelengths of its object.
    flux, flux_err : ndarray, shape (N,)
        Difference fluxes and errors in micro-Jansky.
    wavelength : ndarray, shape (n, 6), optional
        Of each object in Angstrom (`tde.gp.slots`); by default those of LSST's bands.

    Returns
    -------
    Fits
        Amplitude s (micro-Jansky), time scale l_t (days), wavelength scale l_w (Angstrom). NaN
        for objects with fewer than `MIN_POINTS` points, with a flux or error that is not finite,
        with a negative error, or without any flux and error.
    """
    fits = Fits(**no_fits(np.diff(offsets), separable.N_PARAMETERS))
    if wavelength is None:
        wavelength = np.tile(EFFECTIVE_WAVELENGTH, (len(offsets) - 1, 1))
    data = (
        np.ascontiguousarray(mjd, dtype=np.float64),
        np.ascontiguousarray(slot, dtype=np.int8),
        np.ascontiguousarray(flux, dtype=np.float64),
        np.ascontiguousarray(flux_err, dtype=np.float64),
        np.ascontiguousarray(wavelength, dtype=np.float64),
    )
    results = (fits.log_likelihood, fits.parameters, fits.log_error, fits.at_bound, fits.n_gradients)
    _fit_all(np.ascontiguousarray(offsets, dtype=np.int64), data, results)
    return fits
