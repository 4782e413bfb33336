"""Temperature of the black body whose colours are nearest to those of a light curve."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.spectra import log_colours
from tde.numerics.elementary import LN_10, log
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

COOLEST, HOTTEST = 3000.0, 80000.0
N_TEMPERATURES = 70
LARGEST_WEIGHT = 10.0
LEAST_WEIGHT = 0.1
SEEN = 4.0
"""A band weighs as its points with |flux| / flux_err above `SEEN`, within these weights; 0 without any point."""

LEAST_BANDS = 2
"""Observed bands that a temperature needs; its misfit needs one more."""


@njit(error_model="numpy")
def band_weights(band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> np.ndarray:
    """Weight of each band, shape (6,): number of points well seen, at most `LARGEST_WEIGHT`, plus `LEAST_WEIGHT`.

    The colour of a band without points is the prior's: its weight is 0.

    Parameters
    ----------
    band : ndarray of int, shape (n,)
    flux, flux_err : ndarray, shape (n,)
    """
    count, weights = np.zeros(len(BANDS)), np.zeros(len(BANDS))
    for i in range(band.size):
        count[band[i]] += abs(flux[i]) > SEEN * flux_err[i]
        weights[band[i]] = min(count[band[i]], LARGEST_WEIGHT) + LEAST_WEIGHT
    return weights


@njit(error_model="numpy")
def black_bodies(z: float, reference: int) -> np.ndarray:
    """ln(f_b / f_reference) of black bodies seen at a redshift, shape (N_TEMPERATURES, 6)."""
    out = np.empty((N_TEMPERATURES, len(BANDS)))
    wavelength = EFFECTIVE_WAVELENGTH / (1.0 + z)
    slope = np.empty(len(BANDS))
    for k in range(N_TEMPERATURES):
        log_colours(wavelength, reference, log_temperature(k), out[k], slope)
    return out


@njit(error_model="numpy")
def log_temperature(k: float) -> float:
    """ln(T / K) of node ``k`` of the grid, uniform in ln T."""
    return log(COOLEST) + k * (log(HOTTEST / COOLEST) / (N_TEMPERATURES - 1))


@njit(error_model="numpy")
def _distance(colour: np.ndarray, weights: np.ndarray, model: np.ndarray) -> float:
    """Weighted mean square of colour - model, a common offset taken out."""
    total = first = second = 0.0
    for b in range(colour.size):
        d = colour[b] - model[b]
        total += weights[b]
        first += weights[b] * d
        second += weights[b] * d * d
    return second / total - (first / total) * (first / total)


class NearestTemperature(NamedTuple):
    """Temperature of the nearest colours, and their weighted mean square distance in ln c_b."""

    log10_temperature: float
    misfit: float


@njit(error_model="numpy")
def nearest(colour: np.ndarray, weights: np.ndarray, models: np.ndarray) -> NearestTemperature:
    """Temperature whose colours are nearest.

    Parameters
    ----------
    colour : ndarray, shape (6,)
        ln c_b, up to a common offset.
    weights : ndarray, shape (6,)
        From `band_weights`.
    models : ndarray, shape (N_TEMPERATURES, 6)
        From `black_bodies`.

    Returns
    -------
    log10_temperature, misfit : float
        log10(T / K), NaN if the nearest is the coolest or hottest of the grid: the colours
        say only that T lies beyond. And the weighted mean square of the distance in ln c_b.
        NaN with weights of fewer than `LEAST_BANDS` bands, the misfit with no more than these.
    """
    n_bands = np.sum(weights > 0.0)
    if n_bands < LEAST_BANDS:
        return NearestTemperature(math.nan, math.nan)
    misfit = np.empty(N_TEMPERATURES)
    best = 0
    for k in range(N_TEMPERATURES):
        misfit[k] = _distance(colour, weights, models[k])
        if misfit[k] < misfit[best]:
            best = k
    if math.isnan(misfit[best]):
        return NearestTemperature(math.nan, math.nan)
    least = max(misfit[best], 0.0) if n_bands > LEAST_BANDS else math.nan
    if not 0 < best < N_TEMPERATURES - 1:
        return NearestTemperature(math.nan, least)
    shift = 0.0
    bend = misfit[best - 1] - 2.0 * misfit[best] + misfit[best + 1]
    if bend > 0.0:  # where the parabola through three nodes has its lowest point
        shift = 0.5 * (misfit[best - 1] - misfit[best + 1]) / bend
    return NearestTemperature(log_temperature(best + shift) / LN_10, least)
