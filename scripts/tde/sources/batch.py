"""What every reader yields: observations in common units, with where they stand in the file and what they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

DETECTION, FORCED, LIMIT = np.int8(0), np.int8(1), np.int8(2)
"""Kinds of a row: measured where something was found, measured at a known place, nothing found."""

NO_SIGN = "no column says whether a source is brighter or fainter than in the reference image; taken as brighter"
"""A note of a batch."""

EVIDENCE = ("star_score", "parallax_snr", "moving_arcsec")
"""What an alert says of the place of its object: score of the nearest catalogued source from galaxy at 0 to star at 1,
its parallax in units of the error, and the distance of the nearest known moving object in seconds of arc."""

OBJECT_SCHEMA = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("z", pa.float64()),
        pa.field("z_err", pa.float64()),
        pa.field("ebv", pa.float64()),
        pa.field("ra", pa.float64()),
        pa.field("dec", pa.float64()),
        pa.field("label", pa.string()),
        *(pa.field(name, pa.float64()) for name in EVIDENCE),
    ]
)
"""What a file says of its objects; null where it says nothing. ra and dec in degrees, ebv in magnitudes."""


@dataclass(frozen=True)
class Batch:
    """Observations of one piece of a file, in the order of its rows; nothing is judged or removed yet.

    Attributes
    ----------
    where : str
        The file and the word for its rows, as messages name them: ``night.csv: line``.
    row : ndarray of int64, shape (n,)
        Number of each row (or record) in the file, as ``where`` counts.
    object_id : pyarrow.Array of str, shape (n,)
        Exact text, never through a float.
    mjd : ndarray, shape (n,)
        In days, as the service counts (UTC or TAI; they differ by 37 s, far less than any fit sees).
    band : pyarrow.Array of str, shape (n,)
        Survey and band, as ``ztf:g``; keys of `tde.filters`. A name that is not known there
        is passed on as it stands in the file: the row is then counted and left out.
    flux, flux_err : ndarray, shape (n,)
        Difference flux with its sign and its error in micro-Jansky; NaN where there is none.
    kind : ndarray of int8, shape (n,)
        `DETECTION`, `FORCED` or `LIMIT`. A limit has flux 0 and the error that the limit implies.
    reason : ndarray of int8, shape (n,)
        Index into ``reasons`` of why a row is not used (a bad image, an error code, a value for
        missing), or -1.
    reasons : tuple of str
        Words for the counts: ``procstatus is not 0``.
    reference : pyarrow.Array of str, shape (n,), optional
        Reference image under the row (field, detector, quadrant, band), where forced photometry has a
        baseline of its own for each.
    objects : pyarrow.Table, optional
        `OBJECT_SCHEMA`: objects that this piece is the first to describe.
    score : ndarray, shape (n,), optional
        How sure the survey is that a detection is real (1) and no artefact (0); NaN where it does not say.
    notes : tuple of str
        What was taken for granted because the file does not say it.
    """

    where: str
    row: np.ndarray
    object_id: pa.Array
    mjd: np.ndarray
    band: pa.Array
    flux: np.ndarray
    flux_err: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    reasons: tuple[str, ...] = ()
    reference: pa.Array | None = None
    objects: pa.Table | None = field(default=None)
    notes: tuple[str, ...] = ()
    score: np.ndarray | None = None
