"""The posterior of the fitted time-wavelength process on a grid of epochs around the peak.

The curves are those of the six LSST bands; from other filters they are made as `tde.black_body.lsst_fluxes` says.
A band counts as observed if one of the filters is nearest to it.

The peak is looked for twice. First at the observations: where the posterior means of the
filters, averaged with each filter's mean inverse squared error, are highest; around that
epoch the grid is dense. Then on the grid: where the posterior means less their standard
deviations, averaged with each band's inverse mean posterior variance, are highest.
Only bands with observations count.

A band that was never observed has no curve: the process would make one up from the other
bands. Before a band's first observation and after its last its curve goes on only as far as
the observations of all bands leave no more than `LARGEST_SHARE` of the process's variance:
further out it falls back to the process's mean, which looks like a decline. Where there is
no curve, mean and standard deviation are NaN.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.black_body.lsst_fluxes import lsst_curves
from tde.curves import Curves
from tde.features.shared.own_clock import TICKS_PER_DAY
from tde.gp.separable_fit import fit_objects
from tde.gp.separable_posterior import merge, posterior, smooth
from tde.gp.slots import find_slots
from tde.lightcurves import LightCurves
from tde.photometry import BANDS

N_BANDS = len(BANDS)

FINEST_STEP = 4.0
"""Spacing of the grid at the peak in days, observer frame."""

FINE_RANGE = 100.0
"""The spacing grows with the distance x from the peak by sqrt(1 + (x / range)^2); days."""

COARSEST_STEP = 25.0
"""The spacing grows no further than this many days, or than the span over `LONG_STEPS` if that is more."""

LONG_STEPS = 150.0

LARGEST_SHARE = 0.5
"""Of the process's variance that may be left open where a curve goes on beyond its band's observations."""


@njit(error_model="numpy")
def _offsets(reach: float, coarsest: float) -> np.ndarray:
    """Distances of the nodes on one side of the peak: 0, then ever larger steps, below ``reach``."""
    nodes = np.empty(2 + int(max(reach, 0.0) / FINEST_STEP))
    x = 0.0
    n = 0
    while x < reach:
        nodes[n] = x
        n += 1
        growth = x / FINE_RANGE
        step = min(FINEST_STEP * math.sqrt(1.0 + growth * growth), coarsest)
        x += math.floor(step * TICKS_PER_DAY + 0.5) / TICKS_PER_DAY
    return nodes[:n]


@njit(error_model="numpy")
def epochs(first: float, last: float, peak: float) -> np.ndarray:
    """Grid from the first to the last observation, both included, dense around the peak.

    The nodes between count from the peak, moved to a whole number of days after the first
    observation, so that they do not follow the times of single visits.

    Parameters
    ----------
    first, last, peak : float
        In days, ``first <= peak <= last``.
    """
    centre = min(first + math.floor(peak - first + 0.5), last)
    coarsest = max(COARSEST_STEP, (last - first) / LONG_STEPS)
    before = _offsets(centre - first, coarsest)
    after = _offsets(last - centre, coarsest)
    grid = np.empty(before.size + after.size + 2)
    n = 1
    grid[0] = first
    for j in range(before.size - 1, 0, -1):
        grid[n] = centre - before[j]
        n += 1
    for j in range(after.size):
        if centre + after[j] > first:
            grid[n] = centre + after[j]
            n += 1
    if last > grid[n - 1]:
        grid[n] = last
        n += 1
    return grid[:n]


@njit(error_model="numpy")
def _provisional_peak(
    mjd: np.ndarray,
    slot: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    wavelength: np.ndarray,
    parameters: np.ndarray,
) -> float:
    """Time of the observation at which the filters' posterior means are highest."""
    mean, unused = np.empty((mjd.size, N_BANDS)), np.empty((0, N_BANDS))
    smooth(merge(mjd, slot, flux, flux_err, wavelength, np.empty(0)), parameters, mean, unused)
    weight, count = np.zeros(N_BANDS), np.zeros(N_BANDS)
    for k in range(mjd.size):
        weight[slot[k]] += flux_err[k] * flux_err[k]
        count[slot[k]] += 1.0
    highest = -math.inf
    peak = mjd[0]
    for k in range(mjd.size):
        level = 0.0
        for b in range(N_BANDS):
            if weight[b] > 0.0:
                level += mean[k, b] * count[b] / weight[b]
        if level > highest:
            highest = level
            peak = mjd[k]
    return peak


@njit(error_model="numpy")
def _peak_node(mean: np.ndarray, sd: np.ndarray) -> int:
    """Node at which the weighted means less their standard deviations are highest; -1 if not above 0.

    Bands without observations have NaN throughout and do not count.
    """
    weight = np.zeros(N_BANDS)
    for b in range(N_BANDS):
        for k in range(mean.shape[0]):
            weight[b] += sd[k, b] * sd[k, b]
        weight[b] = 1.0 / weight[b] if weight[b] > 0.0 else 0.0  # of NaN, too
    highest = 0.0
    node = -1
    for k in range(mean.shape[0]):
        level = 0.0
        for b in range(N_BANDS):
            level += weight[b] * (mean[k, b] - sd[k, b]) if weight[b] > 0.0 else 0.0
        if level > highest:
            highest = level
            node = k
    return node


