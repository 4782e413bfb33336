"""One light curve shared by all bands: ``flux_b(t) = c_b F(t)``, and colours from it.

Bands are visited on different nights. Comparing each band with a common F(t)
compares them at the same phase without interpolating a sparse band.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.features.smoothing import local_average

N_BANDS = 6
N_ITERATIONS = 4
MIN_SCALE = 0.02
MAX_SCALE = 50.0

COLOUR_SNR = 2.0
"""Least significance of both bands for a colour to be defined."""

TREND_SPAN = 60.0
"""Days after the peak over which a colour's rate of change is fitted."""


@njit(cache=True, error_model="numpy")
def fit_shared_curve(
    time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, value: np.ndarray, error: np.ndarray
) -> None:
    """Fit F(t) and the band scales c_b in turn (alternating least squares).

    Parameters
    ----------
    time, band, flux, flux_err : ndarray, shape (n,)
        All visits of one object in order of time.
    value, error : ndarray, shape (n,)
        Filled with F at the visits and its standard error, in units of the
        geometric mean over the observed bands.
    """
    scale = np.ones(len(time))
    for _ in range(N_ITERATIONS):
        local_average(time, flux, flux_err, scale, value, error)
        cross = np.zeros(N_BANDS)
        norm = np.zeros(N_BANDS)
        for i in range(len(time)):
            weight = value[i] / flux_err[i] ** 2
            cross[band[i]] += weight * flux[i]
            norm[band[i]] += weight * value[i]
        log_scale = np.zeros(N_BANDS)
        observed = 0
        for b in range(N_BANDS):
            if norm[b] > 0.0:
                log_scale[b] = np.log(min(max(cross[b] / norm[b], MIN_SCALE), MAX_SCALE))
                observed += 1
        if observed == 0:
            return
        centre = np.sum(log_scale) / observed
        for i in range(len(time)):
            if norm[band[i]] > 0.0:
                scale[i] = np.exp(log_scale[band[i]] - centre)
    local_average(time, flux, flux_err, scale, value, error)


@njit(cache=True, error_model="numpy")
def band_scales(
    since: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    shared: np.ndarray,
    half_width: float,
    scale: np.ndarray,
) -> None:
    """Scale c_b of each band on F(t) around an epoch; NaN where not significant.

    Parameters
    ----------
    since : ndarray, shape (n,)
        Days since the epoch.
    band, flux, flux_err, shared : ndarray, shape (n,)
        The visits, and F there.
    half_width : float
        Reach of the biweight kernel in days; infinity weighs all visits alike.
    scale : ndarray, shape (6,)
        Filled with c_b.
    """
    cross = np.zeros(N_BANDS)
    norm = np.zeros(N_BANDS)
    variance = np.zeros(N_BANDS)
    for i in range(len(since)):
        u = since[i] / half_width
        if abs(u) < 1.0:
            kernel = (1.0 - u * u) ** 2
            b = band[i]
            cross[b] += kernel * flux[i] * shared[i] / flux_err[i] ** 2
            norm[b] += kernel * (shared[i] / flux_err[i]) ** 2
            variance[b] += (kernel * shared[i] / flux_err[i]) ** 2
    for b in range(N_BANDS):
        if norm[b] > 0.0 and cross[b] > COLOUR_SNR * np.sqrt(variance[b]):
            scale[b] = cross[b] / norm[b]
        else:
            scale[b] = np.nan


@njit(cache=True, error_model="numpy")
def scale_trends(
    since: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    shared: np.ndarray,
    trend: np.ndarray,
) -> None:
    """Relative slope B_b / A_b of ``flux = F(t) (A_b + B_b t)`` over the first `TREND_SPAN` days.

    Parameters
    ----------
    since, band, flux, flux_err, shared : ndarray, shape (n,)
        As for `band_scales`; days count from the peak.
    trend : ndarray, shape (6,)
        Filled with the relative slope in 1/d at the middle of the span; NaN where
        the band has fewer than three visits or its mid-span scale is not significant.
    """
    sums = np.zeros((N_BANDS, 5))
    count = np.zeros(N_BANDS)
    for i in range(len(since)):
        u = since[i] / TREND_SPAN - 0.5
        if abs(u) <= 0.75:
            b = band[i]
            weight = (shared[i] / flux_err[i]) ** 2
            cross = flux[i] * shared[i] / flux_err[i] ** 2
            count[b] += 1
            sums[b, 0] += weight
            sums[b, 1] += weight * u
            sums[b, 2] += weight * u * u
            sums[b, 3] += cross
            sums[b, 4] += cross * u
    for b in range(N_BANDS):
        s0, s1, s2, r0, r1 = sums[b]
        determinant = s0 * s2 - s1 * s1
        trend[b] = np.nan
        if count[b] >= 3 and determinant > 1e-9 * s0 * s2:
            level = (s2 * r0 - s1 * r1) / determinant
            slope = (s0 * r1 - s1 * r0) / determinant
            if level > COLOUR_SNR * np.sqrt(s2 / determinant):
                trend[b] = slope / level / TREND_SPAN
