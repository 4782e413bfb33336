"""Cells of records and tables as numbers, text and flags, and batches made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.sentinels import EMPTY_WORDS, without_sentinels

LONGEST_SHOWN = 60
"""Characters of a cell that a message shows."""

MOST_SHOWN = 20
"""Columns that a message lists."""

LARGEST_EXACT = 2**53
"""Floats hold every whole number up to this one."""

Column = Any
"""A list of Python values, a NumPy array (also masked) or a pyarrow array."""


class Reason(NamedTuple):
    """Rows that are not used, shape (n,), and why."""

    hit: np.ndarray
    words: str


@dataclass(frozen=True)
class Piece:
    """Some rows of a file.

    Attributes
    ----------
    where : str
        The file and the word for its rows: ``night.avro: record``.
    row : ndarray of int64, shape (n,)
        Number of each row.
    columns : mapping
        Columns under the file's own names, n cells each.
    found : tuple of str
        Names that messages list where one is missing; by default those of the columns.
    """

    where: str
    row: np.ndarray
    columns: Mapping[str, Column]
    found: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.row)

    def name_of(self, *names: str) -> str | None:
        """The first of some names that is a column, or None."""
        return next((name for name in names if name in self.columns), None)

    def needed(self, *names: str) -> str:
        """The first of some names that is a column; an `InputError` if none is."""
        name = self.name_of(*names)
        if name is None:
            every = list(map(shown, self.found or self.columns)) or ["none"]
            found = ", ".join([*every[:MOST_SHOWN], *(["..."] if len(every) > MOST_SHOWN else [])])
            at = f" {self.row[0]}" if len(self.row) else ""
            raise InputError(f"{self.where}{at}: no field {' or '.join(names)}; found: {found}")
        return name

    def numbers(self, *names: str) -> np.ndarray:
        """A column as float64, NaN where a cell is empty; of several names that are there, the first with a value."""
        first = self.needed(*names)
        values = self._numbers_of(first)
        for name in names[names.index(first) + 1 :]:
            if name in self.columns and np.isnan(values).any():
                values = np.where(np.isnan(values), self._numbers_of(name), values)
        return values

    def _numbers_of(self, name: str) -> np.ndarray:
        column = self.columns[name]
        values = _fast_numbers(column)
        if values is None:
            cells = column.to_pylist() if isinstance(column, pa.Array) else list(column)
            values = np.array([self._each(name, k, cell, _number) for k, cell in enumerate(cells)], dtype=np.float64)
        return values

    def optional_numbers(self, *names: str) -> np.ndarray:
        """As `numbers`; NaN everywhere if no name is a column."""
        return self.numbers(*names) if self.name_of(*names) else np.full(len(self), np.nan)

    def measured(self, *names: str) -> np.ndarray:
        """As `numbers`, NaN also where a number such as -999 stands for none."""
        return without_sentinels(self.numbers(*names))

    def texts(self, *names: str) -> pa.Array:
        """A column as text, null where a cell is empty; whole numbers digit by digit, without blanks at the ends."""
        coded = self.coded(*names)
        return coded.dictionary.take(coded.indices)

    def coded(self, *names: str) -> pa.DictionaryArray:
        """As `texts`, each text once with the rows that have it: a table repeats the few names and bands it has."""
        name = self.needed(*names)
        column = self.columns[name]
        if isinstance(column, pa.Array) and pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if isinstance(column, list):
            column = _integers_or_texts(column)
        elif isinstance(column, np.ndarray) and column.dtype.kind in "iuU":
            given = np.ma.asarray(column)
            native = given.data.astype(given.dtype.newbyteorder("="))
            column = pa.array(native.tolist() if native.dtype.kind == "U" else native, mask=np.ma.getmaskarray(given))
        if isinstance(column, pa.Array) and (_is_text(column.type) or pa.types.is_integer(column.type)):
            coded = column.dictionary_encode()
            texts = pc.utf8_trim_whitespace(coded.dictionary.cast(pa.string()))
            return pa.DictionaryArray.from_arrays(coded.indices, texts)
        cells = column.to_pylist() if isinstance(column, pa.Array) else list(column)
        return pa.array(
            [self._each(name, k, cell, _text) for k, cell in enumerate(cells)], pa.string()
        ).dictionary_encode()

    def flags(self, name: str) -> np.ndarray:
        """Where a column is true or 1; nowhere if it is no column, or holds text."""
        if name not in self.columns:
            return np.zeros(len(self), dtype=bool)
        column = self.columns[name]
        if isinstance(column, pa.Array):
            if pa.types.is_boolean(column.type):
                return np.asarray(column.fill_null(False).to_numpy(zero_copy_only=False))
            column = column.cast(pa.int8(), safe=False) if _is_number(column.type) else pa.nulls(len(self), pa.int8())
            return np.asarray(column.fill_null(0).to_numpy(zero_copy_only=False) == 1)
        cells = [cell == 1 and not isinstance(cell, str) for cell in column]
        return np.array(cells, dtype=bool) if len(cells) else np.zeros(len(self), dtype=bool)

    def _each(self, name: str, k: int, cell: Any, convert: Callable[[Any], Any]) -> Any:
        try:
            return convert(cell)
        except (ValueError, TypeError, OverflowError) as error:
            raise _refused(f"{self.where} {self.row[k]}", name, cell, error) from None


def _refused(at: str, name: str, cell: Any, error: Exception) -> InputError:
    return InputError(f"{at}: {name} is {shown(cell)}; allowed: {error}")


def text_of(where: str, row: int, record: Mapping[str, Any], name: str) -> str | None:
    """A field of one record as text, as `Piece.texts` has it; None where it is empty or not there.

    Parameters
    ----------
    where : str
    row : int
    record : mapping
    name : str
    """
    cell = record.get(name)
    try:
        return _text(cell)
    except ValueError as error:
        raise _refused(f"{where} {row}", name, cell, error) from None


def shown(cell: Any) -> str:
    """A cell as messages show it."""
    text = repr(cell.item() if isinstance(cell, np.generic) else cell)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


def _fast_numbers(column: Column) -> np.ndarray | None:
    """A column of numbers in one go, or None if it may hold something else."""
    if isinstance(column, np.ndarray):
        if column.dtype.kind not in "fiu":
            return None
        return np.ma.filled(np.ma.asarray(column).astype(np.float64), np.nan)
    if isinstance(column, list):
        if bool in set(map(type, column)):
            return None
        try:
            column = pa.array(column, pa.float64())
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            return None
    if not (_is_number(column.type) or pa.types.is_null(column.type)):
        return None
    values = column.cast(pa.float64(), safe=False)
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def _integers_or_texts(cells: list[Any]) -> Any:
    """A list of whole numbers or of texts as an array; the list itself if it mixes them or holds something else."""
    kinds = set(map(type, cells)) - {type(None)}
    try:
        if kinds == {int}:
            return pa.array(cells, pa.int64())
        return pa.array(cells, pa.string()) if kinds <= {str} else cells
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return cells


def _number(cell: Any) -> float:
    """A number of one cell; ValueError says what is allowed."""
    if cell is None or cell is np.ma.masked or (isinstance(cell, str) and cell.strip() in EMPTY_WORDS):
        return np.nan
    allowed = "a number or nothing"
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, str | int | float | np.number):
        raise ValueError(allowed)
    try:
        if isinstance(cell, str) and "_" in cell:
            raise ValueError(allowed)
        return float(cell)
    except (ValueError, OverflowError):
        raise ValueError(allowed) from None


def _text(cell: Any) -> str | None:
    """Text of one cell; ValueError says what is allowed."""
    if cell is None or cell is np.ma.masked:
        return None
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8")
    if isinstance(cell, str):
        # half a surrogate pair, as JSON's escapes can write it, is no text
        cell.encode("utf-8")
        return cell.strip()
    if isinstance(cell, int | np.integer) and not isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float | np.floating):
        value = float(cell)
        if np.isnan(value):
            return None
        if value.is_integer() and abs(value) < LARGEST_EXACT:
            return str(int(value))
        raise ValueError("text or a whole number; a float of this size has lost digits")
    raise ValueError("text or a whole number")


def named(texts: pa.DictionaryArray, names: Mapping[str, str]) -> pa.Array:
    """Texts under other names: those that have none are kept, and null is the empty text.

    Parameters
    ----------
    texts : pyarrow.DictionaryArray of str, shape (n,)
        As `Piece.coded` gives them.
    names : mapping
    """
    words = [names.get(word, word) for word in (each or "" for each in texts.dictionary.to_pylist())]
    return pa.array(words, pa.string()).take(texts.indices).fill_null(names.get("", ""))


def make_batch(
    piece: Piece,
    *,
    object_id: pa.Array,
    mjd: np.ndarray,
    band: pa.Array,
    flux: np.ndarray,
    flux_err: np.ndarray,
    kind: np.ndarray,
    reasons: Sequence[Reason] = (),
    reference: pa.Array | None = None,
    objects: pa.Table | None = None,
    notes: tuple[str, ...] = (),
    score: np.ndarray | None = None,
) -> Batch:
    """A batch; of several reasons the first counts, and a row without an object or a band has one.

    Parameters
    ----------
    piece : Piece
    object_id, mjd, band, flux, flux_err, kind, reference, objects, notes, score
        As in `Batch`; null names of objects are allowed.
    reasons : sequence of Reason
        With the rows that each is true of.
    """
    object_id = object_id.fill_null("")
    no_object = np.asarray(pc.equal(object_id, "").to_numpy(zero_copy_only=False))
    no_band = np.asarray(pc.equal(band, "").to_numpy(zero_copy_only=False))
    given = [*reasons, Reason(no_object, "no object id"), Reason(no_band, "no band")]
    used = [each for each in given if each.hit.any()]
    reason = np.full(len(piece), -1, dtype=np.int8)
    for k in reversed(range(len(used))):
        reason[used[k].hit] = k
    return Batch(
        where=piece.where,
        row=piece.row,
        object_id=object_id,
        mjd=mjd,
        band=band,
        flux=flux,
        flux_err=flux_err,
        kind=kind,
        reason=reason,
        reasons=tuple(each.words for each in used),
        reference=reference,
        objects=objects,
        notes=notes,
        score=score,
    )
