"""Compiled features of one object that compare or join its bands (see `domain` for their formulas)."""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.features.domain.shared_curve import N_BANDS, band_scales, scale_trends
from tde.features.shared.conventions import OBSERVER
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.table import Column
from tde.numerics.moments import equal_weights, sample_std
from tde.numerics.peaks import surest_peak


def _evolution_columns(blue: str, red: str) -> list[Column]:
    """Colour at the peak and 30 d later, and its slope."""
    name, colour = f"color_{blue}_{red}", f"{blue} - {red}"
    at_peak = f"{colour} within 40 d of the shared curve's peak (biweight), ratio of scales"
    rate = (
        f"slope of {colour}, -50 to 150 d from the peak, from flux_b = F(t) (A_b + B_b t);"
        " both bands observed over 30 d or more"
    )
    return [
        Column(f"{name}_at_peak", "mag", at_peak, frame=OBSERVER),
        Column(
            f"{name}_at_30d",
            "mag",
            f"{colour} within 40 d of 30 d after the peak, observed until then",
            frame=OBSERVER,
        ),
        Column(f"{name}_evolution_rate", "mag / d", rate, frame=OBSERVER),
    ]


COLUMNS = [
    Column("color_g_r", "mag", "-2.5 log10(c_g / c_r) of the shared curve; both scales > 2 errors"),
    Column("color_r_i", "mag", "-2.5 log10(c_r / c_i), likewise"),
    Column("color_i_z", "mag", "-2.5 log10(c_i / c_z), likewise"),
    Column("color_u_g", "mag", "-2.5 log10(c_u / c_g), likewise"),
    Column(
        "peak_time_g_minus_r",
        "d",
        "g_peak_time - r_peak_time, to 0.1 d; NaN if one is at the object's first or last visit",
        frame=OBSERVER,
    ),
    Column("peak_time_u_minus_z", "d", "u_peak_time - z_peak_time, likewise", frame=OBSERVER),
    Column("total_flux_std", "uJy", "standard deviation (n - 1) of all fluxes of all bands"),
    Column("total_flux_mean", "uJy", "mean of all fluxes of all bands"),
    *_evolution_columns("g", "r"),
    *_evolution_columns("u", "g"),
]
(
    COLOR_G_R,
    COLOR_R_I,
    COLOR_I_Z,
    COLOR_U_G,
    PEAK_TIME_G_MINUS_R,
    PEAK_TIME_U_MINUS_Z,
    TOTAL_FLUX_STD,
    TOTAL_FLUX_MEAN,
    COLOR_G_R_AT_PEAK,
    COLOR_G_R_AT_30D,
    COLOR_G_R_EVOLUTION_RATE,
    COLOR_U_G_AT_PEAK,
    COLOR_U_G_AT_30D,
    COLOR_U_G_EVOLUTION_RATE,
) = range(len(COLUMNS))
"""Places of the columns."""

_U, _G, _R, _I, _Z = range(5)

LOCAL_HALF_WIDTH = 40.0
"""Days either side of an epoch that enter the colour there."""

LATER = 30.0
"""Days after the peak of the colours `at_30d`."""

DETECTION = 5.0
"""Errors above zero at which the shared curve counts as detected."""


@njit(error_model="numpy")
def first_detection(time: np.ndarray, value: np.ndarray, error: np.ndarray) -> float:
    """Time of the first visit at which the shared curve is `DETECTION` errors above zero; NaN if never.

    Parameters
    ----------
    time, value, error : ndarray, shape (n,)
        The shared curve at the visits.
    """
    for i in range(len(time)):
        if value[i] > DETECTION * error[i]:
            return time[i]
    return np.nan


@njit(error_model="numpy")
def _colour(scale: np.ndarray, blue: int, red: int) -> float:
    return -MAGNITUDE * np.log(scale[blue] / scale[red])


@njit(error_model="numpy")
def _colours(
    time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, shared: np.ndarray,
    peak: int, out: np.ndarray,
) -> None:  # fmt: skip
    """Colours over all visits, at the peak, 30 d after it, and their rate of change."""
    since_peak = time - time[peak]
    scale = np.empty(N_BANDS)
    band_scales(since_peak, band, flux, flux_err, shared, np.inf, scale)
    out[COLOR_G_R] = _colour(scale, _G, _R)
    out[COLOR_R_I] = _colour(scale, _R, _I)
    out[COLOR_I_Z] = _colour(scale, _I, _Z)
    out[COLOR_U_G] = _colour(scale, _U, _G)
    band_scales(since_peak, band, flux, flux_err, shared, LOCAL_HALF_WIDTH, scale)
    out[COLOR_G_R_AT_PEAK] = _colour(scale, _G, _R)
    out[COLOR_U_G_AT_PEAK] = _colour(scale, _U, _G)
    if since_peak[-1] >= LATER:
        band_scales(since_peak - LATER, band, flux, flux_err, shared, LOCAL_HALF_WIDTH, scale)
        out[COLOR_G_R_AT_30D] = _colour(scale, _G, _R)
        out[COLOR_U_G_AT_30D] = _colour(scale, _U, _G)
    scale_trends(since_peak, band, flux, flux_err, shared, scale)
    out[COLOR_G_R_EVOLUTION_RATE] = -MAGNITUDE * (scale[_G] - scale[_R])
    out[COLOR_U_G_EVOLUTION_RATE] = -MAGNITUDE * (scale[_U] - scale[_G])


@njit(error_model="numpy")
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
        Filled in the order of `COLUMNS`; NaN where not defined.
    """
    out[:] = np.nan
    n = len(time)
    if n == 0:
        return
    within = np.where((peak_time > time[0]) & (peak_time < time[-1]), peak_time, np.nan)
    out[PEAK_TIME_G_MINUS_R] = np.round(10.0 * (within[_G] - within[_R])) / 10.0
    out[PEAK_TIME_U_MINUS_Z] = np.round(10.0 * (within[_U] - within[_Z])) / 10.0
    found = equal_weights(flux)
    out[TOTAL_FLUX_MEAN], out[TOTAL_FLUX_STD] = found.mean, sample_std(found, n)
    _colours(time, band, flux, flux_err, shared, surest_peak(shared, shared_err), out)
