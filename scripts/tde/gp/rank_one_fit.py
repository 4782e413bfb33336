"""Fits of the rank-one process to whole objects: four models of the colours and of F.

Each object is fitted at the maximum of its posterior with

- constant colours, F a Matern-3/2 process. Its smoothed F gives the peak;
- constant colours, F a damped random walk;
- evolving colours, F a Matern-3/2 process, with phases from that peak;
- colours that evolve inside the window of the MALLORN simulation, -50..150 rest-frame days from
  the peak, and are equal outside of it (Magill et al. 2025, arXiv:2512.04946). Only this
  model knows about the simulation.

Fluxes are brought to unit rms first, so that the fits do not depend on the unit of flux.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp import rank_one
from tde.gp.elementary import LOG_2PI, log
from tde.gp.fit import ERROR_FLOOR, MIN_POINTS, TOLERANCE
from tde.gp.optimise import make_climb, peaks_of_grid
from tde.gp.rank_one_colours import (
    COLOUR_BANDS,
    N_CONSTANT,
    N_EVOLVING,
    REFERENCE,
    box,
    constant_design,
    evolving_design,
    gradient,
    log_posterior,
    phase_term,
    priors,
)
from tde.photometry import BANDS

_PROCESS = ("log_s", "log_length_scale")
_COLOURS = tuple(f"colour_{band}" for band in COLOUR_BANDS)
_SLOPES = tuple(f"slope_{band}" for band in COLOUR_BANDS)
PARAMETERS = (
    "log_likelihood",
    "log_posterior",
    "log_posterior_drw",
    "log_posterior_evolving",
    "log_posterior_window",
    "log_likelihood_noise",
    *_PROCESS,
    *(f"log_{name}" for name in _COLOURS),
    "drw_log_s",
    "drw_log_time_scale",
    *(f"evolving_{name}" for name in (*_PROCESS, *_COLOURS, *_SLOPES)),
    *(f"window_{name}" for name in (*_PROCESS, *_COLOURS, *_SLOPES)),
    "peak_mjd",
    "peak_flux",
    "peak_flux_err",
)
"""What `fit_objects` finds out about an object. Logarithms are natural, fluxes in micro-Jansky, times
in days of the observer's frame; ``colour`` is log c_b, ``slope`` its change in 50 rest-frame days,
``log_likelihood_noise`` that of no flux at all."""

_CONSTANT_AT = PARAMETERS.index("log_s")
_DRW_AT = PARAMETERS.index("drw_log_s")
_EVOLVING_AT = PARAMETERS.index("evolving_log_s")
_WINDOW_AT = PARAMETERS.index("window_log_s")
_PEAK_AT = PARAMETERS.index("peak_mjd")

START_AMPLITUDES = np.array([0.5, 1.5, 5.0])
"""Amplitudes of the grid of starts in units of the rms flux."""

START_SCALES = np.array([6.0, 12.0, 25.0, 50.0, 100.0, 200.0, 400.0])
"""Time scales of the grid of starts in days."""

MAX_PEAKS = 2
PEAK_DEPTH = 6.0
"""At most so many local maxima of the grid, so close to the highest in log-posterior, are refined."""

WINDOW = (-50.0, 150.0)
"""Rest-frame days from the peak between which the simulation has colours."""

N_COARSE = 257
FINE_REACH = 96.0
FINE_STEP = 1.5
"""The grid of F: so many uniform steps over the object's span, and finer ones (days) around the peak."""

MAX_GRID = N_COARSE + 2 * int(FINE_REACH / FINE_STEP) + 1

_climb = make_climb(gradient)


