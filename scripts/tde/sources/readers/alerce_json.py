"""Light curves of ALeRCE's interface in JSON: detections, non-detections and forced photometry of an object.

``magpsf`` or ``mag`` is the AB magnitude of the absolute difference and ``isdiffpos`` (1, -1) its sign; the corrected
magnitudes, which are totals, are not used. A row without a magnitude is a limit (``diffmaglim``). Without an ``oid``
the object is named as the file is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.json_documents import read_elements
from tde.sources.parsing.ztf_json import ID_NAMES, LISTS, ztf_json_batches
from tde.sources.parsing.ztf_rows import ROW_FIELDS
from tde.sources.source import Source


def recognises(head: Head) -> bool:
    """JSON with ``detections`` that have a filter number."""
    rows = head.json_document.get("detections") if "detections" in head.json_fields else None
    return isinstance(rows, list) and all(isinstance(row, dict) and "fid" in row for row in rows[:1])


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All detections, limits and forced photometry of some files."""
    described = Described()
    for path in paths:
        yield from ztf_json_batches(path, read_elements(path), described)


FORMAT = Source(
    "alerce_json",
    "ALeRCE light curves (JSON)",
    recognises,
    read,
    called=("alerce_light_curve.json",),
    fields={"document": ID_NAMES, ", ".join(LISTS): ROW_FIELDS},
)
