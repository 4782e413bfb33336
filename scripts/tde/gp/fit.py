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
from tde.numerics.elementary import exp, log
from tde.numerics.optimise import make_climb, peaks_of_grid, solve

MODELS = ("drw", "matern32")

AMPLITUDE_BOX = (1e-3, 1e3)
"""Bounds of the process's standard deviation in units of the series's own scatter."""

TIME_BOX = (1e-2, 1e5)
"""Bounds of the time scale in days."""

WHITE_BOX = (1e-4, 1e2)
"""Bounds of the white noise's standard deviation in units of the series's own scatter."""

BOXES = (AMPLITUDE_BOX, TIME_BOX, WHITE_BOX)

ERROR_FLOOR = 1e-6
"""Least measurement error in units of the series's scatter: double precision ends there."""

LARGEST_LOG_ERROR = 5.0
"""A parameter known to no better than a factor e^5 = 148 counts as undetermined."""

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
class Fits:
    """Fits of ``n`` series.

    Attributes
    ----------
    log_likelihood : ndarray, shape (n,)
        Maximum of the log-likelihood of the fluxes in micro-Jansky; NaN without a fit.
    mean : ndarray, shape (n,)
        Mean in micro-Jansky: profiled out by generalised least squares, or as given.
    parameters : ndarray, shape (n, p)
        Amplitude s (micro-Jansky), time scale (days) and, with white noise, its
        standard deviation w (micro-Jansky).
    log_error : ndarray, shape (n, p)
        Standard errors of the logarithms of the parameters from the Fisher matrix.
    at_bound : ndarray of bool, shape (n, p)
        Parameters that ended on the edge of their box.
    n_points : ndarray of int, shape (n,)
    n_gradients : ndarray of int, shape (n,)
        Gradients evaluated, a measure of the work done.
    """

    log_likelihood: np.ndarray
    mean: np.ndarray
    parameters: np.ndarray
    log_error: np.ndarray
    at_bound: np.ndarray
    n_points: np.ndarray
    n_gradients: np.ndarray

    @property
    def determined(self) -> np.ndarray:
        """Parameters the data say something about, shape (n, p).

        Not on the edge of the box, and with a standard error of the logarithm below
        `LARGEST_LOG_ERROR`.
        """
        return ~self.at_bound & (self.log_error < LARGEST_LOG_ERROR)


@njit(error_model="numpy")
def log_likelihood(model: int, theta: np.ndarray, series: tuple) -> tuple:
    """Log-likelihood and mean of a model, by its index in `MODELS`."""
    if model == 0:
        return drw.log_likelihood(theta, series)
    return matern32.log_likelihood(theta, series)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, data: tuple, g: np.ndarray, F: np.ndarray) -> float:
    """Log-likelihood, gradient and Fisher matrix for the optimiser; ``data`` is (model, series).

    Both models in one function, so that the optimiser is compiled once.
    """
    model, series = data
    if model == 0:
        return drw.gradient(theta, series, g, F)
    return matern32.gradient(theta, series, g, F)


_climb = make_climb(gradient)


@njit(error_model="numpy")
def values_on_grid(
    model: int, amplitudes: np.ndarray, scales: np.ndarray, white: float, series: tuple, out: np.ndarray
) -> None:
    """Log-likelihoods on a grid of a model, by its index in `MODELS`."""
    if model == 0:
        drw.values_on_grid(amplitudes, scales, white, series, out)
    else:
        matern32.values_on_grid(amplitudes, scales, white, series, out)


