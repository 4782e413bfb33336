"""The matrix a model reads: family tables joined, columns chosen.

Columns are always named ``family.column``, so that equal names of two families stay
apart and every importance table says where a feature comes from. Columns that are NaN
or constant for all objects are kept: trees never split on them, and dropping them
would make a model's columns depend on the objects at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.features.shared.labels import LABELS, PHYSICS

BLOCK = 50_000
"""Objects whose features are in memory at a time when they are streamed."""


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


def choose_columns(
    schemas: Mapping[str, pa.Schema],
    families: Sequence[str],
    include: Sequence[str] = ("*",),
    exclude: Sequence[str] = (),
    labels: Sequence[str] = LABELS,
) -> dict[str, list[str]]:
    """Columns wanted of each family.

    Parameters
    ----------
    schemas : mapping
        Of the table of each family there is.
    families, include, exclude, labels
        As in `read_features`, which says what is wrong with them.
    """
    columns: dict[str, list[str]] = {}
    for family in families:
        if family not in schemas:
            raise InputError(f"unknown feature family {family!r}; there are tables of {', '.join(sorted(schemas))}")
        fields = (field for field in schemas[family] if field.name != "object_id")
        columns[family] = [field.name for field in fields if _label(field) in labels]
    names = [f"{family}.{name}" for family in families for name in columns[family]]
    if not names:
        raise InputError(f"labels {list(labels)} leave no feature of {', '.join(families)}")
    _check_patterns(names, [*include, *exclude])
    kept = {f: [name for name in columns[f] if _kept(f"{f}.{name}", include, exclude)] for f in families}
    if not any(kept.values()):
        raise InputError(f"include {list(include)} and exclude {list(exclude)} leave none of {len(names)} features")
    return kept


def _schemas(tables: Mapping[str, Path | str]) -> dict[str, pa.Schema]:
    """Schemas of tables, read without any value."""
    return {family: pq.read_schema(path) for family, path in tables.items()}


def _join(
    tables: dict[str, Path | str],
    columns: dict[str, list[str]],
    parts: Sequence[pa.Table],
    object_id: np.ndarray | None,
) -> FeatureMatrix:
    """One matrix of the same rows of all families."""
    names = [f"{family}.{name}" for family, wanted in columns.items() for name in wanted]
    wanted_id = parts[0]["object_id"].to_numpy() if object_id is None else object_id
    values = np.empty((len(wanted_id), len(names)))
    for family, part in zip(columns, parts, strict=True):
        _check_order(tables[family], part["object_id"].to_numpy(), wanted_id)
    j = 0
    for (family, wanted), part in zip(columns.items(), parts, strict=True):
        for name in wanted:
            values[:, j] = part[name].to_numpy()
            infinite = np.flatnonzero(np.isinf(values[:, j]))
            if len(infinite):
                raise InputError(
                    f"{tables[family]}: column {name!r} of object {wanted_id[infinite[0]]!r} is"
                    f" {values[infinite[0], j]}; allowed are finite values and NaN"
                )
            j += 1
    return FeatureMatrix(wanted_id, names, values)


def read_features(
    tables: dict[str, Path | str],
    families: Sequence[str],
    object_id: np.ndarray | None = None,
    include: Sequence[str] = ("*",),
    exclude: Sequence[str] = (),
    labels: Sequence[str] = LABELS,
) -> FeatureMatrix:
    """Join the tables of some families; only the columns wanted are read.

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
    columns = choose_columns(_schemas(tables), families, include, exclude, labels)
    parts = [pq.read_table(tables[family], columns=["object_id", *wanted]) for family, wanted in columns.items()]
    return _join(tables, columns, parts, object_id)


def stream_features(
    tables: dict[str, Path | str],
    families: Sequence[str],
    include: Sequence[str] = ("*",),
    exclude: Sequence[str] = (),
    labels: Sequence[str] = LABELS,
    rows: int = BLOCK,
) -> Iterator[FeatureMatrix]:
    """Join the tables of some families, some objects at a time.

    Parameters
    ----------
    tables, families, include, exclude, labels
        As in `read_features`.
    rows : int
        Objects at a time.
    """
    columns = choose_columns(_schemas(tables), families, include, exclude, labels)
    blocks = [_stream_rows(tables[family], ["object_id", *wanted], rows) for family, wanted in columns.items()]
    for parts in zip_longest(*blocks, fillvalue=pa.table({"object_id": pa.array([], pa.string())})):
        yield _join(tables, columns, parts, None)


def _stream_rows(path: Path | str, columns: list[str], rows: int) -> Iterator[pa.Table]:
    """A Parquet file in tables of so many rows, whatever its row groups are."""
    with pq.ParquetFile(path) as file:
        waiting = file.schema_arrow.empty_table().select(columns)
        for batch in file.iter_batches(rows, columns=columns):
            waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch]).select(columns)])
            while waiting.num_rows >= rows:
                yield waiting.slice(0, rows)
                waiting = waiting.slice(rows)
        if waiting.num_rows:
            yield waiting


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
