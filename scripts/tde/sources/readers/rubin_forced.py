"""Forced sources of Rubin's data previews and releases (Parquet, CSV), with times from the table of visits.

``psfDiffFlux`` in nano-Jansky (``psfFlux`` of these tables is that of the direct image and is not used). The tables
have no times: give them together with ``Visit`` (``visit``, ``expMidptMJD``). Left out and counted: sources with
``psfDiffFlux_flag``, ``invalidPsfFlag`` or a bad, saturated or empty centre, and those of visits that the table
lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.lsst_rows import (
    DIFFERENCE,
    DIFFERENCE_ERR,
    RELEASE_FIELDS,
    TIME,
    difference_batch,
    lsst_columns,
)
from tde.sources.parsing.pieces import Piece, Reason
from tde.sources.parsing.table_pieces import read_table_pieces
from tde.sources.source import Source

VISIT = ("visit", "visitId")
VISIT_TIME = ("expMidptMJD", "obsStartMJD")
IDS = ("diaObjectId", "objectId")
POSITION = (("coord_ra", "ra"), ("coord_dec", "dec"))

WANTED = {*RELEASE_FIELDS, *VISIT, *VISIT_TIME, *TIME, *IDS, *POSITION[0], *POSITION[1]}

TYPES = (
    dict.fromkeys(IDS, pa.string())
    | dict.fromkeys(VISIT, pa.int64())
    | dict.fromkeys((DIFFERENCE, DIFFERENCE_ERR, *VISIT_TIME), pa.float64())
    | {"band": pa.string()}
)


def recognises(head: Head) -> bool:
    """A table with difference fluxes or with times of visits, under Rubin's names."""
    return _is_forced(head) or _is_visits(head)


def _is_forced(head: Head) -> bool:
    return DIFFERENCE in head.columns and bool({*VISIT, *VISIT_TIME, *TIME} & head.columns)


def _is_visits(head: Head) -> bool:
    return DIFFERENCE not in head.columns and bool(set(VISIT) & head.columns) and VISIT_TIME[0] in head.columns


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All forced sources of some files; one of the files must hold the visits if the sources have no times.

    Raises
    ------
    InputError
        Also where sources or visits are missing.
    """
    heads = {path: Head(path) for path in paths}
    visits = [path for path in paths if _is_visits(heads[path])]
    tables = [path for path in paths if path not in visits]
    if not tables:
        raise InputError(
            f"{visits[0]}: holds visits alone; give it together with a table of forced sources ({DIFFERENCE})"
        )
    times = Visits(visits) if visits else None
    described = Described()
    for path in tables:
        for piece in read_table_pieces(path, WANTED, TYPES):
            yield _batch(piece, times, described)


def _batch(piece: Piece, times: Visits | None, described: Described) -> Batch:
    taken = lsst_columns(piece, piece.texts(*IDS), FORCED)
    described.add_positions(taken.object_id, *(piece.optional_numbers(*names) for names in POSITION))
    if piece.name_of(*TIME, *VISIT_TIME):
        return difference_batch(taken, piece.numbers(*TIME, *VISIT_TIME), (), described.table())
    if times is None:
        raise InputError(
            f"{piece.where} {piece.row[0]}: no time; give this table together with Rubin's table of visits"
            f" ({VISIT[0]}, {VISIT_TIME[0]}), or with a column {TIME[0]}"
        )
    mjd = times.of(piece)
    unknown = Reason(np.isnan(mjd), "visit is not in the table of visits")
    return difference_batch(taken, mjd, (unknown,), described.table())


class Visits:
    """Times of the middle of exposures.

    Parameters
    ----------
    paths : sequence of path
        Tables of visits.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        pieces = [piece for path in paths for piece in read_table_pieces(path, WANTED, TYPES)]
        visit = np.concatenate([_visit_numbers(piece) for piece in pieces])
        mjd = np.concatenate([piece.numbers(VISIT_TIME[0]) for piece in pieces])
        order = np.argsort(visit, kind="stable")
        self.visit, self.mjd = visit[order], mjd[order]

    def of(self, piece: Piece) -> np.ndarray:
        """Time of each row in MJD, NaN where its visit is not known."""
        # each visit has the rows of many objects
        coded = pa.array(_visit_numbers(piece)).dictionary_encode()
        wanted = coded.dictionary.to_numpy()
        place = np.minimum(np.searchsorted(self.visit, wanted), len(self.visit) - 1)
        mjd = np.where((self.visit[place] == wanted) & (wanted >= 0), self.mjd[place], np.nan)
        return mjd[coded.indices.to_numpy()]


def _visit_numbers(piece: Piece) -> np.ndarray:
    """Visits as 64-bit numbers, -1 where there is none."""
    name = piece.needed(*VISIT)
    column = piece.columns[name]
    if isinstance(column, pa.Array) and pa.types.is_integer(column.type):
        return column.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    texts = piece.texts(name).fill_null("-1").to_pylist()
    wrong = next((k for k, text in enumerate(texts) if not text.removeprefix("-").isdecimal() or len(text) > 18), None)
    if wrong is not None:
        raise InputError(f"{piece.where} {piece.row[wrong]}: {name} is {texts[wrong]!r}; allowed: a visit's number")
    return np.array(texts, dtype=np.int64)


FORMAT = Source(
    "rubin_forced",
    "Rubin forced sources (Parquet, CSV)",
    recognises,
    read,
    called=("forced_sources.parquet", "visits.parquet"),
    fields={
        "forced sources": (*IDS, *VISIT, *RELEASE_FIELDS, *TIME, *POSITION[0], *POSITION[1]),
        "visits": (*VISIT, *VISIT_TIME),
    },
    together=True,
)
