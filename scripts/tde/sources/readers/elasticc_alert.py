"""Alerts of the ELAsTiCC simulation (Avro): the fields of LSST's oldest schemas, fluxes with SNANA's zero point.

``psFlux`` is difference flux, 27.5 the AB magnitude of 1; ``filterName`` has a capital Y. Redshift of the host
(``hostgal_zspec``, else ``hostgal_zphot`` or ``hostgal_z``), never the simulation's own ``z_final``; E(B-V) from
``mwebv``; -9 is unknown. The same fields under a schema of the name ``lsst.v...`` are Rubin's, in nano-Jansky.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described, first_known
from tde.sources.parsing.lsst_alerts import read_alerts
from tde.sources.parsing.lsst_rows import FIELDS_OF_ROWS, ROW_FIELDS
from tde.sources.readers.rubin_alert import OLD_SCHEMAS
from tde.sources.source import Source
from tde.sources.units import SNANA_ZERO_POINT, zero_point_factor

REDSHIFTS = ("hostgal_zspec", "hostgal_zphot", "hostgal_z")
"""Of the host, the best first; ``z_final`` is the simulation's own and no observer has it."""

OF_OBJECT = (*REDSHIFTS, *(f"{name}_err" for name in REDSHIFTS), "mwebv", "ra", "decl")


def recognises(head: Head) -> bool:
    """Avro with the field names of LSST's oldest schemas that does not come from Rubin."""
    fields = head.avro_fields.get("diaSource", frozenset())
    return {"midPointTai", "psFlux"} <= fields and not head.avro_name.startswith(OLD_SCHEMAS)


def describe_simulated(described: Described, object_id: str | None, its: Mapping[str, Any] | None) -> None:
    """Host redshift, extinction and position of an object.

    Parameters
    ----------
    described : Described
    object_id : str or None
    its : mapping or None
        The ``diaObject`` of an alert.
    """
    if object_id is None or not its or not described.is_new(object_id):
        return
    source = next((name for name in REDSHIFTS if first_known([its.get(name)]) is not None), REDSHIFTS[0])
    described.add(
        object_id,
        {
            "z": its.get(source),
            "z_err": its.get(f"{source}_err"),
            "ebv": its.get("mwebv"),
            "ra": its.get("ra"),
            "dec": first_known([its.get("decl"), its.get("dec")]),
        },
    )


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All sources, forced sources and limits of some files."""
    of_record = [("diaObject", name) for name in (*OF_OBJECT, "dec")]
    yield from read_alerts(paths, float(zero_point_factor(SNANA_ZERO_POINT)), of_record, _describe_alert)


def _describe_alert(described: Described, object_id: str | None, record: Mapping[str, Any]) -> None:
    describe_simulated(described, object_id, record.get("diaObject"))


FORMAT = Source(
    "elasticc_alert",
    "ELAsTiCC alerts (Avro)",
    recognises,
    read,
    called=("elasticc_alert.avro",),
    fields={FIELDS_OF_ROWS: ROW_FIELDS, "diaObject": ("diaObjectId", *OF_OBJECT)},
)
