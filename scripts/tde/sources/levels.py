"""Which objects have a level before their outburst, and its subtraction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tde.sources.baselines import MARGIN, SHORT_MARGIN, chosen, first_changes, levels, quiet_until
from tde.sources.batch import FORCED, LIMIT
from tde.sources.flags import set_flag
from tde.sources.judge import Usable

FEWEST_QUIET, LARGEST_CHI2 = 8, 1.5
"""A level that is only told, not subtracted, must be known from so many observations, and as constant as noise."""

TOLD = 5.0
"""Errors of the level by which it must differ from 0 to be told, besides half the usual error of an observation."""


def settle_levels(rows: Usable, n_objects: int, masks: np.ndarray) -> Usable:
    """Subtract the level before the outburst from forced photometry, and tell where others have one.

    Parameters
    ----------
    rows : Usable
        In order of object, band and time; objects are numbered from 0.
    n_objects : int
    masks : ndarray of int64, shape (n_objects,)
        Flags, set in place.
    """
    if not len(rows):
        return rows
    referenced = (rows.reference >= 0) & (rows.kind == FORCED)
    forced = np.bincount(rows.row_object, weights=referenced, minlength=n_objects) > 0
    _tell(rows.take((rows.kind != LIMIT) & ~forced[rows.row_object]), n_objects, masks)
    if not forced.any():
        return rows
    return _subtracted(rows, np.flatnonzero(referenced), n_objects, masks)


def _subtracted(rows: Usable, which: np.ndarray, n_objects: int, masks: np.ndarray) -> Usable:
    """Observations without the levels of their images; ``which`` have an image that is told."""
    which = which[np.lexsort((rows.mjd[which], rows.reference[which], rows.band[which], rows.row_object[which]))]
    some = rows.take(which)
    start = _starts(some.row_object, some.band, some.reference)
    owner = some.row_object[start[:-1]]
    changes = first_changes(start, some.mjd, some.flux, some.flux_err)
    long, short = (
        levels(
            start, some.flux, some.flux_err, some.mjd < quiet_until(changes, owner, n_objects, margin)[some.row_object]
        )
        for margin in (MARGIN, SHORT_MARGIN)
    )
    found = chosen(long, short)
    known = np.isfinite(found.offset)
    set_flag(masks, "baseline_subtracted", owner[known])
    set_flag(masks, "no_baseline", owner[~known])
    flux = rows.flux.copy()
    flux[which] -= np.repeat(np.where(known, found.offset, 0.0), np.diff(start))
    return replace(rows, flux=flux)


def _tell(rows: Usable, n_objects: int, masks: np.ndarray) -> None:
    """Flag objects whose level before the outburst is not 0 in some band."""
    if not len(rows):
        return
    start = _starts(rows.row_object, rows.band)
    owner = rows.row_object[start[:-1]]
    quiet = quiet_until(first_changes(start, rows.mjd, rows.flux, rows.flux_err), owner, n_objects)
    found = levels(start, rows.flux, rows.flux_err, rows.mjd < quiet[rows.row_object])
    steady = (found.n >= FEWEST_QUIET) & (found.chi2 < LARGEST_CHI2)
    differs = np.abs(found.offset) > np.maximum(TOLD * found.error, 0.5 * found.usual_error)
    # an object without any outburst is told by no_signal
    set_flag(masks, "baseline_offset", owner[steady & differs & np.isfinite(quiet[owner])])


def _starts(*keys: np.ndarray) -> np.ndarray:
    """Where runs of rows with equal keys begin, and the number of rows."""
    new = np.ones(len(keys[0]), dtype=bool)
    new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return np.append(np.flatnonzero(new), len(new))
