"""The walk along the bytes of records, compiled: Avro's binary encoding as its specification 1.11 defines it."""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.sources.avro.programs import (
    ARRAY,
    BOOLEAN,
    BYTES,
    DAMAGED,
    DONE,
    DOUBLE,
    ENUM,
    FIXED,
    FLOAT,
    FULL,
    LONG,
    MAP,
    RECORD,
    REFUSED,
    TEXT,
    TEXT_LENGTH,
    UNION,
)

STACK = 32
"""More than `tde.sources.avro.programs.DEEPEST`."""


@njit(cache=True)
def decode(data, n_records, nodes, children, row_kind, row_bits, row_list, row_record, record_kind, record_bits, n_rows):
    """Take the wanted values of some records.

    Parameters
    ----------
    data : ndarray of uint8
        The records, one after the other.
    n_records : int
    nodes, children : ndarray of int64
        As in `Program`.
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
        `DONE`, `DAMAGED` or `FULL`.
    """
    size = len(data)
    room = row_list.shape[0]
    single = np.empty(1, np.float32)
    double = np.empty(1, np.float64)
    stack = np.empty(STACK, np.int64)
    step = np.empty(STACK, np.int64)
    at, row = 0, -1
    for record in range(n_records):
        depth = 0
        stack[0], step[0] = 0, 0
        while depth >= 0:
            node = stack[depth]
            kind = nodes[node, 0]
            if kind == RECORD:
                if step[depth] == 0 and nodes[node, 3] >= 0:
                    row += 1
                    if row >= room:
                        return FULL
                    row_list[row] = nodes[node, 3]
                    row_record[row] = record
                    for k in range(row_kind.shape[0]):
                        row_kind[k, row] = 0
                if step[depth] == nodes[node, 2]:
                    depth -= 1
                    continue
                child = children[nodes[node, 1] + step[depth]]
                step[depth] += 1
            else:  # ARRAY, MAP: step is what is left of a block, below 0 before the first
                if step[depth] <= 0:
                    count, at = _whole(data, at)
                    if at < 0:
                        return DAMAGED
                    if count < 0:
                        count = -count
                        _, at = _whole(data, at)
                        if at < 0 or count < 0:
                            return DAMAGED
                    if count == 0:
                        depth -= 1
                        continue
                    step[depth] = count
                step[depth] -= 1
                if kind == MAP:
                    length, at = _whole(data, at)
                    if at < 0 or length < 0 or length > size - at:
                        return DAMAGED
                    at += length
                child = children[nodes[node, 1]]
            kind = nodes[child, 0]
            while kind == UNION:
                branch, at = _whole(data, at)
                if at < 0 or branch < 0 or branch >= nodes[child, 2]:
                    return DAMAGED
                child = children[nodes[child, 1] + branch]
                kind = nodes[child, 0]
            if kind >= RECORD:
                if kind == REFUSED or depth + 1 >= STACK:
                    return DAMAGED
                depth += 1
                stack[depth], step[depth] = child, 0
                continue
            bits = 0
            if kind == DOUBLE:
                if at + 8 > size:
                    return DAMAGED
                for k in range(8):
                    bits |= np.int64(data[at + k]) << (8 * k)
                at += 8
            elif kind == LONG or kind == ENUM:
                bits, at = _whole(data, at)
                if at < 0:
                    return DAMAGED
            elif kind == FLOAT:
                if at + 4 > size:
                    return DAMAGED
                if nodes[child, 4] >= 0 or nodes[child, 5] >= 0:
                    single.view(np.uint8)[:] = data[at : at + 4]
                    double[0] = single[0]
                    bits = double.view(np.int64)[0]
                at += 4
            elif kind == TEXT or kind == BYTES:
                length, at = _whole(data, at)
                if at < 0 or length < 0 or length > size - at:
                    return DAMAGED
                if length >> TEXT_LENGTH and (nodes[child, 4] >= 0 or nodes[child, 5] >= 0):
                    return DAMAGED
                bits = (at << TEXT_LENGTH) | (length & ((1 << TEXT_LENGTH) - 1))
                at += length
            elif kind == BOOLEAN:
                if at >= size:
                    return DAMAGED
                bits = np.int64(data[at] != 0)
                at += 1
            elif kind == FIXED:
                if nodes[child, 2] > size - at:
                    return DAMAGED
                at += nodes[child, 2]
            column = nodes[child, 4]
            if column >= 0:
                row_kind[column, row] = kind
                row_bits[column, row] = bits
            column = nodes[child, 5]
            if column >= 0:
                record_kind[column, record] = kind
                record_bits[column, record] = bits
    n_rows[0] = row + 1
    return DONE


@njit(cache=True)
def _whole(data, at):
    """A whole number and where it ends; -1 for an end beyond that of the data, or more bytes than a number has."""
    shift = 0
    value = np.uint64(0)
    while shift < 70 and at < len(data):
        byte = data[at]
        at += 1
        value |= np.uint64(byte & 127) << np.uint64(shift)
        if byte < 128:
            return np.int64(value >> np.uint64(1)) ^ -np.int64(value & np.uint64(1)), at
        shift += 7
    return np.int64(0), -1
