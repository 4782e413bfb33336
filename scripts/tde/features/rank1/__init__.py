"""One curve F(t) for all bands: rank-one Gaussian process, its colours, and what F looks like.

Flux of band b at time t is c_b F(t); F is in the units of the r band. Filters of other surveys have their own
colours, from which those of the LSST bands follow (`tde.gp.filter_colours`). The fits are described in
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
from tde.features.rank1 import (
    band_moments,
    colour_temperature,
    curve_shape,
    decline_laws,
    parameter_columns,
    phase_bins,
    phase_colours,
)
from tde.features.shared.conventions import REST, nan_at_edge
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.features.table import Column
from tde.gp.filter_colours import FILTER_COLOURS, Fitted, refer_to_lsst
from tde.gp.rank_one_colours import COLOUR_BANDS, PHASE_UNIT, REFERENCE
from tde.gp.rank_one_curve import MAX_GRID
from tde.gp.rank_one_fit import PARAMETERS, fit_objects
from tde.gp.rank_one_smoother import smooth_at
from tde.gp.slots import find_slots
from tde.lightcurves import LightCurves
from tde.numerics.elementary import exp
from tde.photometry import BANDS

_EDGE = nan_at_edge("3..80 kK")

TEMPERATURE_TERMS = (0.0, 1.0, 2.0)
TEMPERATURE_PHASES = tuple(int(term * PHASE_UNIT) for term in TEMPERATURE_TERMS)
"""Rest-frame days from the peak at which evolving colours are compared with black bodies."""


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [
        *parameter_columns.columns(),
        *(column for part in _PARTS for column in part.COLUMNS),
        *_temperature_columns(),
    ]


_PARTS = (band_moments, curve_shape, phase_bins, decline_laws, phase_colours)
"""Modules whose columns `_derive` fills, in this order; the temperatures follow."""


def _temperature_columns() -> list[Column]:
    def of(what: str, name: str, label: str = PHYSICS, source: str = "") -> list[Column]:
        body = f"black body nearest to the {what}"
        return [
            Column(name, "dex(K)", f"log10(T / K) of the {body}, observed bands", label, source, REST, _EDGE),
            Column(
                f"{name}_misfit",
                "",
                f"mean square distance in ln c_b to the {body}; three or more bands observed",
                label,
                source,
                REST,
            ),
        ]

    declared = of("constant colours", "temperature")
    for prefix, what, label, source in (
        ("", "evolving colours", PHYSICS, ""),
        ("window_", "colours within the simulation's window", GENERATOR, parameter_columns.SIMULATION),
    ):
        for days in TEMPERATURE_PHASES:
            when = f"{days} d after the peak, observed until then"
            declared += of(f"{what} {when}", f"{prefix}temperature_{days}d", label, source)
        days = TEMPERATURE_PHASES[1]
        meaning = f"log10 T {days} d after the peak, observed until then, - at the peak, {what}"
        declared.append(Column(f"{prefix}temperature_change", "dex", meaning, label, source, REST, _EDGE))
    return declared


def fit(lightcurves: LightCurves) -> Curves:
    """Fit the rank-one models to all objects.

    Returns
    -------
    Curves
        F with constant colours, in the flux of the r band, on a grid that is finer around
        the peak; parameters as in `tde.gp.rank_one_fit.PARAMETERS`, logarithms of fluxes in
        micro-Jansky and of times in days, and `tde.gp.filter_colours.FILTER_COLOURS`.
    """
    n = len(lightcurves)
    results = np.full((n, len(PARAMETERS)), np.nan)
    sizes = np.zeros(n, dtype=np.int64)
    grids = np.zeros((3, n, MAX_GRID))
    slots = find_slots(lightcurves.offsets, lightcurves.filter, lightcurves.filters)
    fit_objects(
        lightcurves.offsets,
        lightcurves.mjd,
        slots.slot,
        lightcurves.flux,
        lightcurves.flux_err,
        lightcurves.z,
        results,
        sizes,
        grids,
    )
    own = refer_to_lsst(Fitted(results, grids), lightcurves.offsets, lightcurves.band, slots)
    used = np.arange(MAX_GRID) < sizes[:, None]
    named = {name: np.ascontiguousarray(results[:, j]) for j, name in enumerate(PARAMETERS)}
    return Curves(
        lightcurves.object_id,
        named | {name: np.ascontiguousarray(own[:, j]) for j, name in enumerate(FILTER_COLOURS)},
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        grids[0][used],
        grids[1][used][:, None],
        grids[2][used][:, None],
    )


def compute(lightcurves: LightCurves, rank1: Curves) -> np.ndarray:
    """Features of all objects, shape (n_objects, n_columns), in the order of `columns`.

    The curves are those of `fit`.
    """
    n_derived = sum(len(part.COLUMNS) for part in _PARTS) + len(_temperature_columns())
    derived = np.full((len(lightcurves), n_derived), np.nan)
    _derive(
        lightcurves.offsets,
        lightcurves.mjd,
        lightcurves.band,
        find_slots(lightcurves.offsets, lightcurves.filter, lightcurves.filters).slot,
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
    values = parameter_columns.values(lightcurves, rank1.parameters)
    return np.column_stack([*(values[column.name] for column in parameter_columns.columns()), derived])


_EVOLVING = [f"evolving_{kind}_{band}" for kind in ("colour", "slope") for band in COLOUR_BANDS]
_WINDOW = [name.replace("evolving", "window") for name in _EVOLVING]
_READ = [
    "log_s",
    "log_length_scale",
    "peak_mjd",
    *(f"log_colour_{band}" for band in COLOUR_BANDS),
    *_EVOLVING,
    *_WINDOW,
    *FILTER_COLOURS,
]
"""Parameters that `_derive` reads, in this order."""

_CONSTANT_AT = 3
_EVOLVING_AT = _CONSTANT_AT + len(COLOUR_BANDS)
_WINDOW_AT = _EVOLVING_AT + 2 * len(COLOUR_BANDS)
_FILTERS_AT = _WINDOW_AT + 2 * len(COLOUR_BANDS)
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
def _temperatures(parameters: np.ndarray, weights: np.ndarray, z: float, latest: float, out: np.ndarray) -> None:
    """Fill the columns of `_temperature_columns`; NaN after the ``latest`` phase that was observed."""
    models = colour_temperature.black_bodies(z, REFERENCE)
    out[0], out[1] = colour_temperature.nearest(_all_colours(parameters[_CONSTANT_AT:], 0.0), weights, models)
    at = 2
    for start in (_EVOLVING_AT, _WINDOW_AT):
        for term in TEMPERATURE_TERMS:
            if term * PHASE_UNIT <= latest:
                colour = _all_colours(parameters[start:], term)
                out[at], out[at + 1] = colour_temperature.nearest(colour, weights, models)
            at += 2
        out[at] = out[at - 4] - out[at - 6]
        at += 1


@njit(error_model="numpy")
def _derive_one(
    mjd: np.ndarray,
    band: np.ndarray,
    slot: np.ndarray,
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
    log_colour = parameters[_FILTERS_AT:]
    colour, phase, y, error = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        colour[i] = exp(log_colour[slot[i]])
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
        _temperatures(parameters, weights, z, phase[n - 1], out[at + _SIZES[4] :])


@njit(cache=True, error_model="numpy")
def _derive(
    offsets: np.ndarray, mjd: np.ndarray, band: np.ndarray, slot: np.ndarray, flux: np.ndarray, flux_err: np.ndarray,
    z: np.ndarray, parameters: np.ndarray, grid_offsets: np.ndarray, grid: np.ndarray, grid_flux: np.ndarray,
    grid_err: np.ndarray, out: np.ndarray,
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
            points = (mjd[a:b], band[a:b], slot[a:b], flux[a:b], flux_err[a:b])
            _derive_one(*points, z[i], parameters[i], curve, out[i][_SIZES[0] :])
