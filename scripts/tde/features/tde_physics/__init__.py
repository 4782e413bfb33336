"""What sets tidal disruption events apart: steady colours, hot late emission, a smooth power-law decline.

TDEs keep their blue colours for months while supernovae redden; they rise once and fall like
a power law of the time since disruption (Rees 1988; van Velzen et al. 2021; Hammerstein et al.
2023). The names are those of a public table that users compare with; the formulas are this
project's own. All columns are read off the posterior curves of the two-dimensional Gaussian
process, interpolated at phases `FIRST`, `FIRST` + `STEP`, ... days from the object's peak.

Every column whose windows or units hold a time exists twice: with phases in the observer's
frame and, with suffix `_rest`, with phases divided by 1 + z.

A colour or temperature counts only where it is measured: `MAX_COLOUR_ERR`,
`tde.black_body.spectrum_fit.MAX_LOG_ERR`; a flux above `SIGNIFICANT` errors. Errors of the posterior
at neighbouring phases are correlated, so they serve as weights, with a floor `FLOOR`, and
nothing here is a chi-squared.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.black_body.spectrum_fit import SIGNIFICANT, fit_black_body, planck_nodes
from tde.curves import Curves
from tde.features.shared.conventions import OBSERVER, REST, UNBOUNDED, UNSEEN, nan_at_edge
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.shared.phases import in_rest_frame, since_peak
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.numerics.elementary import exp, log
from tde.numerics.lines import weighted_line
from tde.numerics.peaks import surest_peak
from tde.numerics.regular_grid import resample

VAN_VELZEN = "van Velzen et al. 2021, ApJ 908, 4"
HAMMERSTEIN = "Hammerstein et al. 2023, ApJ 942, 9"
REES = "Rees 1988, Nature 333, 523"

FIRST, STEP, N_PHASES = -150.0, 2.5, 181
"""Phases at which the curves are read: -150 to 300 d from the peak."""

COLOUR_WINDOW = (-20.0, 100.0)
TREND_WINDOW = (0.0, 100.0)
LATE_WINDOW = (50.0, 150.0)
PEAK_WINDOW = (-30.0, 60.0)
"""Days from the object's peak in which a band's own peak is sought."""

AT_PEAK = (-10.0, 10.0)
AT_LATE_TIMES = (70.0, 120.0)
LATE_DECAY_START = 50.0

MAX_COLOUR_ERR = 0.3
"""Largest error in magnitudes of a colour that counts."""

MAX_LEVEL_ERR = 0.2
"""Largest error, in units of the peak flux, of a level that counts."""

FLOOR = 0.05
"""Error in magnitudes, or in ln T, added in quadrature to all errors that weigh."""

MIN_SPAN = 30.0
"""Days that the values must span where a trend or a variance is read off them."""

STRIDE = 4
"""Black bodies and declines use every so many phases, each 10 d: nearer ones add little."""

AT_ZERO, N_DECAY = 60, 21
"""Index of phase 0, and number of epochs of the decline: 0 to 200 d."""

TEMPERATURE_RANGE = (1500.0, 80000.0)
"""In Kelvin, of the black body as observed: lower than in the rest frame by 1 + z."""

LOG_ONSETS = tuple(1.1 + 0.25 * k for k in range(16))
"""Values of ln(days from onset to peak) averaged over: 3 to 128 d."""

ONSET_PRIOR = (3.4, 0.7)
"""Mean and standard deviation of that, where the curve does not say: a TDE's fallback time."""

N_COLUMNS = 25

G, R = 1, 2  # bands

_COLOURS = [
    Column("color_var", "mag2", "weighted variance (n) of {c} from -20 to 100 d", source=VAN_VELZEN),
    Column("color_range", "mag", "largest - smallest {c} from -20 to 100 d"),
    Column("color_trend", "mag / d", "slope of {c} from 0 to 100 d; positive reddens", source=HAMMERSTEIN),
]
_GRI = [
    Column("late_slope", "mag / d", "slope of the magnitude from 50 to 150 d; positive fades"),
    Column("late_flux_ratio", "", "mean flux from 50 to 150 d / peak flux, from the part of the window with a curve"),
    Column("rebrightening", "", "largest rise of the mean curve after the peak, up to 300 d, / peak flux"),
]
_GR = [
    Column(
        "rise_shape",
        "",
        "(peak - t50) / (peak - t25), t50 and t25: last upward crossings of that % of the peak",
        edge=UNSEEN,
    ),
    Column("rise_rate", "1 / d", "0.5 / (peak - t50): mean rise from half the peak flux to the peak", edge=UNSEEN),
]
_TEMPERATURE_AND_DECAY = [
    *(
        Column(name, unit, meaning, source=source, edge=nan_at_edge("1.5..80 kK as observed"))
        for name, unit, meaning, source in (
            ("temp_stability", "", "weighted standard deviation (n) of ln T from -20 to 100 d", VAN_VELZEN),
            ("temp_trend", "1 / d", "slope of ln T from 0 to 100 d; TDEs stay or heat up", HAMMERSTEIN),
            ("temp_late_vs_peak", "", "mean ln T from 70 to 120 d - mean ln T from -10 to 10 d", VAN_VELZEN),
        )
    ),
    Column(
        "r_decay_alpha",
        "",
        "index alpha of A (t - t0)^alpha, 0 to 200 d, negative in a decline; mean over ln(peak - t0) ~ N(ln 30 d, 0.7)",
        source=REES,
        edge=UNBOUNDED,
    ),
    Column("r_decay_residual", "mag", "weighted rms about that law at the best t0"),
    Column(
        "r_decay_alpha_late",
        "",
        "alpha from 50 to 200 d, negative in a decline; mean over the same t0 with the same weights",
        source=REES,
        edge=UNBOUNDED,
    ),
]  # fmt: skip