@njit(error_model="numpy")
def _standardise(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> tuple:
    """Series of unit rms flux, and that rms (the mean error if there is no flux); NaN if it is unusable."""
    square = error = 0.0
    for k in range(flux.size):
        square += flux[k] * flux[k] / flux.size
        error += flux_err[k] / flux.size
    scale = math.sqrt(square)
    if not scale > 1e-9 * error:
        scale = error
    if not 1e-100 < scale < 1e100:
        scale = math.nan
    gap, y, variance = np.zeros(flux.size), np.empty(flux.size), np.empty(flux.size)
    for k in range(flux.size):
        if k > 0:
            gap[k] = mjd[k] - mjd[k - 1]
        y[k] = flux[k] / scale
        relative_error = max(flux_err[k] / scale, ERROR_FLOOR)
        variance[k] = relative_error * relative_error
    return gap, y, variance, scale


@njit(error_model="numpy")
def _noise_log_likelihood(series: tuple) -> float:
    """Log-likelihood without any flux, F = 0."""
    _, y, variance = series
    total = 0.0
    for k in range(y.size):
        total -= 0.5 * (y[k] * y[k] / variance[k] + log(variance[k]) + LOG_2PI)
    return total


@njit(error_model="numpy")
def start_colours(band: np.ndarray, series: tuple, theta: np.ndarray) -> None:
    """Colours to start from: ratios of the bands' rms fluxes, cleared of noise, drawn half way to 0."""
    _, y, variance = series
    power, noise, count = np.zeros(len(BANDS)), np.zeros(len(BANDS)), np.zeros(len(BANDS))
    for k in range(y.size):
        power[band[k]] += y[k] * y[k]
        noise[band[k]] += variance[k]
        count[band[k]] += 1.0
    for b in range(len(BANDS)):
        if count[b] > 0.0:
            power[b] = max(power[b] - noise[b], noise[b] * math.sqrt(2.0 / count[b])) / count[b]
    for b in range(len(BANDS)):
        if b != REFERENCE:
            j = rank_one.N_PROCESS + b - (b > REFERENCE)
            known = power[b] > 0.0 and power[REFERENCE] > 0.0
            theta[j] = min(max(0.25 * log(power[b] / power[REFERENCE]), -1.0), 1.0) if known else 0.0


@njit(error_model="numpy")
def _refine_starts(data: tuple, theta: np.ndarray, max_peaks: int) -> float:
    """Grid over amplitude and time scale at the colours in ``theta``; climb from its highest maxima.

    Leaves the best parameters in ``theta``; returns their log-posterior.
    """
    n = theta.size
    low, high = box(n)
    values = np.empty(START_AMPLITUDES.size * START_SCALES.size)
    trial = theta.copy()
    start = theta.copy()
    for k in range(values.size):
        trial[0] = log(START_AMPLITUDES[k // START_SCALES.size])
        trial[1] = log(START_SCALES[k % START_SCALES.size])
        values[k] = log_posterior(trial, data)
    peaks = np.empty(max_peaks, np.int64)
    F = np.empty((n, n))
    best = -math.inf
    for p in range(peaks_of_grid(values, START_SCALES.size, PEAK_DEPTH, peaks)):
        trial[:] = start
        trial[0] = log(START_AMPLITUDES[peaks[p] // START_SCALES.size])
        trial[1] = log(START_SCALES[peaks[p] % START_SCALES.size])
        value, _ = _climb(data, trial, low, high, F, TOLERANCE)
        if value > best:
            best = value
            theta[:] = trial
    return best


@njit(error_model="numpy")
def _fit_evolving(design: np.ndarray, start: np.ndarray, series: tuple, theta: np.ndarray) -> float:
    """Fit evolving colours from a start without slopes; fills ``theta``, returns the log-posterior."""
    theta[: start.size] = start
    theta[start.size :] = 0.0
    low, high = box(theta.size)
    F = np.empty((theta.size, theta.size))
    data = (rank_one.MATERN32, design, priors(theta.size), np.empty(series[0].size), series)
    return _climb(data, theta, low, high, F, TOLERANCE)[0]


@njit(error_model="numpy")
def smooth_at(
    theta: np.ndarray, colour: np.ndarray, mjd: np.ndarray, y: np.ndarray, variance: np.ndarray, times: np.ndarray
) -> tuple:
    """Posterior of F at the observations and at other times.

    Parameters
    ----------
    theta : ndarray
        log s and log length scale of the Matern-3/2 process come first.
    colour, mjd, y, variance : ndarray, shape (n,)
        The observations, by time.
    times : ndarray, shape (m,)
        Other times, ascending.

    Returns
    -------
    mean, variance : ndarray, shape (n + m,)
        First at the observations, then at ``times``.
    """
    n, m = mjd.size, times.size
    gap, flux, noise, c = np.zeros(n + m), np.zeros(n + m), np.ones(n + m), np.zeros(n + m)
    place = np.empty(n + m, np.int64)
    i = j = 0
    before = 0.0
    for k in range(n + m):
        if j >= m or (i < n and mjd[i] <= times[j]):
            now = mjd[i]
            flux[k], noise[k], c[k] = y[i], variance[i], colour[i]
            place[k] = i
            i += 1
        else:
            now = times[j]
            place[k] = n + j
            j += 1
        gap[k] = now - before if k > 0 else 0.0
        before = now
    mean, spread = np.empty(n + m), np.empty(n + m)
    rank_one.smooth(rank_one.MATERN32, theta[0], theta[1], c, (gap, flux, noise), mean, spread)
    mean_out, spread_out = np.empty(n + m), np.empty(n + m)
    for k in range(n + m):
        mean_out[place[k]] = mean[k]
        spread_out[place[k]] = spread[k]
    return mean_out, spread_out


@njit(error_model="numpy")
def _surest(mean: np.ndarray, variance: np.ndarray) -> int:
    """Index of the highest mean - standard deviation: bright, and surely so."""
    best = 0
    highest = -math.inf
    for k in range(mean.size):
        value = mean[k] - math.sqrt(variance[k])
        if value > highest:
            highest = value
            best = k
    return best


@njit(error_model="numpy")
def _grid(first: float, last: float, peak: float) -> np.ndarray:
    """Coarse uniform grid over the span, merged with a fine one around the peak."""
    out = np.empty(MAX_GRID)
    step = (last - first) / (N_COARSE - 1)
    n_fine = 2 * int(FINE_REACH / FINE_STEP) + 1
    size = i = j = 0
    while i < N_COARSE:
        coarse = first + i * step if i < N_COARSE - 1 else last
        fine = peak - FINE_REACH + j * FINE_STEP
        if j < n_fine and fine < coarse:
            if fine > first:
                out[size] = fine
                size += 1
            j += 1
        else:
            out[size] = coarse
            size += 1
            i += 1
    return out[:size]


@njit(error_model="numpy")
def _curve(theta: np.ndarray, colour: np.ndarray, mjd: np.ndarray, series: tuple) -> tuple:
    """Grid, posterior mean and standard deviation of F there, and the index of the peak."""
    _, y, variance = series
    n = mjd.size
    coarse = _grid(mjd[0], mjd[n - 1], mjd[0] - 2.0 * FINE_REACH)
    mean, spread = smooth_at(theta, colour, mjd, y, variance, coarse)
    candidate = _surest(mean, spread)
    near = mjd[candidate] if candidate < n else coarse[candidate - n]
    grid = _grid(mjd[0], mjd[n - 1], near)
    mean, spread = smooth_at(theta, colour, mjd, y, variance, grid)
    return grid, mean[n:], np.sqrt(spread[n:]), _surest(mean[n:], spread[n:])


@njit(error_model="numpy")
def _evolving_terms(phase: np.ndarray, band: np.ndarray) -> tuple:
    """X of evolving colours, for all phases and for the simulation's window."""
    term = np.empty(phase.size)
    for k in range(phase.size):
        term[k] = phase_term(phase[k])
    everywhere = evolving_design(band, term)
    windowed = everywhere.copy()
    for k in range(phase.size):
        if not WINDOW[0] <= phase[k] <= WINDOW[1]:
            windowed[k] = 0.0
    return everywhere, windowed


@njit(error_model="numpy")
def _fit_one(mjd: np.ndarray, band: np.ndarray, series: tuple, z: float, out: np.ndarray, curve: tuple) -> int:
    """Fit all models to one series of unit rms; fills ``out`` (`PARAMETERS`) and the curve.

    Returns the number of grid points, 0 if there is no fit.
    """
    n = mjd.size
    design = constant_design(band)
    prior = priors(N_CONSTANT)
    colour = np.empty(n)
    theta = np.zeros(N_CONSTANT)
    start_colours(band, series, theta)
    data = (rank_one.MATERN32, design, prior, colour, series)
    best = _refine_starts(data, theta, MAX_PEAKS)
    if not math.isfinite(best):
        return 0
    out[1] = best
    out[_CONSTANT_AT : _CONSTANT_AT + N_CONSTANT] = theta
    log_posterior(theta, data)  # leaves the colours of the optimum in ``colour``
    out[0] = rank_one.log_likelihood(rank_one.MATERN32, theta[0], theta[1], colour, series)
    out[5] = _noise_log_likelihood(series)
    grid, mean, sd, peak = _curve(theta, colour, mjd, series)
    curve[0][: grid.size] = grid
    curve[1][: grid.size] = mean
    curve[2][: grid.size] = sd
    out[_PEAK_AT], out[_PEAK_AT + 1], out[_PEAK_AT + 2] = grid[peak], mean[peak], sd[peak]
    if z > -1.0:
        everywhere, windowed = _evolving_terms((mjd - grid[peak]) / (1.0 + z), band)
        wide = np.empty(N_EVOLVING)
        out[3] = _fit_evolving(everywhere, theta, series, wide)
        out[_EVOLVING_AT : _EVOLVING_AT + N_EVOLVING] = wide
        out[4] = _fit_evolving(windowed, theta, series, wide)
        out[_WINDOW_AT : _WINDOW_AT + N_EVOLVING] = wide
    out[2] = _refine_starts((rank_one.DRW, design, prior, colour, series), theta, 1)
    out[_DRW_AT : _DRW_AT + rank_one.N_PROCESS] = theta[: rank_one.N_PROCESS]
    return grid.size


@njit(error_model="numpy")
def _to_microjansky(out: np.ndarray, n_points: int, scale: float) -> None:
    """Undo `_standardise` in the results of one object."""
    log_scale = log(scale)
    out[:6] -= n_points * log_scale
    for at in (_CONSTANT_AT, _DRW_AT, _EVOLVING_AT, _WINDOW_AT):
        out[at] += log_scale
    out[_PEAK_AT + 1] *= scale
    out[_PEAK_AT + 2] *= scale


@njit(cache=True, error_model="numpy")
def fit_objects(
    offsets: np.ndarray,
    mjd: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    z: np.ndarray,
    results: np.ndarray,
    sizes: np.ndarray,
    curves: np.ndarray,
) -> None:
    """Fit all models to all objects.

    Parameters
    ----------
    offsets, mjd, band, flux, flux_err, z : ndarray
        As in `tde.lightcurves.LightCurves`.
    results : ndarray, shape (n_objects, len(PARAMETERS))
        Filled with the parameters. Left as they are: those of an object with fewer than
        `tde.gp.fit.MIN_POINTS` points, without two different times, with a flux or error that
        is not finite, or with no optimum; and of evolving colours if z is not known.
    sizes : ndarray of int, shape (n_objects,)
        Filled with the number of grid points; 0 without a fit.
    curves : ndarray, shape (3, n_objects, MAX_GRID)
        Filled with grid, posterior mean of F and its standard deviation.
    """
    for i in range(offsets.size - 1):
        first, last = offsets[i], offsets[i + 1]
        sizes[i] = 0
        if last - first < MIN_POINTS or not mjd[last - 1] > mjd[first]:
            continue
        gap, y, variance, scale = _standardise(mjd[first:last], flux[first:last], flux_err[first:last])
        if math.isnan(scale):
            continue
        curve = (curves[0, i], curves[1, i], curves[2, i])
        size = _fit_one(mjd[first:last], band[first:last], (gap, y, variance), z[i], results[i], curve)
        if size > 0:
            sizes[i] = size
            _to_microjansky(results[i], last - first, scale)
            for k in range(size):
                curve[1][k] *= scale
                curve[2][k] *= scale
