"""A few simulated light curves of every type: finished and unfinished, of two surveys, with and without z."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tde.filters import FILTERS
from tde.lightcurves import LightCurves, from_rows
from tde.photometry import Z_FLOOR, dereddening_factor
from tde.simulation.data_set import draw_catalogue, redraw
from tde.simulation.population import SPEC_TYPES
from tde.simulation.siblings import SimulatedObject
from tde.views.cut import keep_rows, until

CATALOGUE = 600
"""Objects among which the sample looks for each type."""

EVERY = {"in ZTF's filters": 3, "until the peak": 4, "without z": 5}
"""Every how many objects one is like that."""


def sample(n_of_each: int, seed: int) -> LightCurves:
    """Some objects of each spectroscopic type.

    Parameters
    ----------
    n_of_each : int
        Objects of each type, if `CATALOGUE` has as many.
    seed : int

    Returns
    -------
    LightCurves
        De-reddened, as ingest leaves them; every few objects with less in them (`EVERY`). Names tell the type.
    """
    catalogue = draw_catalogue(CATALOGUE, seed)
    rows = [row for spec in SPEC_TYPES for row in catalogue if row["spec_type"] == spec.name]
    place: dict[str, int] = {}
    chosen = []
    for row in rows:
        place[row["spec_type"]] = place.get(row["spec_type"], 0) + 1
        if place[row["spec_type"]] <= n_of_each:
            chosen.append(row)
    objects = list(redraw(chosen, seed, CATALOGUE))
    return _with_less(_observed(objects), np.array([drawn.peak_mjd for drawn in objects]))


def _observed(objects: list[SimulatedObject]) -> LightCurves:
    """What was recorded of the objects, without the Milky Way's extinction."""
    n = len(objects)
    every = np.arange(n)
    z = np.array([max(drawn.redshift, Z_FLOOR) for drawn in objects])
    z[every % EVERY["without z"] == 0] = np.nan
    ebv = np.array([drawn.ebv for drawn in objects])
    owner = np.repeat(every, [len(drawn.flux) for drawn in objects])
    mjd, band, flux_err = (
        np.concatenate([getattr(drawn.visits, field) for drawn in objects]) for field in ("mjd", "band", "flux_err")
    )
    flux = np.concatenate([drawn.flux for drawn in objects])
    known = ~np.isnan(flux)
    factor = dereddening_factor(band, ebv[owner])[known]
    names = np.array([f"simulated {drawn.parent.spec.name} {k}" for k, drawn in enumerate(objects)])
    return from_rows(
        names, z, ebv, owner[known], mjd[known], band[known], flux[known] * factor, flux_err[known] * factor
    )


def _with_less(lightcurves: LightCurves, peak_mjd: np.ndarray) -> LightCurves:
    """Some objects until their peak, some in g, r and i of ZTF."""
    every = np.arange(len(lightcurves))
    last = np.where(every % EVERY["until the peak"] == 0, peak_mjd, np.nan)
    in_ztf = (every % EVERY["in ZTF's filters"] == 0)[lightcurves.owner]
    of_ztf = np.array([FILTERS.keys.index(f"ztf:{band}") for band in "gri"], dtype=np.int8)
    is_gri = (lightcurves.filter >= 1) & (lightcurves.filter <= 3)
    # the same fluxes through other filters: what matters is what code makes of them, not what they mean
    through = np.where(in_ztf & is_gri, of_ztf[(lightcurves.filter - 1) % 3], lightcurves.filter)
    lightcurves = replace(lightcurves, filter=through)
    return until(keep_rows(lightcurves, ~in_ztf | is_gri), last)