@njit(error_model="numpy")
def _standardise(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, mean: float) -> tuple:
    """Bring a series to unit scatter.

    Returns
    -------
    gap, y, variance : ndarray
        Time since the previous point, (flux - centre) / scale, (flux_err / scale)^2.
    centre, scale : float
        ``centre`` is the mean to keep, or with NaN as ``mean`` the average flux;
        ``scale`` is the rms about the centre, NaN for a series that cannot be fitted.
    """
    n = mjd.size
    centre = mean
    if math.isnan(mean):
        centre = 0.0
        for k in range(n):
            centre += flux[k] / n
    square = 0.0
    error = 0.0
    usable = True
    for k in range(n):
        square += (flux[k] - centre) * (flux[k] - centre) / n
        error += flux_err[k] / n
        usable = usable and flux_err[k] >= 0.0
    scale = math.sqrt(square)
    if not scale > 1e-9 * error:  # constant flux
        scale = error
    if not (usable and 1e-100 < scale < 1e100):
        scale = math.nan
    gap = np.zeros(n)
    y = np.empty(n)
    variance = np.empty(n)
    for k in range(n):
        if k > 0:
            gap[k] = mjd[k] - mjd[k - 1]
        y[k] = (flux[k] - centre) / scale
        relative_error = max(flux_err[k] / scale, ERROR_FLOOR)
        variance[k] = relative_error * relative_error
    return gap, y, variance, centre, scale


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
def _log_errors(fisher: np.ndarray, at_bound: np.ndarray, errors: np.ndarray) -> None:
    """Square roots of the diagonal of the inverse Fisher matrix; NaN where it is singular."""
    n = errors.size
    free = np.empty(n, np.bool_)
    unit = np.empty(n)
    A = np.empty((n, n))
    x = np.empty(n)
    for i in range(n):
        free[i] = fisher[i, i] > 0.0 and not at_bound[i]
    for i in range(n):
        for j in range(n):
            unit[j] = 1.0 if j == i else 0.0
            for k in range(n):
                A[j, k] = fisher[j, k]
        good = free[i] and solve(A, unit, free, x)
        errors[i] = math.sqrt(x[i]) if good else math.nan


@njit(error_model="numpy")
def _copy(theta: np.ndarray, fisher: np.ndarray, to_theta: np.ndarray, to_fisher: np.ndarray) -> None:
    for i in range(theta.size):
        to_theta[i] = theta[i]
        for j in range(theta.size):
            to_fisher[i, j] = fisher[i, j]


@njit(error_model="numpy")
def _fit_one(model: int, series: tuple, low: np.ndarray, high: np.ndarray, theta: np.ndarray) -> tuple:
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
                _copy(trial, fisher_trial, theta, fisher)
    return best, fisher, n_gradients


@njit(cache=True, error_model="numpy")
def _fit_all(model: int, data: tuple, means: np.ndarray, results: tuple) -> None:
    """Fit all series with one model and fill the arrays of `Fits`."""
    offsets, mjd, flux, flux_err = data
    best_value, mean, parameters, log_error, at_bound, n_gradients = results
    n_parameters = parameters.shape[1]
    low = np.empty(n_parameters)
    high = np.empty(n_parameters)
    for p in range(n_parameters):
        low[p] = log(BOXES[p][0])
        high[p] = log(BOXES[p][1])
    theta = np.empty(n_parameters)
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        if offsets[i + 1] - offsets[i] < MIN_POINTS:
            continue
        gap, y, variance, centre, scale = _standardise(mjd[rows], flux[rows], flux_err[rows], means[i])
        if math.isnan(scale):
            continue
        series = (gap, y, variance, math.isnan(means[i]))
        value, fisher, n_gradients[i] = _fit_one(model, series, low, high, theta)
        if not math.isfinite(value):
            continue
        best_value[i] = value - gap.size * log(scale)
        mean[i] = centre + scale * log_likelihood(model, theta, series)[1]
        for p in range(n_parameters):
            at_bound[i, p] = theta[p] <= low[p] or theta[p] >= high[p]
            parameters[i, p] = exp(theta[p]) * (1.0 if p == 1 else scale)
        _log_errors(fisher, at_bound[i], log_error[i])


def fit_series(
    model: str,
    offsets: np.ndarray,
    mjd: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    white_noise: bool = True,
    mean: np.ndarray | None = None,
) -> Fits:
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
    Fits
        NaN for series with fewer than `MIN_POINTS` points, with a flux or error that is
        not finite, with a negative error, or without any scatter and error.
    """
    n = len(offsets) - 1
    n_parameters = 3 if white_noise else 2
    means = np.full(n, np.nan) if mean is None else np.asarray(mean, dtype=np.float64)
    fits = Fits(
        log_likelihood=np.full(n, np.nan),
        mean=np.full(n, np.nan),
        parameters=np.full((n, n_parameters), np.nan),
        log_error=np.full((n, n_parameters), np.nan),
        at_bound=np.zeros((n, n_parameters), dtype=np.bool_),
        n_points=np.diff(offsets),
        n_gradients=np.zeros(n, dtype=np.int64),
    )
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
