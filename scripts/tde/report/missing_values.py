"""How many feature values are missing: per family, per column, per object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

MOSTLY = 0.5
"""A column missing in more than this share of the objects is mostly missing."""


class FeatureValues(NamedTuple):
    """Columns of a feature table without object_id: their names, and values of shape (n_objects, n_columns)."""

    names: list[str]
    values: np.ndarray


def feature_values(table: pa.Table) -> FeatureValues:
    """Names and values of the columns of a feature table."""
    names = [name for name in table.column_names if name != "object_id"]
    values = np.empty((table.num_rows, len(names)))
    for j, name in enumerate(names):
        values[:, j] = table[name].to_numpy()
    return FeatureValues(names, values)


def missing_per_object(values: Sequence[np.ndarray]) -> np.ndarray:
    """Share of all features, over several families, that each object lacks, shape (n_objects,)."""
    return sum(np.isnan(of_family).sum(axis=1) for of_family in values) / sum(v.shape[1] for v in values)


def missing_rates(values: np.ndarray) -> dict[str, float]:
    """How complete one table of features is.

    Parameters
    ----------
    values : ndarray, shape (n_objects, n_columns)

    Returns
    -------
    dict
        Numbers of columns and objects, the share of missing values, the numbers of columns
        never missing, missing in more than `MOSTLY` of the objects, always missing, and
        constant (one value wherever there is one), and the number of infinite values.
    """
    share = column_missing(values)
    return {
        "columns": values.shape[1],
        "objects": values.shape[0],
        "missing_share": float(share.mean()) if values.size else float("nan"),
        "never_missing": int((share == 0.0).sum()),
        "mostly_missing": int((share > MOSTLY).sum()),
        "always_missing": int((share == 1.0).sum()),
        "constant": int(constant_columns(values).sum()),
        "infinite_values": int(np.isinf(values).sum()),
    }


def column_missing(values: np.ndarray) -> np.ndarray:
    """Share of objects without a value in each column, shape (n_columns,)."""
    return np.isnan(values).mean(axis=0) if len(values) else np.full(values.shape[1], np.nan)


def constant_columns(values: np.ndarray) -> np.ndarray:
    """Columns that hold a single value wherever they hold one, shape (n_columns,)."""
    present = ~np.isnan(values)
    smallest = np.where(present, values, np.inf).min(axis=0, initial=np.inf)
    largest = np.where(present, values, -np.inf).max(axis=0, initial=-np.inf)
    return present.any(axis=0) & (smallest == largest)


def columns_to_look_at(values: Mapping[str, np.ndarray], names: list[str]) -> list[dict[str, Any]]:
    """Columns of one family that are mostly missing or constant in some set.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (n_objects, n_columns)
        The family's table of each set.
    names : list of str
        Names of the columns.

    Returns
    -------
    list of dict
        ``column``, ``why`` and the share missing in each set, in the order of the columns.
    """
    share = {name: column_missing(of_set) for name, of_set in values.items()}
    constant = np.any([constant_columns(of_set) for of_set in values.values()], axis=0)
    rows = []
    for j, column in enumerate(names):
        worst = max(of_set[j] for of_set in share.values())
        why = "always missing" if worst == 1.0 else "mostly missing" if worst > MOSTLY else ""
        why = ", ".join(filter(None, [why, "constant" if constant[j] else ""]))
        if why:
            rows.append({"column": column, "why": why, **{name: float(of_set[j]) for name, of_set in share.items()}})
    return rows
