"""Statistics of each band's own fluxes, without any model."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.table import Column
from tde.numerics.moments import NORMAL_KURTOSIS, moments, quantiles
from tde.photometry import BANDS

DETECTION = 5.0
"""Errors above zero that make a point a detection."""

MOMENT_BANDS = "griz"
"""Bands with enough points for the statistics of their distribution."""

LEAST_POINTS = 4
_FIRST = BANDS.index(MOMENT_BANDS[0])
_SIGNIFICANCES, _MOMENTS = 3, 6

COLUMNS = [
    column
    for band in BANDS
    for column in (
        Column(f"{band}_n_detections", "", f"number of {band} points with flux > {DETECTION:.0f} flux_err"),
        Column(f"{band}_max_snr", "", f"highest flux / flux_err in the {band} band"),
        Column(f"{band}_min_snr", "", f"lowest flux / flux_err in the {band} band"),
    )
] + [
    column
    for band in MOMENT_BANDS
    for column in (
        Column(f"{band}_skewness", "", f"m3 / m2^1.5 of the {band} fluxes"),
        Column(f"{band}_kurtosis", "", f"m4 / m2^2 - 3 of the {band} fluxes"),
        Column(f"{band}_chi2_constant", "", f"mean of ((flux - weighted mean) / flux_err)^2 in the {band} band"),
        Column(f"{band}_percentile_5", "", f"5 % quantile of the {band} fluxes over their maximum"),
        Column(f"{band}_median", "", f"median of the {band} fluxes over their maximum"),
        Column(f"{band}_percentile_90", "", f"90 % quantile of the {band} fluxes over their maximum"),
    )
]


@njit(error_model="numpy")
def _significances(flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    detections = 0
    highest, lowest = -math.inf, math.inf
    for i in range(flux.size):
        significance = flux[i] / flux_err[i]
        detections += significance > DETECTION
        highest = max(highest, significance)
        lowest = min(lowest, significance)
    out[0] = detections
    if flux.size > 0:
        out[1], out[2] = highest, lowest


@njit(error_model="numpy")
def _distribution(flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    n = flux.size
    _, _, out[0], out[1] = moments(flux, np.ones(n))
    first = second = total = 0.0
    highest = -math.inf
    for i in range(n):
        weight = 1.0 / (flux_err[i] * flux_err[i])
        total += weight
        first += weight * flux[i]
        highest = max(highest, flux[i])
    for i in range(n):
        residual = (flux[i] - first / total) / flux_err[i]
        second += residual * residual
    out[1] -= NORMAL_KURTOSIS
    out[2] = second / n
    quantiles(flux, np.ones(n), (0.05, 0.5, 0.9), out[3:])
    for j in range(3, _MOMENTS):
        out[j] = out[j] / highest if highest > 0.0 else math.nan


@njit(error_model="numpy")
def fill(band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    """Fill `COLUMNS`; what has too few points stays as it is.

    Parameters
    ----------
    band : ndarray of int, shape (n,)
    flux, flux_err : ndarray, shape (n,)
    out : ndarray, shape (len(COLUMNS),)
    """
    y, error = np.empty(band.size), np.empty(band.size)
    for b in range(len(BANDS)):
        n = 0
        for i in range(band.size):
            if band[i] == b:
                y[n], error[n] = flux[i], flux_err[i]
                n += 1
        _significances(y[:n], error[:n], out[_SIGNIFICANCES * b :])
        place = b - _FIRST
        if 0 <= place < len(MOMENT_BANDS) and n >= LEAST_POINTS:
            _distribution(y[:n], error[:n], out[_SIGNIFICANCES * len(BANDS) + _MOMENTS * place :])
