"""Pieces of Parquet, CSV and JSON tables in bounded memory, and lists inside their cells as rows."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.ingest.csv_files import BLOCK_BYTES
from tde.sources.head import Head, open_bytes
from tde.sources.parsing.damage import attempt, guarded
from tde.sources.parsing.json_documents import read_elements
from tde.sources.parsing.pieces import Piece
from tde.sources.sentinels import EMPTY_WORDS

FLAT_ROWS = 1 << 18
"""Rows of a piece."""

NESTED_ROWS = 512
"""Rows of a piece where each may hold a light curve. How long they are the file says too, but pyarrow does not survive
to be asked for it when the file is damaged."""

PARQUET = b"PAR1"


def read_parquet_pieces(path: Path, wanted: Iterable[str]) -> Iterator[Piece]:
    """Some columns of a Parquet file, piece by piece.

    Parameters
    ----------
    path : path
    wanted : iterable of str
        Columns; those that are not there are left out.
    """
    with path.open("rb") as opened:
        plain = opened.read(len(PARQUET)) == PARQUET
    if plain:
        content: Any = path
    else:
        # the end of the file comes first: a compressed one has to be held
        with open_bytes(path) as packed:
            content = io.BytesIO(attempt(str(path), packed.read))
    file = attempt(str(path), pq.ParquetFile, content)
    with file:
        names = attempt(str(path), getattr, file.schema_arrow, "names")
        columns = [name for name in names if name in set(wanted)]
        nested = any(pa.types.is_nested(file.schema_arrow.field(name).type) for name in columns)
        batches = file.iter_batches(batch_size=NESTED_ROWS if nested else FLAT_ROWS, columns=columns, use_threads=False)
        yield from _numbered(f"{path}: row", guarded(lambda k: f"{path}: piece {k}", batches), first=1)


def read_csv_pieces(path: Path, types: Mapping[str, pa.DataType]) -> Iterator[Piece]:
    """All columns of a CSV file with a header, piece by piece.

    Parameters
    ----------
    path : path
    types : mapping
        Types of columns that must not be guessed, such as identifiers.
    """
    with open_bytes(path) as file:
        reader = attempt(
            str(path),
            pa.csv.open_csv,
            file,
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict(types), null_values=list(EMPTY_WORDS), strings_can_be_null=True
            ),
        )
        yield from _numbered(f"{path}: line", guarded(lambda k: f"{path}: block {k}", reader), first=2)


def read_json_pieces(path: Path) -> Iterator[Piece]:
    """A JSON list of rows with the same fields as one piece."""
    rows = list(read_elements(path))
    names = dict.fromkeys(name for row in rows for name in row)
    yield Piece(
        f"{path}: record", np.arange(1, len(rows) + 1), {name: [row.get(name) for row in rows] for name in names}
    )


def read_table_pieces(path: Path, wanted: Iterable[str], types: Mapping[str, pa.DataType]) -> Iterator[Piece]:
    """Pieces of a Parquet, JSON or CSV table, whichever the file is.

    Parameters
    ----------
    path : path
    wanted : iterable of str
    types : mapping
        As for `read_parquet_pieces` and `read_csv_pieces`.
    """
    head = Head(path)
    if head.start.startswith(PARQUET):
        return read_parquet_pieces(path, wanted)
    return read_json_pieces(path) if head.json_fields else read_csv_pieces(path, types)


def _numbered(where: str, batches: Iterable[pa.RecordBatch], first: int) -> Iterator[Piece]:
    begin = first
    for batch in batches:
        row = np.arange(begin, begin + batch.num_rows)
        # text that is no UTF-8 is read without a word
        attempt(f"{where} {begin}", batch.validate, full=True)
        names = attempt(f"{where} {begin}", getattr, batch.schema, "names")
        yield Piece(where, row, dict(zip(names, batch.columns, strict=True)))
        begin += batch.num_rows
    if begin == first:
        raise InputError(f"{where} {first}: there is none in the file")


class Inside(NamedTuple):
    """Rows that stood in lists.

    Attributes
    ----------
    piece : Piece
        The rows; their numbers are those of the rows they stood in.
    parent : ndarray of int, shape (n,)
        Index of the row of the outer piece that each stood in.
    """

    piece: Piece
    parent: np.ndarray


def rows_inside(outer: Piece, column: str) -> Inside:
    """The rows in a column of structs, of lists of structs or of structs of lists.

    Parameters
    ----------
    outer : Piece
    column : str

    Raises
    ------
    InputError
        If the column is of another type, or lists of a row differ in length.
    """
    values = outer.columns[column]
    if pa.types.is_struct(values.type) and not any(is_list(field.type) for field in values.type):
        parent = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
        return Inside(_inner(outer, _fields(values.take(pa.array(parent))), parent), parent)
    if pa.types.is_struct(values.type):
        lists = {name: field for name, field in _fields(values).items() if is_list(field.type)}
        return rows_of_lists(outer, lists)
    if is_list(values.type) and pa.types.is_struct(values.type.value_type):
        parent = pc.list_parent_indices(values).to_numpy()
        return Inside(_inner(outer, _fields(pc.list_flatten(values)), parent), parent)
    raise InputError(f"{outer.where} {outer.row[0]}: {column} is of type {values.type}; allowed: lists of rows")


def rows_of_lists(outer: Piece, lists: Mapping[str, pa.Array]) -> Inside:
    """The rows that columns of lists stand for, an element of each list a row.

    Parameters
    ----------
    outer : Piece
    lists : mapping
        Columns under the names of the rows' fields, a list of the same length in each.
    """
    lengths = {name: pc.list_value_length(values).fill_null(0).to_numpy() for name, values in lists.items()}
    first, *others = lengths
    for name in others:
        different = np.flatnonzero(lengths[name] != lengths[first])
        if len(different):
            k = different[0]
            raise InputError(
                f"{outer.where} {outer.row[k]}: {name} has {lengths[name][k]} elements; allowed:"
                f" {lengths[first][k]}, as {first} has"
            )
    parent = np.repeat(np.arange(len(outer)), lengths[first])
    return Inside(_inner(outer, {name: pc.list_flatten(values) for name, values in lists.items()}, parent), parent)


def is_list(kind: pa.DataType) -> bool:
    """Whether cells of a type are lists."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def _fields(structs: pa.Array) -> dict[str, pa.Array]:
    return {field.name: pc.struct_field(structs, field.name) for field in structs.type}


def _inner(outer: Piece, columns: dict[str, pa.Array], parent: np.ndarray) -> Piece:
    return Piece(outer.where, outer.row[parent], columns)
