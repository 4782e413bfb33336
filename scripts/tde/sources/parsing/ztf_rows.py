"""Rows of ZTF alerts under the names that all its brokers keep: magnitudes of the absolute difference, and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.sources.batch import DETECTION, FORCED, LIMIT, NO_SIGN, Batch
from tde.sources.parsing.described import Described, first_known, known_number
from tde.sources.parsing.gathered import Gathered, Taken
from tde.sources.parsing.pieces import Piece, Reason, make_batch, named
from tde.sources.sentinels import without_sentinels
from tde.sources.units import MJD_OF_JD_ZERO, from_magnitudes, no_magnitude, zero_point_factor

JULIAN, MODIFIED = "jd", "mjd"
MAGNITUDE = ("magpsf", "mag")
MAGNITUDE_ERR = ("sigmapsf", "e_mag", "magerr")
SIGN = "isdiffpos"
LIMITING = "diffmaglim"
FORCED_FLUX, FORCED_ERR = "forcediffimflux", "forcediffimfluxunc"

SCORES = ("drb", "rb")
"""How real a detection is: by the network, and where that has not judged by the older forest."""

ROW_FIELDS = (
    JULIAN, MODIFIED, "fid", *MAGNITUDE, *MAGNITUDE_ERR, SIGN, LIMITING, FORCED_FLUX, FORCED_ERR,
    "magzpsci", "procstatus", "field", "rcid", *SCORES,
)  # fmt: skip

ALERT = {"candidate": DETECTION, "prv_candidates": DETECTION, "fp_hists": FORCED}
"""What of an alert has rows."""

FIELDS_OF_ROWS = "candidate, prv_candidates, fp_hists"
"""The candidate of an alert and the lists beside it."""

BAND_NAMES = {"1": "ztf:g", "2": "ztf:r", "3": "ztf:i", "g": "ztf:g", "r": "ztf:r", "i": "ztf:i"}

POSITIVE = {"t", "1", "true", "y", "+"}
NEGATIVE = {"f", "0", "-1", "false", "n", "-"}
"""What ``isdiffpos`` is, in small letters."""

GOOD_STATUS = {"0", ""}
"""``procstatus`` of a measurement without errors."""


def unpack_alert(gathered: Gathered, number: int, record: Mapping[str, Any], object_id: str | None) -> None:
    """Add the candidate of an alert, what was found before it, and its forced photometry.

    Parameters
    ----------
    gathered : Gathered
    number : int
        Of the record, from 1.
    record : mapping
    object_id : str or None
    """
    if record.get("candidate") is not None:
        gathered.add(number, object_id, DETECTION, [record["candidate"]], "candidate")
    gathered.add(number, object_id, DETECTION, record.get("prv_candidates"), "prv_candidates")
    gathered.add(number, object_id, FORCED, record.get("fp_hists"), "fp_hists")


STAR = ("sgscore1", "distpsnr1", "ssdistnr")
"""Star score and distance of the nearest source of Pan-STARRS, and distance of the nearest moving object."""

SAME_PLACE = 1.5
"""Seconds of arc within which a catalogued source is the object's own."""

NOT_NEAR = 3600.0
"""Seconds of arc: in place of the distance where the survey knows no moving object near by."""


def describe_candidate(
    described: Described, object_id: str | None, candidate: Any, more: Mapping[str, Any] | None = None
) -> None:
    """Position of an object from a row about it, and what stands at this place.

    Parameters
    ----------
    described : Described
    object_id : str or None
    candidate : mapping or anything else
    more : mapping, optional
        What else the alert says, in columns of `tde.sources.batch.OBJECT_SCHEMA`.
    """
    if isinstance(candidate, Mapping):
        dec = first_known([candidate.get("dec"), candidate.get("decl")])
        score, distance, moving = (known_number(candidate.get(name)) for name in STAR)
        told = candidate.get(STAR[2])  # -999: no moving object near by
        near = distance is not None and 0.0 <= distance <= SAME_PLACE
        evidence = {
            "star_score": score if near and score is not None and 0.0 <= score <= 1.0 else None,
            "moving_arcsec": None if told is None else moving if moving is not None and moving >= 0.0 else NOT_NEAR,
        }
        described.add(object_id, {"ra": candidate.get("ra"), "dec": dec, **evidence, **(more or {})})


