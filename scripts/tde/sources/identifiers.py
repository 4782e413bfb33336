"""Names of objects as exact text: what may stand in a column of names, and when two sets of names do not meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.sources.units import refuse_where

LARGEST_EXACT = 2.0**53
"""Decimal numbers beyond this cannot tell neighbouring whole numbers apart."""

SUFFIXES = re.compile(r"\.(gz|bz2|xz|txt|csv|tsv|dat|ascii|ecsv|json|avro|parquet|fits?)$", re.IGNORECASE)

PARTS_OF_NAMES = re.compile(
    r"(^|[._-])(non_detections|detections|forced_photometry|forced|fp|lc|light_?curves?|phot|photometry|atlas|ztf"
    r"|stacked_\d+_days|data|[cogriz])$",
    re.IGNORECASE,
)
"""Endings of a file's name that say what is in it, not of which object."""


class Names(NamedTuple):
    """A column of names.

    Attributes
    ----------
    names : pyarrow.Array of str
        Null where there is none.
    stripped : int
        How many had blanks around them.
    decimal : bool
        Whether the column holds decimal numbers, printed as whole ones.
    """

    names: pa.Array
    stripped: int
    decimal: bool


def exact_names(column: pa.ChunkedArray | pa.Array, where: str, row: np.ndarray, name: str) -> Names:
    """The names in a column of text, whole numbers or decimal ones.

    Parameters
    ----------
    column : pyarrow.Array, shape (n,)
    where : str
    row : ndarray of int, shape (n,)
    name : str
        The column, for messages.

    Raises
    ------
    InputError
        For decimal numbers that are no whole ones, or too large to be exact.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    decimal = pa.types.is_floating(array.type)
    if decimal:
        values = np.asarray(pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False))
        known = ~np.isnan(values)
        refuse_where(
            known & ~(np.abs(values) < LARGEST_EXACT), values, where, row, name,
            "text or whole numbers; decimal ones as large as this no longer tell objects apart",
        )  # fmt: skip
        refuse_where(known & (values != np.round(values)), values, where, row, name, "text or whole numbers")
        array = pa.array(np.where(known, values, 0).astype(np.int64), mask=~known)
    text = array.cast(pa.string())
    bare = pc.utf8_trim_whitespace(text)
    stripped = pc.sum(pc.not_equal(bare, text)).as_py() or 0
    bare = pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)
    return Names(bare, stripped, decimal)


def name_of_file(path: Path) -> str:
    """The object that a file without a column of names is of.

    The file's name without endings such as ``_detections``; the folder's, if nothing else is left.
    """
    name = path.name
    for ending in (SUFFIXES, PARTS_OF_NAMES):
        while (shorter := ending.sub("", name)) != name:
            name = shorter
    return name.strip() or path.resolve().parent.name


def refuse_strangers(listed: Iterable[str], observed: Iterable[str], listed_in: str) -> None:
    """Raise `InputError` if light curves and object table have no object in common.

    Parameters
    ----------
    listed, observed : iterable of str
        Objects of the table, and of the light curves.
    listed_in : str
        The table, for the message.
    """
    table, curves = set(listed), set(observed)
    if not table or not curves or table & curves:
        return
    few = [", ".join(map(repr, sorted(names)[:3])) for names in (table, curves)]
    hint = ""
    if {_loose(name) for name in table} & {_loose(name) for name in curves}:
        hint = "; they differ only in zeros, a decimal point, blanks or capital letters: names are compared as text"
    raise InputError(
        f"{listed_in}: none of its objects has a light curve: it lists {few[0]}, the light curves are of {few[1]}{hint}"
    )


def _loose(name: str) -> str:
    return re.sub(r"\.0*$", "", name.strip().lower()).lstrip("0")
