"""How well given laws of decline fit the fluxes after the peak.

Power laws (1 + t / t0)^-alpha with the indices of theory, and exponentials exp(-t / tau). The
amplitude is linear and solved for; t0 and tau are searched on a grid. The misfit is the mean
of chi-squared per point, with 3 % of the peak added to the errors and no point counting more
than 50.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.features.shared.conventions import BOUND, FLAGGED, REST, flag_of
from tde.features.table import Column
from tde.numerics.elementary import exp, log

INDICES = (5.0 / 3.0, 4.0 / 3.0, 5.0 / 12.0, 2.5)
ONSETS = (10.0, 20.0, 30.0, 45.0, 60.0, 90.0)
"""Rest-frame days t0 from the onset to the peak."""

DECAY_TIMES = (8.0, 12.0, 18.0, 25.0, 35.0, 50.0, 75.0, 110.0, 160.0)
"""Rest-frame days tau of the exponentials."""

PHASES = (5.0, 400.0)
"""Rest-frame days after the peak that are fitted."""

LEAST_POINTS = 5
MODEL_ERROR = 0.03
LARGEST = 50.0

REES = "Rees 1988, Nature 333, 523; Phinney 1989, IAU Symp. 136, 543"

COLUMNS = [
    Column("power_law_53", "", "misfit of (1 + t / t0)^-5/3 after the peak: full fallback", source=REES, frame=REST),
    Column("power_law_53_onset", "d", "best t0 of 10, 20, 30, 45, 60, 90 d", frame=REST, edge=FLAGGED),
    flag_of("power_law_53_onset"),
    Column("power_law_53_amplitude", "", "amplitude of that fit / peak", edge=BOUND),
    Column("power_law_43", "", "misfit of (1 + t / t0)^-4/3", frame=REST),
    Column("power_law_512", "", "misfit of (1 + t / t0)^-5/12", frame=REST),
    Column("power_law_52", "", "misfit of (1 + t / t0)^-5/2", frame=REST),
    Column("power_law_53_over_52", "", "power_law_53 / power_law_52"),
    Column("power_law_512_over_53", "", "power_law_512 / power_law_53"),
    Column("exponential", "", "misfit of exp(-t / tau) after the peak", frame=REST),
    Column("exponential_time", "d", "best tau of 8, 12, 18, 25, 35, 50, 75, 110, 160 d", frame=REST, edge=FLAGGED),
    flag_of("exponential_time"),
    Column("power_law_53_over_exponential", "", "power_law_53 / exponential"),
]


@njit(error_model="numpy")
def _misfit(flux: np.ndarray, weight: np.ndarray, model: np.ndarray) -> tuple:
    """Mean of capped chi-squared at the best amplitude, and that amplitude."""
    cross = norm = chi2 = 0.0
    for i in range(flux.size):
        cross += weight[i] * model[i] * flux[i]
        norm += weight[i] * model[i] * model[i]
    amplitude = cross / norm
    for i in range(flux.size):
        r = flux[i] - amplitude * model[i]
        chi2 += min(weight[i] * r * r, LARGEST)
    return chi2 / flux.size, amplitude


@njit(error_model="numpy")
def _power_laws(since: np.ndarray, flux: np.ndarray, weight: np.ndarray, best: np.ndarray) -> None:
    """Fill misfit, onset and amplitude of the best fit for each of `INDICES`."""
    log_base, model = np.empty(since.size), np.empty(since.size)
    best[:, 0] = math.inf
    for j in range(len(ONSETS)):
        for i in range(since.size):
            log_base[i] = log(1.0 + since[i] / ONSETS[j])
        for k in range(len(INDICES)):
            for i in range(since.size):
                model[i] = exp(-INDICES[k] * log_base[i])
            value, amplitude = _misfit(flux, weight, model)
            if value < best[k, 0]:
                best[k, 0], best[k, 1], best[k, 2] = value, ONSETS[j], amplitude


@njit(error_model="numpy")
def _exponential(since: np.ndarray, flux: np.ndarray, weight: np.ndarray) -> tuple:
    """Misfit and decay time of the best exponential."""
    model = np.empty(since.size)
    best, time = math.inf, math.nan
    for j in range(len(DECAY_TIMES)):
        for i in range(since.size):
            model[i] = exp(-since[i] / DECAY_TIMES[j])
        value, _ = _misfit(flux, weight, model)
        if value < best:
            best, time = value, DECAY_TIMES[j]
    return best, time


@njit(error_model="numpy")
def _edge(value: float, tried: tuple) -> float:
    """1 if it is the last of the values tried, -1 if it is the first, else 0."""
    return (value >= tried[-1]) * 1.0 - (value <= tried[0]) * 1.0


@njit(error_model="numpy")
def fill(phase: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak_flux: float, out: np.ndarray) -> None:
    """Fill `COLUMNS`; left as they are with fewer than `LEAST_POINTS` points in `PHASES`.

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Rest-frame days from the peak.
    flux, flux_err : ndarray, shape (n,)
        Divided by the colour terms.
    peak_flux : float
        Positive.
    out : ndarray, shape (len(COLUMNS),)
    """
    since, y, weight = np.empty(phase.size), np.empty(phase.size), np.empty(phase.size)
    n = 0
    for i in range(phase.size):
        if PHASES[0] < phase[i] < PHASES[1]:
            error = flux_err[i] / peak_flux
            since[n] = phase[i]
            y[n] = flux[i] / peak_flux
            weight[n] = 1.0 / (error * error + MODEL_ERROR * MODEL_ERROR)
            n += 1
    if n < LEAST_POINTS:
        return
    since, y, weight = since[:n], y[:n], weight[:n]
    best = np.empty((len(INDICES), 3))
    _power_laws(since, y, weight, best)
    exponential, time = _exponential(since, y, weight)
    out[0], out[1], out[3] = best[0]
    out[2] = _edge(best[0, 1], ONSETS)
    out[4], out[5], out[6] = best[1, 0], best[2, 0], best[3, 0]
    out[7] = best[0, 0] / best[3, 0]
    out[8] = best[2, 0] / best[0, 0]
    out[9], out[10] = exponential, time
    out[11] = _edge(time, DECAY_TIMES)
    out[12] = best[0, 0] / exponential