@njit(error_model="numpy")
def _leave_out_guesses(
    mjd: np.ndarray, band: np.ndarray, grid: np.ndarray, largest_sd: float, mean: np.ndarray, sd: np.ndarray
) -> None:
    """End each curve, beyond its band's observations, before its standard deviation is first above a limit."""
    for b in range(N_BANDS):
        own = mjd[band == b]
        if own.size > 0:
            first = np.searchsorted(grid, own[0])
            last = np.searchsorted(grid, own[-1], side="right") - 1
            while first > 0 and sd[first - 1, b] <= largest_sd:
                first -= 1
            while last < grid.size - 1 and sd[last + 1, b] <= largest_sd:
                last += 1
            mean[:first, b] = sd[:first, b] = math.nan
            mean[last + 1 :, b] = sd[last + 1 :, b] = math.nan


@njit(cache=True, error_model="numpy")
def _curves_of_filters(
    mjd: np.ndarray,
    slot: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    wavelength: np.ndarray,
    parameters: np.ndarray,
) -> tuple:
    """Grid, posterior means and standard deviations of all slots on it, chi2 per observation."""
    peak = _provisional_peak(mjd, slot, flux, flux_err, wavelength, parameters)
    grid = epochs(mjd[0], mjd[-1], peak)
    mean, sd, fitted = posterior(mjd, slot, flux, flux_err, wavelength, parameters, grid)
    chi2 = 0.0
    for k in range(mjd.size):
        pull = (flux[k] - fitted[k]) / flux_err[k]
        chi2 += pull * pull / mjd.size
    return grid, mean, sd, chi2


@njit(cache=True, error_model="numpy")
def _leave_out_unknown(
    mjd: np.ndarray, band: np.ndarray, grid: np.ndarray, largest_sd: float, mean: np.ndarray, sd: np.ndarray
) -> int:
    """Leave out the curves of bands, and the parts of curves, that nothing is known of; returns the peak's node."""
    for b in range(N_BANDS):
        if not np.any(band == b):
            mean[:, b] = sd[:, b] = math.nan
    peak_node = _peak_node(mean, sd)
    _leave_out_guesses(mjd, band, grid, largest_sd, mean, sd)
    return peak_node


def posterior_curves(lightcurves: LightCurves) -> Curves:
    """Fit the process to every object and keep its posterior on the grid.

    `tde.features.gp2d.fit` says what the parameters of the curves are.
    """
    lc = lightcurves
    slot, wavelength, foreign = find_slots(lc.offsets, lc.filter, lc.filters)
    other_filters = set(foreign.tolist())
    fits = fit_objects(lc.offsets, lc.mjd, slot, lc.flux, lc.flux_err, wavelength)
    n = len(lc)
    parameters = {
        "amplitude": fits.parameters[:, 0],
        "time_scale": fits.parameters[:, 1],
        "wavelength_scale": fits.parameters[:, 2],
        "amplitude_log_error": fits.log_error[:, 0],
        "time_scale_log_error": fits.log_error[:, 1],
        "wavelength_scale_log_error": fits.log_error[:, 2],
        "log_likelihood": fits.log_likelihood,
        "chi2": np.full(n, np.nan),
        "peak_mjd": np.full(n, np.nan),
    }
    peak_flux = np.full((N_BANDS, n), np.nan)
    counts = np.zeros(n, dtype=np.int64)
    grids, means, sds = [np.empty(0)], [np.empty((0, N_BANDS))], [np.empty((0, N_BANDS))]
    for i in np.flatnonzero(np.isfinite(fits.log_likelihood)).tolist():
        rows = lc.rows(i)
        grid, mean, sd, parameters["chi2"][i] = _curves_of_filters(
            lc.mjd[rows], slot[rows], lc.flux[rows], lc.flux_err[rows], wavelength[i], fits.parameters[i]
        )
        if i in other_filters:
            mean, sd = lsst_curves(mean, sd, wavelength[i], np.unique(slot[rows]), np.unique(lc.band[rows]))
        largest_sd = math.sqrt(LARGEST_SHARE) * fits.parameters[i, 0]
        peak = _leave_out_unknown(lc.mjd[rows], lc.band[rows], grid, largest_sd, mean, sd)
        if peak >= 0:
            parameters["peak_mjd"][i] = grid[peak]
            peak_flux[:, i] = mean[peak]
        counts[i] = grid.size
        grids.append(grid)
        means.append(mean)
        sds.append(sd)
    parameters |= {f"peak_flux_{band}": peak_flux[b] for b, band in enumerate(BANDS)}
    return Curves(
        lc.object_id,
        parameters,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.concatenate(grids),
        np.concatenate(means),
        np.concatenate(sds),
    )
