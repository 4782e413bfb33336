"""Compiled features of one band's light curve (see `domain` for their formulas)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tde.features.domain.decay import exponential_rate, power_law
from tde.features.shared.conventions import OBSERVER, UNSEEN, nan_at_edge
from tde.features.table import Column
from tde.numerics.crossings import time_to_level
from tde.numerics.moments import NORMAL_KURTOSIS, equal_weights, sample_std
from tde.numerics.peaks import surest_peak
from tde.numerics.smoothing import local_average

GOLUB = "Golub & Pereyra 1973, SIAM J. Numer. Anal. 10, 413 (free amplitude)"
REES = "Rees 1988, Nature 333, 523; Phinney 1989, IAU Symp. 136, 543"

COLUMNS = [
    Column("peak_flux", "uJy", "highest point of the band curve: its value where value - error is highest"),
    Column(
        "peak_time",
        "d",
        "time of that visit after the object's first detection (shared curve > 5 errors), to 0.1 d",
        frame=OBSERVER,
    ),
    Column("mean_flux", "uJy", "mean flux"),
    Column("std_flux", "uJy", "standard deviation (n - 1) of the fluxes"),
    Column("median_flux", "uJy", "median flux"),
    Column("skewness", "", "m3 / m2^1.5 of the fluxes"),
    Column("kurtosis", "", "m4 / m2^2 - 3 of the fluxes"),
    Column(
        "rise_time",
        "d",
        "time from 25 % of the amplitude over the baseline to the peak of the band curve",
        frame=OBSERVER,
        edge=UNSEEN,
    ),
    Column(
        "decay_rate",
        "1 / d",
        "k of the best A exp(-k t) from the peak on, NaN if A = 0",
        source=GOLUB,
        frame=OBSERVER,
        edge=f"{nan_at_edge('1e-4..1')}, or where an edge fits as well",
    ),
    Column(
        "decay_chi2",
        "",
        "reduced chi-squared of F = A (t - t0)^alpha from the peak on; ln(peak - t0 [d]) ~ N(ln 30, 0.7) a priori",
        source=GOLUB,
        frame=OBSERVER,
    ),
    Column(
        "decay_alpha_dev",
        "",
        "|alpha + 5/3| of that fit, alpha negative in a decline: distance from the fallback law; NaN if A = 0, or if"
        " the last visit is less than 30 d after the peak",
        source=REES,
        frame=OBSERVER,
        edge=nan_at_edge("-6..1"),
    ),
    Column("amplitude_ratio", "", "(peak - median) / (peak - trough) of the band curve"),
    Column(
        "duration",
        "d",
        "full width of the band curve's peak at half its amplitude over the baseline",
        frame=OBSERVER,
        edge=UNSEEN,
    ),
    Column("above_baseline_frac", "", "share of visits more than 3 errors above the baseline"),
    Column("snr_mean", "", "mean of flux / flux_err, signed"),
    Column("snr_max", "", "largest flux / flux_err"),
    Column("snr_median", "", "median of flux / flux_err, signed"),
    Column("n_obs", "", "number of visits (0 is a count, not a gap)"),
    Column("has_enough_points", "", "1 with at least 5 visits, else 0"),
    Column("median_dt", "d", "median gap between visits, rounded to 0.1 d", frame=OBSERVER),
    Column("max_gap", "d", "longest gap between visits, rounded to 0.1 d", frame=OBSERVER),
    Column(
        "n_inflection_points",
        "",
        "changes of sign among the bends larger than their error; bend: line through the neighbours minus 5 d epoch",
        frame=OBSERVER,
    ),
    Column(
        "max_acceleration",
        "1 / d2",
        "largest 2 (|bend| - error) / (dt1 dt2 peak_flux), gaps dt of at least 5 d",
        frame=OBSERVER,
    ),
    Column(
        "monotonic_ratio",
        "",
        "share of the significant travel between 5 d epochs up to the peak or down from it",
        frame=OBSERVER,
    ),
    Column("roughness", "", "mean of bend^2 - error^2 over the epochs, / peak_flux^2; 0 is expected of a smooth curve"),
]
(
    PEAK_FLUX,
    PEAK_TIME,
    MEAN_FLUX,
    STD_FLUX,
    MEDIAN_FLUX,
    SKEWNESS,
    KURTOSIS,
    RISE_TIME,
    DECAY_RATE,
    DECAY_CHI2,
    DECAY_ALPHA_DEV,
    AMPLITUDE_RATIO,
    DURATION,
    ABOVE_BASELINE_FRAC,
    SNR_MEAN,
    SNR_MAX,
    SNR_MEDIAN,
    N_OBS,
    HAS_ENOUGH_POINTS,
    MEDIAN_DT,
    MAX_GAP,
    N_INFLECTION_POINTS,
    MAX_ACCELERATION,
    MONOTONIC_RATIO,
    ROUGHNESS,
) = range(len(COLUMNS))
"""Places of the columns."""

ENOUGH_POINTS = 5
"""Visits from which on a band's shape is taken seriously."""

