"""The wanted values of the records of a container file, as columns."""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.sources.avro.programs import (
    BOOLEAN,
    DAMAGED,
    DOUBLE,
    FLOAT,
    LONG,
    NULL,
    TEXT,
    TEXT_LENGTH,
    Program,
    Records,
    Rows,
    UnsuitedSchemaError,
    Wanted,
    may_be_endless,
    program_of,
)
from tde.sources.head import open_bytes

AT_ONCE = 1 << 22
"""Bytes of records that are decoded together: files often have a block for each record."""

FEWEST_ROWS = 1 << 12
"""Room for rows to begin with."""


class DamagedRecordsError(Exception):
    """Bytes that are no records of the schema."""


class Decoded(NamedTuple):
    """Wanted values of some records.

    Attributes
    ----------
    n_records : int
    columns : list of pyarrow.Array or list
        A field of the rows each; null where a row, or its list, does not have it.
    row_list, row_record : ndarray of int64, shape (n,)
        List, and record from 0, of each row; in order of record and list.
    of_record : list of list
        By path: values of a field of the records.
    fields : tuple of tuple of str
        By list: all fields of its rows.
    """

    n_records: int
    columns: list[Any]
    row_list: np.ndarray
    row_record: np.ndarray
    of_record: list[list[Any]]
    fields: tuple[tuple[str, ...], ...]


class Container:
    """A container file whose records are decoded some at a time.

    Parameters
    ----------
    path : path
    wanted : Wanted

    Attributes
    ----------
    program : Program

    Raises
    ------
    UnsuitedSchemaError
        If the library has to read it.
    """

    def __init__(self, path: Path, wanted: Wanted) -> None:
        from fastavro import block_reader

        self._file = open_bytes(path)
        try:
            self._blocks = block_reader(self._file)
            program = _translated(self._blocks.metadata["avro.schema"], wanted)
        except Exception:  # whatever is wrong with it, the library says so in its own words
            program = None
        if program is None:
            self._file.close()
            raise UnsuitedSchemaError
        self.program = program

    def decoded(self) -> Iterator[Decoded]:
        """All records in turn.

        Raises
        ------
        DamagedRecordsError
            If a block is damaged or cut off; those before it have been given.
        """
        with self._file:
            kept: list[bytes] = []
            n_records = size = 0
            blocks = iter(self._blocks)
            while True:
                try:
                    block = next(blocks, None)
                    data = b"" if block is None else block.bytes_.getvalue()  # type: ignore[attr-defined]
                except Exception:  # as above
                    if n_records:
                        yield decoded(self.program, b"".join(kept), n_records)
                    raise DamagedRecordsError from None
                if n_records and (block is None or size + len(data) > AT_ONCE):
                    yield decoded(self.program, b"".join(kept), n_records)
                    kept, n_records, size = [], 0, 0
                if block is None:
                    return
                kept.append(data)
                n_records += block.num_records
                size += len(data)


@lru_cache(maxsize=64)
def _translated(schema: str, wanted: Wanted) -> Program | None:
    """The program of a schema in JSON, None if it is left to the library; files of a night have the same few."""
    from fastavro import parse_schema

    try:
        parsed = parse_schema(json.loads(schema))
        return None if may_be_endless(parsed) else program_of(parsed, wanted)
    except UnsuitedSchemaError:
        return None


def decoded(program: Program, data: bytes, n_records: int) -> Decoded:
    """Decode some records.

    Parameters
    ----------
    program : Program
    data : bytes
        The records one after the other, not compressed.
    n_records : int

    Raises
    ------
    DamagedRecordsError
    """
    rows, records = _walked(program, data, n_records)
    # rows come as the file has its fields; readers give them list by list
    place = rows.of_record * len(program.fields) + rows.of_list
    order = np.argsort(place, kind="stable") if np.any(place[1:] < place[:-1]) else None
    try:
        columns = [_column(*pair, data) for pair in zip(rows.kind, rows.bits, strict=True)]
        values = [_column(*pair, data).to_pylist() for pair in zip(records.kind, records.bits, strict=True)]
    except (pa.ArrowInvalid, UnicodeDecodeError):
        raise DamagedRecordsError from None
    if order is None:
        return Decoded(n_records, columns, rows.of_list, rows.of_record, values, program.fields)
    columns = [column.take(pa.array(order)) for column in columns]
    return Decoded(n_records, columns, rows.of_list[order], rows.of_record[order], values, program.fields)


class _Walked(NamedTuple):
    rows: Rows
    records: Records


def _walked(program: Program, data: bytes, n_records: int) -> _Walked:
    walk = _compiled()
    n_columns, n_of_record = program.n_columns
    shape = n_of_record, n_records
    records = Records(np.zeros(shape, np.uint8), np.empty(shape, np.int64))
    room = FEWEST_ROWS
    while True:
        values = np.empty((n_columns, room), np.uint8), np.empty((n_columns, room), np.int64)
        rows = Rows(*values, np.empty(room, np.int64), np.empty(room, np.int64))
        n = walk(np.frombuffer(data, np.uint8), n_records, program.nodes, program.children, rows, records)
        if n >= 0:
            return _Walked(Rows(*(each[..., :n] for each in rows)), records)
        if n == DAMAGED or room > len(data):
            raise DamagedRecordsError
        room *= 4


def _column(kind: np.ndarray, bits: np.ndarray, data: bytes) -> pa.Array:
    """Values of one field, as the library's own would be in an array."""
    kinds = set(np.unique(kind).tolist()) - {NULL}
    missing = kind == NULL
    mask = missing if missing.any() else None
    if not kinds:
        return pa.nulls(len(kind))
    if kinds <= {FLOAT, DOUBLE}:
        return pa.array(bits.view(np.float64), mask=mask)
    if kinds == {LONG}:
        return pa.array(bits, mask=mask)
    if kinds == {BOOLEAN}:
        return pa.array(bits != 0, mask=mask)
    if kinds == {TEXT}:
        return _texts(np.where(missing, 0, bits), mask, data)
    raise DamagedRecordsError  # numbers and texts in one column: the library gives each cell for itself


def _texts(bits: np.ndarray, mask: np.ndarray | None, data: bytes) -> pa.Array:
    """Texts by their places."""
    begin, length = bits >> TEXT_LENGTH, bits & ((1 << TEXT_LENGTH) - 1)
    ends = np.cumsum(length)
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    taken = np.arange(int(offsets[-1])) + np.repeat(begin - offsets[:-1], length)
    letters = np.frombuffer(data, np.uint8)[taken]
    found = pa.StringArray.from_buffers(len(bits), pa.py_buffer(offsets), pa.py_buffer(letters))
    found.validate(full=True)
    return found if mask is None else pc.if_else(pa.array(~mask), found, pa.scalar(None, pa.string()))


@cache
def _compiled() -> Callable[..., int]:
    """The compiled walk; numba is imported for it alone, and takes the code from the folder that jobs share."""
    if "numba" not in sys.modules:
        from tde.compiled.shared_code import compiled_or_shared

        folder = ExitStack()
        folder.enter_context(compiled_or_shared([]))
        atexit.register(folder.close)
    from tde.sources.avro.decoder import decode

    return decode
