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

import numpy as np
from numba import njit

from tde.cooling_black_body import evolving_colours
from tde.gp.elementary import exp, log
from tde.gp.optimise import make_climb
from tde.gp.rank_one_colours import PHASE_RANGE, PHASE_UNIT, phase_term
from tde.gp.standard_errors import standard_errors

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
        [1.5, -0.2, 1.8, 3.3, 9.6, 0.0, 0.0],
        [1.5, -0.2, 1.8, 4.3, 9.6, 0.0, 0.0],
        [1.5, -0.2, 1.8, 3.2, 9.0, 0.0, 0.0],
    ]
)
"""A fast and a slow hot transient and a cool one, for fluxes scaled to a peak of 1."""

LOG_TEMPERATURE_PRIOR = (9.5, 1.0)
SLOPE_PRIOR = (0.0, 1.0)
"""Mean and standard deviation of the priors."""

TOLERANCE = 1e-3
"""Decrease of the loss that is not worth another step."""


@njit(error_model="numpy")
def _decline(decline: int, d: float, fall: float) -> tuple:
    """Decline at d and its logarithmic derivative k; that with respect to ln fall is -k d."""
    if decline == EXPONENTIAL:
        return exp(d / fall), 1.0 / fall
    if d <= 0.0:
        return 1.0, 0.0
    return exp(FALLBACK_INDEX * log(1.0 + d / fall)), FALLBACK_INDEX / (fall + d)


@njit(error_model="numpy")
def shape(decline: int, d: float, rise: float, fall: float) -> tuple:
    """Light-curve shape f at d days from t0, and its logarithmic derivatives.

    Returns
    -------
    f, by_d, by_log_rise, by_log_fall : float
        f and the derivatives of ln f with respect to d, ln rise and ln fall.
    """
    falling, k = _decline(decline, d, fall)
    rising = exp(-d / rise)
    f = 1.0 / (falling + rising)
    by_falling, by_rising = falling * f * k, rising * f / rise
    return f, by_rising - by_falling, -by_rising * d, by_falling * d


@njit(error_model="numpy")
def _log_prior(theta: np.ndarray) -> float:
    temperature = (theta[LOG_TEMPERATURE] - LOG_TEMPERATURE_PRIOR[0]) / LOG_TEMPERATURE_PRIOR[1]
    slope = (theta[SLOPE] - SLOPE_PRIOR[0]) / SLOPE_PRIOR[1]
    return -0.5 * (temperature * temperature + slope * slope)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, data: tuple, g: np.ndarray, F: np.ndarray) -> float:
    """Minus the loss and the priors' exponents, with gradient and Gauss-Newton matrix, for the optimiser.

    Parameters
    ----------
    theta : ndarray, shape (7,)
    data : tuple
        (phase, flux, flux_err, design, decline, residual): rest-frame days from the peak, fluxes
        and errors in one unit, the design of `tde.cooling_black_body.evolving_colours` with room
        for g, `EXPONENTIAL` or `POWER_LAW`, and room for the residuals (model - flux) / flux_err.
    g : ndarray, shape (7,)
        Filled with the gradient.
    F : ndarray, shape (7, 7)
        Filled with sum(w dr dr^T) and the priors' precisions, w = 1 / sqrt(1 + r^2).
    """
    phase, flux, flux_err, design, decline, residual = data
    term = design[1]
    n = theta.size
    rise, fall = exp(theta[LOG_RISE]), exp(theta[LOG_FALL])
    t0 = T0_UNIT * theta[T0]
    for i in range(phase.size):
        term[i] = phase_term(phase[i] - t0)
    colour, change = np.empty(phase.size), np.empty(phase.size)
    evolving_colours(theta[LOG_TEMPERATURE], theta[SLOPE], design, colour, change)
    dr = np.empty(n)
    g[:] = 0.0
    F[:] = 0.0
    loss = 0.0
    for i in range(phase.size):
        inverse = 1.0 / flux_err[i]
        d = phase[i] - t0
        f, by_d, by_log_rise, by_log_fall = shape(decline, d, rise, fall)
        per_amplitude = f * colour[i] * inverse
        signal = theta[AMPLITUDE] * per_amplitude
        moving = change[i] * theta[SLOPE] / PHASE_UNIT if PHASE_RANGE[0] < d < PHASE_RANGE[1] else 0.0
        dr[AMPLITUDE] = per_amplitude
        dr[T0] = -T0_UNIT * signal * (by_d + moving)
        dr[LOG_RISE] = signal * by_log_rise
        dr[LOG_FALL] = signal * by_log_fall
        dr[LOG_TEMPERATURE] = signal * change[i]
        dr[SLOPE] = signal * change[i] * term[i]
        dr[BASELINE] = inverse
        r = signal + (theta[BASELINE] - flux[i]) * inverse
        residual[i] = r
        root = math.sqrt(1.0 + r * r)
        loss += root - 1.0
        weight = 1.0 / root
        for j in range(n):
            scaled = weight * dr[j]
            g[j] -= scaled * r
            for k in range(j + 1):
                F[j, k] += scaled * dr[k]
    for j in range(n):
        for k in range(j):
            F[k, j] = F[j, k]
    _add_prior(theta, g, F)
    return _log_prior(theta) - loss


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
def fit(data: tuple, starts: np.ndarray, n_climbs: int, theta: np.ndarray, errors: np.ndarray) -> float:
    """Climb from the best starts by value, and keep the highest maximum.

    Parameters
    ----------
    data : tuple
        As in `gradient`, for fluxes scaled to a peak of about 1.
    starts : ndarray, shape (m, 7)
    n_climbs : int
        How many of the starts to climb from.
    theta, errors : ndarray, shape (7,)
        Filled with the best parameters and their standard errors from the Gauss-Newton matrix;
        untouched if nothing is finite. The residuals there are left in ``data``.

    Returns
    -------
    float
        The maximum of `gradient`'s value; NaN if nothing is finite.
    """
    values, g = np.empty(len(starts)), np.empty(N_PARAMETERS)
    trial, F = np.empty(N_PARAMETERS), np.empty((N_PARAMETERS, N_PARAMETERS))
    for m in range(len(starts)):
        values[m] = gradient(starts[m], data, g, F)
    best = math.nan
    for _ in range(n_climbs):
        m = np.argmax(values)
        if not math.isfinite(values[m]):
            break
        values[m] = -math.inf
        for j in range(N_PARAMETERS):
            trial[j] = min(max(starts[m, j], LOW[j]), HIGH[j])
        reached, _ = _climb(data, trial, LOW, HIGH, F, TOLERANCE)
        if not reached <= best:
            best = reached
            standard_errors(trial, LOW, HIGH, F, errors)
            for j in range(N_PARAMETERS):
                theta[j] = trial[j]
    if math.isfinite(best):
        gradient(theta, data, g, F)
    return best
