"""Alert packets of the Zwicky Transient Facility (Avro), as it or Fink sends them.

``magpsf`` is the AB magnitude of the absolute difference, ``isdiffpos`` (t, 1, f, 0) its sign; a row of
``prv_candidates`` without a magnitude is a limit of five standard deviations (``diffmaglim``). ``fp_hists`` of newer
packets is forced photometry in counts with a zero point a row (``magzpsci``); a ``procstatus`` other than 0 is left
out and counted. ``jd`` is UTC. ``drb``, or where it is not there ``rb``, is the score that `nights` may ask for, as for
stars (``sgscore1`` within 1.5 arcsec, Fink's ``Plx``) and moving objects (``ssdistnr``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tde.sources.avro.programs import Wanted
from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.avro_records import avro_batches
from tde.sources.parsing.described import Described, parallax_snr
from tde.sources.parsing.pieces import text_of
from tde.sources.parsing.ztf_rows import (
    ALERT,
    FIELDS_OF_ROWS,
    ROW_FIELDS,
    STAR,
    describe_candidate,
    unpack_alert,
    ztf_batch,
)
from tde.sources.source import Source

PARALLAX = ("Plx", "e_Plx")
"""Of Gaia, where Fink has found the source there."""

WANTED = Wanted(
    lists=ALERT,
    singles=frozenset({"candidate"}),
    fields=ROW_FIELDS,
    of_record=(
        ("objectId",),
        *((name,) for name in PARALLAX),
        *(("candidate", name) for name in ("ra", "dec", "decl", *STAR)),
    ),
)


def recognises(head: Head) -> bool:
    """Avro with an ``objectId`` and a ``candidate`` that has a filter number."""
    return "objectId" in head.avro_fields and "fid" in head.avro_fields.get("candidate", frozenset())


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All detections, limits and forced photometry of some files; a row that several alerts hold is given each time."""
    for path in paths:
        yield from _of_file(path)


def _of_file(path: Path) -> Iterator[Batch]:
    # each file says what it knows of its objects: jobs that read other files of the night know nothing of it
    described = Described()

    def about(where: str, number: int, record: dict[str, Any]) -> str | None:
        object_id = text_of(where, number, record, "objectId")
        parallax = parallax_snr(*map(record.get, PARALLAX))
        describe_candidate(described, object_id, record.get("candidate"), {"parallax_snr": parallax})
        return object_id

    yield from avro_batches([path], WANTED, about, unpack_alert, lambda taken: ztf_batch(taken, described.table()))


FORMAT = Source(
    "ztf_alert",
    "ZTF alert packets (Avro)",
    recognises,
    read,
    called=("ztf_alert.avro",),
    fields={
        "alert": ("objectId",),
        FIELDS_OF_ROWS: ROW_FIELDS,
        "candidate": ("ra", "dec", *STAR),
        "alert (Fink)": PARALLAX,
    },
)
