"""Colours in bins of phase relative to the constant ones, and the fit of F to all bands."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.shared.conventions import REST
from tde.features.table import Column
from tde.photometry import BANDS

BINS = ((-30.0, 10.0), (10.0, 40.0), (40.0, 100.0), (160.0, 600.0))
BIN_NAMES = ("at_peak", "10_to_40", "40_to_100", "160_to_600")
"""Rest-frame days from the peak."""

LEAST_SNR = 3.0
"""Fewest errors by which F must be seen in a band and bin for a colour."""

COLUMNS = [
    Column(
        f"colour_ratio_{band}_{name}",
        "",
        f"c_b of the {band} band in the phases {low:.0f}..{high:.0f} d, over its constant c_b",
        frame=REST,
    )
    for name, (low, high) in zip(BIN_NAMES, BINS, strict=True)
    for band in BANDS
] + [Column("residual_chi2", "", "mean of ((flux - c_b F) / flux_err)^2 over all points: misfit of a single F")]


@njit(error_model="numpy")
def fill(
    phase: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill `COLUMNS`; ratios that are not defined stay as they are.

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Rest-frame days from the peak.
    band : ndarray of int, shape (n,)
    flux, flux_err : ndarray, shape (n,)
        Divided by the colour terms.
    mean, variance : ndarray, shape (n,)
        Posterior of F at the points.
    out : ndarray, shape (len(COLUMNS),)
    """
    n_bands = len(BANDS)
    sums = np.zeros((len(BINS) * n_bands, 2))
    chi2 = 0.0
    for i in range(phase.size):
        residual = (flux[i] - mean[i]) / flux_err[i]
        chi2 += residual * residual
        weight = 1.0 / (flux_err[i] * flux_err[i] + variance[i])
        for k in range(len(BINS)):
            if BINS[k][0] <= phase[i] < BINS[k][1]:
                sums[k * n_bands + band[i], 0] += weight * mean[i] * flux[i]
                sums[k * n_bands + band[i], 1] += weight * mean[i] * mean[i]
    for j in range(sums.shape[0]):
        if math.sqrt(sums[j, 1]) >= LEAST_SNR:
            out[j] = sums[j, 0] / sums[j, 1]
    out[sums.shape[0]] = chi2 / phase.size
