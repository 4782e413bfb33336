"""Parquet tables of Fink's: an alert a row with its history nested, or an object a row with lists.

Nested alerts (``diaSource``, ``prvDiaSources``, ``prvDiaForcedSources``, ``diaObject``; ``candidate``,
``prv_candidates``) are read as the same alerts in Avro are. Lists are named as the fields are with a ``c`` before
(``cjd``, ``cmagpsf``, ``csigmapsf``, ``cfid``). Where there is no ``cisdiffpos``, magnitudes are taken for sources
brighter than in the reference image, which is said aloud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.sources.batch import DETECTION, FORCED, LIMIT, Batch
from tde.sources.head import Head
from tde.sources.parsing import lsst_rows, ztf_rows
from tde.sources.parsing.described import Described
from tde.sources.parsing.gathered import Taken
from tde.sources.parsing.pieces import Piece
from tde.sources.parsing.table_pieces import Inside, read_parquet_pieces, rows_inside, rows_of_lists
from tde.sources.readers.elasticc_alert import describe_simulated
from tde.sources.source import Source
from tde.sources.units import FLUX_UNITS, SNANA_ZERO_POINT, zero_point_factor

LISTED = "c"
"""Fink puts this letter before the name of a field whose values it lists: ``cjd``."""

ZTF_LISTS = ("cjd", "cfid")
LSST_LISTS = (("cmidpointMjdTai", "cpsfFlux"), ("cmidPointTai", "cpsFlux"))

NESTED = {
    "diaSource": DETECTION,
    "prvDiaSources": DETECTION,
    "prvDiaForcedSources": FORCED,
    "prvDiaNondetectionLimits": LIMIT,
    "candidate": DETECTION,
    "prv_candidates": DETECTION,
    "fp_hists": FORCED,
}
"""Nested columns and the kind of their rows."""

OF_OBJECT = ("objectId", "diaObjectId", "diaObject", "ra", "dec")

ZTF_FIELDS = tuple(LISTED + name for name in ztf_rows.ROW_FIELDS)
LSST_FIELDS = tuple(LISTED + name for name in lsst_rows.ROW_FIELDS)

WANTED = {*NESTED, *OF_OBJECT, *ZTF_FIELDS, *LSST_FIELDS}


def recognises(head: Head) -> bool:
    """Parquet with an alert's nested columns, or with Fink's lists."""
    schema = head.parquet_schema
    nested = [name for name in ("diaSource", "candidate") if name in schema.names]
    alerts = any(pa.types.is_struct(schema.field(name).type) and _is_alert(schema.field(name).type) for name in nested)
    return alerts or _lists_in(schema.names) is not None


def _is_alert(kind: Any) -> bool:
    names = {field.name for field in kind}
    scalar = not any(pa.types.is_list(field.type) or pa.types.is_large_list(field.type) for field in kind)
    return scalar and bool({"fid", *lsst_rows.TIME} & names)


def _lists_in(names: Sequence[str]) -> tuple[str, ...] | None:
    return next((each for each in (ZTF_LISTS, *LSST_LISTS) if set(each) <= set(names)), None)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All rows of some tables, those of nested columns one column after another."""
    described = Described()
    for path in paths:
        for outer in read_parquet_pieces(path, WANTED):
            if _lists_in(list(outer.columns)) is None:
                yield from _alerts(outer, described)
            else:
                yield _listed(outer, described)


def _listed(outer: Piece, described: Described) -> Batch:
    """Objects with lists."""
    names = [name for name in outer.columns if name not in (*OF_OBJECT, *NESTED)]
    inside = rows_of_lists(outer, {name.removeprefix(LISTED): outer.columns[name] for name in names})
    ids = outer.texts("objectId", "diaObjectId")
    described.add_positions(ids, outer.optional_numbers("ra"), outer.optional_numbers("dec"))
    return _convert(inside, ids, DETECTION, described, sign_needed=False)


def _alerts(outer: Piece, described: Described) -> Iterator[Batch]:
    """Alerts with nested columns."""
    ids = _alert_ids(outer)
    _describe_alerts(described, outer, ids)
    for column, kind in NESTED.items():
        if column in outer.columns:
            inside = rows_inside(outer, column)
            if len(inside.piece):
                yield _convert(inside, ids, kind, described)


def _convert(inside: Inside, ids: pa.Array, kind: np.int8, described: Described, sign_needed: bool = True) -> Batch:
    """A batch by the survey whose fields the rows have."""
    piece = inside.piece
    its = ids.take(pa.array(inside.parent))
    if piece.name_of(*lsst_rows.TIME) is None:
        taken = Taken(piece, its, np.full(len(piece), kind))
        return ztf_rows.ztf_batch(taken, described.table(), sign_needed=sign_needed)
    simulated = piece.name_of(*lsst_rows.TIME) != lsst_rows.TIME[0]
    factor = float(zero_point_factor(SNANA_ZERO_POINT)) if simulated else FLUX_UNITS["nJy"]
    return lsst_rows.lsst_batch(lsst_rows.lsst_columns(piece, its, kind), factor, described)


def _alert_ids(outer: Piece) -> pa.Array:
    """Text of the object of each alert, null where there is none."""
    if "objectId" in outer.columns:
        return outer.texts("objectId")
    places = [name for name in ("diaObject", "diaSource") if name in outer.columns]
    columns = {name: field for name in places for field in _ids_in(outer.columns[name])}
    if not columns:
        raise InputError(f"{outer.where} {outer.row[0]}: no field objectId or diaObjectId; found: {[*outer.columns]}")
    texts = (Piece(outer.where, outer.row, columns).texts(name) for name in columns)
    return pc.coalesce(*(pc.if_else(pc.equal(each, "0"), pa.scalar(None, pa.string()), each) for each in texts))


def _ids_in(structs: pa.Array) -> list[pa.Array]:
    named = pa.types.is_struct(structs.type) and structs.type.get_field_index("diaObjectId") >= 0
    return [pc.struct_field(structs, "diaObjectId")] if named else []


def _describe_alerts(described: Described, outer: Piece, ids: pa.Array) -> None:
    """What the nested columns say of objects that come for the first time."""
    describe: Callable[[Described, str | None, Any], None] = ztf_rows.describe_candidate
    column = "candidate"
    if "diaObject" in outer.columns:
        describe, column = describe_simulated, "diaObject"
    if column in outer.columns:
        for k, name in enumerate(ids.to_pylist()):
            if name and described.is_new(name):
                describe(described, name, outer.columns[column][k].as_py())


FORMAT = Source(
    "fink_parquet",
    "Fink tables (Parquet)",
    recognises,
    read,
    called=("fink_alerts.parquet",),
    fields={
        "table": (*OF_OBJECT, *NESTED),
        "lists of the table": (*ZTF_FIELDS, *LSST_FIELDS),
        "nested, ZTF": ztf_rows.ROW_FIELDS,
        "nested, LSST": lsst_rows.ROW_FIELDS,
    },
)