_TIMELESS = {"g_rise_shape", "r_rise_shape"}
"""Columns that are the same in both frames."""


def _observer_columns() -> list[Column]:
    """The columns with phases in the observer's frame."""
    declared = []
    for colour in ("g_r", "r_i"):
        label = colour.replace("_", " - ")
        declared += [
            column._replace(name=f"{colour}_{column.name}", meaning=column.meaning.format(c=label))
            for column in _COLOURS
        ]
    declared += [column._replace(name=f"{band}_{column.name}") for column in _GRI for band in "gri"]
    declared += [column._replace(name=f"{band}_{column.name}") for column in _GR for band in "gr"]
    return declared + _TEMPERATURE_AND_DECAY


def columns() -> list[Column]:
    """Columns of the family: 25 in the observer's frame, 23 of them again in the rest frame."""
    declared = _observer_columns()
    observer = [column if column.name in _TIMELESS else column._replace(frame=OBSERVER) for column in declared]
    rest = [
        column._replace(name=f"{column.name}_rest", frame=REST) for column in declared if column.name not in _TIMELESS
    ]
    return observer + rest


@njit(error_model="numpy")
def _magnitudes(flux: np.ndarray, flux_err: np.ndarray, value: np.ndarray, error: np.ndarray) -> None:
    """Magnitudes up to a constant, and their errors; NaN where the flux is not significant."""
    for k in range(flux.size):
        value[k] = error[k] = np.nan
        if flux[k] > SIGNIFICANT * flux_err[k]:
            value[k] = -MAGNITUDE * log(flux[k])
            error[k] = MAGNITUDE * flux_err[k] / flux[k]


@njit(error_model="numpy")
def _colour_features(magnitude: np.ndarray, error: np.ndarray, blue: int, phase: np.ndarray, out: np.ndarray) -> None:
    """Variance, range and trend of the colour of a band and its redder neighbour."""
    colour, colour_err = np.empty(phase.size), np.empty(phase.size)
    lowest, highest = np.inf, -np.inf
    for k in range(phase.size):
        colour[k] = magnitude[blue, k] - magnitude[blue + 1, k]
        colour_err[k] = np.sqrt(error[blue, k] ** 2 + error[blue + 1, k] ** 2)
        if not colour_err[k] <= MAX_COLOUR_ERR:
            colour[k] = np.nan
        elif COLOUR_WINDOW[0] <= phase[k] <= COLOUR_WINDOW[1]:
            lowest, highest = min(lowest, colour[k]), max(highest, colour[k])
    out[0] = weighted_line(phase, colour, colour_err, FLOOR, COLOUR_WINDOW, MIN_SPAN).variance
    out[1] = np.nan if np.isnan(out[0]) else highest - lowest
    out[2] = weighted_line(phase, colour, colour_err, FLOOR, TREND_WINDOW, MIN_SPAN).slope


@njit(error_model="numpy")
def _peak(flux: np.ndarray, flux_err: np.ndarray, phase: np.ndarray) -> int:
    """Index of a band's peak: highest flux - error near the object's peak; -1 if not significant."""
    first, last = np.searchsorted(phase, PEAK_WINDOW[0]), np.searchsorted(phase, PEAK_WINDOW[1], side="right")
    best = surest_peak(flux[first:last], flux_err[first:last])
    return int(first) + best if best >= 0 and flux[first + best] > SIGNIFICANT * flux_err[first + best] else -1


