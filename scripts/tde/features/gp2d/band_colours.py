"""Colours of six posterior curves: at fixed phases, their slopes, and the slope of the spectrum.

Phases are rest-frame days from the peak of all bands together. A colour counts where
both of its bands are above `LEAST_SNR` posterior standard deviations. Colours are not
averaged further out than -50 to 150 d. How they change after the peak is not asked of nodes
that span less than `LEAST_SPAN`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.gp2d.band_shape import LEAST_NODES
from tde.features.shared.conventions import REST
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.table import Column
from tde.numerics.elementary import log, log_each
from tde.numerics.lines import fit_line, slope
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

LEAST_SNR = 2.0

PAIRS = ((0, 1), (1, 2), (2, 3), (3, 4))
PHASES = (-20.0, 0.0, 20.0, 50.0, 100.0)
SLOPE_ENDS = (50.0, 100.0)

G, R = BANDS.index("g"), BANDS.index("r")

LOG_WAVELENGTH = log_each(EFFECTIVE_WAVELENGTH / EFFECTIVE_WAVELENGTH[R])

LEAST_CHANGE = 1e-6
"""Magnitudes in all that a colour must change for its changes to be more than rounding."""

FIRST_PHASE, LAST_PHASE = -50.0, 150.0

LEAST_SPAN = 20.0
"""Rest-frame days that a change after the peak is read off."""


def _phase_name(phase: float) -> str:
    return f"minus{-phase:.0f}d" if phase < 0.0 else f"{phase:.0f}d"


def _pair_columns() -> list[Column]:
    declared = []
    for blue, red in PAIRS:
        pair = BANDS[blue] + BANDS[red]
        name = f"{BANDS[blue]} - {BANDS[red]}"
        declared += [
            Column(
                f"color_{pair}_{_phase_name(phase)}", "mag", f"{name} at {phase:.0f} d, both bands > 2 sd", frame=REST
            )
            for phase in PHASES
        ]
        declared += [
            Column(
                f"color_{pair}_slope_{end:.0f}d",
                "mag / d",
                f"(color_{pair}_{end:.0f}d - color_{pair}_0d) / {end:.0f} d",
                frame=REST,
            )
            for end in SLOPE_ENDS
        ]
    return declared


COLUMNS = [
    *_pair_columns(),
    Column("ur_peak", "mag", "u - r at the peak, both bands > 2 sd"),
    Column("mean_color_gr", "mag", "mean of g - r over time, -50 to 150 d", frame=REST),
    Column("std_color_gr", "mag", "standard deviation (n) of g - r over time, -50 to 150 d", frame=REST),
    Column("mean_color_gr_pre", "mag", "mean of g - r over time, -50 to 0 d", frame=REST),
    Column("color_slope_gr_pre", "mag / d", "slope of the straight line through g - r, -50 to 0 d", frame=REST),
    Column(
        "color_slope_gr",
        "mag / d",
        "slope of the straight line through g - r, 0 to 150 d, known over 20 d or more",
        frame=REST,
    ),
    Column(
        "color_monotonicity",
        "",
        "net / total change of g - r, 0 to 150 d, known over 20 d or more; NaN without change",
        frame=REST,
    ),
    Column(
        "spectral_slope_peak",
        "",
        "beta of F ~ wavelength^beta at the peak: weighted line of ln F, 3 or more bands > 2 sd",
    ),
    Column("spectral_slope_mean", "", "mean of beta over time, -50 to 150 d", frame=REST),
    Column("spectral_slope_std", "", "standard deviation (n) of beta over time, -50 to 150 d", frame=REST),
    Column(
        "color_cooling_rate",
        "1 / d",
        "slope of the line through beta, 0 to 150 d, known over 20 d or more; positive: cools",
        frame=REST,
    ),
    Column(
        "blue_energy_fraction",
        "",
        "integral of u + g / of all bands, positive parts, where all six have a curve, -50 to 150 d",
        frame=REST,
    ),
]  # fmt: skip


@njit(error_model="numpy")
def _color(flux_blue: float, flux_red: float, sd_blue: float, sd_red: float) -> float:
    """Blue minus red in magnitudes; NaN where either band is not significant."""
    if flux_blue > LEAST_SNR * sd_blue and flux_red > LEAST_SNR * sd_red:
        return -MAGNITUDE * log(flux_blue / flux_red)
    return math.nan


@njit(error_model="numpy")
def _color_at(t: np.ndarray, mean: np.ndarray, sd: np.ndarray, blue: int, red: int, phase: float) -> float:
    """Colour at a phase, from fluxes between the nodes by straight lines; NaN outside the grid."""
    for k in range(t.size):
        if t[k] == phase:
            return _color(mean[k, blue], mean[k, red], sd[k, blue], sd[k, red])
        if k > 0 and t[k - 1] < phase < t[k]:
            x = (phase - t[k - 1]) / (t[k] - t[k - 1])
            return _color(
                mean[k - 1, blue] + x * (mean[k, blue] - mean[k - 1, blue]),
                mean[k - 1, red] + x * (mean[k, red] - mean[k - 1, red]),
                sd[k - 1, blue] + x * (sd[k, blue] - sd[k - 1, blue]),
                sd[k - 1, red] + x * (sd[k, red] - sd[k - 1, red]),
            )
    return math.nan


@njit(error_model="numpy")
def _spectral_slope(flux: np.ndarray, sd: np.ndarray) -> float:
    """Column ``spectral_slope_peak`` at one node."""
    weight, log_flux = np.zeros(flux.size), np.zeros(flux.size)
    for b in range(flux.size):
        if flux[b] > LEAST_SNR * sd[b]:
            ratio = flux[b] / max(sd[b], 1e-6 * flux[b])
            weight[b] = ratio * ratio
            log_flux[b] = log(flux[b])
    return slope(fit_line(LOG_WAVELENGTH, log_flux, weight, -np.inf, np.inf), LEAST_NODES)


@njit(error_model="numpy")
def _mean_and_scatter(t: np.ndarray, x: np.ndarray, w: np.ndarray, first: float, last: float) -> tuple:
    """Mean and standard deviation over time of nodes with weight; the latter of three or more."""
    n = 0
    s = sx = sxx = 0.0
    for k in range(t.size):
        if first <= t[k] <= last and w[k] > 0.0:
            n += 1
            s += w[k]
            sx += w[k] * x[k]
    if n == 0:
        return math.nan, math.nan
    for k in range(t.size):
        if first <= t[k] <= last and w[k] > 0.0:
            sxx += w[k] * (x[k] - sx / s) * (x[k] - sx / s)
    return sx / s, (math.sqrt(sxx / s) if n >= 3 else math.nan)


@njit(error_model="numpy")
def _monotonicity(t: np.ndarray, x: np.ndarray, w: np.ndarray) -> float:
    """Net change / total change of the nodes with weight, from the peak on."""
    net = total = span = 0.0
    before = -1
    for k in range(t.size):
        if 0.0 <= t[k] <= LAST_PHASE and w[k] > 0.0:
            if before >= 0:
                net += x[k] - x[before]
                total += abs(x[k] - x[before])
                span += t[k] - t[before]
            before = k
    return net / total if total > LEAST_CHANGE and span >= LEAST_SPAN else math.nan


@njit(error_model="numpy")
def _slope_after_peak(t: np.ndarray, x: np.ndarray, w: np.ndarray) -> float:
    """Slope of the nodes with weight from the peak on."""
    line = fit_line(t, x, w, 0.0, LAST_PHASE)
    return slope(line, LEAST_NODES) if line.span >= LEAST_SPAN else math.nan


@njit(error_model="numpy")
def _blue_fraction(t: np.ndarray, mean: np.ndarray, w: np.ndarray) -> float:
    """Share of u and g in the integral, over nodes at which all bands have a curve."""
    blue = total = 0.0
    for k in range(t.size):
        if FIRST_PHASE <= t[k] <= LAST_PHASE and not np.isnan(mean[k]).any():
            for b in range(mean.shape[1]):
                piece = w[k] * max(mean[k, b], 0.0)
                total += piece
                blue += piece if b <= G else 0.0
    return blue / total if total > 0.0 else math.nan


@njit(error_model="numpy")
def _known(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The weights with 0 where a value is NaN; the value becomes 0, too."""
    weight = w.copy()
    for k in range(x.size):
        if math.isnan(x[k]):
            x[k] = weight[k] = 0.0
    return weight


