"""Rows of decoded records, put together until there are enough for a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.avro.container import Decoded
from tde.sources.avro.programs import Wanted
from tde.sources.parsing.gathered import Taken
from tde.sources.parsing.pieces import Piece


class _Some(NamedTuple):
    """Decoded records, the number of those before them, and the object of each."""

    decoded: Decoded
    before: int
    object_id: list[str | None]


class DecodedRows:
    """As `tde.sources.parsing.gathered.Gathered`, of records that were decoded into columns.

    Parameters
    ----------
    where : str
        The file and the word for its records.
    wanted : Wanted
    about : callable
        As for `tde.sources.parsing.avro_records.avro_batches`.

    Attributes
    ----------
    n_records : int
        So far.
    n_rows : int
        Since the last call of `take`.
    """

    def __init__(self, where: str, wanted: Wanted, about: Callable[[str, int, dict[str, Any]], str | None]) -> None:
        self.where, self.wanted, self.about = where, wanted, about
        self.n_records = self.n_rows = 0
        self._any_rows = False
        self._parts: list[_Some] = []

    def add(self, some: Decoded) -> None:
        """Take the next records."""
        names = [self.about(self.where, self.n_records + k, record) for k, record in enumerate(self._records(some), 1)]
        self._parts.append(_Some(some, self.n_records, names))
        self.n_records += some.n_records
        self.n_rows += len(some.row_list)
        self._any_rows |= len(some.row_list) > 0

    def _records(self, some: Decoded) -> list[dict[str, Any]]:
        """Records with their own fields alone, in the shape that the library gives them."""
        records: list[dict[str, Any]] = [{} for _ in range(some.n_records)]
        for path, values in zip(self.wanted.of_record, some.of_record, strict=True):
            for record, value in zip(records, values, strict=True):
                for name in path[:-1]:
                    record = record.setdefault(name, {})
                record[path[-1]] = value
        return records

    def check(self) -> None:
        """Refuse a file without records or rows, once all of it was read."""
        if self.n_records == 0:
            raise InputError(f"{self.where}: there is none in the file")
        if not self._any_rows:
            raise InputError(f"{self.where} 1: holds no light curve, as no record of the file does")

    def take(self) -> Taken:
        """All rows since the last call."""
        parts, self._parts, self.n_rows = self._parts, [], 0
        names = pa.array([name for part in parts for name in part.object_id], pa.string())
        first = np.cumsum([0, *(len(part.object_id) for part in parts)])
        place = np.concatenate([k + part.decoded.row_record for k, part in zip(first, parts, strict=False)])
        row = np.concatenate([part.before + part.decoded.row_record for part in parts]) + 1
        lists = np.concatenate([part.decoded.row_list for part in parts])
        kinds = np.array(list(self.wanted.lists.values()), dtype=np.int8)
        found = {name for k in np.unique(lists) for name in parts[0].decoded.fields[k]}
        columns = {
            name: _joined([part.decoded.columns[k] for part in parts])
            for k, name in enumerate(self.wanted.fields)
            if name in found
        }
        piece = Piece(self.where, row, columns, tuple(sorted(found)))
        return Taken(piece, names.take(pa.array(place)), kinds[lists])


def _joined(columns: list[pa.Array]) -> pa.Array:
    """One column of the pieces; those without any value have no type of their own."""
    types = {column.type for column in columns} - {pa.null()}
    if not types:
        return pa.concat_arrays(columns)
    kind = types.pop()
    return pa.concat_arrays([column.cast(kind) for column in columns])
