"""Maximum-likelihood fits of many series with one of the state-space models.

A series is any list of (mjd, flux, flux_err) sorted by time: one band of one object,
or several bands merged. Many series are held as flat arrays with offsets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from tde.gp import drw, matern32
from tde.gp.fewest_points import MIN_POINTS
from tde.gp.unit_series import AMPLITUDE_BOX, TIME_BOX, Fits, log_box, no_fits, standardise
from tde.numerics.elementary import exp, log
from tde.numerics.optimise import copy_optimum, make_climb, peaks_of_grid
from tde.numerics.standard_errors import hold_unknown, mark_bounds, standard_errors

MODELS = ("drw", "matern32")

WHITE_BOX = (1e-4, 1e2)
"""Bounds of the white noise's standard deviation in units of the series's own scatter."""

BOXES = (AMPLITUDE_BOX, TIME_BOX, WHITE_BOX)

TOLERANCE = 1e-5
"""Increase of the log-likelihood that is not worth another step."""

START_AMPLITUDES = np.array([0.3, 0.6, 1.2, 3.0])
"""Amplitudes of the grid of starts in units of the series's scatter."""

MAX_PEAKS = 3
PEAK_DEPTH = 2.0
"""At most so many local maxima of the grid, so close to the highest in log-likelihood, are refined."""

N_START_SCALES = (12, 16)
"""For each of `MODELS`, time scales of the grid of starts, geometric from one day to twice the span."""


@dataclass(frozen=True)
class SeriesFits(Fits):
    """Fits of ``n`` series with one of `MODELS`.

    The parameters are the amplitude s (micro-Jansky), the time scale (days) and, with white noise,
    its standard deviation w (micro-Jansky).

    Attributes
    ----------
    mean : ndarray, shape (n,)
        Mean in micro-Jansky: profiled out by generalised least squares, or as given.
    """

    mean: np.ndarray


