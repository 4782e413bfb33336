"""Alert packets of the Rubin Observatory (Avro, one or many records a file), of any schema with these fields.

``diaSource`` and ``prvDiaSources`` are detections, ``prvDiaForcedSources`` forced photometry; ``psfFlux`` is
difference flux in nano-Jansky whose own sign counts (``isNegative`` and ``scienceFlux``, the total, are not used),
times are MJD (TAI). Left out and counted: moving objects (``diaObjectId`` 0 or null), rows without a band, sources
with ``psfFlux_flag``, ``pixelFlags_bad``, ``pixelFlags_saturatedCenter`` or ``pixelFlags_nodataCenter``, and
withdrawn ones. ``reliability`` is the score that `nights` may ask for. Position from ``diaObject``; redshift and type
where Fink found them in TNS. Packets without a container (as Kafka sends them, the schema elsewhere) cannot be read:
save them as container files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described, first_known, parallax_snr
from tde.sources.parsing.lsst_alerts import read_alerts
from tde.sources.parsing.lsst_rows import FIELDS_OF_ROWS, ROW_FIELDS
from tde.sources.source import Source
from tde.sources.units import FLUX_UNITS

OLD_SCHEMAS = "lsst.v"
"""Rubin's own packets say so in their name; ELAsTiCC's took over the field names of the oldest ones."""

TNS = {"z": "tns_redshift", "label": "tns_type"}
"""What Fink found in TNS."""

PARALLAX = ("gaiadr3_Plx", "gaiadr3_e_Plx")
"""Of Gaia, where Fink has found the source there."""

POSITION = ("ra", "dec", "decl")

OF_RECORD = (
    *((of, name) for of in ("diaObject", "diaSource") for name in POSITION),
    *(("xm", name) for name in (*TNS.values(), *PARALLAX)),
)


def recognises(head: Head) -> bool:
    """Avro with a ``diaSource`` that has a time and a flux as Rubin names them."""
    fields = head.avro_fields.get("diaSource", frozenset())
    old = {"midPointTai", "psFlux"} <= fields and head.avro_name.startswith(OLD_SCHEMAS)
    return old or {"midpointMjdTai", "diaObjectId"} <= fields


def describe_alert(described: Described, object_id: str | None, record: Mapping[str, Any]) -> None:
    """Position of the object; redshift and type where a broker found it in TNS.

    Parameters
    ----------
    described : Described
    object_id : str or None
    record : mapping
    """
    if object_id is None or not described.is_new(object_id):
        return
    its, broker = (each if isinstance(each, dict) else {} for each in (record.get("diaObject"), record.get("xm")))
    source = record.get("diaSource") or {}
    described.add(
        object_id,
        {
            "ra": first_known([its.get("ra"), source.get("ra")]),
            "dec": first_known([its.get("dec"), its.get("decl"), source.get("dec"), source.get("decl")]),
            **{key: broker.get(name) for key, name in TNS.items()},
            "parallax_snr": parallax_snr(*map(broker.get, PARALLAX)),
        },
    )


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All sources and forced sources of some files; the same row in several alerts is given each time."""
    yield from read_alerts(paths, FLUX_UNITS["nJy"], OF_RECORD, describe_alert)


FORMAT = Source(
    "rubin_alert",
    "Rubin alert packets (Avro)",
    recognises,
    read,
    called=("alerts",),
    fields={
        FIELDS_OF_ROWS: ROW_FIELDS,
        "diaObject": ("diaObjectId", *POSITION),
        "xm (Fink)": (*TNS.values(), *PARALLAX),
    },
)
