"""One light curve shared by all bands: ``flux_b(t) = c_b F(t)``, and colours from it.

Bands are visited on different nights. Comparing each band with a common F(t)
compares them at the same phase without interpolating a sparse band.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.numerics.smoothing import biweight, local_average

N_BANDS = 6
N_ITERATIONS = 4
MIN_SCALE = 0.02
MAX_SCALE = 50.0

SMOOTHING_ERROR = 0.1
"""Share of F by which a local average may miss the true curve; keeps a few bright visits from deciding alone."""

LENT_ERROR = 2.0
"""Factor on the errors of visits lent by another band."""

COLOUR_ERROR = 0.05
"""Share of the flux by which a lent visit may be off, since colours change."""

COLOUR_SNR = 2.0
"""Least significance of both bands for a colour to be defined."""

TREND_SPAN = 100.0
"""Days after the peak over which a colour's rate of change is fitted; half as many on either side count too."""

LEAST_SPAN = 30.0
"""Days that a band's visits must span for it."""


@njit(error_model="numpy")
def fit_shared_curve(
    time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, value: np.ndarray, error: np.ndarray
) -> np.ndarray:
    """Fit F(t) and the band scales c_b in turn (alternating least squares).

    Parameters
    ----------
    time, band, flux, flux_err : ndarray, shape (n,)
        All visits of one object in order of time.
    value, error : ndarray, shape (n,)
        Filled with F at the visits and its standard error, in units of the
        geometric mean over the observed bands.

    Returns
    -------
    ndarray, shape (6,)
        The scales c_b, kept within `MIN_SCALE` and `MAX_SCALE` of their mean; 1
        for a band that says nothing.
    """
    scale = np.ones(N_BANDS)
    for _ in range(N_ITERATIONS):
        local_average(time, flux, flux_err, scale[band], value, error)
        cross = np.zeros(N_BANDS)
        norm = np.zeros(N_BANDS)
        for i in range(len(time)):
            weight = value[i] / (flux_err[i] ** 2 + (SMOOTHING_ERROR * value[i]) ** 2)
            cross[band[i]] += weight * flux[i]
            norm[band[i]] += weight * value[i]
        log_scale = np.zeros(N_BANDS)
        for b in range(N_BANDS):
            if norm[b] > 0.0:
                log_scale[b] = np.log(min(max(cross[b] / norm[b], MIN_SCALE), MAX_SCALE))
        centre = np.sum(log_scale) / max(int(np.sum(norm > 0.0)), 1)
        scale = np.where(norm > 0.0, np.exp(log_scale - centre), 1.0)
    local_average(time, flux, flux_err, scale[band], value, error)
    return scale


@njit(error_model="numpy")
def lend_visits(
    code: int,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    scale: np.ndarray,
    lent_flux: np.ndarray,
    lent_err: np.ndarray,
) -> None:
    """All visits as one band would have seen them, for a band too sparse to stand alone.

    Visits of other bands are scaled by ``c_code / c_b``. Their errors are first
    widened by `COLOUR_ERROR` of the flux, since colours change, then doubled: the
    band's own visits count four times as much.

    Parameters
    ----------
    code : int
        The band.
    band, flux, flux_err : ndarray, shape (n,)
        All visits of one object.
    scale : ndarray, shape (6,)
        The scales c_b of `fit_shared_curve`.
    lent_flux, lent_err : ndarray, shape (n,)
        Filled with the visits in the band's own flux.
    """
    for i in range(len(band)):
        factor = scale[code] / scale[band[i]]
        lent_flux[i] = flux[i] * factor
        lent_err[i] = flux_err[i] * factor
        if band[i] != code:
            lent_err[i] = LENT_ERROR * np.hypot(lent_err[i], COLOUR_ERROR * lent_flux[i])


@njit(error_model="numpy")
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
        Reach of the biweight in days; infinity weighs all visits alike.
    scale : ndarray, shape (6,)
        Filled with c_b.
    """
    cross = np.zeros(N_BANDS)
    norm = np.zeros(N_BANDS)
    variance = np.zeros(N_BANDS)
    for i in range(len(since)):
        u = since[i] / half_width
        if abs(u) < 1.0:
            near = biweight(u)
            b = band[i]
            total = flux_err[i] ** 2 + (SMOOTHING_ERROR * shared[i]) ** 2
            cross[b] += near * flux[i] * shared[i] / total
            norm[b] += near * shared[i] ** 2 / total
            variance[b] += (near * shared[i]) ** 2 / total
    for b in range(N_BANDS):
        if norm[b] > 0.0 and cross[b] > COLOUR_SNR * np.sqrt(variance[b]):
            scale[b] = cross[b] / norm[b]
        else:
            scale[b] = np.nan


@njit(error_model="numpy")
def scale_trends(
    since: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    shared: np.ndarray,
    trend: np.ndarray,
) -> None:
    """Relative slope B_b / A_b of ``flux = F(t) (A_b + B_b t)`` around the peak.

    Parameters
    ----------
    since, band, flux, flux_err, shared : ndarray, shape (n,)
        As for `band_scales`; days count from the peak.
    trend : ndarray, shape (6,)
        Filled with the relative slope in 1/d at half a `TREND_SPAN` after the peak;
        NaN where the band's visits span less than `LEAST_SPAN` or it has no significant scale.
    """
    sums = np.zeros((N_BANDS, 5))
    first, last = np.full(N_BANDS, np.inf), np.full(N_BANDS, -np.inf)
    for i in range(len(since)):
        u = since[i] / TREND_SPAN - 0.5
        if abs(u) <= 1.0:
            b = band[i]
            total = flux_err[i] ** 2 + (SMOOTHING_ERROR * shared[i]) ** 2
            weight = shared[i] ** 2 / total
            cross = flux[i] * shared[i] / total
            first[b], last[b] = min(first[b], since[i]), since[i]
            sums[b, 0] += weight
            sums[b, 1] += weight * u
            sums[b, 2] += weight * u * u
            sums[b, 3] += cross
            sums[b, 4] += cross * u
    for b in range(N_BANDS):
        s0, s1, s2, r0, r1 = sums[b]
        determinant = s0 * s2 - s1 * s1
        trend[b] = np.nan
        significant = r0 > COLOUR_SNR * np.sqrt(s0)
        if significant and last[b] - first[b] >= LEAST_SPAN and determinant > 1e-9 * s0 * s2:
            level = (s2 * r0 - s1 * r1) / determinant
            slope = (s0 * r1 - s1 * r0) / determinant
            if level > 0.0:
                trend[b] = slope / level / TREND_SPAN
