"""What the readers of text tables have in common: columns that may be there, reasons, names, batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.sources.batch import DETECTION, LIMIT, OBJECT_SCHEMA, Batch
from tde.sources.head import Head
from tde.sources.identifiers import name_of_file
from tde.sources.parsing.described import NUMBERS, known_number
from tde.sources.parsing.text_tables import Rows, floats, stream_text, text, text_form
from tde.sources.units import Fluxes, zero_point_factor

Mask = np.ndarray


def text_columns(head: Head) -> frozenset[str]:
    """Names of the columns, if the file is a text table."""
    form = text_form(head)
    return frozenset(form.names) if form else frozenset()


def blocks(path: Path, text_names: Sequence[str], number_names: Sequence[str]) -> Iterator[Rows]:
    """Blocks of a text table with those of some columns that are there.

    Parameters
    ----------
    path : path
    text_names, number_names : sequence of str
        Columns of text and of numbers.
    """
    form = text_form(Head(path))
    if form is None:
        raise InputError(f"{path}: not a table of text")
    kinds = {name: pa.string() for name in text_names} | {name: pa.float64() for name in number_names}
    yield from stream_text(path, form, {name: kind for name, kind in kinds.items() if name in form.names})


def numbers(table: pa.Table, *names: str) -> np.ndarray:
    """The first of some columns that is there, or NaN."""
    found = next((name for name in names if name in table.column_names), None)
    return np.full(table.num_rows, np.nan) if found is None else floats(table, found)


def words(table: pa.Table, *names: str) -> pa.Array:
    """The first of some columns that is there, or nulls."""
    found = next((name for name in names if name in table.column_names), None)
    return pa.nulls(table.num_rows, pa.string()) if found is None else text(table, found)


def is_word(column: pa.Array, *allowed: str) -> Mask:
    """Where a column holds one of some words; not where it is null."""
    return pc.is_in(column, value_set=pa.array(allowed)).to_numpy(zero_copy_only=False)


def from_zero_points(flux: np.ndarray, flux_err: np.ndarray, zero_point: np.ndarray | float) -> Fluxes:
    """Counts with a zero point as micro-Jansky; none of them a limit.

    Parameters
    ----------
    flux, flux_err : ndarray, shape (n,)
    zero_point : ndarray, shape (n,), or float
        AB magnitude of a count of 1.
    """
    factor = zero_point_factor(zero_point)
    return Fluxes(flux * factor, flux_err * factor, np.zeros(len(flux), dtype=bool))


def batch(
    path: Path,
    rows: Rows,
    mjd: np.ndarray,
    band: pa.Array,
    fluxes: Fluxes,
    names: pa.Array | None = None,
    kind: np.int8 = DETECTION,
    reasons: Mapping[str, Mask] | None = None,
    reference: pa.Array | None = None,
    objects: pa.Table | None = None,
) -> Batch:
    """A batch of one block of a text table.

    Parameters
    ----------
    path : path
    rows : Rows
    mjd : ndarray, shape (n,)
    band : pyarrow.Array of str, shape (n,)
    fluxes : Fluxes
    names : pyarrow.Array of str, optional
        The object of each row; where null or not given, the one that the file's name says.
    kind : int8
        Of the rows that are no limits.
    reasons : mapping of str to ndarray of bool, optional
        Why rows are not used; the first that holds counts. Errors that are not above 0 are another.
    reference : pyarrow.Array of str, optional
    objects : pyarrow.Table, optional
    """
    n = len(mjd)
    file = pa.scalar(name_of_file(path))
    reasons = dict(reasons or {}) | {"the error is not above 0": fluxes.flux_err <= 0}
    reason = np.full(n, -1, dtype=np.int8)
    for k, mask in reversed(list(enumerate(reasons.values()))):
        reason[mask] = k
    return Batch(
        where=f"{path}: line",
        row=rows.line,
        object_id=pa.repeat(file, n) if names is None else pc.fill_null(names, file),
        mjd=mjd,
        band=band,
        flux=fluxes.flux,
        flux_err=fluxes.flux_err,
        kind=np.where(fluxes.limit, LIMIT, kind).astype(np.int8),
        reason=reason,
        reasons=tuple(reasons),
        reference=reference,
        objects=objects,
    )


def only_objects(path: Path, objects: pa.Table) -> Batch:
    """A batch without observations that describes objects."""
    empty, no_words = np.empty(0), pa.array([], pa.string())
    return Batch(
        f"{path}: row", empty.astype(np.int64), no_words, empty, no_words, empty, empty,
        empty.astype(np.int8), empty.astype(np.int8), objects=objects,
    )  # fmt: skip


def described(names: pa.Array | Sequence[str], **columns: np.ndarray | pa.Array | Sequence[object]) -> pa.Table:
    """A table of objects with some of the columns of `OBJECT_SCHEMA`; the others are null.

    Parameters
    ----------
    names : sequence of str
    **columns : ndarray or sequence
        NaN is null.
    """
    arrays = []
    for field in OBJECT_SCHEMA:
        if field.name == "object_id":
            arrays.append(pa.array(names, pa.string()) if not isinstance(names, pa.Array) else names)
        elif field.name in columns:
            arrays.append(pa.array(columns[field.name], field.type, from_pandas=True))
        else:
            arrays.append(pa.nulls(len(names), field.type))
    return pa.Table.from_arrays(arrays, schema=OBJECT_SCHEMA)


def described_by_words(path: Path, known: Mapping[str, str], name: str | None = None) -> pa.Table:
    """The object of a file, as words in the file describe it.

    Parameters
    ----------
    path : path
    known : mapping of str to str
        Words for columns of `OBJECT_SCHEMA`; unknown if they are no numbers.
    name : str, optional
        By default that of the file.
    """
    values = {key: [known_number(word)] for key, word in known.items() if key in NUMBERS}
    return described([name or name_of_file(path)], **values)
