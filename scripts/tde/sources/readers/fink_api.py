"""What Fink's interface hands out: rows with prefixes as Parquet, CSV or JSON.

ZTF: ``i:jd``, ``i:fid``, ``i:magpsf``, ``i:sigmapsf``, ``i:isdiffpos``, ``i:diffmaglim``; rows with ``d:tag``
badquality are left out and counted. LSST: ``r:midpointMjdTai``, ``r:psfFlux``, ``r:psfFluxErr``, ``r:band`` in
nano-Jansky; with ``r:diaForcedSourceId`` they are forced photometry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from tde.sources.batch import DETECTION, FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing import lsst_rows, ztf_rows
from tde.sources.parsing.described import Described
from tde.sources.parsing.gathered import Taken
from tde.sources.parsing.pieces import Piece, Reason
from tde.sources.parsing.table_pieces import read_table_pieces
from tde.sources.source import Source
from tde.sources.units import FLUX_UNITS

ZTF, LSST = "i:", "r:"
"""Before the fields of ZTF's and of LSST's alerts."""

TAG = "d:tag"
"""What Fink thinks of a row of ZTF's: ``valid``, ``upperlim``, ``badquality``."""

IDS = ("i:objectId", "r:diaObjectId")

FORCED_ID = "r:diaForcedSourceId"
"""Only forced sources have it."""

TYPES = {name: pa.string() for name in (*IDS, FORCED_ID, "i:candid", "i:isdiffpos", "r:band", TAG)}

ZTF_FIELDS = tuple(ZTF + name for name in (*ztf_rows.ROW_FIELDS, "ra", "dec"))
LSST_FIELDS = tuple(LSST + name for name in (*lsst_rows.ROW_FIELDS, "ra", "dec"))

WANTED = {*IDS, TAG, FORCED_ID, *ZTF_FIELDS, *LSST_FIELDS}


def recognises(head: Head) -> bool:
    """A table with a time under Fink's name for it."""
    return bool({"i:jd", *(LSST + name for name in lsst_rows.TIME)} & head.columns)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All rows of some tables."""
    described = Described()
    for path in paths:
        for piece in read_table_pieces(path, WANTED, TYPES):
            yield _ztf(piece, described) if piece.name_of("i:jd") else _lsst(piece, described)


def _without(prefix: str, piece: Piece) -> Piece:
    """The columns with a prefix, without it."""
    columns = {name.removeprefix(prefix): cells for name, cells in piece.columns.items() if name.startswith(prefix)}
    return Piece(piece.where, piece.row, columns)


def _ztf(piece: Piece, described: Described) -> Batch:
    ids = piece.texts("i:objectId")
    rows = _without(ZTF, piece)
    described.add_positions(ids, rows.optional_numbers("ra"), rows.optional_numbers("dec"))
    tags = piece.texts(TAG).fill_null("").to_pylist() if TAG in piece.columns else []
    bad = np.array([tag == "badquality" for tag in tags], dtype=bool)
    reasons = (Reason(bad, f"{TAG} is badquality"),) if len(bad) else ()
    taken = Taken(rows, ids, np.full(len(piece), DETECTION))
    return ztf_rows.ztf_batch(taken, described.table(), reasons)


def _lsst(piece: Piece, described: Described) -> Batch:
    kind = FORCED if FORCED_ID in piece.columns else DETECTION
    taken = lsst_rows.lsst_columns(_without(LSST, piece), piece.texts("r:diaObjectId"), kind)
    rows = taken.piece
    described.add_positions(taken.object_id, rows.optional_numbers("ra"), rows.optional_numbers("dec"))
    return lsst_rows.lsst_batch(taken, FLUX_UNITS["nJy"], described)


FORMAT = Source(
    "fink_api",
    "Fink's interface (Parquet, CSV, JSON)",
    recognises,
    read,
    called=("fink_rows.parquet",),
    fields={"table of ZTF": (*IDS[:1], TAG, *ZTF_FIELDS), "table of LSST": (*IDS[1:], FORCED_ID, *LSST_FIELDS)},
)
