"""Bazin function fitted to many series: a smooth rise, an exponential fall, a baseline.

The function and its chi-squared are those of `tde.parametric.bazin_model`. Chi-squared has
many local minima. All cells of a grid are judged by their chi-squared alone, then the best
ones that differ are refined. The time scales of the grid are powers of four of each other,
so one exponential per visit and t0 gives all of them by squaring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from tde.numerics.elementary import exp, log
from tde.numerics.lanes import padded
from tde.numerics.optimise import copy_optimum, make_climb
from tde.numerics.standard_errors import hold_unknown, mark_bounds, standard_errors
from tde.parametric.bazin_model import (
    AMPLITUDE_BOX,
    BASELINE_BOX,
    FLUX,
    N_ROWS,
    ROOT_WEIGHT,
    TIME,
    TIME_UNIT,
    ShapeSums,
    best_linear,
    box_minimum,
    fill_shape,
    gradient,
    peak_height,
)

MIN_POINTS = 5
"""Series with fewer points are not fitted: there are five parameters."""

SHORTEST = 0.1
"""Least tau_rise and tau_fall in days. The greatest is the span of the series, which also bounds t0."""

TOLERANCE = 1e-3
"""Decrease of chi-squared / 2, in units of its value per point if that is above 1, not worth another step."""

LONGEST_START = 640.0
"""Longest time scale of the grid of starts in days; each of the others is a quarter of the one before."""

N_SCALES = 5
START_PAIRS = np.array([
    (4, 0), (4, 1), (4, 2), (4, 3), (4, 4),
    (3, 0), (3, 1), (3, 2), (3, 3),
    (2, 0), (2, 1), (2, 2),
    (1, 0), (1, 1),
])  # fmt: skip
"""(rise, fall) of the grid, as numbers of times the longest time scale is divided by four."""

N_PARTS = 20
"""Equal parts of the span, each of which gives one t0 of the grid."""

N_STARTS = 5
"""Starts that are refined: a wide one, whose scales are parts of the span, and the best cells of the grid."""

WIDE_START = (0.2, 0.3)
"""tau_rise and tau_fall of the wide start at the brightest point, in units of the span."""

_LOG_4 = math.log(4.0)
_LOG_LONGEST = math.log(LONGEST_START)

_LARGEST_LOG_RATIO = 10.0  # clip of time / LONGEST_START on the grid


@dataclass(frozen=True)
class BazinFits:
    """Fits of ``n`` series.

    Attributes
    ----------
    amplitude, baseline : ndarray, shape (n,)
        A and B in micro-Jansky; NaN without a fit, as all the others.
    t0 : ndarray, shape (n,)
        In the series's own time, days.
    tau_rise, tau_fall : ndarray, shape (n,)
        Days.
    peak_flux : ndarray, shape (n,)
        Highest point of f within the series's span in micro-Jansky.
    chi2 : ndarray, shape (n,)
    error : ndarray, shape (n, 3)
        Standard errors of t0 (days), ln(tau_rise) and ln(tau_fall), with A and B free; NaN
        for a parameter on its bound.
    at_bound : ndarray of bool, shape (n, 5)
        Which of t0, tau_rise, tau_fall, A, B ended on a bound.
    n_points : ndarray of int, shape (n,)
    n_gradients : ndarray of int, shape (n,)
        Gradients evaluated, a measure of the work done.
    """

    amplitude: np.ndarray
    baseline: np.ndarray
    t0: np.ndarray
    tau_rise: np.ndarray
    tau_fall: np.ndarray
    peak_flux: np.ndarray
    chi2: np.ndarray
    error: np.ndarray
    at_bound: np.ndarray
    n_points: np.ndarray
    n_gradients: np.ndarray


_climb = make_climb(gradient)


@njit(error_model="numpy")
def standardise(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, series: np.ndarray) -> float:
    """Bring a series to days since its first point and a highest flux of 1.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (n,)
    series : ndarray, shape (`N_ROWS`, m)
        n rounded up to a multiple of four. The rows `TIME`, `FLUX` and `ROOT_WEIGHT`
        (1 / error) are filled; the last point is repeated without weight.

    Returns
    -------
    float
        The highest flux; NaN for a series that cannot be fitted.
    """
    scale = -math.inf
    usable = mjd[-1] - mjd[0] > 2.0 * SHORTEST
    for k in range(mjd.size):
        scale = max(scale, flux[k])
        usable = usable and flux_err[k] > 0.0 and abs(flux[k]) < 1e100
    for k in range(mjd.size):
        series[TIME, k] = mjd[k] - mjd[0]
        series[FLUX, k] = flux[k] / scale
        series[ROOT_WEIGHT, k] = scale / flux_err[k]
    for k in range(mjd.size, series.shape[1]):
        series[TIME, k], series[FLUX, k] = series[TIME, mjd.size - 1], series[FLUX, mjd.size - 1]
        series[ROOT_WEIGHT, k] = 0.0
    return scale if usable and scale > 0.0 else math.nan


@njit(error_model="numpy")
def _start_times(series: np.ndarray, t0: np.ndarray) -> int:
    """Fill the t0 of the grid: the brightest point of each of equal parts of the span.

    Returns
    -------
    int
        Number of parts that hold a point.
    """
    n = series.shape[1]
    span = series[TIME, n - 1]
    found = 0
    part = -1.0
    brightest = 0.0
    for k in range(n):
        here = math.floor(t0.size * min(series[TIME, k] / span, 0.999999))
        if here > part:
            part = here
            found += 1
            brightest = -math.inf
        if series[FLUX, k] > brightest:
            brightest = series[FLUX, k]
            t0[found - 1] = series[TIME, k]
    return found


@njit(error_model="numpy")
def _grid_gain(t0: np.ndarray, series: np.ndarray, gain: np.ndarray) -> None:
    """Decrease of chi-squared against a constant flux on the grid of starts.

    Parameters
    ----------
    t0 : ndarray, shape (m,)
    series : ndarray, shape (`N_ROWS`, n)
    gain : ndarray, shape (number of `START_PAIRS`, m)
        Filled.
    """
    n_pairs = START_PAIRS.shape[0]
    sums = np.zeros((3 * n_pairs, t0.size))
    decay = np.empty((N_SCALES, t0.size))
    rise = np.empty((N_SCALES, t0.size))
    total = sum_y = 0.0
    for k in range(series.shape[1]):
        w = series[ROOT_WEIGHT, k] * series[ROOT_WEIGHT, k]
        wy = w * series[FLUX, k]
        total += w
        sum_y += wy
        for j in range(t0.size):
            decay[0, j] = exp(min((t0[j] - series[TIME, k]) / LONGEST_START, _LARGEST_LOG_RATIO))
        for s in range(1, N_SCALES):
            for j in range(t0.size):
                square = decay[s - 1, j] * decay[s - 1, j]
                decay[s, j] = square * square
                rise[s, j] = 1.0 / (1.0 + decay[s, j])
        for p in range(n_pairs):
            for j in range(t0.size):
                shape = decay[START_PAIRS[p, 1], j] * rise[START_PAIRS[p, 0], j]
                sums[3 * p, j] += w * shape
                sums[3 * p + 1, j] += w * shape * shape
                sums[3 * p + 2, j] += wy * shape
    for p in range(n_pairs):
        for j in range(t0.size):
            mean_f = sums[3 * p, j] / total
            ff = sums[3 * p + 1, j] - total * mean_f * mean_f
            fy = sums[3 * p + 2, j] - sum_y * mean_f
            gain[p, j] = box_minimum(ShapeSums(total, sum_y / total, mean_f, ff, fy)).gain


@njit(error_model="numpy")
def _wide_start(series: np.ndarray, theta: np.ndarray) -> None:
    """Move a start at the brightest point, with the scales `WIDE_START`, into ``theta``."""
    brightest = 0
    for k in range(series.shape[1]):
        if series[FLUX, k] > series[FLUX, brightest]:
            brightest = k
    span = series[TIME, series.shape[1] - 1]
    theta[0] = series[TIME, brightest] / TIME_UNIT
    theta[1] = log(WIDE_START[0] * span)
    theta[2] = log(WIDE_START[1] * span)


@njit(error_model="numpy")
def _next_start(t0: np.ndarray, gain: np.ndarray, theta: np.ndarray) -> bool:
    """Move the best cell of the grid into ``theta`` and strike out those like it."""
    best = -1.0
    pair = column = 0
    for p in range(gain.shape[0]):
        for j in range(t0.size):
            if gain[p, j] > best:
                best, pair, column = gain[p, j], p, j
    rise, fall = START_PAIRS[pair]
    theta[0] = t0[column] / TIME_UNIT
    theta[1] = _LOG_LONGEST - rise * _LOG_4
    theta[2] = _LOG_LONGEST - fall * _LOG_4
    for p in range(gain.shape[0]):
        if START_PAIRS[p, 0] == rise or START_PAIRS[p, 1] == fall:
            gain[p, column] = -1.0
    return best >= 0.0


@njit(error_model="numpy")
def _fit_one(series: np.ndarray, n: int, low: np.ndarray, high: np.ndarray, theta: np.ndarray, F: np.ndarray) -> tuple:
    """Refine the best starts for ``n`` points; ``theta`` and ``F`` are those of the least chi-squared.

    Returns
    -------
    chi2 : float
    n_gradients : int
    """
    t0 = np.empty(N_PARTS)
    t0 = t0[: _start_times(series, t0)]
    gain = np.empty((START_PAIRS.shape[0], t0.size))
    _grid_gain(t0, series, gain)
    best = -math.inf
    n_gradients = 0
    trial = np.empty(3)
    F_trial = np.empty((3, 3))
    for start in range(N_STARTS):
        if start == 0:
            _wide_start(series, trial)
        elif not _next_start(t0, gain, trial):
            break
        for i in range(3):
            trial[i] = min(max(trial[i], low[i]), high[i])
        tolerance = TOLERANCE if start == 0 else TOLERANCE * max(1.0, -2.0 * best / n)
        value, n_steps = _climb(series, trial, low, high, F_trial, tolerance)
        n_gradients += n_steps
        if value > best:
            best = value
            copy_optimum(trial, F_trial, theta, F)
    return -2.0 * best, n_gradients


@njit(cache=True, error_model="numpy")
def _fit_all(data: tuple, values: np.ndarray, error: np.ndarray, at_bound: np.ndarray, n_gradients: np.ndarray) -> None:
    """Fit all series: ``values`` are the rows `VALUES`, the others arrays of `BazinFits`."""
    offsets, mjd, flux, flux_err = data
    theta = np.empty(3)
    F = np.empty((3, 3))
    low = np.array([0.0, log(SHORTEST), log(SHORTEST)])
    high, held = np.empty(3), np.empty(3, np.bool_)
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        n = offsets[i + 1] - offsets[i]
        if n < MIN_POINTS:
            continue
        series = np.empty((N_ROWS, padded(n)))
        scale = standardise(mjd[rows], flux[rows], flux_err[rows], series)
        if math.isnan(scale):
            continue
        span = series[TIME, n - 1]
        high[0] = span / TIME_UNIT
        high[1] = high[2] = log(span)
        chi2, n_gradients[i] = _fit_one(series, n, low, high, theta, F)
        if not math.isfinite(chi2):
            continue
        fill_shape(theta, series)
        A, B, _ = best_linear(series)
        values[0, i] = A * scale
        values[1, i] = mjd[offsets[i]] + TIME_UNIT * theta[0]
        values[2, i] = exp(theta[1])
        values[3, i] = exp(theta[2])
        values[4, i] = B * scale
        values[5, i] = (A * peak_height(theta, span) + B) * scale
        values[6, i] = chi2
        at_bound[i, 3] = not AMPLITUDE_BOX[0] < A < AMPLITUDE_BOX[1]
        at_bound[i, 4] = not BASELINE_BOX[0] < B < BASELINE_BOX[1]
        mark_bounds(theta, low, high, at_bound[i, :3])
        hold_unknown(F, at_bound[i, :3], held)
        standard_errors(F, held, error[i])
        error[i, 0] *= TIME_UNIT


VALUES = ("amplitude", "t0", "tau_rise", "tau_fall", "baseline", "peak_flux", "chi2")


def fit_series(offsets: np.ndarray, mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> BazinFits:
    """Fit the Bazin function to many series.

    Parameters
    ----------
    offsets : ndarray of int, shape (n + 1,)
        Series ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    mjd, flux, flux_err : ndarray, shape (N,)
        Times in days, ascending within a series; fluxes and errors in micro-Jansky.

    Returns
    -------
    BazinFits
        NaN for series with fewer than `MIN_POINTS` points, without a positive flux, with a
        span below twice `SHORTEST`, with a flux that is not finite or an error that is not
        positive.
    """
    n = len(offsets) - 1
    values = np.full((len(VALUES), n), np.nan)
    error = np.full((n, 3), np.nan)
    at_bound = np.zeros((n, 5), dtype=np.bool_)
    n_gradients = np.zeros(n, dtype=np.int64)
    data = (
        np.ascontiguousarray(offsets, dtype=np.int64),
        *(np.ascontiguousarray(column, dtype=np.float64) for column in (mjd, flux, flux_err)),
    )
    _fit_all(data, values, error, at_bound, n_gradients)
    return BazinFits(
        **dict(zip(VALUES, values, strict=True)),
        error=error,
        at_bound=at_bound,
        n_points=np.diff(offsets),
        n_gradients=n_gradients,
    )
