"""Observations of many objects, put on disk in pieces: memory holds a few batches, however large the files are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa

from tde.sources.chunk_files import chunk_name
from tde.sources.judge import Usable

HELD_ROWS = 500_000
"""Rows that are held before they are appended to their pieces: small files do not make small ones."""

KINDS = (np.int64, float, np.int16, float, float, np.int8, np.int32, np.float32)

NOTHING = Usable(*(np.empty(0, kind) for kind in KINDS))


def held(parts: Iterator[Usable]) -> Iterator[Usable]:
    """Observations of several batches at a time."""
    kept: list[Usable] = []
    n_rows = 0
    for rows in parts:
        kept.append(rows)
        n_rows += len(rows)
        if n_rows >= HELD_ROWS:
            yield Usable.joined(kept)
            kept, n_rows = [], 0
    if kept:
        yield Usable.joined(kept)


def spill(folder: Path, number: int, rows: Usable, piece: np.ndarray) -> None:
    """Write rows into the folders of their pieces.

    Parameters
    ----------
    folder : path
    number : int
        Of the call; sets the order in which rows are collected.
    rows : Usable
    piece : ndarray of int, shape (n,)
        Number of the piece that each row belongs to.
    """
    for index in np.unique(piece):
        mine = rows.take(piece == index)
        table = pa.table({each.name: getattr(mine, each.name) for each in fields(mine)})
        inside = folder / chunk_name(int(index))
        inside.mkdir(exist_ok=True)
        with (
            pa.OSFile(str(inside / f"{number:08d}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)


def collected(folder: Path, first: int = 0) -> Usable:
    """All rows of a piece.

    Parameters
    ----------
    folder : path
        Of the piece; it need not exist.
    first : int
        The object that is to be numbered 0.
    """
    parts = [NOTHING]
    for path in sorted(folder.glob("*.arrow")):
        with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
            table = reader.read_all()
        columns = {each.name: table[each.name].to_numpy() for each in fields(Usable)}
        parts.append(Usable(**columns | {"row_object": columns["row_object"] - first}))
    return Usable.joined(parts)
