"""Light curves as they were: what was known of each object at the end of some nights, or at some dates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tde.lightcurves import LightCurves
from tde.sources.visits import NIGHT_BEGINS


class Prefixes(NamedTuple):
    """``m`` beginnings of light curves: those of an object one after the other, in order of time.

    Attributes
    ----------
    owner : ndarray of int64, shape (m,)
        Index of the object.
    n_points : ndarray of int64, shape (m,)
        Its first observations that were there.
    mjd : ndarray, shape (m,)
        Until when: the last observation of the night, or the date; NaN for an object without observations.
    """

    owner: np.ndarray
    n_points: np.ndarray
    mjd: np.ndarray

    def take(self, rows: np.ndarray | slice) -> Prefixes:
        """Some of them."""
        return Prefixes(*(values[rows] for values in self))


def by_night(lightcurves: LightCurves) -> Prefixes:
    """What was known at the end of each night on which an object was observed.

    A night begins where `tde.sources.visits.nightly` begins one: every day at one time at which none of the surveys'
    telescopes observes much. Which night an observation is of does not hang on the other ones, so that nothing later
    moves the end of a night. An object without observations has one prefix, which is empty.
    """
    owner = lightcurves.owner
    night = np.floor(lightcurves.mjd - NIGHT_BEGINS)
    is_last = np.append((np.diff(owner) != 0) | (np.diff(night) != 0), True)[: len(owner)]
    last = np.flatnonzero(is_last)
    empty = np.flatnonzero(np.diff(lightcurves.offsets) == 0)
    whose = np.concatenate([owner[last], empty])
    n_points = np.concatenate([last + 1 - lightcurves.offsets[owner[last]], np.zeros_like(empty)])
    mjd = np.concatenate([lightcurves.mjd[last], np.full(len(empty), np.nan)])
    return Prefixes(whose, n_points, mjd).take(np.argsort(whose, kind="stable"))


def by_date(lightcurves: LightCurves, dates: Sequence[float]) -> Prefixes:
    """What was known of every object at each of some dates, in any order; a date that is repeated counts once.

    Parameters
    ----------
    lightcurves : LightCurves
    dates : sequence of float
        Modified Julian Dates.
    """
    when = np.unique(np.asarray(dates, dtype=np.float64))
    # observations since the date before, summed: every object's own count at every date
    since = np.zeros((len(lightcurves), len(when) + 1), dtype=np.int64)
    owner = lightcurves.owner
    np.add.at(since, (owner, np.searchsorted(when, lightcurves.mjd)), 1)
    n_points = np.cumsum(since, axis=1)[:, :-1].ravel()
    return Prefixes(np.repeat(np.arange(len(lightcurves)), len(when)), n_points, np.tile(when, len(lightcurves)))


def shortened(lightcurves: LightCurves, prefixes: Prefixes) -> LightCurves:
    """The prefixes as light curves of their own, under the names of their objects."""
    offsets = np.concatenate([[0], np.cumsum(prefixes.n_points)]).astype(np.int64)
    rows = np.repeat(lightcurves.offsets[prefixes.owner] - offsets[:-1], prefixes.n_points) + np.arange(offsets[-1])
    return LightCurves(
        lightcurves.object_id[prefixes.owner],
        lightcurves.z[prefixes.owner],
        lightcurves.ebv[prefixes.owner],
        offsets,
        lightcurves.mjd[rows],
        lightcurves.filter[rows],
        lightcurves.flux[rows],
        lightcurves.flux_err[rows],
        lightcurves.distance_modulus[prefixes.owner],
        lightcurves.filters,
    )


def in_batches(n_points: np.ndarray, most_points: int, most_curves: int) -> Iterator[slice]:
    """Runs of light curves that fit into memory together: a full load of points or of curves, and one curve at most.

    Parameters
    ----------
    n_points : ndarray of int, shape (m,)
    most_points, most_curves : int
    """
    filled = np.cumsum(n_points / most_points + 1.0 / most_curves)
    batch = np.ceil(filled - 1e-9)
    bounds = np.append(np.flatnonzero(np.diff(batch, prepend=0.0)), len(batch))
    for start, stop in itertools.pairwise(bounds.tolist()):
        yield slice(start, stop)
