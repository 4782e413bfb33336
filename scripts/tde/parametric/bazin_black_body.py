"""One light-curve shape times one cooling black body, fitted to all bands at once.

In rest-frame days d = phase - t0 the model of band b is

    flux_b = A f(d) B_nu(wavelength_b, T(d)) / B_nu(wavelength_r, T(d)) + B,
    f(d) = 1 / (decline(d) + exp(-d / rise)),

with ln T = ln T_0 + slope g(d), g as in `tde.gp.rank_one_colours.phase_term`. With

- `EXPONENTIAL` decline, exp(d / fall), f is the function of Bazin et al. (2009, A&A 499, 653,
  eq. 1), exp(-d / tau_fall) / (1 + exp(-d / tau_rise)), with tau_fall = fall and
  1 / tau_rise = 1 / rise + 1 / fall: in this form it falls to both sides whatever the parameters;
- `POWER_LAW` decline, (1 + d / fall)^(5/3) for d > 0 and 1 before, it is the fallback law of tidal
  disruptions (Rees 1988, Nature 333, 523; Phinney 1989, IAU Symp. 136, 543).

What is maximised is minus the pseudo-Huber loss of the residuals in errors, sum(sqrt(1 + r^2) - 1),
which grows linearly with outliers, and minus the exponents of weak normal priors on ln T_0 and slope.
The curvature handed to the optimiser is Gauss-Newton's with the weights of the loss.

The parameters are theta = (A, t0 / 10 d, ln rise, ln fall, ln T_0, slope, B), A and B in the unit of
the fluxes: scale these to a peak of 1, so that one step cap suits all. A and B are plain parameters,
for which a robust loss has no closed form.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.cooling import WavelengthTerms, relative_flux
from tde.gp.rank_one_colours import PHASE_RANGE, PHASE_UNIT
from tde.numerics.elementary import exp
from tde.numerics.elementary_lanes import exp_lanes, log_lanes
from tde.numerics.lanes import WIDTH, Lanes, add_to, clip, inside, load, padded, spread, square_root, store, total
from tde.numerics.optimise import make_climb
from tde.numerics.standard_errors import mark_bounds, standard_errors

EXPONENTIAL, POWER_LAW = 0, 1
"""How the light curve declines."""

FALLBACK_INDEX = 5.0 / 3.0

T0_UNIT = 10.0
"""Days to which the parameter t0 refers."""

PARAMETERS = ("amplitude", "t0", "log_rise", "log_fall", "log_temperature", "slope", "baseline")
N_PARAMETERS = len(PARAMETERS)
AMPLITUDE, T0, LOG_RISE, LOG_FALL, LOG_TEMPERATURE, SLOPE, BASELINE = range(N_PARAMETERS)
"""Places of the parameters in theta."""

LOW = np.array([0.0, -8.0, -1.0, 1.0, 8.0, -1.5, -5.0])
HIGH = np.array([50.0, 8.0, 5.0, 7.0, 11.3, 1.5, 5.0])
"""Box of the parameters: t0 within 80 d of the peak, rise 0.4..150 d, fall 3..1100 d, T 3..80 kK."""

STARTS = np.array(
    [
        [1.5, -4.0, 3.7, 4.9, 9.06, 0.0, 0.0],
        [1.5, 3.0, 1.6, 5.1, 9.34, -0.13, 0.0],
        [1.5, -3.5, 2.2, 5.8, 8.9, 0.0, 0.0],
    ]
)
"""Three kinds of transient that fade slowly, with an early or late t0, for fluxes scaled to a peak of 1.

