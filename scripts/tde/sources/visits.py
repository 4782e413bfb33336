"""Observations of one visit that stand in a file, or in two lists, more than once; and those of one night."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tde.sources.batch import DETECTION, FORCED, LIMIT
from tde.sources.judge import Usable

SAME_VISIT = 1e-3
"""Days: an alert and forced photometry of one band that are this close are of one visit."""

ONE_EXPOSURE = 2e-4
"""Days, 17 s: less than an exposure takes, so that two values this close are of one exposure."""

NIGHT_BEGINS = 0.68
"""Fraction of the day (UTC) at which no telescope of the surveys here, from Hawaii to Chile and South Africa, observes
much: a night is counted from there."""


class Visits(NamedTuple):
    """Observations in order of object, band and time, each visit once.

    Attributes
    ----------
    rows : Usable
    repeated : ndarray of int64
        Objects (one entry per row) of rows that repeat another in all values; those are left out.
    doubled : ndarray of int64
        Objects of exposures with several different values, all kept.
    replaced : ndarray of int64
        Objects of alerts and limits left out for forced photometry, or limits for a detection, of the same visit.
    """

    rows: Usable
    repeated: np.ndarray
    doubled: np.ndarray
    replaced: np.ndarray


def each_visit_once(rows: Usable) -> Visits:
    """Sort observations, leave out repetitions, and prefer forced photometry to alerts and both to limits."""
    place = rows.row_object * (int(rows.band.max(initial=0)) + 1) + rows.band
    rows = rows.take(quick_lexsort((rows.flux_err, rows.flux, rows.mjd, place)))
    same_band = _same_band_as_before(rows)
    keys = (rows.mjd, rows.flux, rows.flux_err)
    same = same_band & np.logical_and.reduce([np.diff(key, prepend=np.nan) == 0 for key in keys])
    repeated = rows.row_object[same]
    if same.any():
        rows, same_band = rows.take(~same), same_band[~same]
    replaced = np.empty(0, np.int64)
    if len(rows) and rows.kind.min() != rows.kind.max():
        lesser = _lesser_of_visit(rows, same_band)
        replaced = rows.row_object[lesser]
        rows = rows.take(~lesser)
        same_band = _same_band_as_before(rows)
    measured = rows.kind != LIMIT
    close = same_band & (np.diff(rows.mjd, prepend=-np.inf) <= ONE_EXPOSURE) & measured & np.roll(measured, 1)
    return Visits(rows, repeated, rows.row_object[close], replaced)


def _same_band_as_before(rows: Usable) -> np.ndarray:
    """Whether the row before is of the same object and band, shape (n,)."""
    same = np.zeros(len(rows), dtype=bool)
    same[1:] = (rows.row_object[1:] == rows.row_object[:-1]) & (rows.band[1:] == rows.band[:-1])
    return same


def _lesser_of_visit(rows: Usable, same_band: np.ndarray) -> np.ndarray:
    """Rows that another kind of measurement of the same visit makes superfluous, shape (n,)."""
    visit = np.cumsum(~(same_band & (np.diff(rows.mjd, prepend=-np.inf) < SAME_VISIT))) - 1
    rank = np.empty(3)
    rank[[FORCED, DETECTION, LIMIT]] = 0, 1, 2
    mine = rank[rows.kind]
    best = np.full(visit[-1] + 1, 3.0)
    np.minimum.at(best, visit, mine)
    return mine > best[visit]


def nightly(rows: Usable) -> Usable:
    """Weighted means of the measurements of each object, band and night; limits are left as they are.

    Parameters
    ----------
    rows : Usable
        In order of object, band and time.
    """
    night = np.floor(rows.mjd - NIGHT_BEGINS)
    limit = rows.kind == LIMIT
    new = ~_same_band_as_before(rows) | (np.diff(night, prepend=-np.inf) != 0)
    new[1:] |= (limit[1:] | limit[:-1]) | (rows.reference[1:] != rows.reference[:-1])
    first = np.flatnonzero(new)
    if len(first) == len(rows):
        return rows
    weight = rows.flux_err**-2.0
    total = np.add.reduceat(weight, first)
    flux, mjd = (np.add.reduceat(weight * values, first) / total for values in (rows.flux, rows.mjd))
    single = np.diff(np.append(first, len(rows))) == 1
    kept = rows.take(first)
    return Usable(
        kept.row_object,
        np.where(single, kept.mjd, mjd),
        kept.band,
        np.where(single, kept.flux, flux),
        np.where(single, kept.flux_err, total**-0.5),
        kept.kind,
        kept.reference,
        kept.score,
    )


def quick_lexsort(keys: Sequence[np.ndarray]) -> np.ndarray:
    """The order that `numpy.lexsort` gives, sooner where the last two keys nearly always decide.

    Parameters
    ----------
    keys : sequence of ndarray, shape (n,)
        The last one counts most.
    """
    order = np.lexsort(keys[-2:])
    if len(order) < 2:
        return order
    equal = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in keys[-2:]])
    tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
    rows = order[tied]
    order[tied] = rows[np.lexsort([key[rows] for key in keys])]
    return order
