"""Compiled features of one object that compare or join its bands (see `domain` for their formulas)."""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.features.domain.shared_curve import N_BANDS, band_scales, scale_trends
from tde.numerics.smoothing import significant_peak

NAMES = (
    "color_g_r",
    "color_r_i",
    "color_i_z",
    "color_u_g",
    "peak_time_g_minus_r",
    "peak_time_u_minus_z",
    "total_flux_std",
    "total_flux_mean",
    "color_g_r_at_peak",
    "color_g_r_at_30d",
    "color_g_r_evolution_rate",
    "color_u_g_at_peak",
    "color_u_g_at_30d",
    "color_u_g_evolution_rate",
)
(
    COLOUR_GR,
    COLOUR_RI,
    COLOUR_IZ,
    COLOUR_UG,
    PEAK_LAG_GR,
    PEAK_LAG_UZ,
    TOTAL_FLUX_STD,
    TOTAL_FLUX_MEAN,
    COLOUR_GR_AT_PEAK,
    COLOUR_GR_AT_30D,
    COLOUR_GR_RATE,
    COLOUR_UG_AT_PEAK,
    COLOUR_UG_AT_30D,
    COLOUR_UG_RATE,
) = range(len(NAMES))

_U, _G, _R, _I, _Z = range(5)

MAG = 2.5 / np.log(10.0)
"""Magnitudes per unit of natural logarithm."""

LOCAL_HALF_WIDTH = 40.0
"""Days either side of an epoch that enter the colour there."""

LATER = 30.0
"""Days after the peak of the colours `at_30d`."""

DETECTION = 5.0
"""Errors above zero at which the shared curve counts as detected."""


@njit(cache=True, error_model="numpy")
def first_detection(time: np.ndarray, value: np.ndarray, error: np.ndarray) -> float:
    """Time of the first visit at which the shared curve is `DETECTION` errors above zero; NaN if never."""
    for i in range(len(time)):
        if value[i] > DETECTION * error[i]:
            return time[i]
    return np.nan


@njit(cache=True, error_model="numpy")
def _colour(scale: np.ndarray, blue: int, red: int) -> float:
    return -MAG * np.log(scale[blue] / scale[red])


@njit(cache=True, error_model="numpy")
def _colours(
    time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, shared: np.ndarray,
    peak: int, out: np.ndarray,
) -> None:  # fmt: skip
    """Colours over all visits, at the peak, 30 d after it, and their rate of change."""
    since_peak = time - time[peak]
    scale = np.empty(N_BANDS)
    band_scales(since_peak, band, flux, flux_err, shared, np.inf, scale)
    out[COLOUR_GR] = _colour(scale, _G, _R)
    out[COLOUR_RI] = _colour(scale, _R, _I)
    out[COLOUR_IZ] = _colour(scale, _I, _Z)
    out[COLOUR_UG] = _colour(scale, _U, _G)
    band_scales(since_peak, band, flux, flux_err, shared, LOCAL_HALF_WIDTH, scale)
    out[COLOUR_GR_AT_PEAK] = _colour(scale, _G, _R)
    out[COLOUR_UG_AT_PEAK] = _colour(scale, _U, _G)
    band_scales(since_peak - LATER, band, flux, flux_err, shared, LOCAL_HALF_WIDTH, scale)
    out[COLOUR_GR_AT_30D] = _colour(scale, _G, _R)
    out[COLOUR_UG_AT_30D] = _colour(scale, _U, _G)
    scale_trends(since_peak, band, flux, flux_err, shared, scale)
    out[COLOUR_GR_RATE] = -MAG * (scale[_G] - scale[_R])
    out[COLOUR_UG_RATE] = -MAG * (scale[_U] - scale[_G])


@njit(cache=True, error_model="numpy")
def object_features(
    time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray,
    shared: np.ndarray, shared_err: np.ndarray, peak_time: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """All features of one object that need more than one band.

    Parameters
    ----------
    time, band, flux, flux_err : ndarray, shape (n,)
        All visits in order of time; d, codes, uJy, uJy.
    shared, shared_err : ndarray, shape (n,)
        The curve shared by all bands (`tde.features.domain.shared_curve`).
    peak_time : ndarray, shape (6,)
        Time of each band's peak on any clock; NaN for a band without visits.
    out : ndarray, shape (14,)
        Filled in the order of `NAMES`; NaN where not defined.
    """
    out[:] = np.nan
    n = len(time)
    if n == 0:
        return
    out[PEAK_LAG_GR] = np.round(10.0 * (peak_time[_G] - peak_time[_R])) / 10.0
    out[PEAK_LAG_UZ] = np.round(10.0 * (peak_time[_U] - peak_time[_Z])) / 10.0
    out[TOTAL_FLUX_MEAN] = np.sum(flux) / n
    if n > 1:
        out[TOTAL_FLUX_STD] = np.sqrt(np.sum((flux - out[TOTAL_FLUX_MEAN]) ** 2) / (n - 1))
    _colours(time, band, flux, flux_err, shared, significant_peak(shared, shared_err), out)
