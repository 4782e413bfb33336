"""One curve F(t) for all bands: rank-one Gaussian process, its colours, and what F looks like.

Flux of band b at time t is c_b F(t); F is in the units of the r band. The fits are described in
`tde.gp.rank_one_fit`. Times called rest-frame are divided by 1 + z, and phases count from
the peak, the highest point of mean - standard deviation of F.

Columns that begin with ``window`` come from the model that knows the MALLORN simulation: colours
evolve -50..150 rest-frame days from the peak, and outside all bands are equal.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.curves import Curves
from tde.features.rank1 import band_moments, colour_temperature, curve_shape, decline_laws, phase_bins, phase_colours
from tde.features.shared.conventions import BOUND, EITHER_SIGN, LIKELIHOOD_GAIN, OBSERVER, REST, nan_at_edge
from tde.features.shared.edges import inside
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.table import Column
from tde.gp.rank_one_colours import COLOUR_BANDS, COLOUR_BOX, PHASE_UNIT, REFERENCE, TIME_SCALE_BOX
from tde.gp.rank_one_curve import MAX_GRID
from tde.gp.rank_one_fit import PARAMETERS, fit_objects
from tde.gp.rank_one_smoother import smooth_at
from tde.lightcurves import LightCurves
from tde.numerics.elementary import exp, log_each
from tde.photometry import AB_ZEROPOINT_UJY, BANDS

RANK_ONE = "Matern-3/2 process: Hartikainen & Sarkka 2010, MLSP, eq. 12"
KELLY = "Kelly et al. 2009, ApJ 698, 895"
HOGG = "Hogg et al. 2002, arXiv:astro-ph/0210394"
SIMULATION = "Magill et al. 2025, arXiv:2512.04946"

COLOUR_PAIRS = (("u", "g"), ("g", "i"), ("i", "z"), ("g", "z"))
"""Pairs of bands whose colours are columns."""

_SCALE_EDGE = nan_at_edge("2.7..1800 d, observer frame")
_RATIOS = (
    *((band, f"ln(c_{band} / c_r)", nan_at_edge("-3..3")) for band in COLOUR_BANDS),
    *((a + b, f"ln(c_{a} / c_{b})", BOUND) for a, b in COLOUR_PAIRS),
)
"""Bands in the names of colours and slopes, what is compared, and what it is where one of them is at an edge."""

MAGNITUDE_BANDS = "ugriz"

_EDGE = nan_at_edge("3..80 kK")

TEMPERATURE_TERMS = (0.0, 1.0, 2.0)
TEMPERATURE_PHASES = tuple(int(term * PHASE_UNIT) for term in TEMPERATURE_TERMS)
"""Rest-frame days from the peak at which evolving colours are compared with black bodies."""


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [
        *_object_columns(),
        *_constant_columns(),
        *_evolving_columns("evolving", "evolving colours", PHYSICS, ""),
        *_evolving_columns("window", "colours within the simulation's window", GENERATOR, SIMULATION),
        *_peak_columns(),
        *(column for part in _PARTS for column in part.COLUMNS),
        *_temperature_columns(),
    ]


_PARTS = (band_moments, curve_shape, phase_bins, decline_laws, phase_colours)
"""Modules whose columns `_derive` fills, in this order; the temperatures follow."""


def _object_columns() -> list[Column]:
    return [
        Column("Z", "", "redshift z"),
        Column("EBV", "mag", "Milky Way colour excess E(B-V)"),
        Column("n_obs", "", "number of visits (0 is a count, not a gap)"),
    ]


def _constant_columns() -> list[Column]:
    of = "constant colours"
    s, scale = "ln(s / uJy), amplitude of F as a", "ln({} / d), time scale of F as a"
    matern, drw = scale.format("l") + " Matern-3/2 process", scale.format("tau") + " damped random walk"
    return [
        Column("log_s", "", f"{s} Matern-3/2 process", source=RANK_ONE, edge=BOUND),
        Column("log_length_scale", "", matern, source=RANK_ONE, frame=OBSERVER, edge=_SCALE_EDGE),
        Column("log_length_scale_rest", "", matern, source=RANK_ONE, frame=REST, edge=_SCALE_EDGE),
        Column("log_posterior", "", f"highest ln posterior with {of}, of the fluxes in uJy"),
        Column("gain_over_noise", "", f"{LIKELIHOOD_GAIN}: log_posterior - ln likelihood of no flux at all"),
        Column("gain_over_noise_per_point", "", f"{LIKELIHOOD_GAIN}: gain_over_noise / number of points"),
        *(Column(f"log_colour_{names}", "", f"{ratio}, {of}", edge=edge) for names, ratio, edge in _RATIOS),
        Column("drw_log_s", "", f"{s} damped random walk", source=KELLY, edge=BOUND),
        Column("drw_log_time_scale", "", drw, source=KELLY, frame=OBSERVER, edge=_SCALE_EDGE),
        Column("drw_log_time_scale_rest", "", drw, source=KELLY, frame=REST, edge=_SCALE_EDGE),
        Column("drw_gain", "", f"{EITHER_SIGN}: ln posterior of a damped random walk minus Matern-3/2, {of}"),
        Column("drw_gain_per_point", "", f"{EITHER_SIGN}: drw_gain / number of points"),
        Column("evolving_over_drw", "", "ln posterior of evolving colours minus damped random walk"),
        Column("evolving_over_drw_per_point", "", "evolving_over_drw / number of points"),
        Column("window_over_evolving", "", f"{EITHER_SIGN}: window_gain - evolving_gain", GENERATOR, SIMULATION),
        Column("window_over_evolving_per_point", "", "window_over_evolving / number of points", GENERATOR, SIMULATION),
    ]


def _evolving_columns(prefix: str, of: str, label: str, source: str) -> list[Column]:
    sign = LIKELIHOOD_GAIN if prefix == "evolving" else EITHER_SIGN
    declared = [
        Column(f"{prefix}_gain", "", f"{sign}: ln posterior of {of} minus constant ones"),
        Column(f"{prefix}_gain_per_point", "", f"{sign}: {prefix}_gain / number of points"),
        Column(
            f"{prefix}_log_length_scale_rest", "", f"ln(l / d), time scale of F, {of}", frame=REST, edge=_SCALE_EDGE
        ),
        *(
            Column(f"{prefix}_colour_{names}", "", f"{ratio} at the peak, {of}", edge=edge)
            for names, ratio, edge in _RATIOS
        ),
        *(
            Column(
                f"{prefix}_slope_{names}", "", f"change of {ratio} in {PHASE_UNIT:.0f} d, {of}", frame=REST, edge=edge
            )
            for names, ratio, edge in _RATIOS
        ),
    ]
    return [column._replace(label=label, source=source) for column in declared]


def _peak_columns() -> list[Column]:
    return [
        Column("log_peak_flux", "", "ln(F / uJy) at the peak, in the r band"),
        Column("peak_snr", "", "F / its sd at the peak"),
        *(
            Column(
                f"absolute_magnitude_{band}",
                "mag",
                f"AB, of c_b F at the peak in the observed {band} band: m - distance modulus + 2.5 log10(1 + z)",
                source=HOGG,
            )
            for band in MAGNITUDE_BANDS
        ),
    ]


def _temperature_columns() -> list[Column]:
    def of(what: str, name: str, label: str = PHYSICS, source: str = "") -> list[Column]:
        body = f"black body nearest to the {what}"
        return [
            Column(name, "dex(K)", f"log10(T / K) of the {body}", label, source, REST, _EDGE),
            Column(f"{name}_misfit", "", f"mean square distance in ln c_b to the {body}", label, source, REST),
        ]

    declared = of("constant colours", "temperature")
    for prefix, what, label, source in (
        ("", "evolving colours", PHYSICS, ""),
        ("window_", "colours within the simulation's window", GENERATOR, SIMULATION),
    ):
        for days in TEMPERATURE_PHASES:
            declared += of(f"{what} {days} d after the peak", f"{prefix}temperature_{days}d", label, source)
        days = TEMPERATURE_PHASES[1]
        meaning = f"log10 T {days} d after the peak - at the peak, {what}"
        declared.append(Column(f"{prefix}temperature_change", "dex", meaning, label, source, REST, _EDGE))
    return declared


def fit(lightcurves: LightCurves) -> Curves:
    """Fit the rank-one models to all objects.

    Returns
    -------
    Curves
        F with constant colours, in the flux of the r band, on a grid that is finer around
        the peak; parameters as in `tde.gp.rank_one_fit.PARAMETERS`, logarithms of fluxes in
        micro-Jansky and of times in days.
    """
    n = len(lightcurves)
    results = np.full((n, len(PARAMETERS)), np.nan)
    sizes = np.zeros(n, dtype=np.int64)
    grids = np.zeros((3, n, MAX_GRID))
    fit_objects(
        lightcurves.offsets,
        lightcurves.mjd,
        lightcurves.band,
        lightcurves.flux,
        lightcurves.flux_err,
        lightcurves.z,
        results,
        sizes,
        grids,
    )
    used = np.arange(MAX_GRID) < sizes[:, None]
    return Curves(
        lightcurves.object_id,
        {name: np.ascontiguousarray(results[:, j]) for j, name in enumerate(PARAMETERS)},
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        grids[0][used],
        grids[1][used][:, None],
        grids[2][used][:, None],
    )


def compute(lightcurves: LightCurves, rank1: Curves) -> np.ndarray:
    """Features of all objects, shape (n_objects, n_columns), in the order of `columns`.

    The curves are those of `fit`.
    """
    declared = columns()
    n = len(lightcurves)
    count = np.diff(lightcurves.offsets).astype(np.float64)
    seen = _bands_seen(lightcurves)
    values = _parameter_values(rank1.parameters, lightcurves.z, count, seen)
    values |= _peak_values(rank1.parameters, lightcurves, seen)
    values |= {"Z": lightcurves.z, "EBV": lightcurves.ebv, "n_obs": count}
    n_derived = sum(len(part.COLUMNS) for part in _PARTS) + len(_temperature_columns())
    derived = np.full((n, n_derived), np.nan)
    _derive(
        lightcurves.offsets,
        lightcurves.mjd,
        lightcurves.band,
        lightcurves.flux,
        lightcurves.flux_err,
        np.array(lightcurves.z),  # copies: see `fit`
        np.column_stack([rank1.parameters[name] for name in _READ]),
        np.array(rank1.offsets),
        np.array(rank1.mjd),
        np.array(rank1.flux[:, 0], dtype=np.float64),
        np.array(rank1.flux_err[:, 0], dtype=np.float64),
        derived,
    )
    named = [values[column.name] for column in declared[: len(declared) - n_derived]]
    return np.column_stack([*named, derived])


def _parameter_values(
    parameters: dict[str, np.ndarray], z: np.ndarray, count: np.ndarray, seen: np.ndarray
) -> dict[str, np.ndarray]:
    """What follows from the parameters alone."""
    log_stretch = log_each(1.0 + z)
    count = np.where(count > 0, count, np.nan)
    values = {name: _known(name, value, seen) for name, value in parameters.items()}
    values["gain_over_noise"] = parameters["log_posterior"] - parameters["log_likelihood_noise"]
    values["drw_gain"] = parameters["log_posterior_drw"] - parameters["log_posterior"]
    values["evolving_over_drw"] = parameters["log_posterior_evolving"] - parameters["log_posterior_drw"]
    values["window_over_evolving"] = parameters["log_posterior_window"] - parameters["log_posterior_evolving"]
    for prefix in ("evolving", "window"):
        values[f"{prefix}_gain"] = parameters[f"log_posterior_{prefix}"] - parameters["log_posterior"]
        values[f"{prefix}_log_length_scale_rest"] = values[f"{prefix}_log_length_scale"] - log_stretch
    for name in ("log_length_scale", "drw_log_time_scale"):
        values[f"{name}_rest"] = values[name] - log_stretch
    for kind in ("log_colour", "evolving_colour", "evolving_slope", "window_colour", "window_slope"):
        for a, b in COLOUR_PAIRS:
            both = seen[:, BANDS.index(a)] & seen[:, BANDS.index(b)]
            difference = parameters[f"{kind}_{a}"] - parameters[f"{kind}_{b}"]
            values[f"{kind}_{a}{b}"] = np.where(both, difference, np.nan)
    for name in ("gain_over_noise", "drw_gain", "evolving_over_drw", "window_over_evolving", "evolving_gain",
                 "window_gain"):  # fmt: skip
        values[f"{name}_per_point"] = values[name] / count
    return values


def _known(name: str, values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Values of a parameter of the fit; NaN at an edge of its box, and for colours of a band without observations."""
    if name.endswith("_scale"):
        return inside(values, *TIME_SCALE_BOX)
    if "_colour_" in name or "_slope_" in name:
        both = seen[:, BANDS.index(name[-1])] & seen[:, REFERENCE]
        return np.where(both, inside(values, *COLOUR_BOX), np.nan)
    return values


