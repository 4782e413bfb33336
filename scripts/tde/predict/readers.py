"""The user's files, read in batches of rows: CSV or Parquet, with their own column names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.ingest.csv_files import read_csv, stream_csv

BATCH_ROWS = 200_000


class RowWord(NamedTuple):
    """How messages name the rows of a file.

    Attributes
    ----------
    where : str
        The file and the word for its rows, as in ``new.csv: line``.
    first : int
        Number of the first row.
    """

    where: str
    first: int


def row_word(path: Path) -> RowWord:
    """How messages name the rows of a file: as lines of a text, or as rows of a table."""
    return RowWord(f"{path}: line", 2) if path.suffix == ".csv" else RowWord(f"{path}: row", 1)


def batches(path: Path, columns: dict[str, pa.DataType]) -> Iterator[tuple[int, pa.Table]]:
    """Yield the wanted columns batch by batch.

    Parameters
    ----------
    path : path
    columns : dict of str to pyarrow.DataType

    Yields
    ------
    first : int
        Number of the batch's first row, as `row_word` counts.
    table : pyarrow.Table

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or has cells of another kind.
    """
    first = row_word(path).first
    for batch in stream_csv(path, columns) if path.suffix == ".csv" else _parquet(path, columns):
        yield first, batch
        first += batch.num_rows


def whole(path: Path, columns: dict[str, pa.DataType]) -> pa.Table:
    """The wanted columns of a whole file."""
    if path.suffix == ".csv":
        return read_csv(path, columns)
    schema = pa.schema(list(columns.items()))
    return pa.concat_tables([schema.empty_table(), *_parquet(path, columns)])


def _parquet(path: Path, columns: dict[str, pa.DataType]) -> Iterator[pa.Table]:
    schema = pa.schema(list(columns.items()))
    try:
        with pq.ParquetFile(path) as file:
            found = file.schema_arrow.names
            missing = [name for name in columns if name not in found]
            if missing:
                raise InputError(
                    f"{path}: missing column {', '.join(map(repr, missing))}; found {', '.join(map(repr, found))}"
                )
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
                yield pa.Table.from_batches([batch]).select(list(columns)).cast(schema)
    except pa.ArrowException as error:
        raise InputError(f"{path}: {error}") from None
