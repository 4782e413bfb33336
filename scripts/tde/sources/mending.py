"""From observations that are used to light curves: each visit once, levels subtracted, extinction undone, flags set."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tde.filters import Filters
from tde.lightcurves import LightCurves, from_rows
from tde.photometry import extinction_per_ebv
from tde.sources.batch import LIMIT
from tde.sources.excursions import differs_from_zero, flag_oddities, is_no_constant
from tde.sources.flags import set_flag
from tde.sources.judge import Usable
from tde.sources.levels import settle_levels
from tde.sources.object_table import Objects
from tde.sources.visits import each_visit_once, nightly
from tde.workflow.configuration.predict_settings import Predict

DROPPED = ("repeated rows", "alerts replaced by forced photometry")
"""What is counted of rows that others make superfluous."""

MAGNITUDES, FEWEST_MAGNITUDES = (12.0, 28.0), 20
"""Fluxes that all lie between these, in an object with this many of them, may be magnitudes."""


def mended_lightcurves(
    rows: Usable, objects: Objects, mine: np.ndarray, bands: Filters, settings: Predict, counts: Counter[str]
) -> LightCurves:
    """Light curves of some objects, in the filters that they were observed in.

    Parameters
    ----------
    rows : Usable
        Observations in any order; objects are numbered from 0.
    objects : Objects
        Settled; their flags are set in place.
    mine : ndarray of int, shape (n,)
        Consecutive rows of ``objects``: those that the observations are of.
    bands : Filters
    settings : Predict
    counts : Counter
        Rows of `DROPPED` are added.
    """
    masks = objects.masks[mine[0] : mine[-1] + 1]
    rows = _mended(rows, len(mine), masks, counts, settings.nightly)
    lightcurves = _lightcurves(rows, objects, mine, bands, settings.dereddened)
    signal = differs_from_zero(lightcurves) & is_no_constant(rows, len(mine))
    observed = np.diff(lightcurves.offsets) > 0
    set_flag(masks, "no_signal", observed & ~signal)
    return lightcurves


def _mended(rows: Usable, n_objects: int, masks: np.ndarray, counts: Counter[str], per_night: bool) -> Usable:
    """Each visit once, levels subtracted, nights combined if that is asked for; flags are set."""
    visits = each_visit_once(rows)
    counts["repeated rows"] += len(visits.repeated)
    counts["alerts replaced by forced photometry"] += len(visits.replaced)
    set_flag(masks, "repeated_rows", visits.repeated)
    set_flag(masks, "duplicated_epochs", visits.doubled)
    set_flag(masks, "two_lists", visits.replaced)
    rows = settle_levels(visits.rows, n_objects, masks)
    if per_night:
        combined = nightly(rows)
        fewer = np.bincount(combined.row_object, minlength=n_objects) < np.bincount(
            rows.row_object, minlength=n_objects
        )
        set_flag(masks, "nightly", fewer)
        rows = combined
    n_points = np.bincount(rows.row_object, minlength=n_objects)
    set_flag(masks, "no_observations", n_points == 0)
    limits = np.bincount(rows.row_object, weights=rows.kind == LIMIT, minlength=n_objects)
    set_flag(masks, "limits_only", (n_points > 0) & (limits == n_points))
    ordinary = (rows.flux > MAGNITUDES[0]) & (rows.flux < MAGNITUDES[1])
    all_like_it = np.bincount(rows.row_object, weights=ordinary, minlength=n_objects) == n_points
    set_flag(masks, "looks_like_magnitudes", all_like_it & (n_points >= FEWEST_MAGNITUDES))
    flag_oddities(rows, n_objects, masks)
    return rows


def _lightcurves(rows: Usable, objects: Objects, mine: np.ndarray, bands: Filters, dereddened: bool) -> LightCurves:
    """Light curves in the filters that they were observed in, extinction undone at the wavelength of each."""
    extinction = np.zeros(len(bands.keys)) if dereddened else extinction_per_ebv(bands.wavelength)
    ebv = objects.ebv[mine]
    factor = 10.0 ** (0.4 * extinction[rows.band] * ebv[rows.row_object])
    return from_rows(
        np.array([objects.object_id[k] for k in mine], dtype=object),
        objects.z[mine],
        ebv,
        rows.row_object,
        rows.mjd,
        rows.band,
        rows.flux * factor,
        rows.flux_err * factor,
        filters=bands,
    )