@njit(error_model="numpy")
def log_likelihood(model: int, theta: np.ndarray, series: drw.Series) -> drw.Likelihood:
    """Log-likelihood and mean of a model, by its index in `MODELS`.

    Parameters
    ----------
    model : int
    theta : ndarray, shape (2,) or (3,)
    series : Series
    """
    if model == 0:
        return drw.log_likelihood(theta, series)
    return matern32.log_likelihood(theta, series)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, data: tuple[int, drw.Series], g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood, gradient and Fisher matrix for the optimiser; ``data`` is (model, series).

    Both models in one function, so that the optimiser is compiled once.

    Parameters
    ----------
    theta : ndarray, shape (n,)
    data : tuple of int and Series
    g : ndarray, shape (n,)
    F : ndarray, shape (n, n)
    """
    model, series = data
    if model == 0:
        return drw.gradient(theta, series, g, F)
    return matern32.gradient(theta, series, g, F)


_climb = make_climb(gradient)


@njit(error_model="numpy")
def values_on_grid(
    model: int, amplitudes: np.ndarray, scales: np.ndarray, white: float, series: drw.Series, out: np.ndarray
) -> None:
    """Log-likelihoods on a grid of a model, by its index in `MODELS`.

    Parameters
    ----------
    model : int
    amplitudes, scales, white, series, out
        As in `tde.gp.drw.values_on_grid`.
    """
    if model == 0:
        drw.values_on_grid(amplitudes, scales, white, series, out)
    else:
        matern32.values_on_grid(amplitudes, scales, white, series, out)


@njit(error_model="numpy")
def _centre(flux: np.ndarray, mean: float) -> float:
    """The mean to keep, or with NaN the average flux."""
    if not math.isnan(mean):
        return mean
    centre = 0.0
    for k in range(flux.size):
        centre += flux[k] / flux.size
    return centre


@njit(error_model="numpy")
def _white_starts(variance: np.ndarray, white_noise: bool) -> np.ndarray:
    """Starts of the white noise for a series of unit scatter.

    Its likelihood often has two maxima: next to nothing beside the measurement
    errors, and most of the scatter.
    """
    if not white_noise:
        return np.zeros(1)
    error = 0.0
    for k in range(variance.size):
        error += math.sqrt(variance[k]) / variance.size
    starts = np.empty(2)
    starts[0] = 0.15 * error
    starts[1] = min(max(0.6, 0.3 * error), 0.9)
    for i in range(2):
        starts[i] = min(max(starts[i], WHITE_BOX[0]), WHITE_BOX[1])
    return starts


@njit(error_model="numpy")
def _start_scales(gap: np.ndarray, n_scales: int) -> np.ndarray:
    """Time scales of the grid: geometric from one day to twice the span."""
    span = 0.0
    for k in range(gap.size):
        span += gap[k]
    ratio = max(log(2.0 * max(span, 1.0)), 1e-3) / (n_scales - 1)
    scales = np.empty(n_scales)
    for j in range(n_scales):
        scales[j] = exp(ratio * j)
    return scales


@njit(error_model="numpy")
def _fit_one(model: int, series: drw.Series, low: np.ndarray, high: np.ndarray, theta: np.ndarray) -> tuple:
    """Fit one series of unit scatter; ``theta`` is filled with the best parameters.

    The highest local maxima of the grid are refined, for each start of the white noise.

    Returns
    -------
    value : float
        Log-likelihood.
    fisher : ndarray
        Fisher matrix.
    n_gradients : int
    """
    gap, _, variance, _ = series
    white_noise = theta.size == 3
    amplitudes = START_AMPLITUDES
    scales = _start_scales(gap, N_START_SCALES[model])
    values = np.empty(amplitudes.size * scales.size)
    best = -math.inf
    n_gradients = 0
    trial = np.empty(theta.size)
    fisher = np.empty((theta.size, theta.size))
    fisher_trial = np.empty((theta.size, theta.size))
    whites = _white_starts(variance, white_noise)
    peaks = np.empty(MAX_PEAKS, np.int64)
    for i in range(whites.size):
        values_on_grid(model, amplitudes, scales, whites[i], series, values)
        for k in range(peaks_of_grid(values, scales.size, PEAK_DEPTH, peaks)):
            trial[0] = log(amplitudes[peaks[k] // scales.size])
            trial[1] = log(scales[peaks[k] % scales.size])
            if white_noise:
                trial[2] = log(whites[i])
            value, n = _climb((model, series), trial, low, high, fisher_trial, TOLERANCE)
            n_gradients += n
            if value > best:
                best = value
                copy_optimum(trial, fisher_trial, theta, fisher)
    return best, fisher, n_gradients


@njit(cache=True, error_model="numpy")
def _fit_all(model: int, data: tuple, means: np.ndarray, results: tuple) -> None:
    """Fit all series with one model and fill the arrays of `SeriesFits`."""
    offsets, mjd, flux, flux_err = data
    best_value, mean, parameters, log_error, at_bound, n_gradients = results
    n_parameters = parameters.shape[1]
    low, high, theta = np.empty(n_parameters), np.empty(n_parameters), np.empty(n_parameters)
    held = np.empty(n_parameters, np.bool_)
    log_box(BOXES, low, high)
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        if offsets[i + 1] - offsets[i] < MIN_POINTS:
            continue
        centre = _centre(flux[rows], means[i])
        gap, y, variance, scale = standardise(mjd[rows], flux[rows], flux_err[rows], centre)
        if math.isnan(scale):
            continue
        series = drw.Series(gap, y, variance, math.isnan(means[i]))
        value, fisher, n_gradients[i] = _fit_one(model, series, low, high, theta)
        if not math.isfinite(value):
            continue
        best_value[i] = value - gap.size * log(scale)
        mean[i] = centre + scale * log_likelihood(model, theta, series).mean
        for p in range(n_parameters):
            parameters[i, p] = exp(theta[p]) * (1.0 if p == 1 else scale)
        mark_bounds(theta, low, high, at_bound[i])
        hold_unknown(fisher, at_bound[i], held)
        standard_errors(fisher, held, log_error[i])


def fit_series(
    model: str,
    offsets: np.ndarray,
    mjd: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    white_noise: bool = True,
    mean: np.ndarray | None = None,
) -> SeriesFits:
    """Fit one model to many series.

    Parameters
    ----------
    model : str
        One of `MODELS`.
    offsets : ndarray of int, shape (n + 1,)
        Series ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    mjd, flux, flux_err : ndarray, shape (N,)
        Times in days, ascending within a series; fluxes and errors in micro-Jansky.
    white_noise : bool
        Whether the model has white noise beside the measurement errors.
    mean : ndarray, shape (n,), optional
        Means to keep fixed; NaN profiles a series's mean out. None: all profiled out.

    Returns
    -------
    SeriesFits
        NaN for series with fewer than `MIN_POINTS` points, with a flux or error that is
        not finite, with a negative error, or without any scatter and error.
    """
    n = len(offsets) - 1
    n_parameters = 3 if white_noise else 2
    means = np.full(n, np.nan) if mean is None else np.asarray(mean, dtype=np.float64)
    fits = SeriesFits(mean=np.full(n, np.nan), **no_fits(np.diff(offsets), n_parameters))
    data = (
        np.ascontiguousarray(offsets, dtype=np.int64),
        *(np.ascontiguousarray(column, dtype=np.float64) for column in (mjd, flux, flux_err)),
    )
    results = (
        fits.log_likelihood,
        fits.mean,
        fits.parameters,
        fits.log_error,
        fits.at_bound,
        fits.n_gradients,
    )
    _fit_all(MODELS.index(model), data, means, results)
    return fits
