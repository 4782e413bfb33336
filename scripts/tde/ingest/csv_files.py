"""Strict CSV reading: every complaint names the file, the line, the value and what is allowed."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tde.errors import InputError

LONGEST_SHOWN = 100
"""Characters of a cell that a message shows."""

MOST_SHOWN = 12
"""Columns that a message lists."""

BLOCK_BYTES = 8 << 20
"""Bytes of a file that `stream_csv` holds at a time."""


def read_csv(path: Path | str, columns: dict[str, pa.DataType]) -> pa.Table:
    """Read the wanted columns of a CSV file.

    Parameters
    ----------
    path : path
    columns : dict of str to pyarrow.DataType
        The columns wanted; others in the file are ignored. Empty cells are null in
        numeric and in text columns.

    Raises
    ------
    InputError
        If the file is missing, empty, truncated, not UTF-8 or lacks a column, or
        a cell is not of its type.
    """
    path = Path(path)
    _check_header(path, columns)
    try:
        return pa.csv.read_csv(
            path,
            read_options=pa.csv.ReadOptions(use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=_convert_options(columns),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise _explain(path, columns, error) from None


def line_of(path: Path | str, row: int) -> int:
    """Line of the file on which a row of the table ends; the header is line 1.

    A row may span several lines, with line breaks in quotes; empty lines are no rows.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        rows = (cells for cells in reader if cells)
        try:
            next(itertools.islice(rows, int(row) + 1, None), None)
        except csv.Error:  # a cell too long for Python's reader; the fast one has no limit
            return int(row) + 2
        return reader.line_num


def quoted(text: str | None) -> str:
    """A cell as messages show it: special characters escaped, long text cut."""
    return repr(text) if text is None or len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]!r}..."


def stream_csv(path: Path | str, columns: dict[str, pa.DataType]) -> Iterator[pa.Table]:
    """Read the wanted columns of a CSV file block by block, in bounded memory.

    Parameters and errors as in `read_csv`; a file with only a header gives no table.
    """
    path = Path(path)
    _check_header(path, columns)
    try:
        reader = pa.csv.open_csv(
            path,
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=_convert_options(columns),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise _explain(path, columns, error) from None


def _convert_options(columns: dict[str, pa.DataType]) -> pa.csv.ConvertOptions:
    return pa.csv.ConvertOptions(
        column_types=columns,
        include_columns=list(columns),
        strings_can_be_null=True,
        null_values=["", "NaN", "nan"],
    )


def first_row(mask: pa.ChunkedArray | pa.Array | np.ndarray) -> int | None:
    """First row at which a mask is true, or None; nulls count as false."""
    if isinstance(mask, np.ndarray):
        hits = np.flatnonzero(mask)
        return int(hits[0]) if len(hits) else None
    index = pc.index(mask, True).as_py()
    return None if index < 0 else index


def _check_header(path: Path, columns: dict[str, pa.DataType]) -> None:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), None)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except csv.Error as error:
        raise InputError(f"{path}: line 1: no header of a CSV file ({error})") from None
    if not header:
        raise InputError(f"{path}: the file is empty; expected the columns {', '.join(columns)}")
    missing = [name for name in columns if name not in header]
    if missing:
        found = ", ".join(map(quoted, header[:MOST_SHOWN]))
        raise InputError(f"{path}: line 1: missing column {', '.join(map(repr, missing))}; found {found}")
    repeated = sorted({name for name in header if header.count(name) > 1 and name in columns})
    if repeated:
        raise InputError(f"{path}: line 1: column {', '.join(map(repr, repeated))} occurs more than once")


def _explain(path: Path, columns: dict[str, pa.DataType], error: Exception) -> InputError:
    """Find the first line that the fast reader could not read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader)
            for cells in reader:
                if cells and len(cells) != len(header):
                    return InputError(
                        f"{path}: line {reader.line_num}: {len(cells)} cells where the header has {len(header)};"
                        " is the file truncated?"
                    )
                for name, cell in zip(header, cells, strict=False):
                    if name in columns and pa.types.is_floating(columns[name]) and not _is_number(cell):
                        return InputError(
                            f"{path}: line {reader.line_num}: {name} is {quoted(cell)}; expected a number"
                        )
                    if name in columns and pa.types.is_integer(columns[name]) and not _is_integer(cell):
                        return InputError(
                            f"{path}: line {reader.line_num}: {name} is {quoted(cell)}; expected an integer"
                        )
    except (UnicodeDecodeError, csv.Error) as broken:
        return InputError(f"{path}: {broken}")
    return InputError(f"{path}: {error}")


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return "_" not in cell


def _is_integer(cell: str) -> bool:
    return cell == "" or (cell.lstrip("+-").isascii() and cell.lstrip("+-").isdigit())
