"""Fits of the rank-one process to whole objects: four models of the colours and of F.

Each object is fitted at the maximum of its posterior with

- constant colours, F a Matern-3/2 process. Its smoothed F gives the peak;
- constant colours, F a damped random walk;
- evolving colours, F a Matern-3/2 process, with phases from that peak;
- colours that evolve inside the window of the MALLORN simulation, -50..150 rest-frame days from
  the peak, and are equal outside of it (Magill et al. 2025, arXiv:2512.04946). Only this
  model knows about the simulation.

The bands are the slots of `tde.gp.slots`, that is LSST's where all filters are LSST's.

Fluxes are brought to unit rms first, so that the fits do not depend on the unit of flux.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.gp import rank_one
from tde.gp.fewest_points import MIN_POINTS
from tde.gp.fit import TOLERANCE
from tde.gp.rank_one_colours import (
    COLOUR_BANDS,
    N_CONSTANT,
    N_EVOLVING,
    REFERENCE,
    TIME_SCALE_PRIOR,
    ColourData,
    box,
    colours,
    constant_design,
    evolving_design,
    gradient,
    log_posterior,
    phase_term,
    priors,
)
from tde.gp.rank_one_curve import peaked_curve
from tde.gp.unit_series import standardise
from tde.numerics.elementary import LOG_2PI, log
from tde.numerics.lanes import WIDTH
from tde.numerics.normal_priors import log_prior
from tde.numerics.optimise import make_climb, peaks_of_grid
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

_LIKELIHOOD = PARAMETERS.index("log_likelihood")
_POSTERIOR = PARAMETERS.index("log_posterior")
_DRW_POSTERIOR = PARAMETERS.index("log_posterior_drw")
_EVOLVING_POSTERIOR = PARAMETERS.index("log_posterior_evolving")
_WINDOW_POSTERIOR = PARAMETERS.index("log_posterior_window")
_NOISE = PARAMETERS.index("log_likelihood_noise")
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

_climb = make_climb(gradient)


@njit(error_model="numpy")
def _noise_log_likelihood(series: rank_one.Series) -> float:
    """Log-likelihood without any flux, F = 0."""
    _, y, variance = series
    total = 0.0
    for k in range(y.size):
        total -= 0.5 * (y[k] * y[k] / variance[k] + log(variance[k]) + LOG_2PI)
    return total


@njit(error_model="numpy")
def start_colours(band: np.ndarray, series: rank_one.Series, theta: np.ndarray) -> None:
    """Colours to start from: ratios of the bands' rms fluxes, cleared of noise, drawn half way to 0.

    Parameters
    ----------
    band : ndarray of int, shape (n,)
    series : Series
    theta : ndarray, shape (N_CONSTANT,)
        Filled from the first colour on.
    """
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
def _copy(source: np.ndarray, target: np.ndarray) -> None:
    for j in range(source.size):
        target[j] = source[j]


@njit(error_model="numpy")
def _data(process: int, n_parameters: int, design: np.ndarray, series: rank_one.Series) -> ColourData:
    return ColourData(process, design, priors(n_parameters), np.empty(design.shape[0]), series)


@njit(error_model="numpy")
def _best_starts(data: ColourData, theta: np.ndarray, starts: np.ndarray) -> int:
    """Grid over amplitude and time scale at the colours in ``theta``.

    Fills the rows of ``starts`` with the highest maxima of the grid; returns their number.
    """
    process, design, prior, colour, series = data
    colours(theta, design, colour)
    values = np.empty(START_AMPLITUDES.size * START_SCALES.size)
    s, time_scale, four = np.empty(WIDTH), np.empty(WIDTH), np.empty(WIDTH)
    for first in range(0, values.size, WIDTH):
        for j in range(WIDTH):
            k = min(first + j, values.size - 1)
            s[j], time_scale[j] = START_AMPLITUDES[k // START_SCALES.size], START_SCALES[k % START_SCALES.size]
        rank_one.log_likelihoods(process, s, time_scale, colour, series, four)
        for j in range(min(WIDTH, values.size - first)):
            theta[0], theta[1] = log(s[j]), log(time_scale[j])
            values[first + j] = four[j] + log_prior(theta, prior)
    peaks = np.empty(starts.shape[0], np.int64)
    found = peaks_of_grid(values, START_SCALES.size, PEAK_DEPTH, peaks)
    for p in range(found):
        _copy(theta, starts[p])
        starts[p, 0] = log(START_AMPLITUDES[peaks[p] // START_SCALES.size])
        starts[p, 1] = log(START_SCALES[peaks[p] % START_SCALES.size])
    return found


@njit(error_model="numpy")
def _climb_best(data: ColourData, starts: np.ndarray, n_starts: int, theta: np.ndarray) -> float:
    """Climb from each start; fills ``theta`` with the highest optimum, returns its log-posterior (NaN: none)."""
    low, high = box(theta.size)
    F = np.empty((theta.size, theta.size))
    best = math.nan
    for p in range(n_starts):
        value, _ = _climb(data, starts[p], low, high, F, TOLERANCE)
        if math.isfinite(value) and not value <= best:
            best = value
            _copy(starts[p], theta)
    return best


@njit(error_model="numpy")
def _design(mjd: np.ndarray, band: np.ndarray, peak: float, z: float, windowed: bool) -> np.ndarray:
    """X of evolving colours, for all phases or with colours in the simulation's window alone."""
    term, inside = np.empty(mjd.size), np.ones(mjd.size)
    for k in range(mjd.size):
        phase = (mjd[k] - peak) / (1.0 + z)
        term[k] = phase_term(phase)
        if windowed and not WINDOW[0] <= phase <= WINDOW[1]:
            inside[k] = 0.0
    design = evolving_design(band, term)
    for k in range(mjd.size):
        for j in range(design.shape[1]):
            design[k, j] *= inside[k]
    return design


