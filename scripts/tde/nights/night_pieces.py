"""A night that several jobs have read, put together: the same as if one had read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tde.nights.night_state import OBJECTS, read_state, write_state
from tde.sources.flags import flag_mask, flag_text
from tde.sources.object_table import is_no_label
from tde.tables import read_json

REPORT = "reading.json"

EARLIEST, LATEST = "first_mjd", "last_mjd"
"""Entries of a report of which the least or the greatest counts."""


class PiecePaths(NamedTuple):
    """Where the observations and the objects of a group of files lie, a file for each part of the state."""

    rows: list[str]
    objects: list[str]


def piece_paths(folder: Path | str, n_parts: int) -> PiecePaths:
    """Files in a folder.

    Parameters
    ----------
    folder : path
    n_parts : int
    """
    names = ([f"{folder}/{kind}_{part:03d}.parquet" for part in range(n_parts)] for kind in PiecePaths._fields)
    return PiecePaths(*names)


def put_together(folders: Sequence[str], rows_paths: Sequence[str], objects_paths: Sequence[str]) -> dict[str, Any]:
    """Put the pieces of a night together.

    Parameters
    ----------
    folders : sequence of str
        Of the groups, in the order of their files.
    rows_paths, objects_paths : sequence of str
        A file for each part of the state, to be written.

    Returns
    -------
    dict
        The report, as `tde.nights.night_reading.read_night` gives it.
    """
    n_parts, n_objects = len(rows_paths), 0
    pieces = [piece_paths(folder, n_parts) for folder in folders]
    for part in range(n_parts):
        state = read_state([piece.rows[part] for piece in pieces], [piece.objects[part] for piece in pieces])
        known = once_each(state.objects)
        n_objects += known.num_rows
        write_state(state.rows, known, rows_paths[part], objects_paths[part])
    report = joined_reports([read_json(f"{folder}/{REPORT}") for folder in folders])
    return report | {"objects": n_objects}


def once_each(objects: pa.Table) -> pa.Table:
    """What several groups say of the objects of a night: the first that knows something counts, and flags add up.

    Parameters
    ----------
    objects : pyarrow.Table
        `tde.nights.night_state.OBJECTS`, group after group.
    """
    counts = pc.value_counts(objects["object_id"].combine_chunks())
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    repeated = pc.is_in(objects["object_id"], value_set=several)
    found: dict[str, dict[str, Any]] = {}
    for row in objects.filter(repeated).to_pylist():
        first = found.setdefault(row["object_id"], row)
        first["flags"] = flag_text(flag_mask(first["flags"]) | flag_mask(row["flags"]))
        if first["ra"] is None or first["dec"] is None:
            first["ra"], first["dec"] = row["ra"], row["dec"]
        if is_no_label(first["label"] or ""):
            first["label"] = row["label"]
        for name, value in row.items():
            if first[name] is None and name not in ("ra", "dec", "label"):
                first[name] = value
    merged = pa.Table.from_pylist(list(found.values()), schema=OBJECTS)
    return pa.concat_tables([objects.filter(pc.invert(repeated)).cast(OBJECTS), merged])


def joined_reports(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Reports of groups of files as one, in an order that does not depend on the groups: counts added, entries once.

    Parameters
    ----------
    reports : sequence of dict
        With the same entries.
    """
    return {name: _joined(name, [report[name] for report in reports]) for name in reports[0]}


def _joined(name: str, values: list[Any]) -> Any:
    """One entry of several reports."""
    if name in (EARLIEST, LATEST):
        return (min if name == EARLIEST else max)((each for each in values if each is not None), default=None)
    if isinstance(values[0], list):
        entries = {str(entry): entry for each in values for entry in each}
        return [entries[key] for key in sorted(entries)]
    if isinstance(values[0], dict):
        found: dict[str, list[Any]] = {}
        for key, value in (entry for each in values for entry in each.items()):
            found.setdefault(key, []).append(value)
        return {key: _joined(key, found[key]) for key in sorted(found)}
    return values[0] if isinstance(values[0], str) else sum(values)
