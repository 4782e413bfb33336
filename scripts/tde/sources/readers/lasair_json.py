"""Objects as Lasair hands them out in JSON: LSST's source lists in nano-Jansky, or candidates of ZTF.

``diaSourcesList`` and ``diaForcedSourcesList`` with the names of today (``psfFlux``, ``midpointMjdTai``, ``band``) or
of Data Preview 0.2 (``psFlux``, ``midPointTai``, ``filterName``); E(B-V) from ``ebv``. ZTF's ``candidate`` with
``prv_candidates``, or ``candidates``, as in ZTF's alerts, limits included. One document a file, a list, or one a
line; ``NaN`` is no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.identifiers import name_of_file
from tde.sources.parsing.described import Described, first_known
from tde.sources.parsing.gathered import Gathered, gathered_batches
from tde.sources.parsing.json_documents import read_elements
from tde.sources.parsing.json_text import WORD
from tde.sources.parsing.lsst_rows import FIELDS_OF_ROWS, LISTS, id_of_alert, lsst_batch, unpack_alert
from tde.sources.parsing.lsst_rows import ROW_FIELDS as LSST_FIELDS
from tde.sources.parsing.pieces import text_of
from tde.sources.parsing.ztf_json import ztf_json_batches
from tde.sources.parsing.ztf_rows import FIELDS_OF_ROWS as ZTF_ROWS
from tde.sources.parsing.ztf_rows import ROW_FIELDS as ZTF_FIELDS
from tde.sources.source import Source
from tde.sources.units import FLUX_UNITS

LSST_LISTS = frozenset(LISTS) | {"diaSource"}


def recognises(head: Head) -> bool:
    """JSON with LSST's lists of sources, or with an ``objectId`` and candidates."""
    names = head.json_fields
    alert = {"objectId", "candidate"} <= names and not head.json_is_list
    return bool(LSST_LISTS & names) or alert or {"objectId", "candidates"} <= names


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All sources, forced sources, candidates and limits of some files."""
    described = Described()
    for path in paths:
        records = list(read_elements(path))
        if any(LSST_LISTS & set(record) for record in records[:1]):
            yield from _lsst_batches(path, records, described)
        else:
            yield from ztf_json_batches(path, records, described)


def _lsst_batches(path: Path, records: list[dict[str, Any]], described: Described) -> Iterator[Batch]:
    def unpack(gathered: Gathered, number: int, record: dict[str, Any]) -> None:
        object_id = id_of_alert(gathered.where, number, record)
        if record.get("diaObject") is None and object_id is None:
            own = text_of(gathered.where, number, record, "diaObjectId") or text_of(
                gathered.where, number, record, "objectId"
            )
            object_id = own or name_of_file(path)
        unpack_alert(gathered, number, record, object_id)
        _describe(described, object_id, record)

    yield from gathered_batches(
        f"{path}: {WORD}",
        records,
        LSST_FIELDS,
        unpack,
        lambda taken: lsst_batch(taken, FLUX_UNITS["nJy"], described),
    )


def _describe(described: Described, object_id: str | None, record: dict[str, Any]) -> None:
    """Extinction and position; a pair of zeros for ra and dec is a form that was not filled in."""
    its = record.get("diaObject") or {}
    ra, dec = first_known([its.get("ra")]), first_known([its.get("dec"), its.get("decl")])
    filled = bool(ra or dec)
    ebv = first_known([record.get("ebv"), its.get("ebv")])
    described.add(object_id, {"ebv": ebv, "ra": ra if filled else None, "dec": dec if filled else None})


FORMAT = Source(
    "lasair_json",
    "Lasair objects (JSON)",
    recognises,
    read,
    called=("lasair_object.json",),
    fields={
        "document": ("diaObjectId", "objectId", "ebv"),
        "diaObject": ("ra", "dec", "decl"),
        FIELDS_OF_ROWS: LSST_FIELDS,
        f"{ZTF_ROWS}, candidates": ZTF_FIELDS,
    },
)
