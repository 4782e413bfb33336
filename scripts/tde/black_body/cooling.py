"""Colours of a black body whose temperature changes with time, as fits need them.

ln T = ln T_0 + slope g, where g grows with the rest-frame time (`tde.gp.rank_one_colours.phase_term`);
with slope 0 it is a black body of constant temperature, cooling if the slope is negative.

With x = h c / (wavelength k T) the flux relative to the reference band r is

    c = B_nu(wavelength) / B_nu(wavelength_r) = (wavelength_r / wavelength)^3 (exp(x_r) - 1) / (exp(x) - 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.constants import SECOND_RADIATION_CONSTANT
from tde.numerics.elementary_lanes import exp_lanes
from tde.numerics.lanes import WIDTH, Lanes, clip, inside, load, padded, store

TERM, X_KELVIN, CUBE = range(3)
"""Rows of `make_design`."""

LOG_TEMPERATURE_LIMITS = (7.6, 11.6)
"""A temperature that changes stops here, at 2 kK and 109 kK."""


class WavelengthTerms(NamedTuple):
    """What the colours of observations depend on beside the temperature.

    Attributes
    ----------
    x_kelvin : ndarray, shape (n,)
        T x = h c / (wavelength k) in Kelvin.
    cube : ndarray, shape (n,)
        (wavelength_r / wavelength)^3.
    reference : float
        T x of the reference band in Kelvin.
    """

    x_kelvin: np.ndarray
    cube: np.ndarray
    reference: float


class Design(NamedTuple):
    """What `evolving_colours` reads.

    Attributes
    ----------
    rows : ndarray, shape (3, m)
        g, T x and cube; ordinary numbers follow that make m a multiple of four.
    reference : float
        As in `WavelengthTerms`.
    """

    rows: np.ndarray
    reference: float


def wavelength_terms(wavelength: np.ndarray, coloured: np.ndarray, of_reference: float) -> WavelengthTerms:
    """What the colours of observations depend on beside the temperature.

    Parameters
    ----------
    wavelength : ndarray, shape (n,)
        Rest-frame wavelength of each observation's filter in Angstrom.
    coloured : ndarray of bool, shape (n,)
        Where False, c = 1: the observation counts as one of the reference band.
    of_reference : float
        Rest-frame wavelength of the reference band in Angstrom.
    """
    seen = np.where(coloured, wavelength, of_reference)
    ratio = of_reference / seen
    reference = float(SECOND_RADIATION_CONSTANT / of_reference)
    return WavelengthTerms(SECOND_RADIATION_CONSTANT / seen, ratio * ratio * ratio, reference)


def make_design(term: np.ndarray, terms: WavelengthTerms) -> Design:
    """Lay out what `evolving_colours` reads.

    Parameters
    ----------
    term : ndarray, shape (n,)
        g of each observation.
    terms : WavelengthTerms
    """
    x_kelvin, cube, reference = terms
    n = len(term)
    rows = np.zeros((3, padded(n)))
    rows[X_KELVIN] = reference
    rows[TERM, :n], rows[X_KELVIN, :n], rows[CUBE, :n] = term, x_kelvin, cube
    return Design(rows, reference)


class RelativeFlux(NamedTuple):
    """Flux relative to the reference band, and the slope of its logarithm with ln T."""

    value: Lanes
    slope: Lanes


@njit(error_model="numpy")
def relative_flux(log_temperature: Lanes, x_kelvin: Lanes, cube: Lanes, reference: float) -> RelativeFlux:
    """Flux relative to the reference band, c, and d ln c / d ln T, where ln T stays within its limits.

    Parameters
    ----------
    log_temperature : Lanes
        ln T, T in Kelvin.
    x_kelvin, cube : Lanes
    reference : float
        See `wavelength_terms`.
    """
    low, high = LOG_TEMPERATURE_LIMITS
    per_kelvin = exp_lanes(-1.0 * clip(log_temperature, low, high))
    x, x_r = per_kelvin * x_kelvin, reference * per_kelvin
    e, e_r = exp_lanes(-1.0 * x), exp_lanes(-1.0 * x_r)
    rest, rest_r = 1.0 - e, 1.0 - e_r
    per_rest, per_both = 1.0 / rest, 1.0 / (rest_r * e_r)
    change = inside(log_temperature, low, high) * (x * per_rest - x_r * (e_r * per_both))
    return RelativeFlux(cube * e * per_rest * (rest_r * rest_r * per_both), change)


@njit(error_model="numpy")
def evolving_colours(
    log_temperature: float, slope: float, design: Design, colour: np.ndarray, change: np.ndarray
) -> None:
    """Flux of each observation relative to the r band, four observations side by side (`tde.numerics.lanes`).

    Parameters
    ----------
    log_temperature, slope : float
        ln T_0 with T_0 in Kelvin, and d ln T / dg.
    design : Design
    colour, change : ndarray, shape (m,)
        Filled with c and with d ln c / d ln T.
    """
    rows, reference = design
    for k in range(rows.shape[1] // WIDTH):
        now = log_temperature + slope * load(rows[TERM], k)
        c, by_temperature = relative_flux(now, load(rows[X_KELVIN], k), load(rows[CUBE], k), reference)
        store(colour, k, c)
        store(change, k, by_temperature)
