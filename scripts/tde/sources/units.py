"""Conversion of what is in a file to difference fluxes in micro-Jansky and times in MJD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.photometry import AB_ZEROPOINT_UJY, ab_flux
from tde.sources.sentinels import MISSING_MAGNITUDE

FLUX_UNITS = {"uJy": 1.0, "nJy": 1e-3, "mJy": 1e3, "Jy": 1e6}
"""Micro-Jansky in one of each."""

SNANA_ZERO_POINT = 27.5
"""AB magnitude of a FLUXCAL of 1; also that of PLAsTiCC's fluxes."""

MJD_OF_JD_ZERO = 2400000.5
"""MJD = JD - 2400000.5."""

MJD_RANGE = (15020.0, 88069.0)
"""The years 1900 to 2100."""

MAGNITUDE_RANGE = (0.0, 40.0)

RELATIVE = np.log(10.0) / 2.5
"""Relative flux error per magnitude error."""

LIMIT_SIGMA = 5.0
"""The limiting magnitudes of ZTF, ATLAS and SkyPortal are of five standard deviations."""


@dataclass(frozen=True)
class Fluxes:
    """Observations of one batch.

    Attributes
    ----------
    flux, flux_err : ndarray, shape (n,)
        In micro-Jansky; NaN where there is no value.
    limit : ndarray of bool, shape (n,)
        Upper limits, as a flux of 0 with an error.
    """

    flux: np.ndarray
    flux_err: np.ndarray
    limit: np.ndarray


def refuse_where(bad: np.ndarray, values: Any, where: str, row: np.ndarray, column: str, allowed: str) -> None:
    """Raise `InputError` for the first bad row.

    Parameters
    ----------
    bad : ndarray of bool, shape (n,)
    values : sequence, shape (n,)
    where : str
        The file and the word for its rows, as in ``new.csv: line``.
    row : ndarray of int, shape (n,)
        Number of each row in the file.
    column, allowed : str
    """
    hits = np.flatnonzero(bad)
    if len(hits):
        raise InputError(f"{where} {row[hits[0]]}: {column} is {values[hits[0]]}; allowed: {allowed}")


def to_mjd(time: np.ndarray, kind: str, where: str, row: np.ndarray, column: str) -> np.ndarray:
    """Times in MJD, from plain or modified Julian Dates.

    Parameters
    ----------
    time : ndarray, shape (n,)
        In days; NaN where it is not known.
    kind : str
        ``mjd`` or ``jd``.
    where, row, column
        As in `refuse_where`.

    Raises
    ------
    InputError
        For Julian dates given as MJD or the other way round.
    """
    if kind == "mjd":
        julian = (time >= MJD_RANGE[0] + MJD_OF_JD_ZERO) & (time <= MJD_RANGE[1] + MJD_OF_JD_ZERO)
        refuse_where(julian, time, where, row, column, "MJD; this is a Julian Date: set predict.time to jd")
        return time
    modified = (time >= MJD_RANGE[0]) & (time <= MJD_RANGE[1])
    refuse_where(modified, time, where, row, column, "JD; this is a modified one: set predict.time to mjd")
    return time - MJD_OF_JD_ZERO


def zero_point_factor(zero_point: np.ndarray | float) -> np.ndarray:
    """Micro-Jansky in one count, for an AB zero point."""
    return 10.0 ** (0.4 * (AB_ZEROPOINT_UJY - np.asarray(zero_point, dtype=np.float64)))


def no_magnitude(values: np.ndarray) -> np.ndarray:
    """Where a magnitude or its error stands for a missing one, shape (n,)."""
    return ~(np.abs(values) < MISSING_MAGNITUDE)


def from_magnitudes(
    magnitude: np.ndarray,
    error: np.ndarray,
    limit: np.ndarray | None = None,
    sign: np.ndarray | float = 1.0,
    limit_sigma: float = LIMIT_SIGMA,
) -> Fluxes:
    """Fluxes from AB magnitudes; where there is none, from the limit if that is given.

    Parameters
    ----------
    magnitude, error : ndarray, shape (n,)
        Of the absolute value of the difference flux; NaN or beyond `MISSING_MAGNITUDE` where there is none.
    limit : ndarray, shape (n,), optional
        Limiting magnitude.
    sign : ndarray or float
        1 where the source is brighter than in the reference image, -1 where it is fainter.
    limit_sigma : float
        The limit is this many standard deviations of the noise.
    """
    missing = no_magnitude(magnitude) | no_magnitude(error) | (error <= 0)
    size = np.where(missing, np.nan, ab_flux(np.where(missing, np.nan, magnitude)))
    flux, flux_err = sign * size, size * RELATIVE * np.where(missing, np.nan, error)
    if limit is None:
        return Fluxes(flux, flux_err, np.zeros(len(missing), dtype=bool))
    known = missing & ~no_magnitude(limit)
    noise = ab_flux(np.where(known, limit, np.nan)) / limit_sigma
    return Fluxes(np.where(known, 0.0, flux), np.where(known, noise, flux_err), known)


POSITIVE, NEGATIVE = ("1", "1.0", "t", "true", "+"), ("-1", "-1.0", "0", "0.0", "f", "false", "-")
"""What services write for yes and no, or brighter and fainter, in small letters."""


def signs(column: pa.Array, where: str, row: np.ndarray, name: str) -> np.ndarray:
    """1 for yes or brighter, -1 for no or fainter, NaN where nothing is said.

    Parameters
    ----------
    column : pyarrow.Array of str, shape (n,)
    where, row, name
        As in `refuse_where`.

    Raises
    ------
    InputError
        For any other word.
    """
    coded = pc.dictionary_encode(column)
    words = [None if word is None else word.strip().lower() for word in coded.dictionary.to_pylist()]
    values = np.array(
        [1.0 if w in POSITIVE else -1.0 if w in NEGATIVE else np.nan if w is None else 0.0 for w in words]
    )
    found = np.append(values, np.nan)[pc.fill_null(coded.indices, len(words)).to_numpy(zero_copy_only=False)]
    unknown = found == 0.0
    shown = [repr(word) for word in column.to_pylist()] if unknown.any() else ()
    refuse_where(unknown, shown, where, row, name, "1, t, true, 0, -1, f or false")
    return found