@njit(error_model="numpy")
def color_features(t: np.ndarray, mean: np.ndarray, sd: np.ndarray, w: np.ndarray, peak: int, out: np.ndarray) -> None:
    """Fill ``out`` with the values of `COLUMNS`.

    Parameters
    ----------
    t : ndarray, shape (m,)
        Rest-frame days from the peak.
    mean, sd : ndarray, shape (m, 6)
    w : ndarray, shape (m,)
        Part of the span that each node stands for.
    peak : int
        Node with ``t`` = 0.
    """
    n = 0
    for blue, red in PAIRS:
        for phase in PHASES:
            out[n] = _color_at(t, mean, sd, blue, red, phase)
            n += 1
        at_peak = _color_at(t, mean, sd, blue, red, 0.0)
        for end in SLOPE_ENDS:
            out[n] = (_color_at(t, mean, sd, blue, red, end) - at_peak) / end
            n += 1
    color, beta = np.empty(t.size), np.empty(t.size)
    for k in range(t.size):
        color[k] = _color(mean[k, G], mean[k, R], sd[k, G], sd[k, R])
        beta[k] = _spectral_slope(mean[k], sd[k])
    out[n + 7] = beta[peak]
    color_w, beta_w = _known(color, w), _known(beta, w)
    out[n] = _color(mean[peak, 0], mean[peak, R], sd[peak, 0], sd[peak, R])
    out[n + 1], out[n + 2] = _mean_and_scatter(t, color, color_w, FIRST_PHASE, LAST_PHASE)
    out[n + 3] = _mean_and_scatter(t, color, color_w, FIRST_PHASE, 0.0)[0]
    out[n + 4] = slope(fit_line(t, color, color_w, FIRST_PHASE, 0.0), LEAST_NODES)
    out[n + 5] = _slope_after_peak(t, color, color_w)
    out[n + 6] = _monotonicity(t, color, color_w)
    out[n + 8], out[n + 9] = _mean_and_scatter(t, beta, beta_w, FIRST_PHASE, LAST_PHASE)
    out[n + 10] = _slope_after_peak(t, beta, beta_w)
    out[n + 11] = _blue_fraction(t, mean, w)
