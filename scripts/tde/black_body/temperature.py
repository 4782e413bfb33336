"""The black-body temperature of one set of band fluxes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.spectra import log_colours
from tde.numerics.elementary import exp

LOG_RANGE = (math.log(2.5e3), math.log(1e5))
"""Range of the natural logarithm of the temperature in Kelvin that is searched."""

LOG_PRIOR = (math.log(1e4), 1.0)
"""Mean and standard deviation of ln T a priori: decides only where the fluxes do not."""

ERROR_FLOOR = 0.02
"""Least error as a share of the flux: no source is a black body to better than this."""

N_NODES = 24
N_STEPS = 12
CLOSE_ENOUGH = 1e-6
REFERENCE = 2
"""Band that the model's colours are relative to; cancels out."""


class Trial(NamedTuple):
    """One temperature tried.

    Attributes
    ----------
    chi2, cost : float
        Chi-squared at the best amplitude >= 0, without and with the prior.
    step, log_error : float
        Gauss-Newton step in ln T and its standard error.
    """

    chi2: float
    cost: float
    step: float
    log_error: float


class TemperatureFit(NamedTuple):
    """Most probable temperature.

    Attributes
    ----------
    log_temperature : float
        Natural logarithm of the temperature in Kelvin; NaN at an end of `LOG_RANGE`, where
        the fluxes do not determine it.
    log_error : float
        Its standard error, at most that of `LOG_PRIOR`.
    chi2 : float
        Sum over the bands of the squared residual over the error.
    """

    log_temperature: float
    log_error: float
    chi2: float


@njit(error_model="numpy")
def node(k: int) -> float:
    """Node ``k`` of the grid of ln T."""
    return LOG_RANGE[0] + k * (LOG_RANGE[1] - LOG_RANGE[0]) / (N_NODES - 1)


@njit(error_model="numpy")
def node_colours(wavelength: np.ndarray, colours: np.ndarray, slopes: np.ndarray) -> None:
    """Fill the relative fluxes of all nodes and their slopes with ln T, shape (N_NODES, n_bands) each.

    They serve all fits of one object; ``wavelength`` is in Angstrom in the rest frame.

    Parameters
    ----------
    wavelength : ndarray, shape (n_bands,)
        In Angstrom in the rest frame.
    colours, slopes : ndarray, shape (N_NODES, n_bands)
    """
    for k in range(N_NODES):
        relative_fluxes(wavelength, node(k), colours[k], slopes[k])


@njit(error_model="numpy")
def relative_fluxes(wavelength: np.ndarray, log_temperature: float, model: np.ndarray, slope: np.ndarray) -> None:
    """Fill the fluxes relative to the reference band, and d ln(flux) / d ln T.

    Parameters
    ----------
    wavelength : ndarray, shape (n_bands,)
        In Angstrom in the rest frame.
    log_temperature : float
    model, slope : ndarray, shape (n_bands,)
    """
    log_colours(wavelength, REFERENCE, log_temperature, model, slope)
    for b in range(model.size):
        model[b] = exp(model[b])


@njit(error_model="numpy")
def cost_and_step(
    log_temperature: float, flux: np.ndarray, error: np.ndarray, model: np.ndarray, slope: np.ndarray
) -> Trial:
    """How well a temperature does, and where to go from it.

    The amplitude is projected out (Golub & Pereyra 1973, SIAM J. Numer. Anal. 10, 413; in
    the approximation of Kaufman 1975, BIT 15, 49).

    Parameters
    ----------
    log_temperature : float
    flux, error : ndarray, shape (n_bands,)
    model, slope : ndarray, shape (n_bands,)
        Of `relative_fluxes` at this temperature.
    """
    cross = norm = along = chi2 = 0.0
    for b in range(flux.size):
        weight = 1.0 / (error[b] * error[b])
        cross += weight * model[b] * flux[b]
        norm += weight * model[b] * model[b]
        along += weight * model[b] * model[b] * slope[b]
    amplitude = max(cross, 0.0) / norm
    offset = log_temperature - LOG_PRIOR[0]
    gradient = -offset / (LOG_PRIOR[1] * LOG_PRIOR[1])
    information = 1.0 / (LOG_PRIOR[1] * LOG_PRIOR[1])
    for b in range(flux.size):
        residual = (flux[b] - amplitude * model[b]) / error[b]
        derivative = amplitude * model[b] * (slope[b] - along / norm) / error[b]
        chi2 += residual * residual
        gradient += derivative * residual
        information += derivative * derivative
    cost = chi2 + offset * offset / (LOG_PRIOR[1] * LOG_PRIOR[1])
    return Trial(chi2, cost, gradient / information, 1.0 / math.sqrt(information))


@njit(error_model="numpy")
def fit_temperature(
    wavelength: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, colours: np.ndarray, slopes: np.ndarray
) -> TemperatureFit:
    """Most probable temperature of a black body with free amplitude.

    Parameters
    ----------
    wavelength : ndarray, shape (n_bands,)
        Rest-frame wavelengths in Angstrom.
    flux, flux_err : ndarray, shape (n_bands,)
        Fluxes per unit frequency, as micro-Jansky, and their errors, taken as independent;
        NaN where a band is unknown.
    colours, slopes : ndarray, shape (N_NODES, n_bands)
        From `node_colours` for the same wavelengths.
    """
    n = flux.size
    error, model, slope = np.empty(n), np.empty(n), np.empty(n)
    known = np.isfinite(flux)
    for b in range(n):
        error[b] = max(flux_err[b], ERROR_FLOOR * abs(flux[b])) if known[b] else math.inf
    flux = np.where(known, flux, 0.0)
    best, found = 0.0, Trial(math.inf, math.inf, 0.0, math.nan)
    for k in range(N_NODES):
        trial = cost_and_step(node(k), flux, error, colours[k], slopes[k])
        if trial.cost < found.cost:
            best, found = node(k), trial
    step = found.step
    for _ in range(N_STEPS):
        if abs(step) < CLOSE_ENOUGH:
            break
        there = min(max(best + step, LOG_RANGE[0]), LOG_RANGE[1])
        relative_fluxes(wavelength, there, model, slope)
        trial = cost_and_step(there, flux, error, model, slope)
        if trial.cost < found.cost:
            best, found, step = there, trial, trial.step
        else:
            step *= 0.5
    if best <= LOG_RANGE[0] or best >= LOG_RANGE[1]:
        best = math.nan
    return TemperatureFit(best, found.log_error, found.chi2)
