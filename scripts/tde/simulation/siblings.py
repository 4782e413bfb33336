"""Parents and their siblings: every object is a pure function of the seed and its numbers.

Parent ``p`` draws from the random stream (seed, 0, p); its sibling ``s``, at its
``a``-th attempt at a position and date, from (seed, 1, p, s, a). So any object can be
made again on its own, in any order and by any process, with the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tde.photometry import extinction_per_ebv
from tde.simulation.colours import Spectrum, colour_factor, draw_spectrum, log_colours_at_peak, temperature_at
from tde.simulation.intrinsic import N_GRID, Curve, draw_curve, half_times
from tde.simulation.observe import SURVEY, Visits, draw_ebv, draw_nights, draw_visits
from tde.simulation.population import (
    SPEC_TYPES,
    SpecType,
    draw_peak,
    draw_sibling_redshift,
    family_size,
)

LONGEST_SPAN = 1903.0
"""Length in days of the longest parent light curves; time step x 999 x (1 + z_ZTF) / (1 + z) in MALLORN."""

OVERHANG = 1100.0
"""Days by which a light curve may reach over either end of the survey."""

FEWEST_DETECTIONS, DETECTION = 10, 5.0
"""Objects are kept if this many visits have a noiseless flux of this many errors.

Counts of visits above 5 sigma in MALLORN's training set start steeply at 10.
"""

FEWEST_NIGHTS, BRIGHT_NIGHT = 6, 0.5
"""A date is not tried further unless F(t) reaches this flux (micro-Jansky) on this many nights."""

ATTEMPTS, DATES = 6, 10
"""Positions tried, and dates at each, before a sibling and the rest of its family are given up."""

FLUX_SCATTER = 0.1
UNDEFINED_PHASE = -20.0
"""First rest-frame day of the recipe's SN Ia colours, where they are undefined (missing flux)."""

UNDEFINED_SHARE = {"AGN": 0.006, "Ia": 0.5}
"""Share of parents with undefined fluxes: SN Ia on that day, active galaxies where F(t) is negative."""


class Parent(NamedTuple):
    """A real event: what all its siblings share."""

    number: int
    spec: SpecType
    redshift: float
    main_band: str
    peak_flux: float
    curve: Curve
    spectrum: Spectrum
    n_siblings: int
    undefined: bool


class SimulatedObject(NamedTuple):
    """One simulated object, with its noiseless and its recorded fluxes.

    Attributes
    ----------
    parent : Parent
    sibling, attempt : int
    redshift, ebv, amplitude : float
        Redshift, E(B-V) in magnitudes, peak flux in the main band in micro-Jansky.
    origin, step : float
        First time (MJD) and spacing (days) of the grid of times.
    visits : Visits
        Sorted by time and band; times before rounding.
    model : ndarray, shape (n,)
        Noiseless flux with extinction, micro-Jansky.
    flux : ndarray, shape (n,)
        Recorded flux before rounding; NaN where missing.
    shuffle : ndarray of int, shape (n,)
        Order of the rows in the file.
    """

    parent: Parent
    sibling: int
    attempt: int
    redshift: float
    ebv: float
    amplitude: float
    origin: float
    step: float
    visits: Visits
    model: np.ndarray
    flux: np.ndarray
    shuffle: np.ndarray

    @property
    def peak_mjd(self) -> float:
        """Time of the maximum of F(t), MJD."""
        return self.origin + self.step * self.parent.curve.peak


def _stream(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=key[0], spawn_key=key[1:])))


