"""Flux in bins of rest-frame phase, and long before and after the peak.

Fluxes of all bands count together, divided by their colour terms: they measure one curve F.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numba import njit

from tde.features.shared.conventions import REST
from tde.features.table import Column

EDGES = (-200.0, -60.0, -25.0, -10.0, 10.0, 25.0, 50.0, 100.0, 150.0, 250.0, 450.0)
"""Edges between the bins in rest-frame days from the peak; the first and last bin are open."""

EARLY = -60.0
LATE = 300.0
"""Phases before and after which an explosion should not be seen."""

LEAST_POINTS = 3
"""Fewest points for the statistics of the early and late fluxes."""

DETECTION = 3.0
"""Errors from zero that make a flux a detection."""

N_BINS = len(EDGES) + 1
_PER_BIN = 5


def _bin_names() -> list[str]:
    edges = [f"{edge:.0f}".replace("-", "m") for edge in EDGES]
    between = [f"{low}_to_{high}" for low, high in pairwise(edges)]
    return [f"before_{edges[0]}", *between, f"after_{edges[-1]}"]


def _columns() -> list[Column]:
    declared = []
    for name in _bin_names():
        phase = name.replace("_", " ").replace("m", "-")
        declared += [
            Column(f"flux_{name}", "", f"weighted mean of flux / c_b over the peak, phase {phase} d", frame=REST),
            Column(f"flux_err_{name}", "", f"error of flux_{name}"),
            Column(f"chi2_{name}", "", f"mean of (flux / flux_err)^2, phase {phase} d", frame=REST),
            Column(f"significance_{name}", "", f"flux_{name} / flux_err_{name}"),
            Column(f"n_points_{name}", "", f"number of points, phase {phase} d (0 is a count, not a gap)", frame=REST),
        ]
    early, late = f"phase below {EARLY:.0f} d", f"phase above {LATE:.0f} d"
    return [
        *declared,
        Column("early_chi2", "", f"mean of (flux / flux_err)^2, {early}", frame=REST),
        Column("early_highest", "", f"highest flux / c_b over the peak, {early}", frame=REST),
        Column("early_max_snr", "", f"highest flux / flux_err, {early}", frame=REST),
        Column("early_min_snr", "", f"lowest flux / flux_err, {early}", frame=REST),
        Column("late_chi2", "", f"mean of (flux / flux_err)^2, {late}", frame=REST),
        Column("late_max_snr", "", f"highest flux / flux_err, {late}", frame=REST),
        Column("late_min_snr", "", f"lowest flux / flux_err, {late}", frame=REST),
        Column("outside_chi2", "", f"mean of (flux / flux_err)^2, {early} or {late}", frame=REST),
        Column("negative_fraction", "", f"share of points with flux / flux_err below -{DETECTION:.0f}"),
        Column("positive_fraction", "", f"share of points with flux / flux_err above {DETECTION:.0f}"),
        Column("negative_power", "", "minus the mean of min(flux / flux_err, 0)^2"),
    ]


COLUMNS = _columns()


@njit(error_model="numpy")
def _fill_bins(phase: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak_flux: float, out: np.ndarray) -> None:
    sums = np.zeros((N_BINS, 4))  # weight, weighted flux, chi-squared, points
    for i in range(phase.size):
        k = 0
        while k < len(EDGES) and phase[i] >= EDGES[k]:
            k += 1
        weight = 1.0 / (flux_err[i] * flux_err[i])
        sums[k, 0] += weight
        sums[k, 1] += weight * flux[i]
        sums[k, 2] += weight * flux[i] * flux[i]
        sums[k, 3] += 1.0
    for k in range(N_BINS):
        weight, weighted, chi2, count = sums[k]
        at = _PER_BIN * k
        out[at + 4] = count
        if count > 0.0:
            out[at] = weighted / weight / peak_flux
            out[at + 1] = 1.0 / math.sqrt(weight) / peak_flux
            out[at + 2] = chi2 / count
            out[at + 3] = weighted / math.sqrt(weight)


@njit(error_model="numpy")
def _extremes(phase: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, low: float, high: float) -> tuple:
    """Points, sum of squares, highest flux and extreme significances of the phases low..high."""
    count = chi2 = 0.0
    highest = top = -math.inf
    bottom = math.inf
    for i in range(phase.size):
        if low < phase[i] < high:
            significance = flux[i] / flux_err[i]
            count += 1.0
            chi2 += significance * significance
            highest = max(highest, flux[i])
            top = max(top, significance)
            bottom = min(bottom, significance)
    return count, chi2, highest, top, bottom


@njit(error_model="numpy")
def fill(phase: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak_flux: float, out: np.ndarray) -> None:
    """Fill `COLUMNS`; what has no points stays as it is.

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Rest-frame days from the peak; NaN if the redshift is not known.
    flux, flux_err : ndarray, shape (n,)
        Divided by the colour terms.
    peak_flux : float
        Positive.
    out : ndarray, shape (len(COLUMNS),)
        NaN on entry.
    """
    n = phase.size
    if not math.isnan(phase[0]):
        _fill_bins(phase, flux, flux_err, peak_flux, out)
    rest = out[_PER_BIN * N_BINS :]
    early, early_chi2, highest, top, bottom = _extremes(phase, flux, flux_err, -math.inf, EARLY)
    if early >= LEAST_POINTS:
        rest[0], rest[1], rest[2], rest[3] = early_chi2 / early, highest / peak_flux, top, bottom
    late, late_chi2, _, top, bottom = _extremes(phase, flux, flux_err, LATE, math.inf)
    if late >= LEAST_POINTS:
        rest[4], rest[5], rest[6] = late_chi2 / late, top, bottom
    if early + late >= LEAST_POINTS:
        rest[7] = (early_chi2 + late_chi2) / (early + late)
    negative = positive = power = 0.0
    for i in range(n):
        significance = flux[i] / flux_err[i]
        negative += significance < -DETECTION
        positive += significance > DETECTION
        power += min(significance, 0.0) * min(significance, 0.0)
    rest[8], rest[9], rest[10] = negative / n, positive / n, -power / n
