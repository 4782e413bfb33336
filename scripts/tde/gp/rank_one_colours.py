"""Colour models of the rank-one process, with weak priors: log-posterior and its derivatives.

The bands of an object are one curve, ``flux_i = c_i F(t_i) + noise`` (`tde.gp.rank_one`). Here
log c_i is linear in the colour parameters, log c = X phi, and the r band is the reference:

- constant colours: log c_i = a_b, one number per band b of u, g, i, z, y;
- evolving colours: log c_i = a_b + s_b g(t_i), with `phase_term` as g, that is with the same
  parameters and as many slopes.

The parameters are theta = (log s, log time scale, phi). Priors are normal and wide: they decide
only what the data leave open, such as the colour of a band without points. A band that is all
there is has its colour from the prior, and F keeps the units of the r band. Log-posteriors are
without the constants of the priors' normalisation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp import rank_one
from tde.numerics.elementary import exp
from tde.numerics.lanes import padded
from tde.numerics.normal_priors import add_log_prior, log_prior
from tde.photometry import BANDS

REFERENCE = BANDS.index("r")
"""The band in whose flux F is measured."""

COLOUR_BANDS = "".join(band for band in BANDS if band != BANDS[REFERENCE])
"""Bands with a colour parameter, in their order in theta."""

N_COLOURS = len(COLOUR_BANDS)
N_CONSTANT = rank_one.N_PROCESS + N_COLOURS
N_EVOLVING = N_CONSTANT + N_COLOURS

TIME_SCALE_PRIOR = (3.5, 1.5)
COLOUR_PRIOR = (0.0, 1.0)
SLOPE_PRIOR = (0.0, 0.6)
"""Mean and standard deviation of log time scale [d], of a log colour and of a slope of it; the
amplitude's prior is flat, so that the unit of flux does not matter."""

TIME_SCALE_BOX = (1.0, 7.5)
COLOUR_BOX = (-3.0, 3.0)
AMPLITUDE_BOX = (-9.0, 7.0)
"""Bounds of log time scale [d], of log colours and slopes, and of log s in units of the scatter."""

PHASE_RANGE = (-30.0, 120.0)
"""Rest-frame days from the peak within which evolving colours change."""

PHASE_UNIT = 50.0
"""Rest-frame days to which the slopes of log colours refer."""


class ColourData(NamedTuple):
    """What `log_posterior` reads.

    Attributes
    ----------
    process : int
        Of F, as in `tde.gp.rank_one`.
    design : ndarray, shape (n, m)
        X.
    prior : ndarray, shape (p, 2)
        Of `priors`.
    colour : ndarray, shape (n,)
        Room for the colours.
    series : Series
    """

    process: int
    design: np.ndarray
    prior: np.ndarray
    colour: np.ndarray
    series: rank_one.Series


class Box(NamedTuple):
    """Lower and upper bounds of theta, shape (n,) each."""

    low: np.ndarray
    high: np.ndarray


@njit(error_model="numpy")
def phase_term(phase: float) -> float:
    """Time dependence g of evolving colours: phase / 50 d, constant outside -30..120 d."""
    return min(max(phase, PHASE_RANGE[0]), PHASE_RANGE[1]) / PHASE_UNIT


@njit(cache=True, error_model="numpy")
def constant_design(band: np.ndarray) -> np.ndarray:
    """X of constant colours.

    Parameters
    ----------
    band : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (n, 8)
        Columns by place in theta, then 0 up to a multiple of four (`tde.numerics.lanes.padded`):
        1 where the observation is in the column's band; rows of the r band are 0.
    """
    X = np.zeros((band.size, padded(N_CONSTANT)))
    for i in range(band.size):
        if band[i] != REFERENCE:
            X[i, rank_one.N_PROCESS + band[i] - (band[i] > REFERENCE)] = 1.0
    return X


@njit(error_model="numpy")
def evolving_design(band: np.ndarray, term: np.ndarray) -> np.ndarray:
    """X of evolving colours: those of `constant_design`, and the same times g.

    Parameters
    ----------
    band : ndarray of int, shape (n,)
    term : ndarray, shape (n,)
        g of each observation.

    Returns
    -------
    ndarray, shape (n, 12)
        Columns by place in theta, as in `constant_design`.
    """
    X = np.zeros((band.size, padded(N_EVOLVING)))
    for i in range(band.size):
        if band[i] != REFERENCE:
            column = rank_one.N_PROCESS + band[i] - (band[i] > REFERENCE)
            X[i, column] = 1.0
            X[i, N_COLOURS + column] = term[i]
    return X


@njit(error_model="numpy")
def priors(n_parameters: int) -> np.ndarray:
    """Means and precisions of the priors on theta, shape (n_parameters, 2); precision 0 is flat."""
    out = np.zeros((n_parameters, 2))
    out[1, 0] = TIME_SCALE_PRIOR[0]
    out[1, 1] = 1.0 / (TIME_SCALE_PRIOR[1] * TIME_SCALE_PRIOR[1])
    for j in range(rank_one.N_PROCESS, n_parameters):
        mean, sd = COLOUR_PRIOR if j < N_CONSTANT else SLOPE_PRIOR
        out[j, 0] = mean
        out[j, 1] = 1.0 / (sd * sd)
    return out


@njit(error_model="numpy")
def box(n_parameters: int) -> Box:
    """Lower and upper bounds of theta for a series of unit scatter."""
    low = np.full(n_parameters, COLOUR_BOX[0])
    high = np.full(n_parameters, COLOUR_BOX[1])
    low[0], high[0] = AMPLITUDE_BOX
    low[1], high[1] = TIME_SCALE_BOX
    return Box(low, high)


@njit(error_model="numpy")
def colours(theta: np.ndarray, design: np.ndarray, colour: np.ndarray) -> None:
    """Fill ``colour`` with c_i = exp(X phi), phi being the last parameters of theta.

    Parameters
    ----------
    theta : ndarray, shape (2 + p,)
    design : ndarray, shape (n, m)
        X.
    colour : ndarray, shape (n,)
    """
    for i in range(colour.size):
        log_colour = 0.0
        for j in range(rank_one.N_PROCESS, theta.size):
            log_colour += design[i, j] * theta[j]
        colour[i] = exp(log_colour)


@njit(error_model="numpy")
def log_posterior(theta: np.ndarray, data: ColourData) -> float:
    """Log-likelihood plus `log_prior`.

    Parameters
    ----------
    theta : ndarray, shape (2 + p,)
        log s, log time scale, colour parameters.
    data : ColourData
    """
    process, design, prior, colour, series = data
    colours(theta, design, colour)
    return rank_one.log_likelihood(process, theta[0], theta[1], colour, series) + log_prior(theta, prior)


@njit(error_model="numpy")
def gradient(theta: np.ndarray, data: ColourData, g: np.ndarray, F: np.ndarray) -> float:
    """Log-posterior with its gradient and Fisher matrix (the priors' precisions added).

    Parameters
    ----------
    theta, data
        As in `log_posterior`.
    g : ndarray, shape (2 + p,)
        Filled with the gradient.
    F : ndarray, shape (2 + p, 2 + p)
        Filled with the Fisher matrix, see `tde.gp.rank_one.gradient`.
    """
    process, design, prior, colour, series = data
    colours(theta, design, colour)
    value = rank_one.gradient(process, theta[0], theta[1], colour, design, series, g, F)
    return value + add_log_prior(theta, prior, g, F)
