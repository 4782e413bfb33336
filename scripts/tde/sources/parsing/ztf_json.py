"""ZTF's rows in JSON documents: alerts, and lists of detections and limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tde.sources.batch import DETECTION, FORCED, LIMIT, Batch
from tde.sources.identifiers import name_of_file
from tde.sources.parsing.described import Described
from tde.sources.parsing.gathered import Gathered, gathered_batches
from tde.sources.parsing.json_text import WORD
from tde.sources.parsing.pieces import text_of
from tde.sources.parsing.ztf_rows import ROW_FIELDS, describe_candidate, unpack_alert, ztf_batch

LISTS = {
    "candidates": DETECTION,
    "detections": DETECTION,
    "non_detections": LIMIT,
    "forced_photometry": FORCED,
    "forcedphot": FORCED,
}
"""Lists besides those of an alert. A row without a magnitude becomes a limit in the others too."""

ID_NAMES = ("objectId", "oid")


ZTF_NAME = re.compile(r"ZTF\d{2}[a-z]{7}")
"""As ZTF names its objects."""


def ztf_json_batches(path: Path, records: Iterable[dict[str, Any]], described: Described) -> Iterator[Batch]:
    """Batches of documents with ZTF's rows.

    Parameters
    ----------
    path : path
    records : iterable of dict
        Alerts or objects.
    described : Described
    """
    said = ZTF_NAME.search(path.name)
    own_name = said.group() if said else name_of_file(path)

    def unpack(gathered: Gathered, number: int, record: dict[str, Any]) -> None:
        object_id = _id(gathered.where, number, record) or own_name
        unpack_alert(gathered, number, record, object_id)
        for name, kind in LISTS.items():
            gathered.add(number, object_id, kind, record.get(name), name)
        rows = [record.get("candidate"), *(_first(record.get(name)) for name in ("candidates", "detections"))]
        describe_candidate(described, object_id, next((row for row in [*rows, record] if row), None))

    yield from gathered_batches(
        f"{path}: {WORD}", records, ROW_FIELDS, unpack, lambda taken: ztf_batch(taken, described.table())
    )


def _first(rows: Any) -> Any:
    return rows[0] if isinstance(rows, list) and rows else None


def _id(where: str, number: int, record: Mapping[str, Any]) -> str | None:
    """The object's name in the document or in its first row."""
    places = [record, *(row for row in map(_first, map(record.get, LISTS)) if isinstance(row, dict))]
    names = (text_of(where, number, place, name) for place in places for name in ID_NAMES)
    return next((name for name in names if name), None)