@njit(error_model="numpy")
def _late_flux_ratio(flux: np.ndarray, flux_err: np.ndarray, phase: np.ndarray, peak: int) -> float:
    """Mean late flux in units of the peak; NaN if half of the window is missing or the mean is not known."""
    count, wanted, total, error = 0, 0, 0.0, 0.0
    for k in range(phase.size):
        if LATE_WINDOW[0] <= phase[k] <= LATE_WINDOW[1]:
            wanted += 1
            if not np.isnan(flux[k]):
                count += 1
                total += flux[k]
                error += flux_err[k]
    if 2 * count < wanted or not error <= MAX_LEVEL_ERR * count * flux[peak]:
        return np.nan
    return total / count / flux[peak]


@njit(error_model="numpy")
def _rebrightening(flux: np.ndarray, flux_err: np.ndarray, peak: int) -> float:
    """Largest rise after the peak in units of the peak; NaN if less than `MIN_SPAN` after it is known."""
    trough, rise, last = flux[peak], 0.0, peak
    for k in range(peak, flux.size):
        if flux_err[k] <= MAX_LEVEL_ERR * flux[peak]:
            trough = min(trough, flux[k])
            rise = max(rise, flux[k] - trough)
            last = k
    return rise / flux[peak] if STEP * (last - peak) >= MIN_SPAN else np.nan


@njit(error_model="numpy")
def _time_from_level(level: float, flux: np.ndarray, flux_err: np.ndarray, peak: int) -> float:
    """Days from the last upward crossing of ``level * peak flux`` to the peak; NaN if not seen."""
    wanted = level * flux[peak]
    k = peak
    while k >= 0 and flux[k] > wanted:
        k -= 1
    if k < 0 or k == peak or np.isnan(flux[k]) or flux_err[k] > MAX_LEVEL_ERR * flux[peak]:
        return np.nan
    return STEP * (peak - k - (wanted - flux[k]) / (flux[k + 1] - flux[k]))


@njit(error_model="numpy")
def _band_features(
    flux: np.ndarray, flux_err: np.ndarray, magnitude: np.ndarray, error: np.ndarray, phase: np.ndarray, out: np.ndarray
) -> None:
    """Late slope, late flux ratio, rebrightening, rise shape and rise rate of a band."""
    out[1] = out[2] = out[3] = out[4] = np.nan
    out[0] = weighted_line(phase, magnitude, error, FLOOR, LATE_WINDOW, MIN_SPAN).slope
    peak = _peak(flux, flux_err, phase)
    if peak < 0:
        return
    out[1] = _late_flux_ratio(flux, flux_err, phase, peak)
    out[2] = _rebrightening(flux, flux_err, peak)
    from_half = _time_from_level(0.5, flux, flux_err, peak)
    out[3] = from_half / _time_from_level(0.25, flux, flux_err, peak)
    out[4] = 0.5 / from_half


@njit(error_model="numpy")
def _temperature_features(
    flux: np.ndarray, flux_err: np.ndarray, phase: np.ndarray, nodes: np.ndarray, out: np.ndarray
) -> None:
    """Scatter, trend and late change of ln T."""
    value, error = np.empty(phase.size), np.empty(phase.size)
    low, high = log(TEMPERATURE_RANGE[0]), log(TEMPERATURE_RANGE[1])
    for k in range(phase.size):
        value[k] = error[k] = np.nan
        if k % STRIDE == 0 and COLOUR_WINDOW[0] <= phase[k] <= AT_LATE_TIMES[1]:
            fit = fit_black_body(flux[k], flux_err[k], nodes, low, high)
            value[k], error[k] = fit.log_temperature, np.sqrt(fit.variance)
    out[0] = np.sqrt(weighted_line(phase, value, error, FLOOR, COLOUR_WINDOW, MIN_SPAN).variance)
    out[1] = weighted_line(phase, value, error, FLOOR, TREND_WINDOW, MIN_SPAN).slope
    late = weighted_line(phase, value, error, FLOOR, AT_LATE_TIMES, MIN_SPAN).mean
    out[2] = late - weighted_line(phase, value, error, FLOOR, AT_PEAK, MIN_SPAN).mean


@njit(error_model="numpy")
def _power_law(
    log_onset: float, phase: np.ndarray, magnitude: np.ndarray, error: np.ndarray, since: np.ndarray
) -> tuple:
    """Index, weighted mean square residual (mag2), cost and late index of the law with a given onset."""
    onset = exp(log_onset)
    weights = 0.0
    for k in range(phase.size):
        since[k] = log(phase[k] + onset)
        if not np.isnan(magnitude[k]):
            weights += 1.0 / (error[k] * error[k] + FLOOR * FLOOR)
    whole = (since[0], since[phase.size - 1])
    line = weighted_line(since, magnitude, error, FLOOR, whole, 0.0)
    information = 1.0 / (line.slope_err * line.slope_err)  # weighted sum of squares of ln(t - t0) about its mean
    residual = max(line.variance - line.slope * line.slope * information / weights, 0.0)
    pull = (log_onset - ONSET_PRIOR[0]) / ONSET_PRIOR[1]
    late = (log(LATE_DECAY_START + onset), whole[1])
    late_slope = weighted_line(since, magnitude, error, FLOOR, late, 0.0).slope
    return -line.slope / MAGNITUDE, residual, residual * weights + pull * pull, -late_slope / MAGNITUDE


