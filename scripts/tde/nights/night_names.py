"""Nights by the date of their evening, and the night that a file is of."""

from __future__ import annotations

import datetime
import math
import re
from pathlib import Path

from tde.errors import InputError
from tde.sources.units import MJD_RANGE
from tde.sources.visits import NIGHT_BEGINS

DAY_ZERO = datetime.date(1858, 11, 17)

DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(-?)(0[1-9]|1[0-2])\2([0-3]\d)(?!\d)")
MJD = re.compile(r"mjd_?(\d{5})(?!\d)", re.IGNORECASE)
"""How names of files and folders tell a night: 2026-11-27, 20261127, mjd61371."""


def night_of(mjd: float) -> str:
    """The night of a time: the date of its evening, from one time of the day to the next at which nobody observes.

    Parameters
    ----------
    mjd : float
        Modified Julian Date.
    """
    return name_of_day(math.floor(mjd - NIGHT_BEGINS))


def name_of_day(day: int) -> str:
    """The date of a whole Modified Julian Date, as nights are named."""
    return (DAY_ZERO + datetime.timedelta(days=day)).isoformat()


def day_of(night: str) -> int:
    """The Modified Julian Date of 0 h on the date that a night is named by."""
    return (datetime.date.fromisoformat(night) - DAY_ZERO).days


def end_of(night: str) -> float:
    """The Modified Julian Date at which a night is over and the next one begins."""
    return day_of(night) + 1.0 + NIGHT_BEGINS


def named_night(file: Path, folder: Path | None = None) -> str | None:
    """The night that the names of a file, or of folders that it lies in, tell; None if none does.

    Parameters
    ----------
    file : path
    folder : path, optional
        Where the files come in: only names below it count, the outermost first.
    """
    inside = file.relative_to(folder) if folder is not None and file.is_relative_to(folder) else Path(file.name)
    for part in inside.parts:
        if found := DATE.search(part):
            try:
                return datetime.date(*(int(found[k]) for k in (1, 3, 4))).isoformat()
            except ValueError:  # 2026-02-31
                continue
        if found := MJD.search(part):
            return name_of_day(int(found[1]))
    return None


def dated_night(file: Path, newest_mjd: float) -> str:
    """The night of the newest observation in a file.

    Raises
    ------
    InputError
        If the file has no observation that can be used, or its times are no dates.
    """
    if not MJD_RANGE[0] <= newest_mjd <= MJD_RANGE[1]:
        found = "no observation" if math.isinf(newest_mjd) else f"times such as {newest_mjd:g}, which are no dates"
        raise InputError(f"{file}: of no night: {found}; name the file, or its folder, by a date such as 2026-11-27")
    return night_of(newest_mjd)
