"""Tables with one row per observation or object, as CSV, other text, or Parquet, in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.sources.head import Head
from tde.sources.parsing.text_tables import BROKEN, Rows, check_columns, stream_text, text_form

PARQUET = b"PAR1"
BATCH_ROWS = 200_000


def is_parquet(head: Head) -> bool:
    """Whether a file begins as Parquet does."""
    return head.start.startswith(PARQUET)


def column_where(path: Path) -> str:
    """The file and the word for its rows, as messages name them: lines of a text, or rows of a table."""
    return f"{path}: row" if is_parquet(Head(path)) else f"{path}: line"


def columns_of(head: Head) -> tuple[str, ...]:
    """Names of the columns of a text table or a Parquet file; none if it is neither."""
    if is_parquet(head):
        try:
            return tuple(pq.read_schema(head.path).names)
        except BROKEN as error:
            raise InputError(f"{head.path}: cannot be read ({error}); is the file truncated?") from None
    form = text_form(head)
    return form.names if form else ()


def stream_table(path: Path, columns: Mapping[str, pa.DataType]) -> Iterator[Rows]:
    """Read the wanted columns block by block.

    Parameters
    ----------
    path : path
    columns : mapping of str to pyarrow.DataType
        Text stays what it is in a Parquet file: names may be numbers there.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or has cells of another kind.
    """
    head = Head(path)
    if is_parquet(head):
        yield from _stream_parquet(path, columns)
        return
    form = text_form(head)
    if form is None:
        raise InputError(f"{path}: {'the file is empty' if not head.start else 'not a table of text'}")
    yield from stream_text(path, form, columns)


def whole_table(path: Path, columns: Mapping[str, pa.DataType]) -> Rows:
    """The wanted columns of a whole file."""
    pieces = list(stream_table(path, columns))
    if not pieces:
        return Rows(np.empty(0, np.int64), pa.schema(list(columns.items())).empty_table())
    return Rows(np.concatenate([p.line for p in pieces]), pa.concat_tables([p.table for p in pieces]))


def _stream_parquet(path: Path, columns: Mapping[str, pa.DataType]) -> Iterator[Rows]:
    first = 1
    try:
        with pq.ParquetFile(path) as file:
            check_columns(path, file.schema_arrow.names, columns)
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
                table = pa.Table.from_batches([batch]).select(list(columns))
                table.validate(full=True)  # text that is no UTF-8 would be found only when it is used
                for k, (name, kind) in enumerate(columns.items()):
                    table = table.set_column(k, name, _as_kind(table[name], kind, f"{path}: column {name!r}"))
                yield Rows(np.arange(first, first + table.num_rows), table)
                first += table.num_rows
    except InputError:
        raise
    except BROKEN as error:
        raise InputError(f"{path}: cannot be read ({error}); is the file truncated?") from None


def _as_kind(column: pa.ChunkedArray, kind: pa.DataType, where: str) -> pa.ChunkedArray:
    """A column as floats; names and other text may also be numbers."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    plain = pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_boolean(column.type)
    if pa.types.is_string(kind) and plain:
        return column
    if pa.types.is_nested(column.type):
        raise InputError(
            f"{where} holds {column.type}; allowed: one {'text' if pa.types.is_string(kind) else 'number'}"
        )
    try:
        return column.cast(kind)
    except pa.ArrowException as error:
        raise InputError(f"{where}: {error}") from None
