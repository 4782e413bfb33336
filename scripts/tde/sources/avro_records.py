"""Records of Avro container files, compressed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.damage import attempt, guarded
from tde.sources.gathered import Gathered, Taken, gathered_batches
from tde.sources.head import open_bytes
from tde.sources.pieces import shown

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
        for number, record in enumerate(guarded(lambda k: f"{path}: {WORD} {k}", records), start=1):
            if not isinstance(record, dict):
                raise InputError(f"{path}: {WORD} {number} is {shown(record)}; allowed: a record with fields")
            yield record


def avro_batches(
    paths: Sequence[Path],
    fields: Sequence[str],
    unpack: Callable[[Gathered, int, dict[str, Any]], None],
    convert: Callable[[Taken], Batch],
) -> Iterator[Batch]:
    """Batches of the records of some files.

    Parameters
    ----------
    paths : sequence of path
    fields, unpack, convert
        As for `gathered_batches`.
    """
    for path in paths:
        records = read_records(path)
        yield from gathered_batches(f"{path}: {WORD}", records, fields, unpack, convert, same_fields=True)
