"""Tables in and out: files appear whole or not at all, and always with the same bytes."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tde.errors import InputError


def write_atomically(path: Path | str, write: Callable[[Path], object]) -> None:
    """Write to a temporary name beside ``path``, flush it to the disk and rename it.

    A killed process or a machine without power leaves the old file or none, never half
    a file. Two jobs on two machines may write the same file: temporary names are partly random.

    Parameters
    ----------
    path : path
        The final name.
    write : callable
        Called with the temporary path; must create that file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


ROW_GROUP = 2**16
"""Rows of a row group of object tables: a job holds the rows of its shard and one group more."""


def write_parquet(path: Path | str, table: pa.Table, row_group: int | None = None) -> None:
    """Write a table as zstd-compressed Parquet, atomically.

    Parameters
    ----------
    path : path
    table : pyarrow.Table
    row_group : int, optional
        Rows of a row group; by default pyarrow's own choice.
    """
    write_atomically(path, lambda name: pq.write_table(table, name, row_group_size=row_group, compression="zstd"))


def read_parquet(path: Path | str, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file, or some of its columns.

    Unlike `pyarrow.parquet.read_table` this does not import pyarrow's dataset layer,
    which costs the many small jobs more than their work.

    Raises
    ------
    InputError
        If the file is damaged, which something outside the workflow must have done.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read(columns=columns)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path}: damaged ({error}); delete it and run the same command again to make it and what follows from it"
        ) from None


OBJECT_COLUMNS = ["object_id", "z", "distance_modulus", "ebv", "shard"]
"""What features may know of the objects, and where these are."""


def read_rows(path: Path | str, columns: list[str], keep: Callable[[pa.Table], pa.ChunkedArray]) -> pa.Table:
    """Read some rows of a Parquet file, a row group at a time.

    Parameters
    ----------
    path : path
    columns : list of str
    keep : callable
        Mask of the rows wanted, from a table with the columns.
    """
    with pq.ParquetFile(path) as file:
        groups = (file.read_row_group(k, columns=columns) for k in range(file.num_row_groups))
        return pa.concat_tables([group.filter(keep(group)) for group in groups]).combine_chunks()


def read_objects(path: Path | str, shard: str | None = None) -> pa.Table:
    """Read what features may know of the objects: object_id, z, distance_modulus and ebv.

    Parameters
    ----------
    path : path
        The object table of a set.
    shard : str, optional
        Keep only the objects of this shard.
    """
    if shard is None:
        return read_objects_with_shard(path).drop_columns("shard")
    return read_rows(path, OBJECT_COLUMNS, lambda rows: pc.equal(rows["shard"], shard)).drop_columns("shard")


def read_objects_with_shard(path: Path | str) -> pa.Table:
    """Read what `read_objects` reads of a whole set, and the shard of each object."""
    return read_parquet(path, OBJECT_COLUMNS)


def write_npz(path: Path | str, **arrays: np.ndarray) -> None:
    """Write a compressed NumPy archive: without pickles, and with the same bytes every time.

    NumPy stamps every member with 1 January 1980, so only the content counts.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(f"array {name!r} holds Python objects, which would be pickled")

    def write(name: Path) -> None:
        with name.open("wb") as file:
            np.savez_compressed(file, **cast("dict[str, Any]", arrays))

    write_atomically(path, write)


def write_json(path: Path | str, content: Any) -> None:
    """Write JSON with sorted keys and two-space indent, atomically."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path | str, text: str) -> None:
    """Write a text, atomically."""
    write_atomically(path, lambda name: name.write_text(text, encoding="utf-8"))


def read_json(path: Path | str) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_csv(path: Path | str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file with Unix line ends, atomically: all digits of numbers, nothing for None.

    Parameters
    ----------
    path : path
    header : sequence of str
    rows : iterable of sequence
        Cells in the order of the header.
    """

    def write(name: Path) -> None:
        with name.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(_UnixLines(file))
            writer.writerow(header)
            writer.writerows(rows)

    write_atomically(path, write)


def table_rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows of a table as Python values, some thousands of them in memory at a time."""
    for batch in table.to_batches(10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


class _UnixLines:
    """Ends rows with a line feed alone; told so itself, csv would leave carriage returns in cells unquoted."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    def write(self, row: str) -> None:
        self.file.write(row.removesuffix("\r\n") + "\n")


def write_rows(path: Path | str, rows: Sequence[Mapping[str, Any]], header: Sequence[str] | None = None) -> None:
    """Write dictionaries with the same keys as a CSV file, atomically.

    Parameters
    ----------
    path : path
    rows : sequence of mapping
    header : sequence of str, optional
        The columns; needed where there may be no row.
    """
    names = list(header or rows[0])
    write_csv(path, names, ([row[name] for name in names] for row in rows))
