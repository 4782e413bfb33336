"""Features of light curves as a bundle's models want them, and what the models say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.curves import Curves
from tde.errors import InputError
from tde.features.registry import curves_read, fits_curves, learns
from tde.features.shared.learning import Learnt
from tde.features.table import compute_table, fit_curves
from tde.lightcurves import LightCurves
from tde.models.training import Fitted


def needed_families(features: Sequence[str], known: Sequence[str]) -> list[str]:
    """Families that some features come from, and those whose curves they read, in the order of ``known``."""
    families = {name.partition(".")[0] for name in features}
    families |= {curves for family in families for curves in curves_read(family)}
    return [family for family in known if family in families]


class FeatureTables(NamedTuple):
    """Features and fitted curves of some light curves, by the name of the family."""

    tables: dict[str, pa.Table]
    curves: dict[str, Curves]


def feature_tables(
    lightcurves: LightCurves,
    families: Mapping[str, dict[str, Any]],
    learnt: Mapping[str, Learnt] | None = None,
) -> FeatureTables:
    """Compute families, as the workflow's own jobs do.

    Parameters
    ----------
    lightcurves : LightCurves
    families : mapping
        Options of each family; those that fit curves are done first.
    learnt : mapping, optional
        What the families that learn from training objects have learnt; those without are left out.
    """
    curves = {name: fit_curves(name, lightcurves, families[name]) for name in families if fits_curves(name)}
    learnt = learnt or {}
    tables = {
        name: compute_table(
            name, lightcurves, options, {read: curves[read] for read in curves_read(name)}, learnt.get(name)
        )
        for name, options in families.items()
        if name in learnt or not learns(name)
    }
    return FeatureTables(tables, curves)


def matrix(tables: Mapping[str, pa.Table], names: Sequence[str], out: np.ndarray | None = None) -> np.ndarray:
    """Columns ``family.column`` of some tables, shape (n, len(names)).

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
    names : sequence of str
    out : ndarray, shape (n, len(names)), optional
        Where they are written; a new array otherwise.

    Raises
    ------
    InputError
        If a table or a column is missing.
    """
    n = len(next(iter(tables.values()))) if tables else 0
    X = np.empty((n, len(names))) if out is None else out
    for j, name in enumerate(names):
        family, _, column = name.partition(".")
        if family not in tables or column not in tables[family].column_names:
            raise InputError(f"feature {name!r} of the bundle is not computed here; use a bundle of this version")
        X[:, j] = tables[family][column].to_numpy()
    return X


def estimator_probabilities(estimators: Sequence[Fitted], X: np.ndarray) -> np.ndarray:
    """Class probabilities of each estimator, shape (n_estimators, n, n_classes)."""
    return np.array([estimator.predict_proba(X) for estimator in estimators])
