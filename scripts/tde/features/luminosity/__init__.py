"""Absolute magnitudes, black bodies and radiated energies in the rest frame.

Everything is read off the posterior curves of the two-dimensional Gaussian process at
rest-frame phases, t / (1 + z) from the object's peak. Distances are those of the Planck 2018
cosmology (`tde.photometry.distance_modulus`). Magnitudes are of the observed band, that is of
rest-frame wavelengths shorter by 1 + z: the K correction is that of a flat f_nu,
M = m - distance modulus + 2.5 log10(1 + z).

A TDE near its peak is a black body of 12 to 40 kK and 10^14 to 10^15.5 cm, brighter than
10^43 erg / s (van Velzen et al. 2021; Hammerstein et al. 2023); it cools little while its radius
shrinks, whereas a supernova cools and expands.

Logarithms are to base 10, as in the literature. The black bodies are those of
`tde.black_body.spectrum_fit`: NaN where the bands do not constrain the temperature.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.black_body.constants import MICROJANSKY, SPEED_OF_LIGHT
from tde.black_body.spectrum_fit import (
    SIGNIFICANT,
    UNCONSTRAINED,
    fit_black_body,
    log_luminosity_distance,
    luminosity_and_radius,
    planck_nodes,
)
from tde.curves import Curves
from tde.features.shared.conventions import REST, nan_at_edge
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.shared.phases import in_rest_frame, since_peak
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.numerics.elementary import LN_10, exp, log
from tde.numerics.lines import weighted_line
from tde.numerics.regular_grid import resample
from tde.photometry import AB_ZEROPOINT_UJY, EFFECTIVE_WAVELENGTH

HOGG = "Hogg et al. 2002, arXiv:astro-ph/0210394, eq. 2 and 13"
VAN_VELZEN = "van Velzen et al. 2021, ApJ 908, 4"
HAMMERSTEIN = "Hammerstein et al. 2023, ApJ 942, 9"

FIRST, STEP, N_PHASES = -50.0, 2.5, 81
"""Rest-frame phases at which the curves are read: -50 to 150 d."""

PHASES = {"pre_20d": -20.0, "0d": 0.0, "20d": 20.0, "50d": 50.0, "100d": 100.0}
"""Rest-frame phases of the columns, by their name."""

MAGNITUDE_BANDS = "ugriz"
PEAK_WINDOW = (-30.0, 50.0)
FIT_WINDOW = (-20.0, 100.0)
"""Rest-frame days in which a black body is fitted every `FIT_STRIDE` phases, that is 10 d."""

FIT_STRIDE = 4
TREND_WINDOW = (0.0, 100.0)
MIN_SPAN = 30.0
"""Days that fitted black bodies must span where a trend is read off them."""

MIN_ENERGY_SPAN = 60.0
"""Days that an integral over time must cover."""

DEX_FLOOR = 0.02
"""Error in dex added in quadrature to all errors that weigh in a trend."""

TEMPERATURE_RANGE = (3000.0, 80000.0)
"""Rest-frame temperatures in Kelvin that a fit may have."""

N_MAGNITUDES = len(MAGNITUDE_BANDS)
N_FIT = 7
"""Columns of a fit: log T, log R, log L with their errors, and chi-squared."""

_PHASE_INDICES = tuple(int((phase - FIRST) / STEP) for phase in PHASES.values())
_AT_PEAK, _AT_50, _AT_100 = (_PHASE_INDICES[list(PHASES).index(name)] for name in ("0d", "50d", "100d"))
_FREQUENCY = SPEED_OF_LIGHT * 1e8 / EFFECTIVE_WAVELENGTH  # Hz, descending
_DAY = 86400.0  # s

_EDGE = nan_at_edge("3..80 kK")

_FIT = [
    Column("bb_log_temperature", "dex(K)", "log10 of the black body's temperature", source=HAMMERSTEIN, edge=_EDGE),
    Column("bb_log_temperature_err", "dex", "error of log10 of the black body's temperature", edge=_EDGE),
    Column("bb_log_radius", "dex(cm)", "log10 of the black body's radius", source=HAMMERSTEIN, edge=_EDGE),
    Column("bb_log_radius_err", "dex", "error of log10 of the black body's radius", edge=_EDGE),
    Column("bb_log_luminosity", "dex(erg / s)", "log10 of 4 pi R^2 sigma T^4", source=HAMMERSTEIN, edge=_EDGE),
    Column("bb_log_luminosity_err", "dex", "error of log10 of 4 pi R^2 sigma T^4", edge=_EDGE),
    Column("bb_chi2", "", "chi-squared per degree of freedom, errors of 2 % of the flux added"),
]

_SUMMARY = [
    Column("peak_abs_mag", "mag", "brightest absolute AB magnitude in ugriz from -30 to 50 d", source=HOGG),
    Column("bb_temperature_slope", "dex / d", "slope of log10 T, 0 to 100 d", source=VAN_VELZEN, edge=_EDGE),
    Column("bb_radius_slope", "dex / d", "slope of log10 of the black body's radius", source=VAN_VELZEN, edge=_EDGE),
    Column("bb_decline_50d", "dex", "log10 of the black body's luminosity, 0 d - 50 d", source=HAMMERSTEIN, edge=_EDGE),
    Column(
        "bb_decline_100d", "dex", "log10 of the black body's luminosity, 0 d - 100 d", source=HAMMERSTEIN, edge=_EDGE
    ),
    Column("bb_log_energy", "dex(erg)", "log10 of the black body's energy, -20 to 100 d", edge=_EDGE),
    Column("band_log_luminosity", "dex(erg / s)", "log10 of 4 pi D_L^2 integral f_nu dnu, u to y, at 0 d"),
    Column("band_decline_50d", "dex", "log10 of that luminosity, 0 d - 50 d"),
    Column("band_decline_100d", "dex", "log10 of that luminosity, 0 d - 100 d"),
    Column("band_log_energy", "dex(erg)", "log10 of the energy between u and y, -50 to 150 d, where there is a curve"),
]


def columns() -> list[Column]:
    """Columns of the family: 25 magnitudes, 5 black bodies of 7 columns, and 10 of the whole curve."""
    declared = [
        Column(f"{band}_abs_mag_{name}", "mag", f"absolute AB magnitude at {phase:g} d", source=HOGG, frame=REST)
        for name, phase in PHASES.items()
        for band in MAGNITUDE_BANDS
    ]
    declared += [
        column._replace(name=f"{column.name}_{name}", meaning=f"{column.meaning}, at {phase:g} d")
        for name, phase in PHASES.items()
        for column in _FIT
    ]
    return [column._replace(frame=REST) for column in declared + _SUMMARY]


@njit(error_model="numpy")
def _absolute_magnitude(flux: float, flux_err: float, z: float, modulus: float) -> float:
    """Absolute AB magnitude; NaN where the flux is not significant."""
    if not flux > SIGNIFICANT * flux_err:
        return np.nan
    return AB_ZEROPOINT_UJY - MAGNITUDE * (log(flux) - log(1.0 + z)) - modulus


@njit(error_model="numpy")
def _magnitude_features(
    flux: np.ndarray, flux_err: np.ndarray, z: float, modulus: float, magnitudes: np.ndarray
) -> float:
    """Fill the magnitudes at the phases of the columns, shape (5, 5); returns the brightest of all phases."""
    for j in range(len(_PHASE_INDICES)):
        k = _PHASE_INDICES[j]
        for b in range(N_MAGNITUDES):
            magnitudes[j, b] = _absolute_magnitude(flux[k, b], flux_err[k, b], z, modulus)
    brightest, highest = np.nan, 0.0
    for k in range(N_PHASES):
        if PEAK_WINDOW[0] <= FIRST + STEP * k <= PEAK_WINDOW[1]:
            for b in range(N_MAGNITUDES):
                if flux[k, b] > SIGNIFICANT * flux_err[k, b] and flux[k, b] - flux_err[k, b] > highest:
                    highest = flux[k, b] - flux_err[k, b]
                    brightest = _absolute_magnitude(flux[k, b], flux_err[k, b], z, modulus)
    return brightest


@njit(error_model="numpy")
def _fit_black_bodies(
    flux: np.ndarray, flux_err: np.ndarray, z: float, modulus: float, nodes: np.ndarray, fits: np.ndarray
) -> None:
    """Black bodies at every `FIT_STRIDE`-th phase of the window, shape (7, n_phases); NaN at the others."""
    stretch = log(1.0 + z)
    low, high = log(TEMPERATURE_RANGE[0]) - stretch, log(TEMPERATURE_RANGE[1]) - stretch
    for k in range(N_PHASES):
        fit = UNCONSTRAINED
        if k % FIT_STRIDE == 0 and FIT_WINDOW[0] <= FIRST + STEP * k <= FIT_WINDOW[1]:
            fit = fit_black_body(flux[k], flux_err[k], nodes, low, high)
        fits[0, k], fits[1, k], fits[2, k], fits[3, k], fits[4, k], fits[5, k] = luminosity_and_radius(fit, z, modulus)
        fits[6, k] = fit.chi2


@njit(error_model="numpy")
def _power_of_ten(x: float) -> float:
    return exp(LN_10 * x)


@njit(error_model="numpy")
def _black_body_energy(phase: np.ndarray, log_luminosity: np.ndarray) -> float:
    """log10 of the energy in erg, by the trapezoid rule over the phases with a fit; NaN if they span too little."""
    total, previous, covered = 0.0, -1, 0.0
    reference = np.nan
    for k in range(phase.size):
        if np.isnan(log_luminosity[k]):
            continue
        if previous < 0:
            reference = log_luminosity[k]
        else:
            gap = phase[k] - phase[previous]
            total += (
                0.5
                * gap
                * (_power_of_ten(log_luminosity[k] - reference) + _power_of_ten(log_luminosity[previous] - reference))
            )
            covered += gap
        previous = k
    if covered < MIN_ENERGY_SPAN:
        return np.nan
    return reference + (log(total) + log(_DAY)) / LN_10


@njit(error_model="numpy")
def _over_bands(values: np.ndarray) -> float:
    """Trapezoid integral over the frequencies of the bands, in uJy Hz."""
    total = 0.0
    for b in range(values.size - 1):
        total += 0.5 * (_FREQUENCY[b] - _FREQUENCY[b + 1]) * (values[b] + values[b + 1])
    return total


@njit(error_model="numpy")
def _log_if_significant(value: float, error: float) -> float:
    """log10 of a value above `SIGNIFICANT` errors, else NaN."""
    return log(value) / LN_10 if value > SIGNIFICANT * error else np.nan


@njit(error_model="numpy")
def _band_features(phase: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, log_area: float, out: np.ndarray) -> None:
    """Luminosity between u and y at the peak, its declines and its energy.

    The errors of all bands and phases are taken as fully correlated: the largest error that
    the sums can have. In the rest frame L_nu dnu = 4 pi D_L^2 f_nu dnu of the observer's frame.
    """
    energy = energy_err = covered = 0.0
    power, power_err = np.empty(phase.size), np.empty(phase.size)
    for k in range(phase.size):
        power[k], power_err[k] = _over_bands(flux[k]), _over_bands(flux_err[k])
        if k > 0 and not np.isnan(power[k - 1] + power[k]):
            energy += 0.5 * STEP * (power[k - 1] + power[k])
            energy_err += 0.5 * STEP * (power_err[k - 1] + power_err[k])
            covered += STEP
    peak = _log_if_significant(power[_AT_PEAK], power_err[_AT_PEAK])
    out[0] = peak + log_area
    out[1] = peak - _log_if_significant(power[_AT_50], power_err[_AT_50])
    out[2] = peak - _log_if_significant(power[_AT_100], power_err[_AT_100])
    out[3] = np.nan
    if covered >= MIN_ENERGY_SPAN:
        out[3] = _log_if_significant(energy, energy_err) + log_area + log(_DAY) / LN_10


@njit(error_model="numpy")
def _one_object(
    grid: np.ndarray,
    grid_err: np.ndarray,
    phase: np.ndarray,
    z: float,
    modulus: float,
    nodes: np.ndarray,
    out: np.ndarray,
) -> None:
    """All columns of one object, from its curves at the phases of the grid."""
    magnitudes = np.empty((len(_PHASE_INDICES), N_MAGNITUDES))
    brightest = _magnitude_features(grid, grid_err, z, modulus, magnitudes)
    fits = np.empty((N_FIT, phase.size))
    _fit_black_bodies(grid, grid_err, z, modulus, nodes, fits)
    column = 0
    for j in range(len(_PHASE_INDICES)):
        for b in range(N_MAGNITUDES):
            out[column] = magnitudes[j, b]
            column += 1
    for j in range(len(_PHASE_INDICES)):
        for c in range(N_FIT):
            out[column] = fits[c, _PHASE_INDICES[j]]
            column += 1
    luminosity = fits[4]
    out[column] = brightest
    for j in range(2):  # temperature, radius
        trend = weighted_line(phase, fits[2 * j], fits[2 * j + 1], DEX_FLOOR, TREND_WINDOW, MIN_SPAN)
        out[column + 1 + j] = trend.slope
    out[column + 3] = luminosity[_AT_PEAK] - luminosity[_AT_50]
    out[column + 4] = luminosity[_AT_PEAK] - luminosity[_AT_100]
    out[column + 5] = _black_body_energy(phase, luminosity)
    log_area = (log(4.0 * math.pi * MICROJANSKY) + 2.0 * log_luminosity_distance(modulus)) / LN_10
    _band_features(phase, grid, grid_err, log_area, out[column + 6 :])


@njit(cache=True, error_model="numpy")
def _all_objects(
    offsets: np.ndarray,
    time: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    phase: np.ndarray,
    z: np.ndarray,
    modulus: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill ``out``, shape (n, n_columns), for the objects with a distance."""
    nodes = planck_nodes()
    grid, grid_err = np.empty((phase.size, flux.shape[1])), np.empty((phase.size, flux.shape[1]))
    for i in range(z.size):
        if not np.isnan(z[i] + modulus[i]):
            first, last = offsets[i], offsets[i + 1]
            resample(time[first:last], flux[first:last], flux_err[first:last], FIRST, STEP, grid, grid_err)
            _one_object(grid, grid_err, phase, z[i], modulus[i], nodes, out[i])


def compute(lightcurves: LightCurves, gp2d: Curves) -> np.ndarray:
    """Features of all objects, shape (n_objects, 70), in the order of `columns`.

    The curves are those of `tde.features.gp2d.fit`. NaN where a feature is not defined.
    """
    time = in_rest_frame(since_peak(gp2d), gp2d, lightcurves.z)
    phase = FIRST + STEP * np.arange(N_PHASES)
    out = np.full((len(lightcurves), len(columns())), np.nan)
    _all_objects(
        gp2d.offsets,
        time,
        gp2d.flux.astype(np.float64),
        gp2d.flux_err.astype(np.float64),
        phase,
        lightcurves.z,
        lightcurves.distance_modulus,
        out,
    )
    return out
