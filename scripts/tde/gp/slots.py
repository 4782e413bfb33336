"""Six slots for the filters of an object: what fits of all bands carry, whatever survey the filters are of.

LSST's own bands are their slots, in order of wavelength. Where an object has other filters, each gets a slot with its
own wavelength. The slot of r, to which colours refer, is for the filter nearest to LSST's r among those that are
nearer to r than to another LSST band, and stays empty without one; the others follow in order of wavelength. Of more
filters than slots the neighbours that are nearest to each other in ln wavelength are put together until they fit, at
the mean wavelength of their observations. An empty slot keeps the wavelength of its LSST band.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.filters import Filters
from tde.gp.rank_one_colours import REFERENCE
from tde.photometry import EFFECTIVE_WAVELENGTH

N_SLOTS = len(EFFECTIVE_WAVELENGTH)
OTHERS = np.array([slot for slot in range(N_SLOTS) if slot != REFERENCE])


class Slots(NamedTuple):
    """Slots of the observations of ``n`` objects, ``N`` in all.

    Attributes
    ----------
    slot : ndarray of int8, shape (N,)
        Of each observation.
    wavelength : ndarray, shape (n, 6)
        Of each object's slots, in Angstrom.
    foreign : ndarray of int, shape (m,)
        Objects with filters that are not LSST's.
    """

    slot: np.ndarray
    wavelength: np.ndarray
    foreign: np.ndarray


def find_slots(offsets: np.ndarray, codes: np.ndarray, filters: Filters) -> Slots:
    """Find the slots of all observations.

    Parameters
    ----------
    offsets : ndarray of int, shape (n + 1,)
        Object ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    codes : ndarray of int8, shape (N,)
        Index of each observation's filter.
    filters : Filters
    """
    slot = np.array(codes, dtype=np.int8)
    wavelength = np.tile(EFFECTIVE_WAVELENGTH, (len(offsets) - 1, 1))
    foreign = np.unique(np.searchsorted(offsets, np.flatnonzero(codes >= N_SLOTS), side="right") - 1)
    for i in foreign.tolist():
        rows = slice(int(offsets[i]), int(offsets[i + 1]))
        used, which, counts = np.unique(codes[rows], return_inverse=True, return_counts=True)
        groups = _put_together(filters.wavelength[used], counts)
        for place, group in zip(_places(groups), groups, strict=True):
            slot[rows][np.isin(which, group.members)] = place
            wavelength[i, place] = group.wavelength
    return Slots(slot, wavelength, foreign)


class _Group(NamedTuple):
    """Filters that share a slot: their indices, and the mean wavelength of their observations."""

    members: np.ndarray
    wavelength: float


def _put_together(wavelength: np.ndarray, counts: np.ndarray) -> list[_Group]:
    """At most as many groups of filters as there are slots for them, in order of wavelength."""
    groups = [_Group(np.array([k]), float(wavelength[k])) for k in np.argsort(wavelength)]
    while len(groups) > N_SLOTS - (_nearest_to_reference(groups) is None):
        k = int(np.argmin(np.diff(np.log([group.wavelength for group in groups]))))
        members = np.concatenate([groups[k].members, groups[k + 1].members])
        mean = float(np.average(wavelength[members], weights=counts[members]))
        groups[k : k + 2] = [_Group(members, mean)]
    return groups


def _nearest_to_reference(groups: list[_Group]) -> int | None:
    """The group for the slot of r, if any."""
    away = np.abs(np.log(np.array([group.wavelength for group in groups])[:, None] / EFFECTIVE_WAVELENGTH))
    candidates = np.flatnonzero(away.argmin(axis=1) == REFERENCE)
    return int(candidates[away[candidates, REFERENCE].argmin()]) if len(candidates) else None


def _places(groups: list[_Group]) -> list[int]:
    """The slot of each group."""
    reference = _nearest_to_reference(groups)
    others = iter(OTHERS.tolist())
    return [REFERENCE if k == reference else next(others) for k in range(len(groups))]