@njit(error_model="numpy")
def _decay_features(magnitude: np.ndarray, error: np.ndarray, out: np.ndarray) -> None:
    """Index of the decline, its residual and its late index, averaged over the unknown onset."""
    phase, value, value_err = np.empty(N_DECAY), np.empty(N_DECAY), np.empty(N_DECAY)
    for j in range(N_DECAY):
        k = AT_ZERO + j * STRIDE
        phase[j], value[j], value_err[j] = FIRST + STEP * k, magnitude[k], error[k]
    out[0] = out[1] = out[2] = np.nan
    whole, late_part = (phase[0], phase[N_DECAY - 1]), (LATE_DECAY_START, phase[N_DECAY - 1])
    if np.isnan(weighted_line(phase, value, value_err, FLOOR, whole, MIN_SPAN).slope):
        return
    late_is_seen = not np.isnan(weighted_line(phase, value, value_err, FLOOR, late_part, MIN_SPAN).slope)
    since = np.empty(phase.size)
    best = np.inf
    total = alpha = alpha_late = 0.0
    for log_onset in LOG_ONSETS:
        one_alpha, mean_square, cost, late = _power_law(log_onset, phase, value, value_err, since)
        if cost < best:
            rescale = exp(0.5 * (cost - best)) if total > 0.0 else 0.0
            total, alpha, alpha_late = total * rescale, alpha * rescale, alpha_late * rescale
            best = cost
            out[1] = np.sqrt(mean_square)
        weight = exp(0.5 * (best - cost))
        total += weight
        alpha += weight * one_alpha
        alpha_late += weight * late
    out[0] = alpha / total
    out[2] = alpha_late / total if late_is_seen else np.nan


@njit(error_model="numpy")
def _one_frame(
    time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, phase: np.ndarray, nodes: np.ndarray, out: np.ndarray
) -> None:
    """All columns of one object, with phases ``time`` in one frame."""
    n_bands = flux.shape[1]
    grid, grid_err = np.empty((phase.size, n_bands)), np.empty((phase.size, n_bands))
    resample(time, flux, flux_err, FIRST, STEP, grid, grid_err)
    magnitude, error = np.empty((n_bands, phase.size)), np.empty((n_bands, phase.size))
    of_band = np.empty(5)
    for j in range(3):
        band = G + j
        _magnitudes(grid[:, band], grid_err[:, band], magnitude[band], error[band])
        _band_features(grid[:, band], grid_err[:, band], magnitude[band], error[band], phase, of_band)
        out[6 + j], out[9 + j], out[12 + j] = of_band[0], of_band[1], of_band[2]
        if j < 2:
            out[15 + j], out[17 + j] = of_band[3], of_band[4]
    for j in range(2):
        _colour_features(magnitude, error, G + j, phase, out[3 * j :])
    _temperature_features(grid, grid_err, phase, nodes, out[19:])
    _decay_features(magnitude[R], error[R], out[22:])


@njit(cache=True, error_model="numpy")
def _all_objects(
    offsets: np.ndarray,
    time: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    phase: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill ``out``, shape (n, 25), from curves at phases ``time`` in one frame."""
    nodes = planck_nodes()
    for i in range(out.shape[0]):
        first, last = offsets[i], offsets[i + 1]
        _one_frame(time[first:last], flux[first:last], flux_err[first:last], phase, nodes, out[i])


def compute(lightcurves: LightCurves, gp2d: Curves) -> np.ndarray:
    """Features of all objects, shape (n_objects, 48), in the order of `columns`.

    The curves are those of `tde.features.gp2d.fit`. NaN where a feature is not defined.
    """
    flux, flux_err = gp2d.flux.astype(np.float64), gp2d.flux_err.astype(np.float64)
    phase = FIRST + STEP * np.arange(N_PHASES)
    observer = np.empty((len(lightcurves), N_COLUMNS))
    rest = np.empty((len(lightcurves), N_COLUMNS))
    days = since_peak(gp2d)
    _all_objects(gp2d.offsets, days, flux, flux_err, phase, observer)
    _all_objects(gp2d.offsets, in_rest_frame(days, gp2d, lightcurves.z), flux, flux_err, phase, rest)
    timed = [j for j, column in enumerate(_observer_columns()) if column.name not in _TIMELESS]
    return np.concatenate([observer, rest[:, timed]], axis=1)
