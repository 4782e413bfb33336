"""Light curves of AMPEL in JSON: lists of ZTF alerts, or photo points and upper limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.described import Described
from tde.sources.head import Head
from tde.sources.json_documents import read_document, read_elements
from tde.sources.pieces import shown
from tde.sources.source import Source
from tde.sources.ztf_json import ztf_json_batches

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
        if Head(path).json_fields & set(POINTS):
            records: Iterator[dict[str, Any]] = iter([_light_curve(path, plain(read_document(path)))])
        else:
            records = read_elements(path)
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


def _light_curve(path: Path, content: Any) -> dict[str, Any]:
    """An object with rows under the names that brokers have for them."""
    if not isinstance(content, Mapping):
        raise InputError(f"{path}: is {shown(content)}; allowed: an object with {' and '.join(POINTS)}")
    return {new: content.get(old) for old, new in POINTS.items()}


FORMAT = Source("ampel_json", "AMPEL light curves (JSON)", recognises, read)