def _bands_seen(lightcurves: LightCurves) -> np.ndarray:
    """Whether each object was observed in each band, shape (n, 6)."""
    seen = np.zeros((len(lightcurves), len(BANDS)), dtype=bool)
    seen[np.repeat(np.arange(len(lightcurves)), np.diff(lightcurves.offsets)), lightcurves.band] = True
    return seen


def _peak_values(
    parameters: dict[str, np.ndarray], lightcurves: LightCurves, seen: np.ndarray
) -> dict[str, np.ndarray]:
    """Brightness of the peak; NaN where F is not positive there, or the band was not observed."""
    log_peak = log_each(parameters["peak_flux"])
    values = {"log_peak_flux": log_peak, "peak_snr": parameters["peak_flux"] / parameters["peak_flux_err"]}
    log_stretch = log_each(1.0 + lightcurves.z)
    for band in MAGNITUDE_BANDS:
        log_flux = log_peak + (parameters[f"log_colour_{band}"] if band in COLOUR_BANDS else 0.0)
        magnitude = AB_ZEROPOINT_UJY - MAGNITUDE * log_flux
        absolute = magnitude - lightcurves.distance_modulus + MAGNITUDE * log_stretch
        values[f"absolute_magnitude_{band}"] = np.where(seen[:, BANDS.index(band)], absolute, np.nan)
    return values


