"""Dates as people write them down."""

from __future__ import annotations

import datetime
import math

from tde.errors import InputError
from tde.sources.units import MJD_RANGE

MJD_ZERO = datetime.datetime(1858, 11, 17, tzinfo=datetime.UTC)

ALLOWED = f"an MJD up to {MJD_RANGE[1]:.0f}, or an ISO date such as 2026-11-27 or 2026-11-27T09:30 (UTC)"


def mjd_of(given: float | str) -> float:
    """Modified Julian Date of a date that is given as such or by ISO 8601.

    Parameters
    ----------
    given : float or str
        Without a time of the day it is 0 h, without a time zone UTC.

    Raises
    ------
    InputError
        If it is neither, or a Julian Date, or after the year 2100.
    """
    try:
        mjd = float(given)
    except ValueError:
        mjd = _from_iso(str(given))
    if not -math.inf < mjd <= MJD_RANGE[1]:
        raise InputError(f"got {given!r}; allowed: {ALLOWED}")
    return mjd


def _from_iso(text: str) -> float:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"got {text!r}; allowed: {ALLOWED}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return (moment - MJD_ZERO) / datetime.timedelta(days=1)
