"""Rows that stand as dictionaries in the lists of alerts and JSON documents, gathered into columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.parsing.pieces import Piece, shown

FULL = 1 << 16
"""Rows after which a piece is handed on."""


class Taken(NamedTuple):
    """Rows with their objects (null where there is none) and kinds, n each."""

    piece: Piece
    object_id: pa.Array
    kind: np.ndarray


class Run(NamedTuple):
    """Rows of one list of a record."""

    record: int
    object_id: str | None
    kind: int
    n_rows: int


class Gathered:
    """Columns that grow with every record; only the fields wanted are kept of it.

    Parameters
    ----------
    where : str
        The file and the word for its records: ``night.avro: record``.
    fields : sequence of str
        Fields of a row that may be wanted.
    same_fields : bool
        Whether all rows of a list have the fields of its first, as a schema sees to.
    """

    def __init__(self, where: str, fields: Sequence[str], same_fields: bool = False) -> None:
        self.where = where
        self.same_fields = same_fields
        self.fields = tuple(fields)
        self._clear()

    def _clear(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in self.fields}
        self._present: dict[str, None] = {}
        self._runs: list[Run] = []
        self.n_rows = 0

    def add(self, record: int, object_id: str | None, kind: np.int8, rows: Any, name: str) -> None:
        """Take the rows of one list of a record.

        Parameters
        ----------
        record : int
            Number of the record in the file.
        object_id : str or None
        kind : int
            `tde.sources.batch.DETECTION` or the like.
        rows : list of dict or None
        name : str
            Of the list, for messages.
        """
        if not rows:
            return
        if not isinstance(rows, list):
            raise InputError(f"{self.where} {record}: {name} is {shown(rows)}; allowed: a list of rows")
        try:
            first = rows[0] if self.same_fields else None
            for field, column in self._columns.items():
                if first is None or field in first:
                    column.extend([row.get(field) for row in rows])
                else:
                    column.extend([None] * len(rows))
        except AttributeError:
            wrong = next(row for row in rows if not isinstance(row, dict))
            raise InputError(f"{self.where} {record}: {name} holds {shown(wrong)}; allowed: rows with fields") from None
        self._present.update(dict.fromkeys(rows[0]))
        self._runs.append(Run(record, object_id, int(kind), len(rows)))
        self.n_rows += len(rows)

    @property
    def is_full(self) -> bool:
        """Whether there are enough rows for a piece."""
        return self.n_rows >= FULL

    def take(self) -> Taken:
        """All rows since the last call."""
        lengths = np.array([run.n_rows for run in self._runs], dtype=np.int64)
        which = pa.array(np.repeat(np.arange(len(lengths)), lengths))
        piece = Piece(
            where=self.where,
            row=np.repeat(np.array([run.record for run in self._runs], dtype=np.int64), lengths),
            columns={
                name: cells
                for name, cells in self._columns.items()
                if name in self._present or (not self.same_fields and any(cell is not None for cell in cells))
            },
            found=tuple(sorted(map(str, self._present))),
        )
        object_id = pa.array([run.object_id for run in self._runs], pa.string()).take(which)
        kind = np.repeat(np.array([run.kind for run in self._runs], dtype=np.int8), lengths)
        self._clear()
        return Taken(piece, object_id, kind)


def gathered_batches(
    where: str,
    records: Iterable[dict[str, Any]],
    fields: Sequence[str],
    unpack: Callable[[Gathered, int, dict[str, Any]], None],
    convert: Callable[[Taken], Batch],
    same_fields: bool = False,
    done: int = 0,
) -> Iterator[Batch]:
    """Batches of a file whose records hold lists of rows.

    Parameters
    ----------
    where : str
        The file and the word for its records.
    records : iterable of dict
    fields : sequence of str
        Fields of a row that may be wanted.
    unpack : callable
        Adds the lists of a record with its number, from 1, to what was gathered.
    convert : callable
        Makes a batch of what was gathered.
    same_fields : bool
        As for `Gathered`.
    done : int
        Records before these, which others have given.
    """
    gathered = Gathered(where, fields, same_fields)
    number, n_batches = done, done
    for number, record in enumerate(records, start=done + 1):
        unpack(gathered, number, record)
        if gathered.is_full:
            n_batches += 1
            yield convert(gathered.take())
    if number == 0:
        raise InputError(f"{where}: there is none in the file")
    if gathered.n_rows:
        yield convert(gathered.take())
    elif n_batches == 0:
        raise InputError(f"{where} 1: holds no light curve, as no record of the file does")
