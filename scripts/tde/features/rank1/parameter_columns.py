"""Columns that follow from the parameters of the rank-one fit alone: processes, colours, brightness of the peak."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.features.shared.conventions import (
    BOUND,
    EITHER_SIGN,
    FLAGGED,
    LIKELIHOOD_GAIN,
    OBSERVER,
    REST,
    flag_of,
    nan_at_edge,
)
from tde.features.shared.edges import at_edge, inside
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.table import Column
from tde.gp.rank_one_colours import COLOUR_BANDS, COLOUR_BOX, PHASE_RANGE, PHASE_UNIT, REFERENCE, TIME_SCALE_BOX
from tde.gp.rank_one_fit import PARAMETERS
from tde.lightcurves import LightCurves
from tde.numerics.elementary import log_each
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

SLOPE_SPAN = 30.0
"""Rest-frame days within `PHASE_RANGE` that observations must span for a change of colour: of fewer, it is what
the prior says."""


def columns() -> list[Column]:
    """The columns, in the order of the family."""
    return [
        *_object_columns(),
        *_constant_columns(),
        *_evolving_columns("evolving", "evolving colours", PHYSICS, ""),
        *_evolving_columns("window", "colours within the simulation's window", GENERATOR, SIMULATION),
        *_peak_columns(),
    ]


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
        Column("drw_log_time_scale", "", drw, source=KELLY, frame=OBSERVER, edge=FLAGGED),
        Column("drw_log_time_scale_rest", "", drw, source=KELLY, frame=REST, edge=FLAGGED),
        flag_of("drw_log_time_scale"),
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
                f"{prefix}_slope_{names}",
                "",
                f"change of {ratio} in {PHASE_UNIT:.0f} d, {of}; observed over {SLOPE_SPAN:.0f} d or more,"
                f" {PHASE_RANGE[0]:.0f} to {PHASE_RANGE[1]:.0f} d from the peak",
                frame=REST,
                edge=edge,
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


def values(lightcurves: LightCurves, parameters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Values of `columns`, shape (n,) each, by name.

    Parameters
    ----------
    lightcurves : LightCurves
    parameters : dict of str to ndarray, shape (n,)
        `tde.gp.rank_one_fit.PARAMETERS` of the same objects; others are not read.
    """
    count = np.diff(lightcurves.offsets).astype(np.float64)
    seen = _bands_seen(lightcurves)
    traced = seen & _is_traced(lightcurves, parameters["peak_mjd"])[:, None]
    found = _parameter_values(parameters, lightcurves.z, count, Observed(seen, traced))
    found |= _peak_values(parameters, lightcurves, seen)
    return found | {"Z": lightcurves.z, "EBV": lightcurves.ebv, "n_obs": count}


class Observed(NamedTuple):
    """Bands of which a colour, and a change of it, can be known; shape (n, 6) each."""

    seen: np.ndarray
    traced: np.ndarray

    def of(self, name: str) -> np.ndarray:
        """What a parameter of this name needs."""
        return self.traced if "_slope" in name else self.seen


def _parameter_values(
    parameters: dict[str, np.ndarray], z: np.ndarray, count: np.ndarray, observed: Observed
) -> dict[str, np.ndarray]:
    """What follows from the parameters alone."""
    log_stretch = log_each(1.0 + z)
    count = np.where(count > 0, count, np.nan)
    values = {name: _known(name, parameters[name], observed.of(name)) for name in PARAMETERS}
    values["gain_over_noise"] = parameters["log_posterior"] - parameters["log_likelihood_noise"]
    values["drw_gain"] = parameters["log_posterior_drw"] - parameters["log_posterior"]
    values["evolving_over_drw"] = parameters["log_posterior_evolving"] - parameters["log_posterior_drw"]
    values["window_over_evolving"] = parameters["log_posterior_window"] - parameters["log_posterior_evolving"]
    values["drw_log_time_scale_edge"] = at_edge(parameters["drw_log_time_scale"], *TIME_SCALE_BOX)
    for prefix in ("evolving", "window"):
        values[f"{prefix}_gain"] = parameters[f"log_posterior_{prefix}"] - parameters["log_posterior"]
        values[f"{prefix}_log_length_scale_rest"] = values[f"{prefix}_log_length_scale"] - log_stretch
    for name in ("log_length_scale", "drw_log_time_scale"):
        values[f"{name}_rest"] = values[name] - log_stretch
    for kind in ("log_colour", "evolving_colour", "evolving_slope", "window_colour", "window_slope"):
        for a, b in COLOUR_PAIRS:
            both = observed.of(kind)[:, BANDS.index(a)] & observed.of(kind)[:, BANDS.index(b)]
            first, second = (inside(parameters[f"{kind}_{band}"], *COLOUR_BOX) for band in (a, b))
            values[f"{kind}_{a}{b}"] = np.where(both, first - second, np.nan)
    for name in ("gain_over_noise", "drw_gain", "evolving_over_drw", "window_over_evolving", "evolving_gain",
                 "window_gain"):  # fmt: skip
        values[f"{name}_per_point"] = values[name] / count
    return values


def _known(name: str, values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Values of a parameter of the fit; NaN at an edge of its box, and for colours of a band that does not tell."""
    if name.endswith("_length_scale"):
        return inside(values, *TIME_SCALE_BOX)
    if "_colour_" in name or "_slope_" in name:
        both = seen[:, BANDS.index(name[-1])] & seen[:, REFERENCE]
        return np.where(both, inside(values, *COLOUR_BOX), np.nan)
    return values


def _bands_seen(lightcurves: LightCurves) -> np.ndarray:
    """Whether each object was observed in each band, shape (n, 6)."""
    seen = np.zeros((len(lightcurves), len(BANDS)), dtype=bool)
    seen[lightcurves.owner, lightcurves.band] = True
    return seen


def _is_traced(lightcurves: LightCurves, peak_mjd: np.ndarray) -> np.ndarray:
    """Whether each object was observed over `SLOPE_SPAN` of the phases at which colours evolve, shape (n,)."""
    owner = lightcurves.owner
    phase = (lightcurves.mjd - peak_mjd[owner]) / (1.0 + lightcurves.z[owner])
    near = (phase >= PHASE_RANGE[0]) & (phase <= PHASE_RANGE[1])
    first, last = (np.full(len(lightcurves), value) for value in (np.inf, -np.inf))
    np.minimum.at(first, owner[near], phase[near])
    np.maximum.at(last, owner[near], phase[near])
    return last - first >= SLOPE_SPAN


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
