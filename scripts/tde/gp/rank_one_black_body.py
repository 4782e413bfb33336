"""Black-body colours of the rank-one process: log-posterior and its derivatives.

The bands of an object are one curve, ``flux_i = c_i F(t_i) + noise`` (`tde.gp.rank_one`), and
c_i is the Planck function at the band's rest-frame wavelength over that at the r band's, at the
temperature

    ln T_i = ln T_0 [+ slope g(t_i)],

g being `tde.gp.rank_one_colours.phase_term`. The parameters are theta = (log s, log time scale,
ln T_0[, slope]). Priors are normal and weak, log-posteriors without the constants of their
normalisation, as in `tde.gp.rank_one_colours`, so that the two can be compared.

Observations may be exempt: c = 1 where `tde.black_body.cooling.wavelength_terms` is told so.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.cooling import TERM, Design, evolving_colours
from tde.gp import rank_one
from tde.gp.rank_one_colours import TIME_SCALE_BOX, TIME_SCALE_PRIOR, Box
from tde.numerics.normal_priors import add_log_prior, log_prior

LOG_TEMPERATURE_PRIOR = (9.6, 0.8)
"""Mean and standard deviation of ln T_0, T in Kelvin: 15 kK within a factor of two or so."""

SLOPE_PRIOR = (0.0, 0.3)
"""Mean and standard deviation of the slope of ln T per 50 rest-frame days."""

LOG_TEMPERATURE_BOX = (7.8, 11.4)
SLOPE_BOX = (-1.5, 1.5)

LOG_TEMPERATURE = rank_one.N_PROCESS
SLOPE = LOG_TEMPERATURE + 1
"""Places of ln T_0 and its slope in theta."""


class BlackBodyData(NamedTuple):
    """What `log_posterior` reads.

    Attributes
    ----------
    design : Design
        Of `tde.black_body.cooling.make_design`.
    prior : ndarray, shape (p, 2)
        Of `priors`.
    room : ndarray, shape (2, m)
        As wide as the design's rows.
    dlog_colour : ndarray, shape (n, 4)
        Room for the derivatives of the colours.
    series : Series
    """

    design: Design
    prior: np.ndarray
    room: np.ndarray
    dlog_colour: np.ndarray
    series: rank_one.Series


@njit(error_model="numpy")
def priors(n_parameters: int) -> np.ndarray:
    """Means and precisions of the priors on theta, shape (n_parameters, 2); precision 0 is flat."""
    out = np.zeros((n_parameters, 2))
    out[1, 0], out[1, 1] = TIME_SCALE_PRIOR
    out[LOG_TEMPERATURE, 0], out[LOG_TEMPERATURE, 1] = LOG_TEMPERATURE_PRIOR
    if n_parameters > SLOPE:
        out[SLOPE, 0], out[SLOPE, 1] = SLOPE_PRIOR
    for j in range(1, n_parameters):
        out[j, 1] = 1.0 / (out[j, 1] * out[j, 1])
    return out


@njit(error_model="numpy")
def box(n_parameters: int) -> Box:
    """Lower and upper bounds of theta; those of log s, which has a unit, are for the caller to set."""
    low, high = np.empty(n_parameters), np.empty(n_parameters)
    low[0], high[0] = -math.inf, math.inf
    low[1], high[1] = TIME_SCALE_BOX
    low[LOG_TEMPERATURE], high[LOG_TEMPERATURE] = LOG_TEMPERATURE_BOX
    if n_parameters > SLOPE:
        low[SLOPE], high[SLOPE] = SLOPE_BOX
    return Box(low, high)


@njit(error_model="numpy")
def colours(theta: np.ndarray, design: Design, room: np.ndarray, dlog_colour: np.ndarray) -> None:
    """Colours of all observations and their derivatives.

    Parameters
    ----------
    theta : ndarray, shape (3,) or (4,)
    design : Design
        Of `tde.black_body.cooling.make_design`.
    room : ndarray, shape (2, m)
        As wide as the design's rows; its first row is filled with c_i.
    dlog_colour : ndarray, shape (n, 4)
        Derivatives of ln c_i: columns 2 and, with a slope, 3 are filled, by place in theta.
    """
    slope = theta[SLOPE] if theta.size > SLOPE else 0.0
    colour, change = room
    evolving_colours(theta[LOG_TEMPERATURE], slope, design, colour, change)
    for i in range(dlog_colour.shape[0]):
        dlog_colour[i, LOG_TEMPERATURE] = change[i]
        if theta.size > SLOPE:
            dlog_colour[i, SLOPE] = change[i] * design.rows[TERM, i]


@njit(error_model="numpy")
def log_posterior(theta: np.ndarray, data: BlackBodyData) -> float:
    """Log-likelihood of a Matern-3/2 process with black-body colours, plus the priors' exponents.

    Parameters
    ----------
    theta : ndarray, shape (3,) or (4,)
    data : BlackBodyData
    """
    design, prior, room, dlog_colour, series = data
    colours(theta, design, room, dlog_colour)
    value = rank_one.log_likelihood(rank_one.MATERN32, theta[0], theta[1], room[0], series)
    return value + log_prior(theta, prior)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, data: BlackBodyData, g: np.ndarray, F: np.ndarray) -> float:
    """`log_posterior` with its gradient and Fisher matrix (the priors' precisions added).

    Parameters
    ----------
    theta, data
        As in `log_posterior`.
    g : ndarray, shape (p,)
        Filled with the gradient.
    F : ndarray, shape (p, p)
        Filled with the Fisher matrix, see `tde.gp.rank_one.gradient`.
    """
    design, prior, room, dlog_colour, series = data
    colours(theta, design, room, dlog_colour)
    value = rank_one.gradient(rank_one.MATERN32, theta[0], theta[1], room[0], dlog_colour, series, g, F)
    return value + add_log_prior(theta, prior, g, F)
