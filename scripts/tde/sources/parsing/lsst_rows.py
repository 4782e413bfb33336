"""Sources of LSST's alert packets and tables, under the names of any schema, as batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.sources.batch import DETECTION, FORCED, LIMIT, Batch
from tde.sources.parsing.described import Described
from tde.sources.parsing.gathered import Gathered, Taken
from tde.sources.parsing.pieces import Piece, Reason, make_batch, named, shown, text_of
from tde.sources.units import FLUX_UNITS

TIME = ("midpointMjdTai", "midPointTai")
FLUX = ("psfFlux", "psFlux")
FLUX_ERR = ("psfFluxErr", "psFluxErr")
BAND = ("band", "filterName")
"""Names of the schemas from 7 on, and before that."""

FLAGS = ("psfFlux_flag", "pixelFlags_bad", "pixelFlags_saturatedCenter", "pixelFlags_nodataCenter")
"""Flags of a source that its flux is not to be used with."""

WITHDRAWN = ("timeWithdrawnMjdTai", "time_withdrawn")

SCORE = "reliability"

ROW_FIELDS = (*TIME, *FLUX, *FLUX_ERR, *BAND, *FLAGS, *WITHDRAWN, "diaNoise", SCORE)

DIFFERENCE, DIFFERENCE_ERR = "psfDiffFlux", "psfDiffFluxErr"

RELEASE_FLAGS = ("psfDiffFlux_flag", "invalidPsfFlag", *FLAGS[1:])
"""As `FLAGS`, in the tables of forced sources of a data release."""

RELEASE_FIELDS = (DIFFERENCE, DIFFERENCE_ERR, "band", *RELEASE_FLAGS)

LISTS = {
    "prvDiaSources": DETECTION,
    "prvDiaForcedSources": FORCED,
    "prvDiaNondetectionLimits": LIMIT,
    "diaSourcesList": DETECTION,
    "diaForcedSourcesList": FORCED,
    "diaNondetectionLimitsList": LIMIT,
}
"""Lists of an alert, and of Lasair's JSON."""

FIELDS_OF_ROWS = ", ".join(["diaSource", *LISTS])
"""The source of an alert and the lists beside it, which have the same fields."""

ALERT = {"diaSource": DETECTION, **{name: kind for name, kind in LISTS.items() if name.startswith("prv")}}
"""What of an alert has rows."""

BAND_NAMES = {name: f"lsst:{name.lower()}" for name in "ugrizyY"}

NO_OBJECT = "moving object, or one without a diaObjectId"


def unpack_alert(gathered: Gathered, number: int, record: Mapping[str, Any], object_id: str | None) -> None:
    """Add the source of an alert and the lists that come with it.

    Parameters
    ----------
    gathered : Gathered
    number : int
        Of the record, from 1.
    record : mapping
    object_id : str or None
    """
    if record.get("diaSource") is not None:
        gathered.add(number, object_id, DETECTION, [record["diaSource"]], "diaSource")
    for name, kind in LISTS.items():
        gathered.add(number, object_id, kind, record.get(name), name)


def id_of_alert(where: str, number: int, record: Mapping[str, Any]) -> str | None:
    """The diaObjectId of an alert as text, or None for a moving object (0 or null).

    Parameters
    ----------
    where : str
        The file and the word for its records.
    number : int
    record : mapping
    """
    for part in ("diaObject", "diaSource"):
        inside = record.get(part)
        if inside is not None and not isinstance(inside, dict):
            raise InputError(f"{where} {number}: {part} is {shown(inside)}; allowed: fields")
        if inside and inside.get("diaObjectId") not in (None, 0, ""):
            return text_of(where, number, inside, "diaObjectId")
    return None


def lsst_batch(taken: Taken, factor: float, described: Described | None = None) -> Batch:
    """A batch of LSST sources.

    Parameters
    ----------
    taken : Taken
        Rows with columns of `ROW_FIELDS`.
    factor : float
        Micro-Jansky in a unit of the fluxes.
    described : Described, optional
        What is known of the objects.
    """
    piece, object_id, kind = taken
    limit = kind == LIMIT
    only_limits = bool(limit.all())
    flux = piece.optional_numbers(*FLUX) if only_limits else piece.measured(*FLUX)
    flux_err = piece.optional_numbers(*FLUX_ERR) if only_limits else piece.measured(*FLUX_ERR)
    withdrawn = piece.optional_numbers(*WITHDRAWN)
    return make_batch(
        piece,
        object_id=object_id,
        mjd=piece.numbers(*TIME),
        band=named(piece.coded(*BAND), BAND_NAMES),
        flux=np.where(limit, 0.0, flux * factor),
        flux_err=np.where(limit, piece.optional_numbers("diaNoise"), flux_err) * factor,
        kind=kind,
        reasons=[
            Reason(np.asarray(object_id.is_null()), NO_OBJECT),
            *(Reason(piece.flags(name), f"{name} is set") for name in FLAGS),
            Reason(withdrawn > 0, "withdrawn by the survey"),
        ],
        objects=described.table() if described else None,
        score=piece.optional_numbers(SCORE),
    )


def difference_batch(
    taken: Taken, mjd: np.ndarray, more_reasons: tuple[Reason, ...], objects: pa.Table | None
) -> Batch:
    """A batch of forced sources of a data release, where ``psfFlux`` is that of the direct image.

    Parameters
    ----------
    taken : Taken
        Rows with columns of `RELEASE_FIELDS`.
    mjd : ndarray, shape (n,)
    more_reasons : tuple of Reason
        Why rows are not used besides what their flags say.
    objects : pyarrow.Table or None
    """
    piece, object_id, kind = taken
    factor = FLUX_UNITS["nJy"]
    return make_batch(
        piece,
        object_id=object_id,
        mjd=mjd,
        band=named(piece.coded("band"), BAND_NAMES),
        flux=piece.measured(DIFFERENCE) * factor,
        flux_err=piece.measured(DIFFERENCE_ERR) * factor,
        kind=kind,
        reasons=[*(Reason(piece.flags(name), f"{name} is set") for name in RELEASE_FLAGS), *more_reasons],
        objects=objects,
    )


def lsst_columns(piece: Piece, object_id: pa.Array, kind: np.int8) -> Taken:
    """Rows of one kind of a table, as `lsst_batch` takes them; ids of 0 are null.

    Parameters
    ----------
    piece : Piece
    object_id : pyarrow.Array of str, shape (n,)
    kind : int
    """
    nobody = pc.equal(object_id, "0")
    known = pc.if_else(nobody, pa.scalar(None, pa.string()), object_id) if pc.any(nobody).as_py() else object_id
    return Taken(piece, known, np.full(len(piece), kind, dtype=np.int8))
