"""The state: what has been read of each night, in parts by a hash of the object's name.

A part holds the same objects every night. Its observations are in order, each once; months that are over are put
together into one file a part. Nothing in it is ever changed in place: it is a function of the files that came in.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.sources.batch import EVIDENCE
from tde.tables import write_parquet

VERSION = "2"
"""Of the schemas below."""

VERSION_KEY = b"nights_state"

ROWS = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("band", pa.string(), nullable=False),
        pa.field("mjd", pa.float64(), nullable=False),
        pa.field("flux", pa.float64(), nullable=False),
        pa.field("flux_err", pa.float64(), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),
        pa.field("reference", pa.string()),
        pa.field("score", pa.float32()),
    ],
    metadata={VERSION_KEY: VERSION},
)
"""Observations: fluxes in micro-Jansky, extinction not undone; score: real or bogus, where the survey gives one."""

OBJECTS = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("night", pa.string(), nullable=False),
        pa.field("z", pa.float64()),
        pa.field("z_err", pa.float64()),
        pa.field("ebv", pa.float64()),
        pa.field("ra", pa.float64()),
        pa.field("dec", pa.float64()),
        pa.field("label", pa.string()),
        *(pa.field(name, pa.float64()) for name in EVIDENCE),
        pa.field("flags", pa.string(), nullable=False),
    ],
    metadata={VERSION_KEY: VERSION},
)
"""What the files of a night say of the objects that they touch."""

ROW_GROUP = 2**16

DAMAGED = "damaged ({}); delete it and run the same command again"


class State(NamedTuple):
    """Observations and objects of some nights: tables of `ROWS` and `OBJECTS`."""

    rows: pa.Table
    objects: pa.Table


def part_of(names: Sequence[str], n_parts: int) -> np.ndarray:
    """Number of the part that each object is in, shape (n,).

    Parameters
    ----------
    names : sequence of str
    n_parts : int
    """
    return np.array([zlib.crc32(name.encode()) % n_parts for name in names], dtype=np.int64)


def in_order(rows: pa.Table) -> pa.Table:
    """Observations by object, band and time, those that are alike in all columns once."""
    rows = rows.sort_by([(name, "ascending") for name in ROWS.names]).combine_chunks()
    if rows.num_rows < 2:
        return rows
    same = np.ones(rows.num_rows - 1, dtype=bool)
    for name in ROWS.names:
        column = rows[name]
        this, before = column.slice(1), column.slice(0, rows.num_rows - 1)
        equal = pc.equal(this, before).combine_chunks()
        both_null = pc.and_(pc.is_null(this), pc.is_null(before)).combine_chunks()
        same &= pc.or_kleene(equal, both_null).fill_null(False).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(np.append(True, ~same)))


def write_state(rows: pa.Table, objects: pa.Table, rows_path: Path | str, objects_path: Path | str) -> None:
    """Write one part.

    Parameters
    ----------
    rows : pyarrow.Table
        In any order.
    objects : pyarrow.Table
    rows_path, objects_path : path
    """
    write_parquet(rows_path, in_order(rows.cast(ROWS)), ROW_GROUP)
    ordered = objects.cast(OBJECTS).sort_by([("object_id", "ascending"), ("night", "ascending")])
    write_parquet(objects_path, ordered, ROW_GROUP)


def read_state(rows_paths: Sequence[str], objects_paths: Sequence[str], names: Sequence[str] | None = None) -> State:
    """Read a part of some nights.

    Parameters
    ----------
    rows_paths, objects_paths : sequence of str
        The same part of each night or month.
    names : sequence of str, optional
        Objects wanted; all of them otherwise.

    Raises
    ------
    InputError
        If a file is damaged, or of another version.
    """
    return State(_read(rows_paths, ROWS, names), _read(objects_paths, OBJECTS, names))


def _read(paths: Sequence[str], schema: pa.Schema, names: Sequence[str] | None) -> pa.Table:
    import pyarrow.dataset as ds

    for path in paths:
        _check_version(path)
    wanted = None if names is None else ds.field("object_id").isin(pa.array(names, pa.string()))
    try:
        data = ds.dataset(list(paths), schema=schema, format="parquet")
        # little is read ahead: memory holds what is kept and a few row groups
        return data.scanner(filter=wanted, batch_readahead=1, fragment_readahead=1, use_threads=False).to_table()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{paths[0]} and others: {DAMAGED.format(error)}") from None


def _check_version(path: str) -> None:
    """Refuse what other code has written."""
    try:
        found = (pq.read_schema(path).metadata or {}).get(VERSION_KEY, b"none").decode()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: {DAMAGED.format(error)}") from None
    if found != VERSION:
        raise InputError(
            f"{path}: state of version {found}; allowed: {VERSION}. Delete the folder state that it lies in and run the"
            " same command again: it is made anew from the incoming files"
        )


def best_scores(rows: pa.Table, names: pa.ChunkedArray) -> np.ndarray:
    """The best score of the observations of each object, shape (n,); NaN where the survey gives none.

    Parameters
    ----------
    rows : pyarrow.Table
        `ROWS`.
    names : pyarrow.ChunkedArray of str
    """
    scored = rows.filter(rows["score"].is_valid())
    best = scored.group_by("object_id").aggregate([("score", "max")])
    place = pc.index_in(names, value_set=best["object_id"].combine_chunks())
    return (
        best["score_max"].combine_chunks().take(place.combine_chunks()).cast(pa.float64()).fill_null(np.nan).to_numpy()
    )
