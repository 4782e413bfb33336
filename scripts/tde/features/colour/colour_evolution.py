"""Compiled colours and temperatures along posterior curves (see `colour` for their formulas)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.black_body.temperature import fit_temperature
from tde.features.shared.curve_peak import is_significant
from tde.features.shared.magnitudes import MAGNITUDE
from tde.numerics.elementary import exp, log
from tde.numerics.lines import fit_line

N_BANDS = 6

PAIRS = ((1, 2), (2, 3), (0, 1), (3, 4))
"""Blue and red band of each colour: g - r, r - i, u - g, i - z."""

N_PAIRS = len(PAIRS)

EARLIEST, LATEST, STEP = -20, 150, 5
"""Phases in days from the peak at which the curves are read."""

N_PHASES = (LATEST - EARLIEST) // STEP + 1

PHASE_GRID = np.arange(float(EARLIEST), LATEST + 1.0, STEP)

EPOCHS = (0, 10, 20, 30, 50, 75, 100, 150, -10, -20)
"""Phases at which every colour is a feature."""

SLOPE_RANGES = (50, 100)
"""Days from the peak over which slopes are taken."""

LATE = 75
"""First phase that counts as late."""

TEMPERATURE_EPOCHS = (0, 30, 75, 150)
"""Phases at which the temperature is a feature, with the slopes between them."""

TEMPERATURE_PHASES = (0, 15, 30, 50, 75, 100, 125, 150)
"""Phases over which the temperature's stability is taken."""

TEMPERATURE_ROWS = tuple(TEMPERATURE_PHASES.index(phase) for phase in TEMPERATURE_EPOCHS)

MIN_VALUES, MIN_SPAN = 3, 30.0
"""Values that a standard deviation or a range needs, and days that they must span."""

MAX_LOG_ERROR = 0.5
"""Standard error of ln T above which a temperature is not known."""


@njit(error_model="numpy")
def phase_index(phase: int) -> int:
    """Row of the phase tables that belongs to a phase in days."""
    return (phase - EARLIEST) // STEP


@njit(error_model="numpy")
def colours_at(flux: np.ndarray, flux_err: np.ndarray, colour: np.ndarray) -> None:
    """Fill the colours in magnitudes, shape (N_PAIRS, N_PHASES); NaN unless both bands are significant.

    Parameters
    ----------
    flux, flux_err : ndarray, shape (N_PHASES, 6)
    colour : ndarray, shape (N_PAIRS, N_PHASES)
    """
    for pair in range(N_PAIRS):
        blue, red = PAIRS[pair]
        for p in range(N_PHASES):
            known = is_significant(flux[p, blue], flux_err[p, blue]) and is_significant(flux[p, red], flux_err[p, red])
            colour[pair, p] = -MAGNITUDE * log(flux[p, blue] / flux[p, red]) if known else math.nan


@njit(error_model="numpy")
def slope(values: np.ndarray, first: int, last: int) -> float:
    """Least-squares slope per day of phase over the known values between two phases.

    NaN unless more than half of the phases are known.

    Parameters
    ----------
    values : ndarray, shape (N_PHASES,)
    first, last : int
        Phases in days, both included.
    """
    line = fit_line(PHASE_GRID, values, np.ones(N_PHASES), float(first), float(last))
    if 2 * line.n <= phase_index(last) - phase_index(first) + 1:
        return math.nan
    return line.xy / line.xx


class Spread(NamedTuple):
    """Mean, standard deviation (n - 1) and range of some values."""

    mean: float
    deviation: float
    extent: float


