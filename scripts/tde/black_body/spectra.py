"""Black-body spectra, with the derivative that fits of the temperature need."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.constants import SECOND_RADIATION_CONSTANT
from tde.numerics.elementary import exp, log


class LogPlanck(NamedTuple):
    """Logarithm of the Planck function, up to a constant, and its slope with ln T."""

    value: float
    slope: float


@njit(error_model="numpy")
def log_planck(wavelength: float, log_temperature: float) -> LogPlanck:
    """Logarithm of the Planck function B_nu and its slope with the temperature.

    Parameters
    ----------
    wavelength : float
        Rest-frame wavelength in Angstrom.
    log_temperature : float
        Natural logarithm of the temperature in Kelvin.

    Returns
    -------
    value : float
        ln(B_nu) up to a constant: -3 ln(wavelength) - ln(exp(x) - 1), x = h c / (wavelength k T).
    slope : float
        d ln(B_nu) / d ln(T) = x / (1 - exp(-x)).
    """
    x = SECOND_RADIATION_CONSTANT / (wavelength * exp(log_temperature))
    rest = 1.0 - exp(-x)
    return LogPlanck(-3.0 * log(wavelength) - x - log(rest), x / rest)


@njit(error_model="numpy")
def log_colours(
    wavelength: np.ndarray, reference: int, log_temperature: float, colour: np.ndarray, slope: np.ndarray
) -> None:
    """Flux of each band relative to a reference band, for one temperature.

    Parameters
    ----------
    wavelength : ndarray, shape (n,)
        Rest-frame wavelengths of the bands in Angstrom.
    reference : int
        Index of the reference band.
    log_temperature : float
        Natural logarithm of the temperature in Kelvin.
    colour, slope : ndarray, shape (n,)
        Filled with ln(f_b / f_reference), f per unit frequency as in micro-Jansky, and with
        its derivative with respect to the logarithm of the temperature.
    """
    base, base_slope = log_planck(wavelength[reference], log_temperature)
    for b in range(wavelength.size):
        value, change = log_planck(wavelength[b], log_temperature)
        colour[b] = value - base
        slope[b] = change - base_slope
