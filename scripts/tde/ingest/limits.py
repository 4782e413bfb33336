"""What a cell may hold: numbers that can be measured, and names that can be written anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.ingest.csv_files import first_row, line_of, quoted

LONGEST_NAME = 100
"""Characters in the name of an object or a type."""

FORMULA = tuple("=+-@")
"""First characters that make a spreadsheet take a cell for a formula."""


class Limits(NamedTuple):
    """Least and greatest value of a column, and how to say so."""

    least: float
    greatest: float
    expected: str


LIMITS = {
    "Time (MJD)": Limits(0.0, 2e5, "a finite Modified Julian Date from 0 to 200000"),
    "Flux": Limits(-1e12, 1e12, "a finite number within 1e12 micro-Jansky, or an empty cell if it is missing"),
    "Flux_err": Limits(1e-9, 1e12, "a finite number above 0, from 1e-9 to 1e12 micro-Jansky"),
    "Z": Limits(-1.0, 20.0, "a finite number from -1 to 20, or an empty cell if it is missing"),
    "Z_err": Limits(0.0, 100.0, "a finite number from 0 to 100, or an empty cell if it is missing"),
    "EBV": Limits(-1.0, 10.0, "a finite number from -1 to 10, or an empty cell if it is missing"),
}
"""Beyond these a number is a slip: a Julian Date, a unit, a placeholder such as -9999 for what is missing."""


def check_limits(path: Path | str, name: str, values: np.ndarray, where: np.ndarray | None = None) -> None:
    """Refuse numbers beyond the limits of their column.

    Parameters
    ----------
    path : path
        The file, for the message.
    name : str
        Column, a key of `LIMITS`.
    values : ndarray, shape (n,)
    where : ndarray of bool, shape (n,), optional
        Rows to look at; by default those that are not NaN.

    Raises
    ------
    InputError
        Naming the file, line, value and what is allowed.
    """
    limits = LIMITS[name]
    where = ~np.isnan(values) if where is None else where
    row = first_row(where & ~((values >= limits.least) & (values <= limits.greatest)))
    if row is not None:
        raise InputError(
            f"{path}: line {line_of(path, row)}: {name} is {float(values[row])}; expected {limits.expected}"
        )


def check_names(path: Path | str, name: str, values: pa.ChunkedArray) -> None:
    """Refuse texts that cannot be written into every table without harm.

    Slashes, markup and the like are fine: names are never used as paths or commands, and
    pages escape them.

    Parameters
    ----------
    path : path
        The file, for the message.
    name : str
        Column.
    values : pyarrow.ChunkedArray of str
        Without nulls.

    Raises
    ------
    InputError
        Naming the file, line, text and what is allowed.
    """
    for row, text in enumerate(values.to_pylist()):
        if not _is_harmless(text):
            raise InputError(
                f"{path}: line {line_of(path, row)}: {name} is {quoted(text)}; expected at most"
                f" {LONGEST_NAME} printable characters without comma, quotation mark or outer blanks, that do not begin"
                f" with {' '.join(FORMULA)}"
            )


def _is_harmless(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_NAME
        and text.isprintable()
        and text == text.strip()
        and not text.startswith(FORMULA)
        and not set(text) & set(',"')
    )
