"""Records of Avro container files, compressed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.head import open_bytes
from tde.sources.parsing.damage import attempt, guarded
from tde.sources.parsing.gathered import Gathered, Taken, gathered_batches
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
        if _may_be_endless(records.writer_schema):
            raise InputError(f"{path}: damaged (its schema has lists of what takes no bytes)")
        for number, record in enumerate(guarded(lambda k: f"{path}: {WORD} {k}", records), start=1):
            if not isinstance(record, dict):
                raise InputError(f"{path}: {WORD} {number} is {shown(record)}; allowed: a record with fields")
            yield record


def _may_be_endless(kind: Any) -> bool:
    """Whether a type has lists whose elements take no bytes: their number, if damaged, fills the memory."""
    if isinstance(kind, list):
        return any(map(_may_be_endless, kind))
    if not isinstance(kind, dict):
        return False
    inside = [kind.get(name) for name in ("items", "values")] + [field["type"] for field in kind.get("fields", [])]
    return (kind["type"] == "array" and _is_empty(kind["items"])) or any(map(_may_be_endless, inside))


def _is_empty(kind: Any) -> bool:
    """Whether a type takes no bytes."""
    if isinstance(kind, dict) and kind["type"] == "record":
        return all(_is_empty(field["type"]) for field in kind["fields"])
    return kind == "null" or (isinstance(kind, dict) and kind.get("size") == 0)


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