def ztf_batch(
    taken: Taken,
    objects: pa.Table | None = None,
    more_reasons: tuple[Reason, ...] = (),
    sign_needed: bool = True,
) -> Batch:
    """A batch of ZTF's rows.

    Parameters
    ----------
    taken : Taken
        Rows with columns of `ROW_FIELDS`; rows of kind `FORCED` with ``forcediffimflux`` are in counts, all
        others in magnitudes. A row without magnitude becomes a limit if it has one.
    objects : pyarrow.Table, optional
    more_reasons : tuple of Reason
        Why rows are not used besides what the columns say.
    sign_needed : bool
        Whether magnitudes without a column `SIGN` are an error; else they are positive, with a note.
    """
    piece, object_id, kind = taken
    measured = _from_magnitudes(piece, kind)
    band = named(piece.coded("fid"), BAND_NAMES)
    counts = (kind == FORCED) & (FORCED_FLUX in piece.columns)
    reasons = list(more_reasons)
    reference = None
    flux, flux_err = measured.flux, measured.flux_err
    if counts.any():
        factor = zero_point_factor(piece.numbers("magzpsci"))
        value, error = (_without_filler(piece.numbers(name)) for name in (FORCED_FLUX, FORCED_ERR))
        flux, flux_err = np.where(counts, value * factor, flux), np.where(counts, error * factor, flux_err)
        reasons.append(Reason(counts & _bad_status(piece), "procstatus is not 0"))
        reference = _references(piece, band, counts)
    limit = measured.limit & ~counts
    unsigned = SIGN not in piece.columns and not sign_needed
    if not unsigned and not (limit | counts).all():
        sign = _signs(piece)
        reasons.append(Reason(~counts & ~limit & np.isnan(sign), f"{SIGN} is missing or not known"))
        flux = np.where(counts | limit, flux, flux * sign)
    return make_batch(
        piece,
        object_id=object_id,
        mjd=_times(piece),
        band=band,
        flux=flux,
        flux_err=flux_err,
        kind=np.where(limit, LIMIT, kind).astype(np.int8),
        reasons=reasons,
        reference=reference,
        objects=objects,
        notes=(NO_SIGN,) if unsigned and not (limit | counts).all() else (),
        score=_scores(piece),
    )


def _scores(piece: Piece) -> np.ndarray:
    by_network, by_forest = (without_sentinels(piece.optional_numbers(name)) for name in SCORES)
    return np.where(np.isnan(by_network), by_forest, by_network)


def _times(piece: Piece) -> np.ndarray:
    piece.needed(JULIAN, MODIFIED)
    julian = piece.optional_numbers(JULIAN) - MJD_OF_JD_ZERO
    return np.where(np.isnan(julian), piece.optional_numbers(MODIFIED), julian)


def _from_magnitudes(piece: Piece, kind: np.ndarray) -> Any:
    """Unsigned fluxes and limits.

    Only lists of limits and forced photometry in counts may do without a column of magnitudes: under another name it
    would make a limit of every detection.
    """
    if (kind == DETECTION).any() or (FORCED_FLUX not in piece.columns and (kind == FORCED).any()):
        piece.needed(*MAGNITUDE)
    if (kind == LIMIT).any():
        piece.needed(LIMITING)
    magnitude = piece.optional_numbers(*MAGNITUDE)
    found = ~no_magnitude(magnitude)
    error = piece.numbers(*MAGNITUDE_ERR) if found.any() else piece.optional_numbers(*MAGNITUDE_ERR)
    # a magnitude without its error is a row without an error, never a limit
    limit = np.where(found, np.nan, piece.optional_numbers(LIMITING))
    return from_magnitudes(magnitude, error, limit)


def _signs(piece: Piece) -> np.ndarray:
    """1 and -1 as `SIGN` says, NaN where it says nothing that is known."""
    column = piece.columns[piece.needed(SIGN)]
    if isinstance(column, pa.Array):
        coded = column.dictionary_encode()
        values = np.array([*map(_sign, coded.dictionary.to_pylist()), np.nan])
        return values[coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)]
    return np.array([_sign(cell) for cell in column])


def _sign(cell: Any) -> float:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    word = str(cell).strip().lower()
    return 1.0 if word in POSITIVE else -1.0 if word in NEGATIVE else np.nan


def _without_filler(values: np.ndarray) -> np.ndarray:
    """Counts with NaN for -99999, which stands for none."""
    return np.where(values <= -99998.0, np.nan, values)


def _bad_status(piece: Piece) -> np.ndarray:
    """Where a code of ``procstatus`` is an error."""
    if "procstatus" not in piece.columns:
        return np.zeros(len(piece), dtype=bool)
    codes = piece.texts("procstatus").fill_null("").to_pylist()
    return np.array([code not in GOOD_STATUS for code in codes], dtype=bool)


def _references(piece: Piece, band: pa.Array, forced: np.ndarray) -> pa.Array | None:
    """Field, readout channel and band of forced photometry."""
    if not {"field", "rcid"} <= set(piece.columns):
        return None
    parts = (piece.texts(name).fill_null("") for name in ("field", "rcid"))
    joined = pc.binary_join_element_wise(*parts, band, "/")
    return pc.if_else(pa.array(forced), joined, pa.scalar(None, pa.string()))
