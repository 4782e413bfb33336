"""Shape of one posterior curve around its peak: times, areas, moments, laws of rise and decline.

A curve is given on a grid: rest-frame days from the peak ``t``, mean ``f`` relative to the
peak's, its standard deviation ``sd``, and for each node the part ``w`` of the span it
stands for (trapezoidal rule; the parts add up to 1).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.shared.conventions import CENSORED, REST, UNSEEN
from tde.features.table import Column
from tde.numerics.crossings import crossing
from tde.numerics.elementary import exp, log
from tde.numerics.lines import fit_line, slope
from tde.numerics.moments import NORMAL_KURTOSIS, moments
from tde.numerics.smoothing import to_tenth

LEVELS = (0.75, 0.5, 0.25, 0.1)
"""Parts of the peak flux at which the curve's width is measured."""

RISE_WINDOW = 60.0
FADE_WINDOW = 150.0
"""Rest-frame days before and after the peak in which laws are compared."""

GAUSSIAN_RISE = 15.0
FALLBACK_TIME = 40.0
"""The template of a tidal disruption event: typical values in days of van Velzen et al. 2021."""

FALLBACK_TIMES = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
FIREBALL_TIMES = (8.0, 12.0, 18.0, 27.0, 40.0, 60.0)

LEAST_NODES = 3
"""Nodes that a straight line needs."""

LEAST_SHARE = 0.5
"""Of the days between which a slope or a law is asked for, that the nodes must span."""

REES = "Rees 1988, Nature 333, 523; Phinney 1989, IAU Symp. 136, 543"
VAN_VELZEN = "van Velzen et al. 2021, ApJ 908, 4"
RIESS = "Riess et al. 1999, AJ 118, 2675"


def _width_columns() -> list[Column]:
    declared = []
    for level in LEVELS:
        per_cent = round(100 * level)
        for name, what in (("rise", "last rises above"), ("fade", "first falls below")):
            declared += [
                Column(
                    f"{name}_time_{per_cent}",
                    "d",
                    f"time from the peak to where the curve {what} {per_cent} % of it",
                    frame=REST,
                    edge=CENSORED,
                ),
                Column(f"{name}_censored_{per_cent}", "", f"1 if the data end before {name}_time_{per_cent}, else 0"),
            ]
    return declared


COLUMNS = [
    *_width_columns(),
    Column("fwhm", "d", "rise_time_50 + fade_time_50", frame=REST, edge=CENSORED),
    Column("rise_fade_ratio", "", "rise_time_50 / fade_time_50", edge=UNSEEN),
    Column(
        "compactness",
        "d",
        "integral of the positive part of the curve / peak: grows with the width, as published",
        frame=REST,
    ),
    Column("robust_duration", "d", "between 5 % and 95 % of the integral of max(flux - 2 sd, 0)", frame=REST),
    Column(
        "rise_slope",
        "1 / d",
        "slope of the straight line through flux / peak, -30 to 0 d, half of them seen",
        frame=REST,
    ),
    Column(
        "linear_decay_slope",
        "1 / d",
        "slope of the straight line through flux / peak, 0 to 100 d, half of them seen",
        frame=REST,
    ),
    Column(
        "tde_power_law_error",
        "",
        "rms of flux / peak - (1 + t / t0)^(-5/3), 0 to 150 d, least over t0 = 5, 10, ... 320 d",
        source=REES,
        frame=REST,
    ),
    Column(
        "rise_fireball_error",
        "",
        "rms of flux / peak - max(1 + t / t0, 0)^2, -60 to 0 d, least over t0 = 8, 12, 18, 27, 40, 60 d",
        source=RIESS,
        frame=REST,
    ),
    Column(
        "template_chisq_tde",
        "",
        "mean of (f - T)^2 / (sd^2 + 0.05^2), f = flux / peak, -60 to 150 d;"
        " T = exp(-t^2 / 2 (15 d)^2) before the peak, (1 + t / 40 d)^(-5/3) after it",
        source=VAN_VELZEN,
        frame=REST,
    ),
    Column(
        "fade_shape_correlation",
        "",
        "Pearson correlation of the curve with (1 + t / 40 d)^(-5/3), 0 to 150 d, half of them seen",
        source=REES,
        frame=REST,
    ),
    Column("flux_skew", "", "m3 / m2^1.5 of the curve over time"),
    Column("flux_kurtosis", "", "m4 / m2^2 - 3 of the curve over time"),
    Column("percentile_ratio_20_max", "", "20th percentile of the curve over time / peak"),
    Column("percentile_ratio_50_max", "", "median of the curve over time / peak"),
    Column("percentile_ratio_80_max", "", "80th percentile of the curve over time / peak"),
    Column("duty_cycle", "", "part of the time the curve is above 10 % of the peak"),
    Column("duty_cycle_50", "", "part of the time the curve is above half the peak"),
    Column("n_excursions", "", "separate stretches in which the curve exceeds 30 % of the peak and 3 sd"),
    Column("baseline_ratio", "", "mean of flux / peak before -100 d and after 300 d", frame=REST),
    Column("pre_peak_var", "", "variance about 0 (n): mean of (flux^2 - sd^2) / peak^2 before -100 d", frame=REST),
    Column("post_peak_var", "", "variance about 0 (n): mean of (flux^2 - sd^2) / peak^2 after 300 d", frame=REST),
    Column("total_variation", "", "sum of |changes of the curve| / (2 peak): 1 for a single rise and fall to zero"),
]