_EVOLVING = [f"evolving_{kind}_{band}" for kind in ("colour", "slope") for band in COLOUR_BANDS]
_WINDOW = [name.replace("evolving", "window") for name in _EVOLVING]
_READ = [
    "log_s",
    "log_length_scale",
    "peak_mjd",
    *(f"log_colour_{band}" for band in COLOUR_BANDS),
    *_EVOLVING,
    *_WINDOW,
]
"""Parameters that `_derive` reads, in this order."""

_CONSTANT_AT = 3
_EVOLVING_AT = _CONSTANT_AT + len(COLOUR_BANDS)
_WINDOW_AT = _EVOLVING_AT + 2 * len(COLOUR_BANDS)
_SIZES = tuple(len(part.COLUMNS) for part in _PARTS)


@njit(error_model="numpy")
def _all_colours(parameters: np.ndarray, term: float) -> np.ndarray:
    """Ln c_b of all bands from colours and, if there are, slopes times a term."""
    n = len(COLOUR_BANDS)
    out = np.zeros(len(BANDS))
    for b in range(len(BANDS)):
        if b != REFERENCE:
            j = b - (b > REFERENCE)
            out[b] = parameters[j]
            if term != 0.0:
                out[b] += term * parameters[n + j]
    return out


@njit(error_model="numpy")
def _temperatures(parameters: np.ndarray, weights: np.ndarray, z: float, out: np.ndarray) -> None:
    """Fill the columns of `_temperature_columns`."""
    models = colour_temperature.black_bodies(z, REFERENCE)
    out[0], out[1] = colour_temperature.nearest(_all_colours(parameters[_CONSTANT_AT:], 0.0), weights, models)
    at = 2
    for start in (_EVOLVING_AT, _WINDOW_AT):
        for term in TEMPERATURE_TERMS:
            colour = _all_colours(parameters[start:], term)
            out[at], out[at + 1] = colour_temperature.nearest(colour, weights, models)
            at += 2
        out[at] = out[at - 4] - out[at - 6]
        at += 1


