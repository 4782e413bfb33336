"""Nested Parquet as HATS catalogues (LSDB) have it: an object a row, its light curve in lists.

Lists of structs, structs of lists or lists side by side, with ``psfDiffFlux`` (forced photometry) or ``psfFlux`` and
``diaSourceId`` (detections on difference images), in nano-Jansky, and a time. Photometry of the whole light, such as
the magnitudes of ZTF's data releases, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import DETECTION, FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing import lsst_rows
from tde.sources.parsing.described import Described
from tde.sources.parsing.gathered import Taken
from tde.sources.parsing.lsst_rows import DIFFERENCE, FLUX, TIME
from tde.sources.parsing.pieces import Piece
from tde.sources.parsing.table_pieces import Inside, is_list, read_parquet_pieces, rows_inside, rows_of_lists
from tde.sources.readers.fink_parquet import recognises as is_of_fink
from tde.sources.source import Source
from tde.sources.units import FLUX_UNITS

IDS = ("diaObjectId", "objectId", "object_id", "objectid", "SNID", "oid", "OID", "id")
POSITION = (("ra", "coord_ra"), ("dec", "coord_dec"))

TIMES = (*TIME, "expMidptMJD", "mjd")

TOTAL = {"mag", "psfMag", "scienceFlux", "psfFlux", "hmjd"}
"""Fields of photometry on direct images."""

SOURCE_ID = "diaSourceId"
"""Sources that have it were found on difference images, so that ``psfFlux`` is a difference."""


class Layout(NamedTuple):
    """A column, or the lists of all columns (None), that holds light curves, and the kind of their rows."""

    column: str | None
    kind: np.int8


def recognises(head: Head) -> bool:
    """Parquet with lists, or structs of lists, that is not Fink's."""
    kinds = head.parquet_schema.types
    return any(map(_holds_lists, kinds)) and not is_of_fink(head)


def _holds_lists(kind: Any) -> bool:
    return is_list(kind) or (pa.types.is_struct(kind) and any(is_list(field.type) for field in kind))


def _leaves(kind: Any, name: str = "") -> set[str]:
    """Names of the fields anywhere inside a nested type."""
    if is_list(kind):
        return _leaves(kind.value_type, name)
    if pa.types.is_struct(kind):
        return set().union(*(_leaves(field.type, field.name) for field in kind))
    return {name} if name else set()


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All rows of the light curves of some catalogues.

    Raises
    ------
    InputError
        Also where the photometry is that of direct images: a model of transients needs differences.
    """
    described = Described()
    for path in paths:
        schema = Head(path).parquet_schema
        layouts = _layouts(path, schema)
        for outer in read_parquet_pieces(path, schema.names):
            ids = outer.texts(*IDS)
            described.add_positions(ids, *(outer.optional_numbers(*names) for names in POSITION))
            for layout in layouts:
                inside = _rows(outer, layout)
                if len(inside.piece):
                    yield _convert(inside, ids, layout.kind, described)


def _layouts(path: Path, schema: pa.Schema) -> list[Layout]:
    """Where the light curves are."""
    nested = [field for field in schema if _holds_lists(field.type)]
    found: dict[str | None, set[str]] = {field.name: _leaves(field.type) for field in nested if _leaves(field.type)}
    found[None] = {field.name for field in nested if not _leaves(field.type)}
    layouts = [Layout(column, FORCED) for column, names in found.items() if DIFFERENCE in names]
    layouts += [Layout(column, DETECTION) for column, names in found.items() if {SOURCE_ID, FLUX[0]} <= names]
    if layouts:
        return layouts
    total = {name for names in found.values() for name in names & TOTAL}
    if total:
        raise InputError(
            f"{path}: {', '.join(sorted(total))} is photometry of the whole light, host and all; allowed: difference"
            f" photometry ({DIFFERENCE}, or {FLUX[0]} with {SOURCE_ID})"
        )
    inside = sorted({name for names in found.values() for name in names})
    raise InputError(
        f"{path}: no light curves that are known; its lists hold {', '.join(inside)}; allowed: {DIFFERENCE} with its"
        f" error, band and a time ({', '.join(TIMES)})"
    )


def _rows(outer: Piece, layout: Layout) -> Inside:
    if layout.column is not None:
        return rows_inside(outer, layout.column)
    lists = {name: values for name, values in outer.columns.items() if is_list(values.type)}
    return rows_of_lists(outer, {name: values for name, values in lists.items() if not _leaves(values.type)})


def _convert(inside: Inside, ids: pa.Array, kind: np.int8, described: Described) -> Batch:
    taken = lsst_rows.lsst_columns(inside.piece, ids.take(pa.array(inside.parent)), kind)
    if kind == FORCED:
        return lsst_rows.difference_batch(taken, inside.piece.numbers(*TIMES), (), described.table())
    named_times = {TIME[0]: inside.piece.columns[inside.piece.needed(*TIMES)]}
    piece = Piece(inside.piece.where, inside.piece.row, {**inside.piece.columns, **named_times})
    return lsst_rows.lsst_batch(Taken(piece, taken.object_id, taken.kind), FLUX_UNITS["nJy"], described)


FORMAT = Source(
    "nested_parquet",
    "Nested Parquet (HATS)",
    recognises,
    read,
    called=("catalogue.parquet",),
    fields={
        "table": (*IDS, *POSITION[0], *POSITION[1]),
        "lists of forced photometry": (*TIMES, *lsst_rows.RELEASE_FIELDS),
        "lists of detections": (SOURCE_ID, *TIMES, *lsst_rows.ROW_FIELDS[len(TIME) :]),
    },
)
