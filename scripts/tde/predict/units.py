"""Conversion of what is in a file to difference fluxes in micro-Jansky and times in MJD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tde.errors import InputError
from tde.photometry import AB_ZEROPOINT_UJY, ab_flux
from tde.workflow.configuration.predict_settings import Predict

FLUX_UNITS = {"uJy": 1.0, "nJy": 1e-3, "mJy": 1e3, "Jy": 1e6}
"""Micro-Jansky in one of each."""

MJD_OF_JD_ZERO = 2400000.5
"""MJD = JD - 2400000.5."""

MJD_RANGE = (15020.0, 88069.0)
"""The years 1900 to 2100."""

MISSING_MAGNITUDE = 90.0
"""Magnitudes (or their errors) beyond this in absolute value stand for a missing one: 99, -99, 99.9, -999."""

MAGNITUDE_RANGE = (0.0, 40.0)

RELATIVE = np.log(10.0) / 2.5
"""Relative flux error per magnitude error."""


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


def refuse_where(bad: np.ndarray, values: np.ndarray, where: str, first: int, column: str, allowed: str) -> None:
    """Raise `InputError` for the first bad row.

    Parameters
    ----------
    bad : ndarray of bool, shape (n,)
    values : ndarray, shape (n,)
    where : str
        The file and the word for its rows, as in ``new.csv: line``.
    first : int
        Number of the batch's first row in the file.
    column, allowed : str
    """
    hits = np.flatnonzero(bad)
    if len(hits):
        raise InputError(f"{where} {first + hits[0]}: {column} is {values[hits[0]]}; allowed: {allowed}")


def to_mjd(time: np.ndarray, kind: str, where: str, first: int, column: str) -> np.ndarray:
    """Times in MJD.

    Parameters
    ----------
    time : ndarray, shape (n,)
        In days.
    kind : str
        ``mjd`` or ``jd``.
    where, first, column
        As in `refuse_where`.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    InputError
        For a time that is not finite, Julian dates given as MJD or the other way round,
        or a time outside the years 1900 to 2100.
    """
    refuse_where(~np.isfinite(time), time, where, first, column, "a finite number")
    if kind == "mjd":
        julian = (time >= MJD_RANGE[0] + MJD_OF_JD_ZERO) & (time <= MJD_RANGE[1] + MJD_OF_JD_ZERO)
        refuse_where(julian, time, where, first, column, "MJD; this is a Julian Date: set predict.time to jd")
        mjd = time
    else:
        modified = (time >= MJD_RANGE[0]) & (time <= MJD_RANGE[1])
        refuse_where(modified, time, where, first, column, "JD; this is a modified one: set predict.time to mjd")
        mjd = time - MJD_OF_JD_ZERO
    outside = (mjd < MJD_RANGE[0]) | (mjd > MJD_RANGE[1])
    refuse_where(outside, time, where, first, column, "a time between the years 1900 and 2100")
    return mjd


def to_fluxes(
    settings: Predict,
    value: np.ndarray,
    error: np.ndarray,
    limit: np.ndarray | None,
    zero_point: np.ndarray | None,
    where: str,
    first: int,
) -> Fluxes:
    """Fluxes of one batch in micro-Jansky.

    Parameters
    ----------
    settings : Predict
    value, error : ndarray, shape (n,)
        Flux or magnitude and its error, NaN where the cell is empty.
    limit, zero_point : ndarray, shape (n,), optional
    where, first
        As in `refuse_where`.

    Raises
    ------
    InputError
        For an infinite value, an error of 0 or less, or a magnitude that cannot be one.
    """
    names = settings.columns
    refuse_where(np.isinf(value), value, where, first, names.value, "a finite number, or empty if it is missing")
    if settings.unit == "AB":
        return _from_magnitudes(settings, value, error, limit, where, first)
    wrong = ~np.isnan(value) & ~np.isnan(error) & ~((error > 0) & np.isfinite(error))
    refuse_where(wrong, error, where, first, names.error, "a finite number above 0")
    if settings.unit == "zero_point":
        point = np.full(len(value), settings.zero_point) if zero_point is None else zero_point
        refuse_where(~np.isfinite(point), point, where, first, names.zero_point, "a finite AB magnitude")
        factor = 10.0 ** (0.4 * (AB_ZEROPOINT_UJY - point))
    else:
        factor = np.full(len(value), FLUX_UNITS[settings.unit])
    missing = np.isnan(value) | np.isnan(error)
    flux, flux_err = np.where(missing, np.nan, value * factor), np.where(missing, np.nan, error * factor)
    return Fluxes(flux, flux_err, np.zeros(len(value), dtype=bool))


def _from_magnitudes(
    settings: Predict, value: np.ndarray, error: np.ndarray, limit: np.ndarray | None, where: str, first: int
) -> Fluxes:
    """Fluxes from AB magnitudes; where there is none, from the limit if that is given."""
    names = settings.columns
    missing = ~(np.abs(value) < MISSING_MAGNITUDE)
    allowed = f"an AB magnitude between {MAGNITUDE_RANGE[0]:g} and {MAGNITUDE_RANGE[1]:g}, or 99 or empty for none"
    outside = ~missing & ((value < MAGNITUDE_RANGE[0]) | (value > MAGNITUDE_RANGE[1]))
    refuse_where(outside, value, where, first, names.value, f"{allowed}; are these fluxes?")
    refuse_where(~missing & (error <= 0), error, where, first, names.error, "a finite number above 0")
    missing |= ~(error < MISSING_MAGNITUDE)
    flux = np.where(missing, np.nan, ab_flux(np.where(missing, np.nan, value)))
    flux_err = flux * RELATIVE * np.where(missing, np.nan, error)
    if limit is None:
        return Fluxes(flux, flux_err, np.zeros(len(value), dtype=bool))
    known = missing & (np.abs(limit) < MISSING_MAGNITUDE)
    outside = known & ((limit < MAGNITUDE_RANGE[0]) | (limit > MAGNITUDE_RANGE[1]))
    refuse_where(outside, limit, where, first, names.limit, allowed)
    return Fluxes(
        np.where(known, 0.0, flux),
        np.where(known, ab_flux(np.where(known, limit, np.nan)) / settings.limit_sigma, flux_err),
        known,
    )
