"""One place that judges observations: what is used, what is left out and counted, what is flagged, what is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.filters import Filters
from tde.sources.batch import LIMIT, NO_SIGN, Batch
from tde.sources.flags import set_flag
from tde.sources.identifiers import exact_names
from tde.sources.object_table import Objects
from tde.sources.units import MJD_OF_JD_ZERO, MJD_RANGE, refuse_where

GREATEST_FLUX = 1e9
"""Micro-Jansky: magnitude 1.4. What is brighter has a wrong zero point or unit."""


@dataclass(frozen=True)
class Usable:
    """Observations that are used.

    Attributes
    ----------
    row_object : ndarray of int64, shape (n,)
        Row of the object table.
    mjd : ndarray, shape (n,)
    band : ndarray of int16, shape (n,)
        Index into the table of filters.
    flux, flux_err : ndarray, shape (n,)
        In micro-Jansky, extinction not yet undone.
    kind : ndarray of int8, shape (n,)
        As in `tde.sources.batch`.
    reference : ndarray of int32, shape (n,)
        Number of the reference image, -1 where none is told.
    score : ndarray of float32, shape (n,)
        From artefact at 0 to real at 1, NaN where the survey does not say.
    """

    row_object: np.ndarray
    mjd: np.ndarray
    band: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    kind: np.ndarray
    reference: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.mjd)

    def take(self, rows: np.ndarray) -> Usable:
        """Some observations, by mask or index."""
        return Usable(*(getattr(self, each.name)[rows] for each in fields(self)))

    @classmethod
    def joined(cls, parts: list[Usable]) -> Usable:
        """Several sets, one after the other; at least one."""
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))


class Judge:
    """Goes through batches and keeps the books.

    Parameters
    ----------
    objects : Objects
        Objects that only the light curves name are added, and flags are set.
    bands : Filters
    until_mjd : float, optional
        Later observations are left out.

    Attributes
    ----------
    counts : Counter
        Rows by what became of them.
    left_out : Counter
        Rows by the reason that their source gives for not using them.
    unusable : Counter
        Rows by the name of a band that cannot be used.
    notes : dict of str to None
        What was taken for granted because the files do not say it, each once, in order.
    in_band : ndarray of int64, shape (n_bands,)
        Rows that are used, by band.
    first, last : float
        Times of the first and last observation that is used.
    met_listed : bool
        Whether an object of the user's table has been met.
    """

    def __init__(self, objects: Objects, bands: Filters, until_mjd: float | None = None) -> None:
        self.objects, self.bands = objects, bands
        self.until_mjd = np.inf if until_mjd is None else until_mjd
        names = ("rows read", "rows without a value", "rows after the date", "upper limits", "names with blanks")
        self.counts: Counter[str] = Counter(dict.fromkeys(names, 0))
        self.left_out: Counter[str] = Counter()
        self.unusable: Counter[str] = Counter()
        self.notes: dict[str, None] = {}
        self.in_band = np.zeros(len(bands.keys), dtype=np.int64)
        self.first, self.last = np.inf, -np.inf
        self.met_listed = False
        self._codes = {key: k for k, key in enumerate(bands.keys)}
        self._references: dict[str, int] = {}

    @property
    def references(self) -> list[str]:
        """Names of the reference images, in the order of their numbers."""
        return list(self._references)

    def usable(self, batch: Batch) -> Usable:
        """Judge the observations of one batch.

        Raises
        ------
        InputError
            For what cannot be: an object without a name, a time outside the years 1900 to 2100, an infinite
            flux, an error of 0 or below.
        """
        if batch.objects is not None:
            self.objects.describe(batch.objects, batch.where)
        n = len(batch.mjd)
        self.counts["rows read"] += n
        self.notes |= dict.fromkeys(batch.notes)
        marked = batch.reason >= 0
        for k, count in enumerate(np.bincount(batch.reason[marked], minlength=len(batch.reasons))):
            if count:
                self.left_out[batch.reasons[k]] += int(count)
        row_object = self._objects(batch, marked)
        band = self._bands(batch, marked)
        unusable = ~marked & ~((band >= 0) & self.bands.usable[band])
        missing = ~marked & ~unusable & (np.isnan(batch.mjd) | np.isnan(batch.flux) | np.isnan(batch.flux_err))
        kept = ~marked & ~unusable & ~missing
        relative = self._check_times(batch, kept)
        _check_fluxes(batch, kept)
        late = kept & (batch.mjd > self.until_mjd)
        kept &= ~late
        limit = kept & (batch.kind == LIMIT)
        for flag, mask in (
            ("marked_bad", marked & (row_object >= 0)),
            ("unusable_bands", unusable),
            ("missing_values", missing),
            ("partial", late),
            ("upper_limits", limit),
            ("foreign_bands", kept & self.bands.foreign[band]),
            ("distant_bands", kept & self.bands.distant[band]),
            ("relative_times", kept & relative),
            ("sign_assumed", kept & (NO_SIGN in batch.notes)),
        ):
            if mask.any():
                set_flag(self.objects.masks, flag, row_object[mask])
        self.counts["rows without a value"] += int(missing.sum())
        self.counts["rows after the date"] += int(late.sum())
        self.counts["upper limits"] += int(limit.sum())
        self.in_band += np.bincount(band[kept], minlength=len(self.in_band))
        if kept.any():
            self.first = min(self.first, float(batch.mjd[kept].min()))
            self.last = max(self.last, float(batch.mjd[kept].max()))
        columns = (row_object, batch.mjd, band.astype(np.int16), batch.flux, batch.flux_err, batch.kind)
        score = np.full(n, np.nan, np.float32) if batch.score is None else batch.score.astype(np.float32)
        return Usable(*columns, self._reference_codes(batch), score).take(kept)

    def report(self) -> dict[str, Any]:
        """The books, as they are written down."""
        return {
            **self.counts,
            "rows left out": dict(sorted(self.left_out.items())),
            "rows in bands that cannot be used": dict(sorted(self.unusable.items())),
            "rows by band": {self.bands.keys[k]: int(self.in_band[k]) for k in np.flatnonzero(self.in_band)},
            "taken for granted": list(self.notes),
            "first_mjd": self.first if np.isfinite(self.first) else None,
            "last_mjd": self.last if np.isfinite(self.last) else None,
            "bands": self.bands.describe(np.flatnonzero(self.in_band)),
        }

    def _objects(self, batch: Batch, marked: np.ndarray) -> np.ndarray:
        """Row of the object table of each observation, -1 for one that is marked bad and of no object."""
        coded = pc.dictionary_encode(batch.object_id)
        indices = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        found = exact_names(coded.dictionary, batch.where, batch.row, "object_id")
        self.counts["names with blanks"] += found.stripped
        nameless = np.append(pc.is_null(found.names).to_numpy(zero_copy_only=False), True)[indices]
        refuse_where(
            nameless & ~marked, _Shown("empty"), batch.where, batch.row, "the object's name", "the name of an object"
        )
        # observations that are marked bad bring no object of their own
        wanted = np.zeros(len(found.names), dtype=bool)
        wanted[indices[~nameless]] = True
        rows = np.full(len(found.names) + 1, -1, dtype=np.int64)
        rows[:-1][wanted] = self.objects.rows(found.names.filter(pa.array(wanted)).to_pylist())
        self.met_listed |= bool(np.any(rows[:-1][wanted] < self.objects.listed))
        return rows[indices]

    def _bands(self, batch: Batch, marked: np.ndarray) -> np.ndarray:
        """Index into the filters of each observation, -1 for a band that is not known; the unusable are counted."""
        coded = pc.dictionary_encode(batch.band)
        names = [*coded.dictionary.to_pylist(), "(none)"]
        codes = np.array([self._codes.get(name, -1) for name in names], dtype=np.int64)
        indices = pc.fill_null(coded.indices, len(names) - 1).to_numpy(zero_copy_only=False)
        usable = (codes >= 0) & self.bands.usable[codes]
        if not usable.all():
            count = np.bincount(indices[~marked], minlength=len(names))
            self.unusable.update({names[k]: int(count[k]) for k in np.flatnonzero(~usable) if count[k]})
        return codes[indices]

    def _check_times(self, batch: Batch, kept: np.ndarray) -> bool:
        """Whether the times are not dates; refuses what is neither."""
        time = batch.mjd
        if kept.any() and np.all(np.abs(time[kept]) < MJD_RANGE[0]):
            return True
        julian = kept & (time >= MJD_RANGE[0] + MJD_OF_JD_ZERO) & (time <= MJD_RANGE[1] + MJD_OF_JD_ZERO)
        refuse_where(julian, time, batch.where, batch.row, "the time", "MJD; this is a Julian Date")
        outside = kept & ~((time >= MJD_RANGE[0]) & (time <= MJD_RANGE[1]))
        refuse_where(outside, time, batch.where, batch.row, "the time", "MJD between the years 1900 and 2100")
        return False

    def _reference_codes(self, batch: Batch) -> np.ndarray:
        if batch.reference is None:
            return np.full(len(batch.mjd), -1, dtype=np.int32)
        coded = pc.dictionary_encode(batch.reference)
        known = self._references
        codes = [known.setdefault(name, len(known)) for name in coded.dictionary.to_pylist()]
        indices = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
        return np.array([*codes, -1], dtype=np.int32)[indices]


class _Shown:
    """One word for whatever is asked for."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __getitem__(self, row: int) -> str:
        return self.word


def _check_fluxes(batch: Batch, kept: np.ndarray) -> None:
    """Refuse fluxes and errors that cannot be."""
    far = kept & ~(np.abs(batch.flux) <= GREATEST_FLUX)
    allowed = f"difference flux within {GREATEST_FLUX:g} uJy (magnitude 1.4); are unit and zero point right?"
    refuse_where(far, batch.flux, batch.where, batch.row, "the flux in uJy", allowed)
    wrong = kept & ~((batch.flux_err > 0) & np.isfinite(batch.flux_err))
    refuse_where(
        wrong, batch.flux_err, batch.where, batch.row, "the error of the flux in uJy", "a finite number above 0"
    )