@njit(error_model="numpy")
def _fallback(t: float, t0: float) -> float:
    return exp(-5.0 / 3.0 * log(1.0 + t / t0))


@njit(error_model="numpy")
def _law(t: float, t0: float) -> float:
    """The t^-5/3 decline after the peak, the fireball's t^2 before it."""
    if t >= 0.0:
        return _fallback(t, t0)
    rise = max(1.0 + t / t0, 0.0)
    return rise * rise


@njit(error_model="numpy")
def _law_error(t: np.ndarray, f: np.ndarray, w: np.ndarray, first: float, last: float, t0: float) -> float:
    """Rms difference from `_law` within a range; NaN with fewer than three nodes or too little of the range seen."""
    n = 0
    total = square = 0.0
    lowest, highest = math.inf, -math.inf
    for k in range(t.size):
        if first <= t[k] <= last:
            n += 1
            lowest, highest = min(lowest, t[k]), max(highest, t[k])
            total += w[k]
            difference = f[k] - _law(t[k], t0)
            square += w[k] * difference * difference
    if n < 3 or highest - lowest < LEAST_SHARE * (last - first):
        return math.nan
    return math.sqrt(square / total)


@njit(error_model="numpy")
def _slope_within(t: np.ndarray, f: np.ndarray, w: np.ndarray, first: float, last: float) -> float:
    """Slope within a range; NaN with fewer than three nodes or too little of the range seen."""
    line = fit_line(t, f, w, first, last)
    return slope(line, LEAST_NODES) if line.span >= LEAST_SHARE * (last - first) else math.nan


@njit(error_model="numpy")
def _template(t: float) -> float:
    if t < 0.0:
        return exp(-0.5 * t * t / (GAUSSIAN_RISE * GAUSSIAN_RISE))
    return _fallback(t, FALLBACK_TIME)


@njit(error_model="numpy")
def _template_match(t: np.ndarray, f: np.ndarray, sd: np.ndarray, w: np.ndarray) -> tuple:
    """Columns ``template_chisq_tde`` and ``fade_shape_correlation``."""
    total = chi2 = 0.0
    n, latest = 0, 0.0
    s = sx = sy = sxx = sxy = syy = 0.0
    for k in range(t.size):
        if not -RISE_WINDOW <= t[k] <= FADE_WINDOW:
            continue
        model = _template(t[k])
        total += w[k]
        chi2 += w[k] * (f[k] - model) * (f[k] - model) / (sd[k] * sd[k] + 0.0025)
        if t[k] >= 0.0:
            n += 1
            latest = t[k]
            s += w[k]
            sx += w[k] * model
            sy += w[k] * f[k]
            sxx += w[k] * model * model
            sxy += w[k] * model * f[k]
            syy += w[k] * f[k] * f[k]
    scatter = (sxx - sx * sx / s) * (syy - sy * sy / s)
    seen = n >= 3 and latest >= LEAST_SHARE * FADE_WINDOW
    correlation = (sxy - sx * sy / s) / math.sqrt(scatter) if seen and scatter > 0.0 else math.nan
    return (chi2 / total if total > 0.0 else math.nan), correlation


@njit(error_model="numpy")
def _quantile(f: np.ndarray, w: np.ndarray, part: float) -> float:
    """Level below which the curve spends a part of the time, by bisection."""
    low, high = math.inf, -math.inf
    for k in range(f.size):
        low, high = min(low, f[k]), max(high, f[k])
    for _ in range(40):
        middle = 0.5 * (low + high)
        below = 0.0
        for k in range(f.size):
            if f[k] <= middle:
                below += w[k]
        if below < part:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@njit(error_model="numpy")
def _area(t: np.ndarray, f: np.ndarray) -> float:
    """Integral of the positive part."""
    area = 0.0
    for k in range(1, t.size):
        area += 0.5 * (t[k] - t[k - 1]) * (max(f[k], 0.0) + max(f[k - 1], 0.0))
    return area


@njit(error_model="numpy")
def _central_duration(t: np.ndarray, f: np.ndarray) -> float:
    """Time between 5 % and 95 % of the integral of the positive part."""
    area = _area(t, f)
    if not area > 0.0:
        return math.nan
    first = last = t[0]
    before = 0.0
    for k in range(1, t.size):
        piece = 0.5 * (t[k] - t[k - 1]) * (max(f[k], 0.0) + max(f[k - 1], 0.0)) / area
        if before < 0.05 <= before + piece:
            first = t[k - 1] + (t[k] - t[k - 1]) * (0.05 - before) / piece
        if before < 0.95 <= before + piece:
            last = t[k - 1] + (t[k] - t[k - 1]) * (0.95 - before) / piece
        before += piece
    return last - first


