"""Text tables as people write them: any separator, comments, a byte order mark, Windows line ends, compressed.

pyarrow reads what has separators, pandas what has blanks; both in blocks of bounded size.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tde.errors import InputError
from tde.ingest.csv_files import BLOCK_BYTES, quoted
from tde.sources.head import Head, open_bytes
from tde.sources.sentinels import EMPTY_WORDS

SEPARATORS = (",", ";", "\t", "|")
"""Tried in this order of preference; a header with none of them is separated by blanks."""

BLANK_ROWS = 100_000
"""Rows of a table separated by blanks that are held at a time."""

SMALLEST_BLOCK = 1 << 16
"""Bytes of a block at least."""

BROKEN = (pa.ArrowException, OSError, EOFError, ValueError)
"""What the libraries raise for a file that is cut off, damaged, or no table."""


@dataclass(frozen=True)
class Form:
    """How a text table is laid out.

    Attributes
    ----------
    names : tuple of str
        Columns.
    separator : str
        A blank for any number of them.
    skip : int
        Lines before the first row.
    comments : tuple of str
        The lines that begin with ``#`` or ``@``, before the header.
    """

    names: tuple[str, ...]
    separator: str
    skip: int
    comments: tuple[str, ...] = ()


class Rows(NamedTuple):
    """A piece of a table.

    Attributes
    ----------
    line : ndarray of int64, shape (n,)
        Line of the file of each row, comments among the rows not counted.
    table : pyarrow.Table
    """

    line: np.ndarray
    table: pa.Table


def cells(line: str, separator: str) -> tuple[str, ...]:
    """The cells of a line, without quotes and blanks around them."""
    parts = line.split() if separator == " " else next(csv.reader([line], delimiter=separator), [])
    return tuple(part.strip() for part in parts)


def text_form(head: Head) -> Form | None:
    """How the text at the beginning of a file is laid out as a table, or None if it is none.

    The header is the first line that is no comment; or the last comment, where the line after it
    is not made of words (``#mjd flux``, ``###MJD m dm``).
    """
    if not head.text:
        return None
    lines = head.text.splitlines()
    first = next((k for k, line in enumerate(lines) if line.strip() and line[0] not in "#@"), None)
    comments = tuple(line for line in lines[:first] if line.strip())
    if first is None or "\x00" in lines[first]:
        first = len(lines)
    before = comments[-1].lstrip("#@ ") if comments else ""
    header = lines[first] if first < len(lines) else ""
    row = next((line for line in lines[first + 1 :] if line.strip() and not line.startswith("#")), "")
    try:
        if before and _is_header_of(before, header):
            return Form(cells(before, _separator(before)), _separator(header or before), first, comments[:-1])
        if not header.strip():
            return None
        names = cells(header, _separator(header))
        # IPAC puts commas between the names and blanks between the values
        blanks = len(cells(row, _separator(header))) != len(names) == len(row.split())
        return Form(names, " " if blanks else _separator(header), first + 1, comments)
    except csv.Error:
        return None


def _separator(line: str) -> str:
    return max(SEPARATORS, key=line.count) if any(mark in line for mark in SEPARATORS) else " "


def _is_header_of(comment: str, row: str) -> bool:
    """Whether a comment has as many words as the row after it has cells, of which some are numbers."""
    names, values = cells(comment, _separator(comment)), cells(row, _separator(row))
    numbers = [value for value in values if re.fullmatch(r"[-+.\d][-+.\deE]*", value)]
    words = all(re.match(r"[A-Za-z_]", name) for name in names)
    return words and ((len(names) == len(values) and len(numbers) > 0) or (not row and len(names) > 2))


def stream_text(path: Path, form: Form, columns: Mapping[str, pa.DataType]) -> Iterator[Rows]:
    """Read the wanted columns block by block.

    Parameters
    ----------
    path : path
    form : Form
    columns : mapping of str to pyarrow.DataType
        Text or floats. Cells with one of `EMPTY_WORDS` are null.

    Raises
    ------
    InputError
        For a missing or repeated column, a row with more or fewer cells than the header, a cell that is
        no number, or a damaged file.
    """
    check_columns(path, form.names, columns)
    line = form.skip + 1
    try:
        blocks = _blocks_of_blanks if form.separator == " " else _blocks_of_separators
        for table in blocks(path, form, columns):
            yield Rows(np.arange(line, line + table.num_rows), table)
            line += table.num_rows
    except InputError:
        raise
    except BROKEN as error:
        raise _explained(path, form, columns, error) from None


def check_columns(path: Path, found: Sequence[str], wanted: Iterable[str]) -> None:
    """Raise `InputError` if a column is missing or there more than once.

    Parameters
    ----------
    path : path
    found : sequence of str
    wanted : iterable of str
    """
    missing = [name for name in wanted if name not in found]
    if missing:
        shown = ", ".join(map(quoted, found[:12]))
        raise InputError(f"{path}: missing column {', '.join(map(repr, missing))}; found {shown}")
    twice = sorted(name for name in wanted if list(found).count(name) > 1)
    if twice:
        raise InputError(f"{path}: column {', '.join(map(repr, twice))} occurs more than once")


def _blocks_of_separators(path: Path, form: Form, columns: Mapping[str, pa.DataType]) -> Iterator[pa.Table]:
    def pass_over(row: pyarrow.csv.InvalidRow) -> str:
        return "skip" if row.text.startswith("#") else "error"

    with open_bytes(path) as file:
        plain = isinstance(file, io.BufferedReader)
        # small files would spend their time on the memory of a large block
        block_bytes = min(BLOCK_BYTES, max(path.stat().st_size, SMALLEST_BLOCK)) if plain else BLOCK_BYTES
        try:
            reader = pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(
                    use_threads=False, block_size=block_bytes, skip_rows=form.skip, column_names=list(form.names)
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=form.separator, newlines_in_values=True, invalid_row_handler=pass_over
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict(columns),
                    include_columns=list(columns),
                    strings_can_be_null=True,
                    null_values=EMPTY_WORDS,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            raise
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _blocks_of_blanks(path: Path, form: Form, columns: Mapping[str, pa.DataType]) -> Iterator[pa.Table]:
    import pandas as pd  # half a second to import

    schema = pa.schema(list(columns.items()))
    last = form.names[-1]
    # the last column is read as it stands, which shows rows that were cut off
    kinds = {name: float if pa.types.is_floating(kind) else str for name, kind in columns.items()}
    with open_bytes(path) as file:
        try:
            reader = pd.read_csv(
                file,
                sep=r"\s+",
                names=list(form.names),
                index_col=False,
                usecols=[*{*columns, last}],
                skiprows=form.skip,
                comment="#",
                dtype=kinds | {last: str},
                na_values={name: list(EMPTY_WORDS) for name in columns if name != last},
                keep_default_na=False,
                encoding="utf-8-sig",
                chunksize=BLANK_ROWS,
            )
        except pd.errors.EmptyDataError:
            return
        for frame in reader:
            if (frame[last] == "").any():
                raise ValueError("a row has fewer cells than the header")
            if last in columns:
                column = frame[last].where(~frame[last].isin(EMPTY_WORDS))
                frame[last] = column.astype(kinds[last])
            yield pa.Table.from_pandas(frame, schema, preserve_index=False)


def _explained(path: Path, form: Form, columns: Mapping[str, pa.DataType], error: Exception) -> InputError:
    """Find the first line that the fast readers could not read."""
    try:
        with open_bytes(path) as file:
            for number, line in enumerate(io.TextIOWrapper(file, encoding="utf-8-sig"), start=1):
                if number <= form.skip or not line.strip() or line.startswith("#"):
                    continue
                row = cells(line, form.separator)
                if len(row) != len(form.names):
                    return InputError(
                        f"{path}: line {number}: {len(row)} cells where the header has {len(form.names)};"
                        " is the file truncated?"
                    )
                for name, cell in zip(form.names, row, strict=True):
                    if name in columns and pa.types.is_floating(columns[name]) and not _is_number(cell):
                        return InputError(f"{path}: line {number}: {name} is {quoted(cell)}; expected a number")
    except (*BROKEN, csv.Error) as broken:
        return InputError(f"{path}: cannot be read ({broken})")
    return InputError(f"{path}: cannot be read ({error})")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in EMPTY_WORDS
    return "_" not in cell


def floats(table: pa.Table, name: str) -> np.ndarray:
    """A column of numbers, NaN where it is null."""
    column = pc.fill_null(table[name].cast(pa.float64()), np.nan).combine_chunks()
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def text(table: pa.Table, name: str) -> pa.Array:
    """A column of text in one piece."""
    return table[name].cast(pa.string()).combine_chunks()
