"""Competing hypotheses about the colours of one object, each at its most probable parameters.

F is a Matern-3/2 process throughout (`tde.gp.rank_one`); the hypotheses, `MODELS`, are free constant
colours (`tde.gp.rank_one_colours`), a black body of constant temperature and one whose temperature
changes (`tde.gp.rank_one_black_body`). Grey is no colours at all, c = 1.

A black body is fitted from starts of which the one with the highest log-posterior is climbed from.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.cooling import Design
from tde.gp import rank_one, rank_one_black_body, rank_one_colours
from tde.gp.unit_series import CONSTANT, ERROR_FLOOR
from tde.numerics.elementary import log
from tde.numerics.lanes import padded
from tde.numerics.optimise import make_climb
from tde.numerics.standard_errors import mark_bounds, standard_errors

MODELS = ("free", "black_body", "cooling")
FREE, BLACK_BODY, COOLING = range(len(MODELS))

N_PARAMETERS = rank_one_colours.N_CONSTANT
"""Largest number of parameters of one of `MODELS`."""

LOG_TEMPERATURE_STARTS = (9.2, 10.1)
"""10 and 24 kK."""

TOLERANCE = 1e-4
"""Increase of the log-posterior that is not worth another step."""

_climb_linear = make_climb(rank_one_colours.gradient)
_climb_black_body = make_climb(rank_one_black_body.gradient)


@njit(error_model="numpy")
def _put_into_box(start: np.ndarray, low: np.ndarray, high: np.ndarray, log_scale: float, theta: np.ndarray) -> None:
    """Copy a start into the box, whose amplitude is set in the unit of flux."""
    low[0] = rank_one_colours.AMPLITUDE_BOX[0] + log_scale
    high[0] = rank_one_colours.AMPLITUDE_BOX[1] + log_scale
    for j in range(theta.size):
        theta[j] = min(max(start[j], low[j]), high[j])


@njit(cache=True, error_model="numpy")
def _fit_linear(
    design: np.ndarray,
    start: np.ndarray,
    series: rank_one.Series,
    log_scale: float,
    theta: np.ndarray,
    errors: np.ndarray,
) -> float:
    """Fit colours that are linear in their parameters; arguments as in `_fit_black_body`."""
    n = theta.size
    low, high = rank_one_colours.box(n)
    _put_into_box(start, low, high, log_scale, theta)
    F = np.empty((n, n))
    prior, colour = rank_one_colours.priors(n), np.empty(series.gap.size)
    data = rank_one_colours.ColourData(rank_one.MATERN32, design, prior, colour, series)
    value, _ = _climb_linear(data, theta, low, high, F, TOLERANCE)
    at_bound = np.empty(n, np.bool_)
    mark_bounds(theta, low, high, at_bound)
    standard_errors(F, at_bound, errors)
    return value if math.isfinite(value) else math.nan


@njit(cache=True, error_model="numpy")
def _fit_black_body(
    design: Design, starts: np.ndarray, series: rank_one.Series, log_scale: float, theta: np.ndarray, errors: np.ndarray
) -> float:
    """Fit a black body from the best of the starts, shape (m, p).

    Fills parameters and standard errors; returns the maximum of the log-posterior, NaN if it
    is not finite.
    """
    n, m = theta.size, series.gap.size
    low, high = rank_one_black_body.box(n)
    room, dlog_colour = np.empty((2, design.rows.shape[1])), np.zeros((m, padded(n)))
    data = rank_one_black_body.BlackBodyData(design, rank_one_black_body.priors(n), room, dlog_colour, series)
    best = 0
    highest = -math.inf
    for i in range(len(starts)):
        _put_into_box(starts[i], low, high, log_scale, theta)
        value = rank_one_black_body.log_posterior(theta, data)
        if value > highest:
            highest = value
            best = i
    _put_into_box(starts[best], low, high, log_scale, theta)
    F = np.empty((n, n))
    value, _ = _climb_black_body(data, theta, low, high, F, TOLERANCE)
    at_bound = np.empty(n, np.bool_)
    mark_bounds(theta, low, high, at_bound)
    standard_errors(F, at_bound, errors)
    return value if math.isfinite(value) else math.nan


class ScaledSeries(NamedTuple):
    """A series, and the logarithm of its rms flux."""

    series: rank_one.Series
    log_scale: float


def make_series(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> ScaledSeries:
    """Series of `tde.gp.rank_one`, and the logarithm of its rms flux.

    Errors are not let below `tde.gp.unit_series.ERROR_FLOOR` of the rms; where there is no flux, the mean
    error takes its place.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (n,)
    """
    scale = math.sqrt((flux * flux).mean())
    if not scale > CONSTANT * flux_err.mean():
        scale = float(flux_err.mean())
    floored = np.maximum(flux_err, ERROR_FLOOR * scale)
    return ScaledSeries(rank_one.Series(np.diff(mjd, prepend=mjd[:1]), flux, floored * floored), log(scale))


def fit_grey(start: np.ndarray, series: rank_one.Series, log_scale: float) -> float:
    """Maximum of the log-posterior without colours.

    Parameters
    ----------
    start : ndarray, shape (2,) or more
        (log s, log length scale) to start from.
    series, log_scale
        Of `make_series`.
    """
    theta, errors = np.empty(rank_one.N_PROCESS), np.empty(rank_one.N_PROCESS)
    design = np.zeros((series.gap.size, padded(rank_one.N_PROCESS)))
    return _fit_linear(design, start, series, log_scale, theta, errors)


def fit_free(
    start: np.ndarray, X: np.ndarray, series: rank_one.Series, log_scale: float, theta: np.ndarray, errors: np.ndarray
) -> float:
    """Fit free constant colours.

    Parameters
    ----------
    start : ndarray, shape (7,)
        Process and colours to start from.
    X : ndarray, shape (n, 8)
        As `tde.gp.rank_one_colours.constant_design`; rows without colours are 0.
    series, log_scale
        Of `make_series`.
    theta, errors : ndarray, shape (3, 7)
        By `MODELS`: the row of free colours is filled with its parameters and standard errors.

    Returns
    -------
    float
        Maximum of the log-posterior.
    """
    return _fit_linear(X, start, series, log_scale, theta[FREE], errors[FREE])


class BlackBodyFits(NamedTuple):
    """Highest log-posterior of a black body of constant, and of one of changing temperature."""

    constant: float
    changing: float


def fit_black_bodies(
    start: np.ndarray, design: Design, series: rank_one.Series, log_scale: float, theta: np.ndarray, errors: np.ndarray
) -> BlackBodyFits:
    """Fit a black body of constant, then one of changing temperature.

    Parameters
    ----------
    start, series, log_scale, theta, errors
        As in `fit_free`; of ``start`` the process is used.
    design : Design

    Returns
    -------
    constant, changing : float
        Maxima of the log-posteriors.
    """
    n = rank_one_black_body.SLOPE
    starts = np.array([[start[0], start[1], temperature] for temperature in LOG_TEMPERATURE_STARTS])
    constant = _fit_black_body(design, starts, series, log_scale, theta[BLACK_BODY, :n], errors[BLACK_BODY, :n])
    starts = np.append(theta[BLACK_BODY, :n], 0.0)[None]
    more = n + 1
    changing = _fit_black_body(design, starts, series, log_scale, theta[COOLING, :more], errors[COOLING, :more])
    return BlackBodyFits(constant, changing)