@njit(error_model="numpy")
def spread(phases: np.ndarray, values: np.ndarray) -> Spread:
    """Mean, standard deviation (n - 1) and range of the known values.

    NaN of fewer than `MIN_VALUES`, or if they span less than `MIN_SPAN`.

    Parameters
    ----------
    phases, values : ndarray, shape (n,)
    """
    n = 0
    mean = 0.0
    first, last = math.inf, -math.inf
    lowest, highest = math.inf, -math.inf
    for k in range(values.size):
        if not math.isnan(values[k]):
            n += 1
            mean += values[k]
            first, last = min(first, phases[k]), phases[k]
            lowest, highest = min(lowest, values[k]), max(highest, values[k])
    if n < MIN_VALUES or last - first < MIN_SPAN:
        return Spread(math.nan, math.nan, math.nan)
    mean /= n
    square = 0.0
    for value in values:
        if not math.isnan(value):
            square += (value - mean) * (value - mean)
    return Spread(mean, math.sqrt(square / (n - 1)), highest - lowest)


@njit(error_model="numpy")
def colour_features(colour: np.ndarray, out: np.ndarray) -> None:
    """Fill the features of one colour, shape (N_PHASES,), in the order of `colour.OF_COLOUR`."""
    n = len(EPOCHS)
    for k in range(n):
        out[k] = colour[phase_index(EPOCHS[k])]
    for k in range(len(SLOPE_RANGES)):
        out[n + k] = slope(colour, 0, SLOPE_RANGES[k])
    n += len(SLOPE_RANGES)
    _, out[n], out[n + 1] = spread(PHASE_GRID, colour)
    half, whole = SLOPE_RANGES
    out[n + 2] = (slope(colour, half, whole) - slope(colour, 0, half)) / half
    late = phase_index(LATE)
    out[n + 4], out[n + 3], _ = spread(PHASE_GRID[late:], colour[late:])


@njit(error_model="numpy")
def temperatures(
    flux: np.ndarray, flux_err: np.ndarray, wavelength: np.ndarray, colours: np.ndarray, slopes: np.ndarray,
    temperature: np.ndarray, at_peak: np.ndarray,
) -> None:  # fmt: skip
    """Fill the temperatures in kK at `TEMPERATURE_PHASES`, and standard error and chi^2 of the one at the peak.

    NaN where fewer than two bands are significant or the standard error of ln T is too large; bands without
    a curve do not count.

    Parameters
    ----------
    flux, flux_err : ndarray, shape (N_PHASES, 6)
    wavelength : ndarray, shape (6,)
        In Angstrom in the rest frame.
    colours, slopes : ndarray
        Of `tde.black_body.temperature.node_colours`.
    temperature : ndarray, shape (len(TEMPERATURE_PHASES),)
    at_peak : ndarray, shape (2,)
    """
    for k in range(len(TEMPERATURE_PHASES)):
        p = phase_index(TEMPERATURE_PHASES[k])
        n = n_known = 0
        for b in range(N_BANDS):
            n += is_significant(flux[p, b], flux_err[p, b])
            n_known += not math.isnan(flux[p, b])
        if n < 2:
            continue
        log_temperature, log_error, chi2 = fit_temperature(wavelength, flux[p], flux_err[p], colours, slopes)
        if not math.isnan(log_temperature) and log_error <= MAX_LOG_ERROR:
            temperature[k] = 1e-3 * exp(log_temperature)
            if k == 0:
                at_peak[0] = log_error * temperature[k]
                at_peak[1] = chi2 / (n_known - 2) if n_known > 2 else math.nan


@njit(error_model="numpy")
def temperature_features(temperature: np.ndarray, out: np.ndarray) -> None:
    """Fill the features of the temperatures at `TEMPERATURE_PHASES` in the order of `colour.OF_TEMPERATURE`."""
    n = len(TEMPERATURE_EPOCHS)
    for k in range(n):
        out[k] = temperature[TEMPERATURE_ROWS[k]]
    for k in range(n - 1):
        out[n + k] = (out[k + 1] - out[k]) / (TEMPERATURE_EPOCHS[k + 1] - TEMPERATURE_EPOCHS[k])
    mean, deviation, _ = spread(np.array(TEMPERATURE_PHASES), temperature)
    out[2 * n - 1] = deviation / mean
