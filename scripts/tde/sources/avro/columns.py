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
    DONE,
    DOUBLE,
    FLOAT,
    LONG,
    NULL,
    TEXT,
    TEXT_LENGTH,
    Program,
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
                    data = b"" if block is None else block.bytes_.getvalue()
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
    found = _walked(program, data, n_records)
    # rows come as the file has its fields; readers give them list by list
    place = found.row_record * len(program.fields) + found.row_list
    order = np.arange(0) if np.all(place[1:] >= place[:-1]) else np.argsort(place, kind="stable")
    try:
        columns = [_column(*pair, data) for pair in zip(found.row_kind, found.row_bits, strict=True)]
        of_record = [_column(*pair, data) for pair in zip(found.record_kind, found.record_bits, strict=True)]
    except (pa.ArrowInvalid, UnicodeDecodeError):
        raise DamagedRecordsError from None
    if len(order):
        columns = [column.take(pa.array(order)) for column in columns]
        found = found._replace(row_list=found.row_list[order], row_record=found.row_record[order])
    values = [each.to_pylist() for each in of_record]
    return Decoded(n_records, columns, found.row_list, found.row_record, values, program.fields)


class _Walked(NamedTuple):
    """As `tde.sources.avro.decoder.decode` leaves them."""

    row_kind: np.ndarray
    row_bits: np.ndarray
    row_list: np.ndarray
    row_record: np.ndarray
    record_kind: np.ndarray
    record_bits: np.ndarray


def _walked(program: Program, data: bytes, n_records: int) -> _Walked:
    walk = _compiled()
    n_columns, n_of_record = program.n_columns
    record_kind = np.zeros((n_of_record, n_records), np.uint8)
    record_bits = np.empty((n_of_record, n_records), np.int64)
    n_rows = np.zeros(1, np.int64)
    room = FEWEST_ROWS
    while True:
        row_kind, row_bits = np.empty((n_columns, room), np.uint8), np.empty((n_columns, room), np.int64)
        row_list, row_record = np.empty(room, np.int64), np.empty(room, np.int64)
        found = _Walked(row_kind, row_bits, row_list, row_record, record_kind, record_bits)
        said = walk(np.frombuffer(data, np.uint8), n_records, program.nodes, program.children, *found, n_rows)
        if said == DONE:
            n = int(n_rows[0])
            return found._replace(
                row_kind=row_kind[:, :n], row_bits=row_bits[:, :n], row_list=row_list[:n], row_record=row_record[:n]
            )
        if said == DAMAGED or room > len(data):
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
