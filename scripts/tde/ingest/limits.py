"""What a cell may hold: plausible numbers, and names that are safe in any table."""

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
    """Smallest and largest value of a column, and what messages say is expected."""

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
"""Numbers beyond these are mistakes: a Julian Date, the wrong unit, a placeholder such as -9999."""


def check_limits(
    path: Path | str, name: str, values: np.ndarray, where: np.ndarray | None = None, rows: np.ndarray | None = None
) -> None:
    """Refuse numbers beyond the limits of their column.

    Parameters
    ----------
    path : path
        The file, for the message.
    name : str
        Column, a key of `LIMITS`.
    values : ndarray, shape (n,)
    where : ndarray of bool, shape (n,), optional
        Values to look at; by default those that are not NaN.
    rows : ndarray of int, shape (n,), optional
        Rows of the file the values come from; by default all in order.

    Raises
    ------
    InputError
        Naming the file, line, value and what is allowed.
    """
    limits = LIMITS[name]
    where = ~np.isnan(values) if where is None else where
    row = first_row(where & ~((values >= limits.least) & (values <= limits.greatest)))
    if row is not None:
        line = line_of(path, row if rows is None else rows[row])
        raise InputError(f"{path}: line {line}: {name} is {float(values[row])}; expected {limits.expected}")


def check_names(path: Path | str, name: str, values: pa.ChunkedArray) -> None:
    """Refuse text that is not safe in every table.

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
                f" {LONGEST_NAME} printable characters, no comma, quotation mark, leading or trailing blank, and"
                f" none of {' '.join(FORMULA)} at the beginning"
            )


def _is_harmless(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_NAME
        and text.isprintable()
        and text == text.strip()
        and not text.startswith(FORMULA)
        and not set(text) & set(',"')
    )
