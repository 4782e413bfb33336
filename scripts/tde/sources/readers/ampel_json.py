"""Light curves of AMPEL in JSON: lists of ZTF alerts, or photo points (``ppo_list``) and upper limits (``ulo_list``).

Columns are those of ZTF's alerts. Where the document does not name the object, the file does: a name of ZTF's in its
name, else that without its endings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.json_documents import read_elements
from tde.sources.parsing.ztf_json import ztf_json_batches
from tde.sources.parsing.ztf_rows import FIELDS_OF_ROWS, ROW_FIELDS
from tde.sources.source import Source

POINTS = {"ppo_list": "candidates", "ulo_list": "non_detections"}
"""Lists of photo points and of upper limits, and what the same rows are called elsewhere."""

CLASS = "__jsonclass__"
"""AMPEL writes a Python object as this key with a list: the class, then the arguments."""


def recognises(head: Head) -> bool:
    """JSON with a list of photo points, or a list of alerts."""
    names = head.json_fields
    return bool(names & set(POINTS)) or ({"objectId", "candidate"} <= names and head.json_is_list)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All detections and limits of some files."""
    described = Described()
    for path in paths:
        records = list(read_elements(path))
        if any(set(POINTS) & set(record) for record in records[:1]):
            records = [_light_curve(plain(record)) for record in records]
        yield from ztf_json_batches(path, records, described)


def plain(value: Any) -> Any:
    """A value without the classes that AMPEL notes with it: lists for tuples, fields for points."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    inside = value.get(CLASS)
    if isinstance(inside, list) and len(inside) == 2:
        return plain(inside[1])
    fields = {name: plain(each) for name, each in value.items() if name != CLASS}
    content = fields.get("content")
    return content if isinstance(content, dict) else fields


def _light_curve(content: Any) -> dict[str, Any]:
    """An object with rows under the names that brokers have for them."""
    return {new: content.get(old) for old, new in POINTS.items()} if isinstance(content, dict) else {}


FORMAT = Source(
    "ampel_json",
    "AMPEL light curves (JSON)",
    recognises,
    read,
    called=("ampel_light_curve.json",),
    fields={", ".join((*POINTS, FIELDS_OF_ROWS)): ROW_FIELDS},
)
