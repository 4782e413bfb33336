"""A colour surface: the logarithm of a class's spectrum over rest wavelength and phase.

The surface is a table of `N_WAVELENGTHS` x `N_PHASES` nodes with bilinear interpolation
between them. Only ratios between bands are ever used, so what is common to all
wavelengths of a phase means nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.constants import SECOND_RADIATION_CONSTANT
from tde.gp.rank_one_colours import REFERENCE
from tde.photometry import EFFECTIVE_WAVELENGTH

N_WAVELENGTHS = 10
LOG_WAVELENGTH = np.linspace(np.log(1700.0), np.log(9800.0), N_WAVELENGTHS)
"""Nodes in ln(rest wavelength / Angstrom)."""

PHASE = np.array([-45.0, -25.0, -10.0, 5.0, 25.0, 50.0, 90.0, 140.0])
"""Nodes in rest-frame days from the peak."""

N_PHASES = len(PHASE)

LEVEL_SD = 3.0
SLOPE_SD = 1.0
CURVATURE_SD = 0.5
EVOLUTION_SD = 0.35
"""Standard deviations of the prior: of a node, of first and second differences along wavelength and
of first differences along phase, all in ln(flux). Spectra are smooth; colours change slowly."""


class Places(NamedTuple):
    """Where observations lie between the nodes.

    Attributes
    ----------
    row, fraction : ndarray, shape (N,)
        Lower node in wavelength of each observation's filter, and how far above it.
    row_r, fraction_r : ndarray, shape (N,)
        The same of the r band, to which colours refer.
    column, weight : ndarray, shape (N,)
        Lower node in phase, and how far above it.
    """

    row: np.ndarray
    fraction: np.ndarray
    row_r: np.ndarray
    fraction_r: np.ndarray
    column: np.ndarray
    weight: np.ndarray


def _between_wavelengths(log_wavelength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower node and fraction; wavelengths beyond the nodes get the nearest one."""
    step = LOG_WAVELENGTH[1] - LOG_WAVELENGTH[0]
    position = np.clip((log_wavelength - LOG_WAVELENGTH[0]) / step, 0.0, N_WAVELENGTHS - 1.0)
    row = np.minimum(position.astype(np.int64), N_WAVELENGTHS - 2)
    return row, position - row


_LOG_WAVELENGTH_R = np.log(EFFECTIVE_WAVELENGTH)[REFERENCE]


def places(log_wavelength: np.ndarray, phase: np.ndarray, z: np.ndarray) -> Places:
    """Find observations on the surface.

    Parameters
    ----------
    log_wavelength : ndarray, shape (N,)
        ln(effective wavelength / Angstrom) of each observation's filter.
    phase : ndarray, shape (N,)
        Rest-frame days from the peak.
    z : ndarray, shape (N,)
        Redshift of each observation's object.
    """
    stretch = np.log1p(z)
    column = np.clip(np.searchsorted(PHASE, phase, side="right") - 1, 0, N_PHASES - 2)
    weight = np.clip((phase - PHASE[column]) / (PHASE[column + 1] - PHASE[column]), 0.0, 1.0)
    return Places(
        *_between_wavelengths(log_wavelength - stretch),
        *_between_wavelengths(_LOG_WAVELENGTH_R - stretch),
        column,
        weight,
    )


def black_body(temperature: float) -> np.ndarray:
    """Surface of a black body of constant temperature.

    Parameters
    ----------
    temperature : float
        In Kelvin.

    Returns
    -------
    ndarray, shape (N_WAVELENGTHS, N_PHASES)
        ln B_nu at the nodes, up to a constant.
    """
    x = SECOND_RADIATION_CONSTANT / (np.exp(LOG_WAVELENGTH) * temperature)
    return np.repeat((-3.0 * LOG_WAVELENGTH - np.log(np.expm1(x)))[:, None], N_PHASES, axis=1)


class ValueAndGradient(NamedTuple):
    """A number, and its gradient with respect to the nodes of a surface."""

    value: float
    gradient: np.ndarray


def penalty(surface: np.ndarray) -> ValueAndGradient:
    """Minus log-prior of a surface, and its gradient.

    Returns
    -------
    value : float
    gradient : ndarray, shape (N_WAVELENGTHS, N_PHASES)
    """
    slope, evolution = np.diff(surface, axis=0), np.diff(surface, axis=1)
    curvature = np.diff(slope, axis=0)
    value, gradient = 0.0, surface / LEVEL_SD**2
    for part, sd in ((surface, LEVEL_SD), (slope, SLOPE_SD), (curvature, CURVATURE_SD), (evolution, EVOLUTION_SD)):
        value += 0.5 * float((part**2).sum()) / sd**2
    gradient[1:] += slope / SLOPE_SD**2
    gradient[:-1] -= slope / SLOPE_SD**2
    gradient[2:] += curvature / CURVATURE_SD**2
    gradient[1:-1] -= 2.0 * curvature / CURVATURE_SD**2
    gradient[:-2] += curvature / CURVATURE_SD**2
    gradient[:, 1:] += evolution / EVOLUTION_SD**2
    gradient[:, :-1] -= evolution / EVOLUTION_SD**2
    return ValueAndGradient(value, gradient)


@njit(error_model="numpy")
def interpolate(surface: np.ndarray, row: int, fraction: float, column: int, weight: float) -> float:
    """Surface between its nodes.

    Parameters
    ----------
    surface : ndarray, shape (N_WAVELENGTHS, N_PHASES)
    row, fraction, column, weight
        Of one observation, see `Places`.
    """
    early = (1.0 - fraction) * surface[row, column] + fraction * surface[row + 1, column]
    late = (1.0 - fraction) * surface[row, column + 1] + fraction * surface[row + 1, column + 1]
    return (1.0 - weight) * early + weight * late


@njit(error_model="numpy")
def spread(gradient: np.ndarray, row: int, fraction: float, column: int, weight: float, amount: float) -> None:
    """Add the derivative of `interpolate` with respect to the nodes, times ``amount``.

    Parameters
    ----------
    gradient : ndarray, shape (N_WAVELENGTHS, N_PHASES)
    row, fraction, column, weight
        Of one observation, see `Places`.
    amount : float
    """
    gradient[row, column] += amount * (1.0 - fraction) * (1.0 - weight)
    gradient[row, column + 1] += amount * (1.0 - fraction) * weight
    gradient[row + 1, column] += amount * fraction * (1.0 - weight)
    gradient[row + 1, column + 1] += amount * fraction * weight