@lru_cache(maxsize=4096)
def draw_parent(seed: int, number: int, spec_type: str, largest: int) -> Parent:
    """Draw a parent.

    Parameters
    ----------
    seed : int
        Seed of the data set.
    number : int
        Number of the parent.
    spec_type : str
        Its name in `population.SPEC_TYPES`.
    largest : int
        Largest family (`population.largest_family`).
    """
    spec = next(spec for spec in SPEC_TYPES if spec.name == spec_type)
    rng = _stream(seed, 0, number)
    peak = draw_peak(spec, rng)
    span = max(LONGEST_SPAN - rng.exponential(45.0), 600.0)
    main_band = "r" if rng.uniform() < 0.6 else "g"
    n_siblings = family_size(spec.kind, rng, largest)
    undefined = rng.uniform() < UNDEFINED_SHARE.get(spec.kind, 0.0)
    spectrum = draw_spectrum(spec.kind, rng)
    curve = draw_curve(spec.kind, span, peak.redshift, rng)
    return Parent(number, spec, peak.redshift, main_band, peak.flux, curve, spectrum, n_siblings, undefined)


def draw_sibling(seed: int, parent: Parent, sibling: int, attempt: int) -> SimulatedObject | None:
    """Draw one simulated object of a parent at one attempt.

    Parameters
    ----------
    seed : int
        Seed of the data set.
    parent : Parent
    sibling, attempt : int
        Numbers of the sibling and of the attempt, from 0.

    Returns
    -------
    SimulatedObject or None
        None if too few visits would detect it at this position and date.
    """
    rng = _stream(seed, 1, parent.number, sibling, attempt)
    redshift = draw_sibling_redshift(parent.redshift, rng)
    step = parent.curve.time[1] * (1.0 + redshift) / (1.0 + parent.redshift)
    amplitude = parent.peak_flux * rng.normal(1.0, FLUX_SCATTER)
    field = draw_nights(rng)
    origin = _promising_date(parent.curve, amplitude, step, field.nights, rng)
    if origin is None:
        return None
    nights = field.nights[(field.nights > origin) & (field.nights < origin + step * (N_GRID - 1))]
    ebv = draw_ebv(rng)
    visits = draw_visits(nights, field.deep, origin, step, rng)
    model = _on_grid(parent, redshift, ebv, amplitude, np.rint((visits.mjd - origin) / step), visits.band)
    if np.count_nonzero(model >= DETECTION * visits.flux_err) < FEWEST_DETECTIONS:
        return None
    flux = model + visits.flux_err * rng.standard_normal(len(model))
    flux[_missing(parent, redshift, origin, step, visits, model)] = np.nan
    shuffle = rng.permutation(len(model))
    return SimulatedObject(
        parent, sibling, attempt, redshift, ebv, amplitude, origin, step, visits, model, flux, shuffle
    )


def _promising_date(
    curve: Curve, amplitude: float, step: float, nights: np.ndarray, rng: np.random.Generator
) -> float | None:
    """First of some random dates for which F(t) is bright on enough nights; None if there is none."""
    edges = SURVEY[0] - OVERHANG, SURVEY[1] + OVERHANG - step * (N_GRID - 1)
    origins = rng.uniform(min(edges), max(edges), DATES)
    grid = np.rint((nights - origins[:, None]) / step).astype(np.int64)
    inside = (grid >= 0) & (grid < N_GRID)
    bright = inside & (amplitude * curve.flux[np.where(inside, grid, 0)] > BRIGHT_NIGHT)
    promising = np.flatnonzero(bright.sum(axis=1) >= FEWEST_NIGHTS)
    return float(origins[promising[0]]) if len(promising) else None


def draw_siblings(seed: int, parent: Parent) -> Iterator[SimulatedObject]:
    """The objects of one parent: each sibling at the first attempt that is detected.

    A family ends with the first sibling that no attempt detects: its parent is too faint.
    """
    for sibling in range(parent.n_siblings):
        attempts = (draw_sibling(seed, parent, sibling, attempt) for attempt in range(ATTEMPTS))
        kept = next((drawn for drawn in attempts if drawn is not None), None)
        if kept is None:
            return
        yield kept


def _on_grid(
    parent: Parent, redshift: float, ebv: float, amplitude: float, grid: np.ndarray, band: np.ndarray
) -> np.ndarray:
    """Noiseless flux at grid indices (whole or broken) and bands, with extinction."""
    curve = parent.curve
    intrinsic = np.interp(grid, np.arange(N_GRID), curve.flux)
    phase = (grid - curve.peak) * curve.time[1] / (1.0 + parent.redshift)
    factor = colour_factor(parent.spectrum, parent.main_band, parent.redshift, redshift, phase, band)
    return amplitude * intrinsic * factor * _transmission(ebv)[band]


