"""The matrix a model reads: family tables joined, columns chosen.

Columns are always named ``family.column``, so that equal names of two families stay
apart and every importance table says where a feature comes from. Columns that are NaN
or constant for all objects are kept: trees never split on them, and dropping them
would make a model's columns depend on the objects at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.features.labels import LABELS, PHYSICS


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of some objects.

    Attributes
    ----------
    object_id : ndarray of str, shape (n,)
    names : list of str, length m
        ``family.column``.
    values : ndarray, shape (n, m)
        NaN where undefined, never infinite.
    """

    object_id: np.ndarray
    names: list[str]
    values: np.ndarray


def _check_values(path: Path | str, table: pa.Table, values: np.ndarray, names: list[str]) -> None:
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        row, column = infinite[0]
        raise InputError(
            f"{path}: column {names[column]!r} of object {table['object_id'][int(row)].as_py()!r} is"
            f" {values[row, column]}; allowed are finite values and NaN"
        )


def _check_order(path: Path | str, found: np.ndarray, expected: np.ndarray) -> None:
    if len(found) != len(expected):
        raise InputError(f"{path}: {len(found)} objects, expected {len(expected)}; compute the features again")
    differs = np.flatnonzero(found != expected)
    if len(differs):
        row = int(differs[0])
        raise InputError(f"{path}: object {found[row]!r} in row {row}, expected {expected[row]!r}")


def _kept(name: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    return any(fnmatchcase(name, p) for p in include) and not any(fnmatchcase(name, p) for p in exclude)


def _check_patterns(names: list[str], patterns: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise InputError(f"pattern {pattern!r} of include or exclude matches none of the {len(names)} features")


def _label(field: pa.Field) -> str:
    """The label that a family's column carries in its metadata; columns of the user's own are physics."""
    return (field.metadata or {}).get(b"label", PHYSICS.encode()).decode()


def read_features(
    tables: dict[str, Path | str],
    families: Sequence[str],
    object_id: np.ndarray | None = None,
    include: Sequence[str] = ("*",),
    exclude: Sequence[str] = (),
    labels: Sequence[str] = LABELS,
) -> FeatureMatrix:
    """Join the tables of some families.

    Parameters
    ----------
    tables : dict
        Path of the table of each family there is.
    families : sequence of str
        Families wanted, in the order of the columns.
    object_id : ndarray of str, optional
        The objects the tables must hold, in this order.
    include, exclude : sequence of str
        Shell-style patterns over ``family.column``.
    labels : sequence of str
        Columns with other labels are left out.

    Raises
    ------
    InputError
        For a family without a table, other objects or another order, an infinite
        value, a pattern that matches nothing, or no column left.
    """
    names: list[str] = []
    blocks: list[np.ndarray] = []
    for family in families:
        if family not in tables:
            raise InputError(f"unknown feature family {family!r}; there are tables of {', '.join(sorted(tables))}")
        table = pq.read_table(tables[family])
        found = table["object_id"].to_numpy()
        object_id = found if object_id is None else object_id
        _check_order(tables[family], found, object_id)
        columns = [name for name in table.column_names if name != "object_id" and _label(table.field(name)) in labels]
        if not columns:
            continue
        values = np.column_stack([table[name].to_numpy() for name in columns]).astype(np.float64)
        _check_values(tables[family], table, values, columns)
        names += [f"{family}.{name}" for name in columns]
        blocks.append(values)
    if not names:
        raise InputError(f"labels {list(labels)} leave no feature of {', '.join(families)}")
    _check_patterns(names, [*include, *exclude])
    kept = [j for j, name in enumerate(names) if _kept(name, include, exclude)]
    if not kept:
        raise InputError(f"include {list(include)} and exclude {list(exclude)} leave none of {len(names)} features")
    return FeatureMatrix(object_id, [names[j] for j in kept], np.ascontiguousarray(np.hstack(blocks)[:, kept]))


def family_tables(families: Sequence[str], paths: Sequence[str]) -> dict[str, Path | str]:
    """Pair families with the paths of their tables.

    Raises
    ------
    InputError
        If there are not as many of one as of the other.
    """
    if len(families) != len(paths):
        raise InputError(f"{len(families)} feature families ({', '.join(families)}) but {len(paths)} tables")
    return dict(zip(families, paths, strict=True))


def check_same_columns(known: FeatureMatrix, new: FeatureMatrix) -> None:
    """Raise `InputError` unless the test set has the features of the training set."""
    if known.names != new.names:
        differing = sorted(set(known.names) ^ set(new.names)) or ["the same in another order"]
        raise InputError(
            f"training and test set differ in features: {', '.join(differing[:5])}"
            f" ({len(known.names)} and {len(new.names)} columns); compute both with the same settings"
        )
