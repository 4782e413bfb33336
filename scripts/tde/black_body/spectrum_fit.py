"""Black body through the fluxes of one epoch: temperature, amplitude and their covariance.

The fit works in the observer's frame, where the wavelengths of the bands are the same for
every object: a black body of temperature T at redshift z is seen as one of T / (1 + z)
(`luminosity_and_radius` takes it back to the rest frame). So the Planck functions of a grid
of temperatures are computed once, and the search costs a few multiplications per object.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.constants import MICROJANSKY, PARSEC, PLANCK, SPEED_OF_LIGHT, STEFAN_BOLTZMANN
from tde.black_body.spectra import log_planck
from tde.numerics.elementary import LN_10, exp, log
from tde.photometry import EFFECTIVE_WAVELENGTH

MODEL_ERR = 0.02
"""Relative error of the model, added to the errors in quadrature: a band is not one wavelength,
and no source is exactly a black body."""

MIN_BANDS = 3
"""Fewest bands with a significant flux."""

SIGNIFICANT = 3.0
"""A flux counts as measured above this many errors."""

MAX_LOG_ERR = 1.0
"""Largest error of ln T at which the bands still constrain the temperature."""


class BlackBodyFit(NamedTuple):
    """Black body in the observer's frame.

    Attributes
    ----------
    log_temperature : float
        ln T, T in K.
    log_amplitude : float
        ln A, A in sr.
    variance, amplitude_variance, covariance : float
        Of ln T, of ln A, and between them.
    chi2 : float
        Per degree of freedom.
    """

    log_temperature: float
    log_amplitude: float
    variance: float
    amplitude_variance: float
    covariance: float
    chi2: float


UNCONSTRAINED = BlackBodyFit(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)


class Luminosity(NamedTuple):
    """Decimal logarithms of T in K, R in cm and L in erg / s in the rest frame, each followed by its error."""

    temperature: float
    temperature_err: float
    radius: float
    radius_err: float
    luminosity: float
    luminosity_err: float


_COOLEST, _NODE_STEP, _N_NODES = 5.7, 0.1, 57  # ln T of the nodes, from 299 K to 81 kK
_N_REFINEMENTS = 12
_PLANCK_UNIT = 2.0 * PLANCK * SPEED_OF_LIGHT * 1e24 / MICROJANSKY  # 2 h c / Angstrom^3, in uJy / sr


@njit(error_model="numpy")
def planck_nodes() -> np.ndarray:
    """Planck functions of all bands on the grid of temperatures that `fit_black_body` starts from.

    Returns
    -------
    ndarray, shape (n_nodes, 6)
        B_nu in uJy / sr at `EFFECTIVE_WAVELENGTH`.
    """
    nodes = np.empty((_N_NODES, EFFECTIVE_WAVELENGTH.size))
    for k in range(_N_NODES):
        for b in range(EFFECTIVE_WAVELENGTH.size):
            nodes[k, b] = _PLANCK_UNIT * exp(log_planck(EFFECTIVE_WAVELENGTH[b], _COOLEST + _NODE_STEP * k)[0])
    return nodes


@njit(error_model="numpy")
def _weights(flux: np.ndarray, flux_err: np.ndarray, weight: np.ndarray) -> bool:
    """Fill the weights; False where fewer than `MIN_BANDS` bands have a significant flux."""
    significant = 0
    for b in range(flux.size):
        weight[b] = 0.0
        if flux_err[b] > 0.0 and not np.isnan(flux[b]):
            weight[b] = 1.0 / (flux_err[b] * flux_err[b] + (MODEL_ERR * flux[b]) * (MODEL_ERR * flux[b]))
            significant += flux[b] > SIGNIFICANT * flux_err[b]
    return significant >= MIN_BANDS


@njit(error_model="numpy")
def _best_node(flux: np.ndarray, weight: np.ndarray, nodes: np.ndarray, low: float, high: float) -> float:
    """Logarithm of the best temperature of the grid; NaN if none fits better than no flux."""
    best, best_gain = math.nan, 0.0
    for k in range(nodes.shape[0]):
        log_temperature = _COOLEST + _NODE_STEP * k
        if not low <= log_temperature <= high:
            continue
        projection = norm = 0.0
        for b in range(flux.size):
            projection += weight[b] * flux[b] * nodes[k, b]
            norm += weight[b] * nodes[k, b] * nodes[k, b]
        gain = projection * projection / norm
        if projection > 0.0 and gain > best_gain:
            best, best_gain = log_temperature, gain
    return best


@njit(error_model="numpy")
def _sums(flux: np.ndarray, weight: np.ndarray, log_temperature: float, model: np.ndarray, slope: np.ndarray) -> tuple:
    """Best amplitude at a temperature, gradient and Fisher matrix in (ln A, ln T), chi-squared."""
    projection = norm = 0.0
    for b in range(flux.size):
        value, slope[b] = log_planck(EFFECTIVE_WAVELENGTH[b], log_temperature)
        model[b] = _PLANCK_UNIT * exp(value)
        projection += weight[b] * flux[b] * model[b]
        norm += weight[b] * model[b] * model[b]
    amplitude = projection / norm
    gradient = aa = at = tt = chi2 = 0.0
    for b in range(flux.size):
        model[b] *= amplitude
        rest = flux[b] - model[b]
        information = weight[b] * model[b] * model[b]
        gradient += weight[b] * rest * model[b] * slope[b]
        aa += information
        at += information * slope[b]
        tt += information * slope[b] * slope[b]
        chi2 += weight[b] * rest * rest
    return amplitude, gradient, aa, at, tt, chi2


@njit(error_model="numpy")
def fit_black_body(flux: np.ndarray, flux_err: np.ndarray, nodes: np.ndarray, low: float, high: float) -> BlackBodyFit:
    """Least-squares black body, ``flux_b = A B_nu(wavelength_b, T)``, in the observer's frame.

    The amplitude is linear and solved for at every temperature; the temperature is the best
    node of a grid, refined by Gauss-Newton steps on ln T. The errors of the bands are taken
    as independent, which errs on the safe side for fluxes of one smooth curve: what these
    share cancels in the colours.

    Parameters
    ----------
    flux, flux_err : ndarray, shape (6,)
        In uJy; NaN where a band is unknown.
    nodes : ndarray
        From `planck_nodes`.
    low, high : float
        Smallest and largest ln T (T in K, observer's frame); a fit that ends there is none.

    Returns
    -------
    BlackBodyFit
        `UNCONSTRAINED` where fewer than `MIN_BANDS` bands have a flux above `SIGNIFICANT` errors or
        the error of ln T exceeds `MAX_LOG_ERR`.
    """
    weight, model, slope = np.empty(flux.size), np.empty(flux.size), np.empty(flux.size)
    if not _weights(flux, flux_err, weight):
        return UNCONSTRAINED
    flux = np.where(weight > 0.0, flux, 0.0)
    node = _best_node(flux, weight, nodes, low, high)
    if np.isnan(node):
        return UNCONSTRAINED
    lowest, highest = max(low, node - 1.5 * _NODE_STEP), min(high, node + 1.5 * _NODE_STEP)
    log_temperature = node
    amplitude, gradient, aa, at, tt, chi2 = _sums(flux, weight, log_temperature, model, slope)
    for _ in range(_N_REFINEMENTS):
        previous = log_temperature
        log_temperature = min(max(previous + gradient / (tt - at * at / aa), lowest), highest)
        amplitude, gradient, aa, at, tt, chi2 = _sums(flux, weight, log_temperature, model, slope)
        if abs(log_temperature - previous) < 1e-6:
            break
    determinant = aa * tt - at * at
    variance = aa / determinant
    if not (low < log_temperature < high and amplitude > 0.0 and variance <= MAX_LOG_ERR * MAX_LOG_ERR):
        return UNCONSTRAINED
    used = 0
    for b in range(flux.size):
        used += weight[b] > 0.0
    return BlackBodyFit(
        log_temperature, log(amplitude), variance, tt / determinant, -at / determinant, chi2 / (used - 2)
    )


@njit(error_model="numpy")
def log_luminosity_distance(modulus: float) -> float:
    """Natural logarithm of the luminosity distance in cm, from the distance modulus in magnitudes."""
    return LN_10 * (0.2 * modulus + 1.0) + log(PARSEC)


@njit(error_model="numpy")
def luminosity_and_radius(fit: BlackBodyFit, z: float, modulus: float) -> Luminosity:
    """Rest-frame temperature, radius and bolometric luminosity of a fitted black body, with errors.

    With the angular-diameter distance D = D_L / (1 + z)^2, A = pi (R / D)^2 and
    L = 4 pi R^2 sigma T^4.

    Parameters
    ----------
    fit : BlackBodyFit
    z : float
    modulus : float
        Distance modulus in magnitudes.
    """
    log_temperature, log_amplitude, variance, amplitude_variance, covariance, _ = fit
    stretch = log(1.0 + z)
    log_temperature += stretch
    log_radius = log_luminosity_distance(modulus) - 2.0 * stretch + 0.5 * (log_amplitude - log(math.pi))
    log_power = log(4.0 * math.pi * STEFAN_BOLTZMANN) + 2.0 * log_radius + 4.0 * log_temperature
    power_variance = amplitude_variance + 16.0 * variance + 8.0 * covariance
    return Luminosity(
        log_temperature / LN_10,
        math.sqrt(variance) / LN_10,
        log_radius / LN_10,
        0.5 * math.sqrt(amplitude_variance) / LN_10,
        log_power / LN_10,
        math.sqrt(max(power_variance, 0.0)) / LN_10,
    )
