"""The walk along the bytes of records, compiled: Avro's binary encoding as its specification 1.11 defines it.

Nothing outside of the data is read, whatever is in them: each place is checked, and `DAMAGED` is one beyond the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from tde.sources.avro.programs import (
    BOOLEAN,
    BYTES,
    DAMAGED,
    DOUBLE,
    ENUM,
    FIRST,
    FIXED,
    FLOAT,
    FULL,
    KIND,
    LIST,
    LONG,
    MAP,
    N_CHILDREN,
    NULL,
    RECORD,
    RECORD_COLUMN,
    REFUSED,
    ROW_COLUMN,
    STACK,
    TEXT,
    TEXT_LENGTH,
    UNION,
    Records,
    Rows,
)


@njit(cache=True)
def decode(
    data: np.ndarray, n_records: int, nodes: np.ndarray, children: np.ndarray, rows: Rows, records: Records
) -> int:
    """Take the wanted values of some records.

    Parameters
    ----------
    data : ndarray of uint8
        The records, one after the other.
    n_records : int
    nodes, children : ndarray of int64
        As in `tde.sources.avro.programs.Program`.
    rows : Rows
    records : Records

    Returns
    -------
    int
        How many rows there are, ``DAMAGED`` or ``FULL``.
    """
    stack, step = np.empty(STACK, np.int64), np.empty(STACK, np.int64)
    at, n_rows = 0, 0
    for record in range(n_records):
        at, n_rows = _record(data, at, nodes, children, rows, records, record, n_rows, stack, step)
        if at < 0:
            return at
    return n_rows


@njit(inline="always")
def _record(
    data: np.ndarray, at: int, nodes: np.ndarray, children: np.ndarray, rows: Rows, records: Records, record: int,
    n_rows: int, stack: np.ndarray, step: np.ndarray,
) -> tuple[Any, Any]:  # fmt: skip
    """Where a record ends, or what is wrong, and how many rows there are now."""
    depth = 0
    stack[0] = step[0] = 0
    while depth >= 0:
        node = stack[depth]
        if nodes[node, KIND] == RECORD:
            if step[depth] == 0 and nodes[node, LIST] >= 0:
                if n_rows >= len(rows.of_list):
                    return FULL, n_rows
                rows.of_list[n_rows], rows.of_record[n_rows] = nodes[node, LIST], record
                rows.kind[:, n_rows] = NULL
                n_rows += 1
            more = step[depth] < nodes[node, N_CHILDREN]
            child = children[nodes[node, FIRST] + step[depth]]
            step[depth] += 1
        else:
            step[depth], at = _left_of_block(data, at, step[depth], nodes[node, KIND] == MAP)
            more = step[depth] > 0
            child = children[nodes[node, FIRST]]
            step[depth] -= 1
        if more:
            child, at = _branch(data, at, nodes, children, child)
            kind, column, of_record = nodes[child, KIND], nodes[child, ROW_COLUMN], nodes[child, RECORD_COLUMN]
            if kind < RECORD:
                bits, at = _value(data, at, kind, nodes[child, N_CHILDREN], column >= 0 or of_record >= 0)
                if column >= 0:
                    rows.kind[column, n_rows - 1], rows.bits[column, n_rows - 1] = kind, bits
                if of_record >= 0:
                    records.kind[of_record, record], records.bits[of_record, record] = kind, bits
            else:
                depth += 1
                stack[depth], step[depth] = child, 0
                at = DAMAGED if kind == REFUSED else at
        else:
            depth -= 1
        if at < 0:
            return DAMAGED, n_rows
    return at, n_rows


@njit(cache=True)
def _whole(data: np.ndarray, at: int) -> tuple[Any, Any]:
    """A whole number, seven bits a byte and the sign last, and where it ends."""
    shift, value = 0, np.uint64(0)
    while shift < 70 and 0 <= at < len(data):
        byte = data[at]
        at += 1
        value |= np.uint64(byte & 127) << np.uint64(shift)
        if byte < 128:
            return np.int64(value >> np.uint64(1)) ^ -np.int64(value & np.uint64(1)), at
        shift += 7
    return np.int64(0), DAMAGED


@njit(inline="always")
def _after(data: np.ndarray, at: int, n_bytes: int) -> int:
    """Where some bytes end."""
    return at + n_bytes if at >= 0 and 0 <= n_bytes <= len(data) - at else DAMAGED


@njit(inline="always")
def _left_of_block(data: np.ndarray, at: int, left: int, is_map: bool) -> tuple[Any, Any]:
    """Items that are left of a list or map, the coming one included, and where its value begins; 0 after the last."""
    if left <= 0:
        left, at = _whole(data, at)
        if left < 0:  # the size of the block in bytes follows
            left = -left
            _, at = _whole(data, at)
    if is_map and left > 0:
        length, at = _whole(data, at)
        at = _after(data, at, length)
    return (left, at) if at >= 0 and left >= 0 else (np.int64(0), DAMAGED)


@njit(inline="always")
def _branch(data: np.ndarray, at: int, nodes: np.ndarray, children: np.ndarray, node: int) -> tuple[Any, Any]:
    """The type that stands for a union here, and where its value begins."""
    while nodes[node, KIND] == UNION:
        branch, at = _whole(data, at)
        if branch < 0 or branch >= nodes[node, N_CHILDREN]:
            return children[nodes[node, FIRST]], DAMAGED
        node = children[nodes[node, FIRST] + branch]
    return node, at


@njit(inline="always")
def _value(data: np.ndarray, at: int, kind: int, size: int, wanted: bool) -> tuple[Any, Any]:
    """A value as `decode` keeps it, and where it ends; of one that is not wanted the end alone."""
    if kind == NULL or at < 0:
        return np.int64(0), at
    if kind in (LONG, ENUM):
        return _whole(data, at)
    if kind in (TEXT, BYTES):
        length, at = _whole(data, at)
        bits = (at << TEXT_LENGTH) | (length & ((1 << TEXT_LENGTH) - 1))
        at = _after(data, at, length)
        return bits, DAMAGED if kind == TEXT and length >> TEXT_LENGTH else at
    n_bytes = 8 if kind == DOUBLE else 4 if kind == FLOAT else size if kind == FIXED else 1
    end = _after(data, at, n_bytes)
    if end == DAMAGED or not wanted:
        return np.int64(0), end
    number: Any = np.int64(0)
    for k in range(n_bytes):
        number |= np.int64(data[at + k]) << (8 * k)
    if kind == FLOAT:
        number = np.float64(np.uint32(number).view(np.float32)).view(np.int64)
    return np.int64(number != 0) if kind == BOOLEAN else number, end
