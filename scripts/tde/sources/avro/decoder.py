"""The walk along the bytes of records, compiled: Avro's binary encoding as its specification 1.11 defines it.

Nothing outside of the data is read, whatever is in them: places are checked, and -1 stands for one beyond the end.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.sources.avro.programs import (
    BOOLEAN,
    BYTES,
    DAMAGED,
    DONE,
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
)

NOWHERE = -1


@njit(cache=True)
def decode(
    data: np.ndarray,
    n_records: int,
    nodes: np.ndarray,
    children: np.ndarray,
    row_kind: np.ndarray,
    row_bits: np.ndarray,
    row_list: np.ndarray,
    row_record: np.ndarray,
    record_kind: np.ndarray,
    record_bits: np.ndarray,
    n_rows: np.ndarray,
) -> int:
    """Take the wanted values of some records.

    Parameters
    ----------
    data : ndarray of uint8
        The records, one after the other.
    n_records : int
    nodes, children : ndarray of int64
        As in `tde.sources.avro.programs.Program`.
    row_kind, row_bits : ndarray of uint8 and int64, shape (n_columns, room)
        Kind of each value (0 where there is none), and the value: a whole number or truth value as it is, a float64 by
        its bits, a text by its place.
    row_list, row_record : ndarray of int64, shape (room,)
        List and record (from 0) that each row is of.
    record_kind, record_bits : ndarray, shape (n_columns, n_records)
        Fields of the records themselves.
    n_rows : ndarray of int64, shape (1,)
        How many rows there were.

    Returns
    -------
    int
        ``DONE``, ``DAMAGED`` or ``FULL``.
    """
    stack, step = np.empty(STACK, np.int64), np.empty(STACK, np.int64)
    at, row = 0, -1
    for record in range(n_records):
        depth = 0
        stack[0] = step[0] = 0
        while depth >= 0:
            node = stack[depth]
            if nodes[node, KIND] == RECORD:
                if step[depth] == 0 and nodes[node, LIST] >= 0:
                    row += 1
                    if row >= len(row_list):
                        return FULL
                    row_list[row], row_record[row] = nodes[node, LIST], record
                    row_kind[:, row] = NULL
                more = step[depth] < nodes[node, N_CHILDREN]
                child = children[nodes[node, FIRST] + step[depth]]
                step[depth] += 1
            else:
                step[depth], at = _left_of_block(data, at, step[depth], nodes[node, KIND] == MAP)
                more = step[depth] > 0
                child = children[nodes[node, FIRST]]
                step[depth] -= 1
            if not more:
                depth -= 1
                continue
            child, at = _branch(data, at, nodes, children, child)
            if nodes[child, KIND] < RECORD:
                kind, column, of_record = nodes[child, KIND], nodes[child, ROW_COLUMN], nodes[child, RECORD_COLUMN]
                bits, at = _value(data, at, kind, nodes[child, N_CHILDREN], column >= 0 or of_record >= 0)
                if column >= 0:
                    row_kind[column, row], row_bits[column, row] = kind, bits
                if of_record >= 0:
                    record_kind[of_record, record], record_bits[of_record, record] = kind, bits
            else:
                depth += 1
                stack[depth], step[depth] = child, 0
            if at == NOWHERE or nodes[child, KIND] == REFUSED:
                return DAMAGED
        if at == NOWHERE:
            return DAMAGED
    n_rows[0] = row + 1
    return DONE


@njit(cache=True)
def _whole(data: np.ndarray, at: int) -> tuple[int, int]:
    """A whole number, seven bits a byte and the sign last, and where it ends."""
    shift, value = 0, np.uint64(0)
    while shift < 70 and 0 <= at < len(data):
        byte = data[at]
        at += 1
        value |= np.uint64(byte & 127) << np.uint64(shift)
        if byte < 128:
            return np.int64(value >> np.uint64(1)) ^ -np.int64(value & np.uint64(1)), at
        shift += 7
    return np.int64(0), NOWHERE


@njit(inline="always")
def _after(data: np.ndarray, at: int, n_bytes: int) -> int:
    """Where some bytes end."""
    return at + n_bytes if at >= 0 and 0 <= n_bytes <= len(data) - at else NOWHERE


@njit(inline="always")
def _left_of_block(data: np.ndarray, at: int, left: int, is_map: bool) -> tuple[int, int]:
    """Items that are left of a list or map, the coming one included, and where its value begins; 0 after the last."""
    if left <= 0:
        left, at = _whole(data, at)
        if left < 0:  # the size of the block in bytes follows
            left = -left
            _, at = _whole(data, at)
    if is_map and left > 0:
        length, at = _whole(data, at)
        at = _after(data, at, length)
    return (left, at) if at >= 0 and left >= 0 else (np.int64(0), NOWHERE)


@njit(inline="always")
def _branch(data: np.ndarray, at: int, nodes: np.ndarray, children: np.ndarray, node: int) -> tuple[int, int]:
    """The type that stands for a union here, and where its value begins."""
    while nodes[node, KIND] == UNION:
        branch, at = _whole(data, at)
        if branch < 0 or branch >= nodes[node, N_CHILDREN]:
            return children[nodes[node, FIRST]], NOWHERE
        node = children[nodes[node, FIRST] + branch]
    return node, at


@njit(inline="always")
def _value(data: np.ndarray, at: int, kind: int, size: int, wanted: bool) -> tuple[int, int]:
    """A value as `decode` keeps it, and where it ends; of one that is not wanted the end alone."""
    if kind == NULL or at < 0:
        return np.int64(0), at
    if kind in (LONG, ENUM):
        return _whole(data, at)
    if kind in (TEXT, BYTES):
        length, at = _whole(data, at)
        bits = (at << TEXT_LENGTH) | (length & ((1 << TEXT_LENGTH) - 1))
        at = _after(data, at, length)
        return bits, NOWHERE if kind == TEXT and length >> TEXT_LENGTH else at
    n_bytes = 8 if kind == DOUBLE else 4 if kind == FLOAT else size if kind == FIXED else 1
    end = _after(data, at, n_bytes)
    if end == NOWHERE or not wanted:
        return np.int64(0), end
    bits = np.int64(0)
    for k in range(n_bytes):
        bits |= np.int64(data[at + k]) << (8 * k)
    if kind == FLOAT:
        bits = np.float64(np.uint32(bits).view(np.float32)).view(np.int64)
    return np.int64(bits != 0) if kind == BOOLEAN else bits, end
