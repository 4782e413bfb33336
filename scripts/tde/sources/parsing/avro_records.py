"""Records of Avro container files, compressed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.sources.avro.container import Container, DamagedRecordsError
from tde.sources.avro.decoded_rows import DecodedRows
from tde.sources.avro.programs import UnsuitedSchemaError, Wanted, may_be_endless
from tde.sources.batch import Batch
from tde.sources.head import open_bytes
from tde.sources.parsing.damage import attempt, guarded
from tde.sources.parsing.gathered import FULL, Gathered, Taken, gathered_batches
from tde.sources.parsing.pieces import shown

WORD = "record"
"""What messages call a record."""


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """All records of a container file, one in memory at a time.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        If the file is damaged or cut off, or its records have no fields.
    """
    from fastavro import reader

    with open_bytes(path) as file:
        records = attempt(str(path), reader, file)
        if may_be_endless(records.writer_schema):
            raise InputError(f"{path}: damaged (its schema has lists of what takes no bytes)")
        for number, record in enumerate(guarded(lambda k: f"{path}: {WORD} {k}", records), start=1):
            if not isinstance(record, dict):
                raise InputError(f"{path}: {WORD} {number} is {shown(record)}; allowed: a record with fields")
            yield record


def avro_batches(
    paths: Sequence[Path],
    wanted: Wanted,
    about: Callable[[str, int, dict[str, Any]], str | None],
    unpack: Callable[[Gathered, int, dict[str, Any], str | None], None],
    convert: Callable[[Taken], Batch],
) -> Iterator[Batch]:
    """Batches of the records of some files.

    Rows go from the files' bytes into columns. What that cannot do is left to the library, record by record: schemas
    that are unusual, and what is damaged, which then has its own words for it.

    Parameters
    ----------
    paths : sequence of path
    wanted : Wanted
    about : callable
        Takes the file and the word for its records, the number of a record from 1, and the record, of which at least
        ``wanted.of_record`` is there; describes the object and returns its name.
    unpack : callable
        Adds the lists of a record with its number and its object to what was gathered.
    convert : callable
        Makes a batch of rows.
    """
    for path in paths:
        where = f"{path}: {WORD}"
        rows = DecodedRows(where, wanted, about)
        try:
            for some in Container(path, wanted).decoded():
                rows.add(some)
                if rows.n_rows >= FULL:
                    yield convert(rows.take())
            rows.check()
            whole = True
        except (UnsuitedSchemaError, DamagedRecordsError):
            whole = False
        if rows.n_rows:
            yield convert(rows.take())
        if not whole:
            yield from _by_the_library(path, where, wanted.fields, about, unpack, convert, rows.n_records)


def _by_the_library(
    path: Path,
    where: str,
    fields: Sequence[str],
    about: Callable[[str, int, dict[str, Any]], str | None],
    unpack: Callable[[Gathered, int, dict[str, Any], str | None], None],
    convert: Callable[[Taken], Batch],
    done: int,
) -> Iterator[Batch]:
    """Batches of a file's records after the first few, which were decoded."""

    def unpack_one(gathered: Gathered, number: int, record: dict[str, Any]) -> None:
        unpack(gathered, number, record, about(where, number, record))

    records = islice(read_records(path), done, None)
    yield from gathered_batches(where, records, fields, unpack_one, convert, same_fields=True, done=done)
