"""The manyTDE catalogue (JSON): host-subtracted fluxes in Jansky, not corrected for the Milky Way's dust.

Redshift, E(B-V) and position from the file; every object of the catalogue is a TDE. Ultraviolet and infrared bands
are too far from LSST's to be used; they are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.json_documents import read_document
from tde.sources.parsing.pieces import Piece, make_batch, named, shown, text_of
from tde.sources.source import Source
from tde.sources.units import FLUX_UNITS

HEADER = ("mjd", "filter", "flux_Jy", "e_flux_Jy")

OF_OBJECT = ("z", "ra", "dec")

BAND_NAMES = (
    {f"{band}.ztf": f"ztf:{band}" for band in "gri"}
    | {f"{band}.sdss": f"sdss:{band}" for band in "ugriz"}
    | {f"{band}.ps": f"ps1:{band}" for band in "grizy"}
    | {f"{band}.decam": f"des:{band}" for band in "grizy"}
    | {f"{band}.atlas": f"atlas:{band}" for band in "co"}
    | {f"{band}.uvot": f"uvot:{band.lower()}" for band in ("UVW2", "UVM2", "UVW1", "U", "B", "V")}
    | {f"W{k}.wise": f"wise:w{k}" for k in range(1, 5)}
)


def recognises(head: Head) -> bool:
    """JSON with a light curve that has a header with ``flux_Jy``."""
    curve = head.json_document.get("lightcurve") if "lightcurve" in head.json_fields else None
    header = curve.get("header") if isinstance(curve, dict) else None
    return isinstance(header, list) and "flux_Jy" in header


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """The light curve of each file."""
    for path in paths:
        content = read_document(path)
        curve = content.get("lightcurve") if isinstance(content, dict) else None
        if not isinstance(curve, dict):
            raise InputError(f"{path}: no field lightcurve with fields of its own")
        where = f"{path}: row"
        piece = _piece(where, curve)
        name = text_of(where, 1, content, "name")
        described = Described()
        described.add(name, _known_of(content))
        factor = FLUX_UNITS["Jy"]
        yield make_batch(
            piece,
            object_id=pa.array([name] * len(piece), pa.string()),
            mjd=piece.numbers("mjd"),
            band=named(piece.coded("filter"), BAND_NAMES),
            flux=piece.measured("flux_Jy") * factor,
            flux_err=piece.measured("e_flux_Jy") * factor,
            kind=np.full(len(piece), FORCED, dtype=np.int8),
            objects=described.table(),
        )


def _piece(where: str, curve: Mapping[str, Any]) -> Piece:
    """The rows of a light curve as columns."""
    header, rows = curve.get("header"), curve.get("data")
    if not isinstance(header, list) or not isinstance(rows, list) or not rows:
        raise InputError(f"{where} 1: no header, or no data under it; expected {', '.join(HEADER)}")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list) or len(row) != len(header):
            raise InputError(f"{where} {number}: is {shown(row)}; allowed: {len(header)} cells, as in the header")
    names = [str(name) for name in header]
    columns = {name: [row[k] for row in rows] for k, name in enumerate(names)}
    return Piece(where, np.arange(1, len(rows) + 1), columns)


def _known_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Redshift, extinction, position and class of the object; all objects of the catalogue are TDEs."""
    extinction = content.get("extinction")
    known = {name: content.get(name) for name in OF_OBJECT}
    known["ebv"] = extinction.get("e_bv") if isinstance(extinction, dict) else None
    return known | {"label": "TDE"}


FORMAT = Source(
    "manytde_json",
    "manyTDE catalogue (JSON)",
    recognises,
    read,
    called=("manytde_object.json",),
    fields={"document": ("name", *OF_OBJECT), "extinction": ("e_bv",), "lightcurve": HEADER},
)