EPOCH_LENGTH = 5.0
"""Days that are merged into one epoch before differences are taken."""

RISE_LEVEL = 0.25
"""Share of the amplitude at which the rise begins."""

DURATION_LEVEL = 0.5
"""Share of the amplitude above which a band counts as bright."""

LEAST_DECLINE = 30.0
"""Days after the peak that visits must reach for an index of the decline: of fewer, alpha may be anything."""

DETECTION = 3.0
"""Errors above the baseline that make a visit a detection."""

STEP_SIGNIFICANCE = 1.0
"""Errors that a step or a bend needs to count."""


@njit(error_model="numpy")
def median(values: np.ndarray) -> float:
    """Median; NaN of nothing."""
    n = len(values)
    if n == 0:
        return np.nan
    ordered = np.sort(values)
    return 0.5 * (ordered[(n - 1) // 2] + ordered[n // 2])


@njit(error_model="numpy")
def _moments(flux: np.ndarray, out: np.ndarray) -> None:
    """Mean, standard deviation, median, skewness and excess kurtosis."""
    found = equal_weights(flux)
    out[MEAN_FLUX], out[STD_FLUX], out[MEDIAN_FLUX] = found.mean, sample_std(found, len(flux)), median(flux)
    out[SKEWNESS], out[KURTOSIS] = found.skewness, found.kurtosis - NORMAL_KURTOSIS


@njit(error_model="numpy")
def _signal_to_noise(flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    snr = flux / flux_err
    out[SNR_MEAN] = np.sum(snr) / len(snr)
    out[SNR_MAX] = np.max(snr)
    out[SNR_MEDIAN] = median(snr)


@njit(error_model="numpy")
def _sampling(time: np.ndarray, out: np.ndarray) -> None:
    """Median and longest gap, rounded to 0.1 d so that no finer time grid shows."""
    if len(time) < 2:
        return
    gaps = time[1:] - time[:-1]
    out[MEDIAN_DT] = np.round(median(gaps) * 10.0) / 10.0
    out[MAX_GAP] = np.round(np.max(gaps) * 10.0) / 10.0


@njit(error_model="numpy")
def _baseline(flux: np.ndarray, peak_flux: float) -> float:
    """Median of the visits below half the peak, or the template level 0 if they are few."""
    faint = flux[flux < 0.5 * peak_flux]
    if len(faint) < 3:
        return 0.0
    return median(faint)


@njit(error_model="numpy")
def _peak_shape(time: np.ndarray, value: np.ndarray, error: np.ndarray, out: np.ndarray) -> int:
    """Peak, rise, duration and contrast of a local average; returns the peak's index."""
    peak = surest_peak(value, error)
    trough = surest_peak(-value, error)
    baseline = _baseline(value, value[peak])
    amplitude = value[peak] - baseline
    out[PEAK_FLUX] = value[peak]
    if value[peak] > value[trough]:
        out[AMPLITUDE_RATIO] = (value[peak] - median(value)) / (value[peak] - value[trough])
    if amplitude > 0.0:
        out[RISE_TIME] = time_to_level(time, value, peak, -1, baseline + RISE_LEVEL * amplitude)
        level = baseline + DURATION_LEVEL * amplitude
        out[DURATION] = time_to_level(time, value, peak, -1, level) + time_to_level(time, value, peak, 1, level)
    return peak


@njit(error_model="numpy")
def _decline(since_peak: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    alpha, reduced_chi2 = power_law(since_peak, flux, flux_err)
    out[DECAY_RATE] = exponential_rate(since_peak, flux, flux_err)
    out[DECAY_CHI2] = reduced_chi2
    if len(flux) > 0 and since_peak[-1] >= LEAST_DECLINE:
        out[DECAY_ALPHA_DEV] = abs(alpha + 5.0 / 3.0)


class Epochs(NamedTuple):
    """Visits of one band, those of one epoch as one, each shape (n_epochs,)."""

    time: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray


@njit(error_model="numpy")
def merge_epochs(time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> Epochs:
    """Inverse-variance means of visits within `EPOCH_LENGTH` days of an epoch's first visit.

    Parameters
    ----------
    time, flux, flux_err : ndarray, shape (n,)
        One band's visits in order of time.
    """
    n = len(time)
    epoch_time = np.empty(n)
    epoch_flux = np.empty(n)
    epoch_err = np.empty(n)
    count = 0
    i = 0
    while i < n:
        begin = time[i]
        weight = 0.0
        weighted_time = 0.0
        weighted_flux = 0.0
        while i < n and time[i] - begin < EPOCH_LENGTH:
            w = 1.0 / flux_err[i] ** 2
            weight += w
            weighted_time += w * (time[i] - begin)
            weighted_flux += w * flux[i]
            i += 1
        epoch_time[count] = begin + weighted_time / weight
        epoch_flux[count] = weighted_flux / weight
        epoch_err[count] = 1.0 / np.sqrt(weight)
        count += 1
    return Epochs(epoch_time[:count], epoch_flux[:count], epoch_err[:count])


@njit(error_model="numpy")
def _steps(flux: np.ndarray, flux_err: np.ndarray, out: np.ndarray) -> None:
    """Share of the significant travel that leads up to the peak or down from it."""
    peak = surest_peak(flux, flux_err)
    towards = 0.0
    total = 0.0
    for i in range(len(flux) - 1):
        step = flux[i + 1] - flux[i]
        if abs(step) > STEP_SIGNIFICANCE * np.hypot(flux_err[i], flux_err[i + 1]):
            total += abs(step)
            if (step > 0.0) == (i < peak):
                towards += abs(step)
    if total > 0.0:
        out[MONOTONIC_RATIO] = towards / total


@njit(error_model="numpy")
def _bends(time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, scale: float, out: np.ndarray) -> None:
    """Inflections, acceleration and roughness from epochs against the line through their neighbours."""
    if len(time) < 3:
        return
    inflections = 0.0
    last_sign = 0.0
    excess = 0.0
    sharpest = -np.inf
    for i in range(1, len(time) - 1):
        before = time[i] - time[i - 1]
        after = time[i + 1] - time[i]
        reach = max(before, EPOCH_LENGTH) * max(after, EPOCH_LENGTH)  # epochs can lie close at their borders
        share = before / (before + after)
        bend = (1.0 - share) * flux[i - 1] + share * flux[i + 1] - flux[i]
        variance = ((1.0 - share) * flux_err[i - 1]) ** 2 + (share * flux_err[i + 1]) ** 2 + flux_err[i] ** 2
        error = np.sqrt(variance)
        excess += bend * bend - variance
        sharpest = max(sharpest, 2.0 * (abs(bend) - error) / reach)
        if abs(bend) > STEP_SIGNIFICANCE * error:
            if bend * last_sign < 0.0:
                inflections += 1.0
            last_sign = np.sign(bend)
    out[N_INFLECTION_POINTS] = inflections
    if scale > 0.0:
        out[MAX_ACCELERATION] = sharpest / scale
        out[ROUGHNESS] = excess / (len(time) - 2) / scale**2


@njit(error_model="numpy")
def band_features(
    time: np.ndarray, flux: np.ndarray, flux_err: np.ndarray,
    lent_time: np.ndarray, lent_flux: np.ndarray, lent_err: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """All features of one band.

    Parameters
    ----------
    time, flux, flux_err : ndarray, shape (n,)
        The band's own visits in order of time; d, uJy, uJy.
    lent_time, lent_flux, lent_err : ndarray, shape (m,)
        All visits of the object as this band would have seen them
        (`tde.features.domain.shared_curve.lend_visits`).
    out : ndarray, shape (25,)
        Filled in the order of `COLUMNS`; NaN where not defined. The peak's time is
        left on the clock of ``time``. The shape uses the lent visits too.
    """
    out[:] = np.nan
    out[N_OBS] = len(time)
    out[HAS_ENOUGH_POINTS] = 1.0 if len(time) >= ENOUGH_POINTS else 0.0
    if len(time) == 0:
        return
    _moments(flux, out)
    _signal_to_noise(flux, flux_err, out)
    _sampling(time, out)
    value = np.empty(len(lent_time))
    error = np.empty(len(lent_time))
    local_average(lent_time, lent_flux, lent_err, np.ones(len(lent_time)), value, error)
    peak = _peak_shape(lent_time, value, error, out)
    out[PEAK_TIME] = lent_time[peak]
    detected = flux - _baseline(flux, value[peak]) > DETECTION * flux_err
    out[ABOVE_BASELINE_FRAC] = np.sum(detected) / len(flux)
    after = lent_time[peak] <= time
    _decline(time[after] - lent_time[peak], flux[after], flux_err[after], out)
    epoch_time, epoch_flux, epoch_err = merge_epochs(time, flux, flux_err)
    _steps(epoch_flux, epoch_err, out)
    _bends(epoch_time, epoch_flux, epoch_err, value[peak], out)