def _transmission(ebv: float) -> np.ndarray:
    return 10.0 ** (-0.4 * _EXTINCTION * ebv)


_EXTINCTION = extinction_per_ebv()


def _missing(
    parent: Parent, redshift: float, origin: float, step: float, visits: Visits, model: np.ndarray
) -> np.ndarray:
    """Which visits have no flux: where the recipe's magnitudes are undefined."""
    if not parent.undefined:
        return np.zeros(len(model), dtype=bool)
    if parent.spec.kind == "AGN":
        return model < 0
    edge = parent.curve.peak + int(np.ceil(UNDEFINED_PHASE * (1.0 + redshift) / step))
    return np.rint((visits.mjd - origin) / step) == edge


def noiseless_flux(drawn: SimulatedObject, mjd: np.ndarray, band: np.ndarray, extinction: bool = True) -> np.ndarray:
    """Noiseless flux of a simulated object at any times and bands.

    Parameters
    ----------
    drawn : SimulatedObject
    mjd : ndarray, shape (n,)
        Between the grid's times F(t) is interpolated linearly; NaN outside the grid.
    band : ndarray of int, shape (n,)
        Indices into `BANDS`.
    extinction : bool
        Whether to apply the Milky Way's extinction.

    Returns
    -------
    ndarray, shape (n,)
        Micro-Jansky.
    """
    grid = (np.asarray(mjd, dtype=np.float64) - drawn.origin) / drawn.step
    inside = (grid > -0.01) & (grid < N_GRID - 0.99)
    ebv = drawn.ebv if extinction else 0.0
    nearest = np.rint(grid)
    grid = np.where(np.abs(grid - nearest) < 1e-3, nearest, grid)
    flux = _on_grid(drawn.parent, drawn.redshift, ebv, drawn.amplitude, grid, np.asarray(band))
    return np.where(inside, flux, np.nan)


def truth_of(drawn: SimulatedObject) -> dict[str, object]:
    """What is true of an object and no classifier may see; NaN where it does not apply."""
    parent, spectrum = drawn.parent, drawn.parent.spectrum
    thermal = not np.isfinite(spectrum.slope)
    truth = parent.curve.truth
    half = half_times(parent.curve, parent.redshift)
    colours = log_colours_at_peak(spectrum, parent.main_band, parent.redshift, drawn.redshift)
    return {
        "class": parent.spec.kind,
        "spec_type": parent.spec.name,
        "target": int(parent.spec.kind == "TDE"),
        "parent": parent.number,
        "sibling": drawn.sibling,
        "attempt": drawn.attempt,
        "z_true": drawn.redshift,
        "z_parent": parent.redshift,
        "ebv": drawn.ebv,
        "main_band": parent.main_band,
        "peak_mjd": drawn.peak_mjd,
        "peak_flux": drawn.amplitude,
        "origin_mjd": drawn.origin,
        "time_step": drawn.step,
        "temperature": float(temperature_at(spectrum, np.float64(0.0))) if thermal else np.nan,
        "late_temperature": spectrum.cool,
        "spectral_slope": spectrum.slope,
        "host_ebv": spectrum.dust if thermal else np.nan,
        "rise": truth.get("rise", np.nan),
        "fade": truth.get("fade", np.nan),
        "decay_index": truth.get("decay_index", np.nan),
        "rise_half": half.rise,
        "fade_half": half.fade,
        **{f"log_colour_{band}": colour for band, colour in colours.items()},
        "residual": truth.get("residual", np.nan),
        "residual_length": truth.get("residual_length", np.nan),
        "drw_tau": truth.get("drw_tau", np.nan),
        "drw_sf_inf": truth.get("drw_sf_inf", np.nan),
        "n_visits": len(drawn.model),
        "n_missing": int(np.isnan(drawn.flux).sum()),
    }
