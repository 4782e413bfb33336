"""Shape of a smooth curve around its peak: widths, asymmetry, excursions, distribution, roughness."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.shared.conventions import CENSORED, REST, UNSEEN
from tde.features.table import Column
from tde.numerics.crossings import crossing
from tde.numerics.elementary import log
from tde.numerics.moments import NORMAL_KURTOSIS, moments, quantiles
from tde.numerics.smoothing import to_tenth

LEVELS = (75, 50, 25, 10)
"""Percentages of the peak."""

LEAST_SPAN = 30.0
"""Rest-frame days on one side of the peak in which rises or falls are looked for."""


def _columns() -> list[Column]:
    declared = [Column("peak_position", "", "time of the peak after the first observation / time span, to 0.001")]
    for level in LEVELS:
        of = f"F falls through {level} % of the peak"
        declared += [
            Column(
                f"rise_{level}",
                "d",
                f"time before the peak since {of}",
                frame=REST,
                edge=CENSORED,
            ),
            Column(
                f"fade_{level}",
                "d",
                f"time after the peak until {of}",
                frame=REST,
                edge=CENSORED,
            ),
            Column(f"rise_{level}_censored", "", f"1 if before the peak F stays above {level} % of it, else 0"),
            Column(f"fade_{level}_censored", "", f"1 if after the peak F stays above {level} % of it, else 0"),
            Column(f"n_excursions_{level}", "", f"number of separate times at which F is above {level} % of the peak"),
            Column(f"fraction_above_{level}", "", f"share of the time in which F is above {level} % of the peak"),
        ]
    return [
        *declared,
        Column("asymmetry_50", "", "ln((fade_50 + 1 d) / (rise_50 + 1 d))", frame=REST, edge=UNSEEN),
        Column("asymmetry_25", "", "ln((fade_25 + 1 d) / (rise_25 + 1 d))", frame=REST, edge=UNSEEN),
        Column("fade_50_over_25", "", "fade_50 / max(fade_25, 1 d)", frame=REST, edge=UNSEEN),
        Column("fade_25_over_10", "", "fade_25 / max(fade_10, 1 d)", frame=REST, edge=UNSEEN),
        Column("lowest", "", "lowest mean + sd of F / peak"),
        Column("percentile_10", "", "10 % quantile of F over time / peak"),
        Column("median", "", "median of F over time / peak"),
        Column("percentile_90", "", "90 % quantile of F over time / peak"),
        Column("std", "", "standard deviation (n) of F over time / peak"),
        Column("skewness", "", "m3 / m2^1.5 of F over time"),
        Column("kurtosis", "", "m4 / m2^2 - 3 of F over time"),
        Column("total_variation", "", "sum of all rises and falls of F / peak"),
        Column(
            "rises_after_peak", "", "sum of all rises of F after the peak / peak, observed for 30 d or more", frame=REST
        ),
        Column(
            "falls_before_peak",
            "",
            "sum of all falls of F before the peak / peak, observed for 30 d or more",
            frame=REST,
        ),
    ]


COLUMNS = _columns()


@njit(error_model="numpy")
def _time_above(flux: np.ndarray, weights: np.ndarray, level: float) -> tuple:
    """Number of excursions above a level, and the share of the time spent there."""
    count = 0
    above = total = 0.0
    for i in range(flux.size):
        total += weights[i]
        if flux[i] > level:
            above += weights[i]
            if i == 0 or not flux[i - 1] > level:
                count += 1
    return count, above / total


@njit(error_model="numpy")
def _trapezoid(mjd: np.ndarray) -> np.ndarray:
    """Weights of the points for averages over time."""
    weights = np.zeros(mjd.size)
    for i in range(mjd.size - 1):
        half = 0.5 * (mjd[i + 1] - mjd[i])
        weights[i] += half
        weights[i + 1] += half
    return weights


@njit(error_model="numpy")
def _variation(flux: np.ndarray, peak: int) -> tuple:
    """Sum of all changes, of the rises after the peak, and of the falls before it."""
    total = rises = falls = 0.0
    for i in range(flux.size - 1):
        change = flux[i + 1] - flux[i]
        total += abs(change)
        if i >= peak:
            rises += max(change, 0.0)
        else:
            falls += max(-change, 0.0)
    return total, rises, falls


@njit(error_model="numpy")
def _widths(mjd: np.ndarray, flux: np.ndarray, weights: np.ndarray, peak: int, stretch: float, out: np.ndarray) -> None:
    """Fill what belongs to `LEVELS`, six values each."""
    for k in range(len(LEVELS)):
        level = 0.01 * LEVELS[k] * flux[peak]
        rise, fade = crossing(mjd, flux, peak, -1, level), crossing(mjd, flux, peak, 1, level)
        count, share = _time_above(flux, weights, level)
        # times to the first and last visit are whole steps of any grid that visits lie on
        out[6 * k] = rise.days / stretch if rise.reached else to_tenth(rise.days / stretch)
        out[6 * k + 1] = fade.days / stretch if fade.reached else to_tenth(fade.days / stretch)
        out[6 * k + 2] = not rise.reached
        out[6 * k + 3] = not fade.reached
        out[6 * k + 4] = count
        out[6 * k + 5] = share


@njit(error_model="numpy")
def _ratios(widths: np.ndarray, out: np.ndarray) -> None:
    """Fill the comparisons of widths; NaN where one of these is cut short by the data's end."""
    rise, fade = widths[0 : 6 * len(LEVELS) : 6].copy(), widths[1 : 6 * len(LEVELS) : 6].copy()
    for k in range(len(LEVELS)):
        if widths[6 * k + 2] > 0.0:
            rise[k] = math.nan
        if widths[6 * k + 3] > 0.0:
            fade[k] = math.nan
    for j in range(2):
        wide, narrow = fade[j + 2], fade[j + 1]
        out[j] = log((narrow + 1.0) / (rise[j + 1] + 1.0))
        out[j + 2] = narrow / max(wide, 1.0) if not math.isnan(wide) else math.nan


@njit(error_model="numpy")
def fill(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak: int, z: float, out: np.ndarray) -> None:
    """Fill `COLUMNS`.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (n,)
        Grid in days, mean and standard deviation of F.
    peak : int
        Index of the peak, where F is positive.
    z : float
        Redshift.
    out : ndarray, shape (len(COLUMNS),)
    """
    height = flux[peak]
    weights = _trapezoid(mjd)
    out[0] = np.round((mjd[peak] - mjd[0]) / (mjd[-1] - mjd[0]) * 1000.0) / 1000.0
    widths = out[1:]
    _widths(mjd, flux, weights, peak, 1.0 + z, widths)
    rest = out[1 + 6 * len(LEVELS) :]
    _ratios(widths, rest)
    lowest = math.inf
    for i in range(flux.size):
        lowest = min(lowest, flux[i] + flux_err[i])
    rest[4] = lowest / height
    quantiles(flux, weights, (0.1, 0.5, 0.9), rest[5:])
    for i in range(5, 8):
        rest[i] /= height
    found = moments(flux, weights)
    rest[8], rest[9], rest[10] = found.std / height, found.skewness, found.kurtosis - NORMAL_KURTOSIS
    total, rises, falls = _variation(flux, peak)
    rest[11] = total / height
    if (mjd[-1] - mjd[peak]) / (1.0 + z) >= LEAST_SPAN:
        rest[12] = rises / height
    if (mjd[peak] - mjd[0]) / (1.0 + z) >= LEAST_SPAN:
        rest[13] = falls / height