@njit(error_model="numpy")
def _derive_one(
    mjd: np.ndarray,
    band: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    z: float,
    parameters: np.ndarray,
    curve: tuple,
    out: np.ndarray,
) -> None:
    """Fill the features that need the curve, from `curve_shape` on."""
    grid, curve_flux, curve_err = curve
    n = mjd.size
    log_colour = _all_colours(parameters[_CONSTANT_AT:], 0.0)
    colour, phase, y, error = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        colour[i] = exp(log_colour[band[i]])
        phase[i] = (mjd[i] - parameters[2]) / (1.0 + z)
        y[i] = flux[i] / colour[i]
        error[i] = flux_err[i] / colour[i]
    mean, variance = smooth_at(parameters, colour, mjd, flux, flux_err * flux_err, grid[:0])
    peak = np.searchsorted(grid, parameters[2])
    height = curve_flux[peak]
    at = 0
    if height > 0.0:
        curve_shape.fill(grid, curve_flux, curve_err, peak, z, out[at:])
        phase_bins.fill(phase, y, error, height, out[at + _SIZES[1] :])
        decline_laws.fill(phase, y, error, height, out[at + _SIZES[1] + _SIZES[2] :])
    at = _SIZES[1] + _SIZES[2] + _SIZES[3]
    phase_colours.fill(phase, band, y, error, mean, variance, out[at:])
    if not math.isnan(z):
        weights = colour_temperature.band_weights(band, flux, flux_err)
        _temperatures(parameters, weights, z, out[at + _SIZES[4] :])


@njit(cache=True, error_model="numpy")
def _derive(
    offsets: np.ndarray, mjd: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, z: np.ndarray,
    parameters: np.ndarray, grid_offsets: np.ndarray, grid: np.ndarray, grid_flux: np.ndarray, grid_err: np.ndarray,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Fill the columns of `_PARTS` and the temperatures; NaN on entry."""
    for i in range(offsets.size - 1):
        a, b = offsets[i], offsets[i + 1]
        if b == a:
            continue
        band_moments.fill(band[a:b], flux[a:b], flux_err[a:b], out[i])
        c, d = grid_offsets[i], grid_offsets[i + 1]
        if d > c:
            curve = (grid[c:d], grid_flux[c:d], grid_err[c:d])
            _derive_one(mjd[a:b], band[a:b], flux[a:b], flux_err[a:b], z[i], parameters[i], curve, out[i][_SIZES[0] :])