@njit(error_model="numpy")
def _fit_constant(mjd: np.ndarray, band: np.ndarray, series: rank_one.Series, out: np.ndarray, curve: tuple) -> int:
    """Fit constant colours with both processes, and F as a Matern-3/2 process on a grid.

    Fills ``out`` (`PARAMETERS`) and the curve; returns its size, 0 if there is no fit.
    """
    theta = np.zeros(N_CONSTANT)
    starts = np.empty((MAX_PEAKS, N_CONSTANT))
    start_colours(band, series, theta)
    size = 0
    for process in range(rank_one.MATERN32, rank_one.DRW - 1, -1):
        data = _data(process, N_CONSTANT, constant_design(band), series)
        best = _climb_best(data, starts, _best_starts(data, theta, starts), theta)
        if process == rank_one.DRW:
            out[_DRW_POSTERIOR] = best
            out[_DRW_AT], out[_DRW_AT + 1] = theta[0], theta[1]
        elif math.isnan(best):
            return 0
        else:
            out[_POSTERIOR] = best
            _copy(theta, out[_CONSTANT_AT:])
            # also leaves the colours of the optimum in data.colour
            out[_LIKELIHOOD] = log_posterior(theta, data) - log_prior(theta, data.prior)
            out[_NOISE] = _noise_log_likelihood(series)
            time, mean, sd, peak = peaked_curve(theta, data.colour, mjd, series)
            size = time.size
            for k in range(size):
                curve[0][k], curve[1][k], curve[2][k] = time[k], mean[k], sd[k]
            out[_PEAK_AT], out[_PEAK_AT + 1], out[_PEAK_AT + 2] = time[peak], mean[peak], sd[peak]
    return size


@njit(error_model="numpy")
def _fit_evolving(mjd: np.ndarray, band: np.ndarray, series: rank_one.Series, z: float, out: np.ndarray) -> None:
    """Fit evolving colours, for all phases and in the simulation's window, from constant ones; fills ``out``.

    The second start has the prior's time scale: constant colours can drive it down where colours do change.
    """
    theta = np.empty(N_EVOLVING)
    starts = np.empty((2, N_EVOLVING))
    for windowed in (False, True):
        at = _WINDOW_AT if windowed else _EVOLVING_AT
        for j in range(N_EVOLVING):
            starts[0, j] = out[_CONSTANT_AT + j] if j < N_CONSTANT else 0.0
            starts[1, j] = starts[0, j]
        starts[1, 0], starts[1, 1] = 0.0, TIME_SCALE_PRIOR[0]
        design = _design(mjd, band, out[_PEAK_AT], z, windowed)
        best = _climb_best(_data(rank_one.MATERN32, N_EVOLVING, design, series), starts, 2, theta)
        if not math.isnan(best):
            out[_WINDOW_POSTERIOR if windowed else _EVOLVING_POSTERIOR] = best
            _copy(theta, out[at:])


@njit(error_model="numpy")
def _to_microjansky(out: np.ndarray, n_points: int, scale: float) -> None:
    """Undo `tde.gp.unit_series.standardise` in the results of one object."""
    log_scale = log(scale)
    for j in range(_CONSTANT_AT):
        out[j] -= n_points * log_scale
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
    offsets, mjd, flux, flux_err, z : ndarray
        As in `tde.lightcurves.LightCurves`.
    band : ndarray of int8, shape (N,)
        Slot of each observation's filter.
    results : ndarray, shape (n_objects, len(PARAMETERS))
        Filled with the parameters. Left as they are: those of an object with fewer than
        `tde.gp.fewest_points.MIN_POINTS` points, without two different times, with a flux or error that
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
        t, b = mjd[first:last], band[first:last]
        gap, y, variance, scale = standardise(t, flux[first:last], flux_err[first:last], 0.0)
        if math.isnan(scale):
            continue
        series = rank_one.Series(gap, y, variance)
        curve = (curves[0, i], curves[1, i], curves[2, i])
        sizes[i] = _fit_constant(t, b, series, results[i], curve)
        if sizes[i] == 0:
            continue
        if z[i] > -1.0:
            _fit_evolving(t, b, series, z[i], results[i])
        _to_microjansky(results[i], last - first, scale)
        for k in range(sizes[i]):
            curve[1][k] *= scale
            curve[2][k] *= scale
