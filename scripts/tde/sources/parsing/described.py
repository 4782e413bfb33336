"""What files say of their objects, each object once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tde.sources.batch import EVIDENCE, OBJECT_SCHEMA, Batch
from tde.sources.sentinels import SENTINELS, is_sentinel

NUMBERS = ("z", "z_err", "ebv", "ra", "dec", *EVIDENCE)
"""Columns of `OBJECT_SCHEMA` that are numbers."""


class Described:
    """Objects that were described since the last table; one that comes again is passed over."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._new: list[dict[str, Any]] = []

    def add(self, object_id: str | None, values: Mapping[str, Any]) -> None:
        """Describe an object, unless that was done before or nothing is known of it.

        Parameters
        ----------
        object_id : str or None
        values : mapping
            Columns of `OBJECT_SCHEMA` as the file has them; what is no number, or stands for a missing one, is
            unknown.
        """
        if not object_id or object_id in self._seen:
            return
        row: dict[str, Any] = {name: known_number(values.get(name)) for name in NUMBERS}
        label = values.get("label")
        row["label"] = label.strip() if isinstance(label, str) and label.strip() else None
        if any(value is not None for value in row.values()):
            self._seen.add(object_id)
            self._new.append({"object_id": object_id, **row})

    def add_positions(self, object_id: pa.Array, ra: np.ndarray, dec: np.ndarray) -> None:
        """Describe each object that is new by the first of its rows that has a position.

        Parameters
        ----------
        object_id : pyarrow.Array of str, shape (n,)
        ra, dec : ndarray, shape (n,)
            In degrees; NaN where they are not known.
        """
        known = np.flatnonzero(np.isfinite(ra) & np.isfinite(dec))
        coded = object_id.dictionary_encode()
        names = coded.dictionary.to_pylist()
        first = np.full(len(names) + 1, -1)
        # the first of equal ones is written last, and stays
        first[coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)[known[::-1]]] = known[::-1]
        met = np.flatnonzero(first[:-1] >= 0)
        place = first[met]
        met = met[~(is_sentinel(ra[place]) | is_sentinel(dec[place]))]
        places = (ra[first[met]].tolist(), dec[first[met]].tolist())
        for k, its_ra, its_dec in zip(met.tolist(), *places, strict=True):
            if names[k] and names[k] not in self._seen:
                self._seen.add(names[k])
                self._new.append({"object_id": names[k], "ra": its_ra, "dec": its_dec})

    def placed(self, batch: Batch, ra: np.ndarray, dec: np.ndarray) -> Batch:
        """A batch with the positions of the objects that it is the first to name.

        Parameters
        ----------
        batch : Batch
        ra, dec : ndarray, shape (n,)
            As for `add_positions`, of its rows.
        """
        self.add_positions(batch.object_id, ra, dec)
        return replace(batch, objects=self.table())

    def is_new(self, object_id: str) -> bool:
        """Whether an object was not described yet."""
        return object_id not in self._seen

    def table(self) -> pa.Table | None:
        """The objects that are new since the last call, or None."""
        new, self._new = self._new, []
        return pa.Table.from_pylist(new, schema=OBJECT_SCHEMA) if new else None


def known_number(value: Any) -> float | None:
    """A finite number that does not stand for a missing one; also from text."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number not in SENTINELS else None


def first_known(values: Sequence[Any]) -> float | None:
    """The first of some values that is a known number, or None."""
    return next((number for number in map(known_number, values) if number is not None), None)


def parallax_snr(parallax: Any, error: Any) -> float | None:
    """A parallax in units of its error, or None where either is unknown.

    Parameters
    ----------
    parallax, error : float or anything else
        In the same unit.
    """
    value, sigma = known_number(parallax), known_number(error)
    return value / sigma if value is not None and sigma is not None and sigma > 0.0 else None