@njit(error_model="numpy")
def _activity(f: np.ndarray, sd: np.ndarray, w: np.ndarray) -> tuple:
    """Columns ``duty_cycle``, ``duty_cycle_50``, ``n_excursions``, ``total_variation``."""
    above_tenth = above_half = variation = 0.0
    excursions = 0
    inside = False
    for k in range(f.size):
        above_tenth += w[k] if f[k] > 0.1 else 0.0
        above_half += w[k] if f[k] > 0.5 else 0.0
        high = f[k] > 0.3 and f[k] > 3.0 * sd[k]
        if high and not inside:
            excursions += 1
        inside = high
        if k > 0:
            variation += 0.5 * abs(f[k] - f[k - 1])
    return above_tenth, above_half, float(excursions), variation


@njit(error_model="numpy")
def _far_from_peak(t: np.ndarray, f: np.ndarray, sd: np.ndarray, w: np.ndarray) -> tuple:
    """Columns ``baseline_ratio``, ``pre_peak_var`` and ``post_peak_var``."""
    before = after = level = power_before = power_after = 0.0
    for k in range(t.size):
        power = f[k] * f[k] - sd[k] * sd[k]
        if t[k] < -100.0:
            before += w[k]
            power_before += w[k] * power
            level += w[k] * f[k]
        elif t[k] > 300.0:
            after += w[k]
            power_after += w[k] * power
            level += w[k] * f[k]
    return (
        level / (before + after) if before + after > 0.0 else math.nan,
        power_before / before if before > 0.0 else math.nan,
        power_after / after if after > 0.0 else math.nan,
    )


@njit(error_model="numpy")
def _least(t: np.ndarray, f: np.ndarray, w: np.ndarray, first: float, last: float, times: tuple) -> float:
    """Least `_law_error` over some time scales."""
    least = math.inf
    for t0 in times:
        least = min(least, _law_error(t, f, w, first, last, t0))
    return least if least < math.inf else math.nan


@njit(error_model="numpy")
def time_weights(t: np.ndarray) -> np.ndarray:
    """Part of the span that each node stands for; 1 for a single node."""
    w = np.ones(t.size)
    for k in range(t.size if t.size > 1 else 0):
        w[k] = 0.5 * (t[min(k + 1, t.size - 1)] - t[max(k - 1, 0)]) / (t[t.size - 1] - t[0])
    return w


@njit(error_model="numpy")
def shape_features(t: np.ndarray, f: np.ndarray, sd: np.ndarray, w: np.ndarray, peak: int, out: np.ndarray) -> None:
    """Fill ``out`` with the values of `COLUMNS`; ``t`` counts from the curve's own peak.

    Parameters
    ----------
    t, f, sd, w : ndarray, shape (m,)
        The curve, see the module.
    peak : int
        Node with ``t`` = 0.
    out : ndarray, shape (len(COLUMNS),)
    """
    n = 0
    for level in LEVELS:
        rise, fade = crossing(t, f, peak, -1, level), crossing(t, f, peak, 1, level)
        # times to the first and last visit are whole steps of any grid that visits lie on
        out[n] = rise.days if rise.reached else to_tenth(rise.days)
        out[n + 2] = fade.days if fade.reached else to_tenth(fade.days)
        out[n + 1], out[n + 3] = not rise.reached, not fade.reached
        n += 4
    rise_50, fade_50 = out[4], out[6]
    out[n] = rise_50 + fade_50
    out[n + 1] = rise_50 / fade_50 if fade_50 > 0.0 and out[5] + out[7] == 0.0 else math.nan  # neither censored
    out[n + 2] = _area(t, f)
    out[n + 3] = _central_duration(t, f - 2.0 * sd)
    out[n + 4] = _slope_within(t, f, w, -30.0, 0.0)
    out[n + 5] = _slope_within(t, f, w, 0.0, 100.0)
    out[n + 6] = _least(t, f, w, 0.0, FADE_WINDOW, FALLBACK_TIMES)
    out[n + 7] = _least(t, f, w, -RISE_WINDOW, 0.0, FIREBALL_TIMES)
    out[n + 8], out[n + 9] = _template_match(t, f, sd, w)
    found = moments(f, w)
    out[n + 10], out[n + 11] = found.skewness, found.kurtosis - NORMAL_KURTOSIS
    out[n + 12] = _quantile(f, w, 0.2)
    out[n + 13] = _quantile(f, w, 0.5)
    out[n + 14] = _quantile(f, w, 0.8)
    out[n + 15], out[n + 16], out[n + 17], out[n + 21] = _activity(f, sd, w)
    out[n + 18], out[n + 19], out[n + 20] = _far_from_peak(t, f, sd, w)