Chosen one after the other from 48 candidates, most of them random, each as that which most lowers the losses of
exponential declines of 200 real objects beside those before it; then rounded.
"""

LOG_TEMPERATURE_PRIOR = (9.5, 1.0)
SLOPE_PRIOR = (0.0, 1.0)
"""Mean and standard deviation of the priors."""

TOLERANCE = 1e-3
"""Decrease of the loss that is not worth another step."""


PHASE, FLUX, PER_ERROR, X_KELVIN, CUBE, RESIDUAL = range(6)
"""Rows of the observations in a fit, the last to be filled by it."""

_GRADIENT_AT = N_PARAMETERS * (N_PARAMETERS + 1) // 2
_LOSS_AT = _GRADIENT_AT + N_PARAMETERS
_N_SUMS = _LOSS_AT + 1
# sums over the observations: lower triangle of the matrix, row by row; gradient; loss


class ShapeData(NamedTuple):
    """What `gradient` and `fit` read.

    Attributes
    ----------
    rows : ndarray, shape (6, m)
        Observations, and as many without weight as make m a multiple of four.
    reference : float
        As in `tde.black_body.cooling.WavelengthTerms`.
    decline : int
        `EXPONENTIAL` or `POWER_LAW`.
    """

    rows: np.ndarray
    reference: float
    decline: int


def make_data(
    phase: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, terms: WavelengthTerms, decline: int
) -> ShapeData:
    """Lay out what `gradient` and `fit` read.

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Rest-frame days from the peak.
    flux, flux_err : ndarray, shape (n,)
        In one unit, for `fit` with a peak of about 1.
    terms : WavelengthTerms
    decline : int
        `EXPONENTIAL` or `POWER_LAW`.
    """
    x_kelvin, cube, reference = terms
    n = len(phase)
    rows = np.zeros((RESIDUAL + 1, padded(n)))
    rows[X_KELVIN], rows[CUBE] = reference, 1.0
    for row, values in ((PHASE, phase), (FLUX, flux), (PER_ERROR, 1.0 / flux_err), (X_KELVIN, x_kelvin), (CUBE, cube)):
        rows[row, :n] = values
    return ShapeData(rows, reference, decline)


def residuals(data: ShapeData, n: int) -> np.ndarray:
    """(model - flux) / flux_err where `gradient` or `fit` ended, shape (n,)."""
    return data.rows[RESIDUAL, :n]


@njit(error_model="numpy")
def _shape(decline: int, d: Lanes, rise_rate: float, fall_rate: float) -> tuple:
    """Light-curve shape f at d days from t0, and its logarithmic derivatives.

    Returns
    -------
    f, by_d, by_log_rise, by_log_fall : Lanes
        f and the derivatives of ln f with respect to d, ln rise and ln fall.
    """
    if decline == EXPONENTIAL:
        falling, k = exp_lanes(fall_rate * d), spread(fall_rate)
    else:
        later = inside(d, 0.0, math.inf)
        stretch = 1.0 + fall_rate * (later * d)
        falling, k = exp_lanes(FALLBACK_INDEX * log_lanes(stretch)), (FALLBACK_INDEX * fall_rate) * later / stretch
    rising = exp_lanes(-rise_rate * d)
    f = 1.0 / (falling + rising)
    by_falling, by_rising = falling * f * k, rise_rate * (rising * f)
    return f, by_rising - by_falling, -1.0 * by_rising * d, by_falling * d


@njit(error_model="numpy")
def _log_prior(theta: np.ndarray) -> float:
    temperature = (theta[LOG_TEMPERATURE] - LOG_TEMPERATURE_PRIOR[0]) / LOG_TEMPERATURE_PRIOR[1]
    slope = (theta[SLOPE] - SLOPE_PRIOR[0]) / SLOPE_PRIOR[1]
    return -0.5 * (temperature * temperature + slope * slope)


@njit(error_model="numpy")
def _add_four(rows: np.ndarray, k: int, theta: np.ndarray, how: tuple, dr: np.ndarray, sums: np.ndarray) -> None:
    """Add the ``k``-th four observations to the sums; ``how`` is (decline, reference, rise and fall rate)."""
    decline, reference, rise_rate, fall_rate = how
    per_error = load(rows[PER_ERROR], k)
    d = -T0_UNIT * theta[T0] + load(rows[PHASE], k)
    f, by_d, by_log_rise, by_log_fall = _shape(decline, d, rise_rate, fall_rate)
    term = (1.0 / PHASE_UNIT) * clip(d, PHASE_RANGE[0], PHASE_RANGE[1])
    log_temperature = theta[LOG_TEMPERATURE] + theta[SLOPE] * term
    colour, change = relative_flux(log_temperature, load(rows[X_KELVIN], k), load(rows[CUBE], k), reference)
    per_amplitude = f * colour * per_error
    signal = theta[AMPLITUDE] * per_amplitude
    moving = (theta[SLOPE] / PHASE_UNIT) * (inside(d, PHASE_RANGE[0], PHASE_RANGE[1]) * change)
    r = signal + per_error * (theta[BASELINE] - load(rows[FLUX], k))
    store(rows[RESIDUAL], k, r)
    store(dr, AMPLITUDE, per_amplitude)
    store(dr, T0, -T0_UNIT * signal * (by_d + moving))
    store(dr, LOG_RISE, signal * by_log_rise)
    store(dr, LOG_FALL, signal * by_log_fall)
    store(dr, LOG_TEMPERATURE, signal * change)
    store(dr, SLOPE, signal * change * term)
    store(dr, BASELINE, per_error)
    root = square_root(1.0 + r * r)
    add_to(sums, _LOSS_AT, -1.0 + root)
    weight = 1.0 / root
    place = 0
    for i in range(N_PARAMETERS):
        scaled = weight * load(dr, i)
        add_to(sums, _GRADIENT_AT + i, scaled * r)
        for j in range(i + 1):
            add_to(sums, place, scaled * load(dr, j))
            place += 1


@njit(error_model="numpy")
def gradient(theta: np.ndarray, data: ShapeData, g: np.ndarray, F: np.ndarray) -> float:
    """Minus the loss and the priors' exponents, with gradient and Gauss-Newton matrix, for the optimiser.

    Four observations are computed side by side (`tde.numerics.lanes`).

    Parameters
    ----------
    theta : ndarray, shape (7,)
    data : ShapeData
        The row of the residuals (model - flux) / flux_err is filled.
    g : ndarray, shape (7,)
        Filled with the gradient.
    F : ndarray, shape (7, 7)
        Filled with sum(w dr dr^T) and the priors' precisions, w = 1 / sqrt(1 + r^2).
    """
    rows, reference, decline = data
    how = (decline, reference, exp(-theta[LOG_RISE]), exp(-theta[LOG_FALL]))
    dr, sums = np.empty(WIDTH * N_PARAMETERS), np.zeros(WIDTH * _N_SUMS)
    for k in range(rows.shape[1] // WIDTH):
        _add_four(rows, k, theta, how, dr, sums)
    place = 0
    for i in range(N_PARAMETERS):
        g[i] = -total(sums, _GRADIENT_AT + i)
        for j in range(i + 1):
            F[i, j] = F[j, i] = total(sums, place)
            place += 1
    _add_prior(theta, g, F)
    return _log_prior(theta) - total(sums, _LOSS_AT)


@njit(error_model="numpy")
def _add_prior(theta: np.ndarray, g: np.ndarray, F: np.ndarray) -> None:
    for j, mean, sd in (
        (LOG_TEMPERATURE, LOG_TEMPERATURE_PRIOR[0], LOG_TEMPERATURE_PRIOR[1]),
        (SLOPE, SLOPE_PRIOR[0], SLOPE_PRIOR[1]),
    ):
        precision = 1.0 / (sd * sd)
        g[j] -= precision * (theta[j] - mean)
        F[j, j] += precision


_climb = make_climb(gradient)


@njit(cache=True, error_model="numpy")
def fit(data: ShapeData, starts: np.ndarray, theta: np.ndarray, errors: np.ndarray) -> float:
    """Climb from each start, and keep the highest maximum.

    Parameters
    ----------
    data : ShapeData
        For fluxes scaled to a peak of about 1.
    starts : ndarray, shape (m, 7)
    theta, errors : ndarray, shape (7,)
        Filled with the best parameters and their standard errors from the Gauss-Newton matrix;
        untouched if nothing is finite. `residuals` gives those there.

    Returns
    -------
    float
        The maximum of `gradient`'s value; NaN if nothing is finite.
    """
    trial, g, F = np.empty(N_PARAMETERS), np.empty(N_PARAMETERS), np.empty((N_PARAMETERS, N_PARAMETERS))
    at_bound = np.empty(N_PARAMETERS, np.bool_)
    best = math.nan
    for m in range(len(starts)):
        for j in range(N_PARAMETERS):
            trial[j] = min(max(starts[m, j], LOW[j]), HIGH[j])
        reached, _ = _climb(data, trial, LOW, HIGH, F, TOLERANCE)
        if math.isfinite(reached) and not reached <= best:
            best = reached
            mark_bounds(trial, LOW, HIGH, at_bound)
            standard_errors(F, at_bound, errors)
            for j in range(N_PARAMETERS):
                theta[j] = trial[j]
    if math.isfinite(best):
        gradient(theta, data, g, F)
    return best
