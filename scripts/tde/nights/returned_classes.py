"""Spectroscopic classes that have come back, from a table of one's own or a download of TNS."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from tde.errors import InputError
from tde.sources.dates import mjd_of
from tde.sources.object_table import is_no_label, label_of

NAMES = ("object_id", "internal_names", "Disc. Internal Name", "name", "Name")
TYPES = ("type", "label", "class", "Obj. Type", "object_type")
DATES = ("date", "classification_date", "Classification Date")
"""Columns that are understood, the first that is there."""


class Classes(NamedTuple):
    """By object: whether it is a TDE, the Modified Julian Date of the class where it is known, the class in words."""

    is_tde: dict[str, bool]
    dates: dict[str, float]
    types: dict[str, str]


def read_classes(path: Path | str) -> Classes:
    """Read a CSV table of classes; several names of an object may be separated by commas in one cell.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        If a column is missing, a date is none, or one object has two classes that disagree.
    """
    found = Classes({}, {}, {})
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        name_column, type_column, date_column = (
            next((key for key in keys if key in (rows.fieldnames or [])), "") for keys in (NAMES, TYPES, DATES)
        )
        for what, column, allowed in (("names", name_column, NAMES), ("classes", type_column, TYPES)):
            if not column:
                got = ", ".join(rows.fieldnames or ["nothing"])
                raise InputError(f"{path}: no column of {what}; got {got}; allowed: one of {', '.join(allowed)}")
        for line, row in enumerate(rows, start=2):
            words = (row[type_column] or "").strip()
            if is_no_label(words):
                continue
            is_tde = label_of(words) == 1
            for name in filter(None, (part.strip() for part in (row[name_column] or "").split(","))):
                if found.is_tde.setdefault(name, is_tde) != is_tde:
                    raise InputError(f"{path}: line {line}: object {name!r} has another class above: got {words!r}")
                found.types.setdefault(name, words)
                if date_column and row[date_column]:
                    found.dates[name] = _date(path, line, row[date_column])
    return found


def _date(path: Path | str, line: int, given: str) -> float:
    try:
        return mjd_of(given.strip().replace(" ", "T"))
    except InputError as error:
        raise InputError(f"{path}: line {line}: {error}") from None
