"""What a bundle remembers of the objects it was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from tde.evaluation.classes import CLASSES
from tde.features.table import family_module
from tde.lightcurves import LightCurves
from tde.sources.chunk_files import bands_used

QUANTILES = np.linspace(0.0, 1.0, 41)
"""Quantiles of a feature that are kept."""

TDE_QUANTILES = (0.16, 0.5, 0.84)

N_REDSHIFTS = 99
"""Quantiles of the redshift that are kept: the population over which an unknown one is averaged."""

N_NEIGHBOUR_FEATURES = 40
"""Most important features, by which training objects are compared with new ones."""


def population(lightcurves: LightCurves, codes: np.ndarray) -> dict[str, Any]:
    """Classes, redshifts and sampling of the training objects.

    Parameters
    ----------
    lightcurves : LightCurves
    codes : ndarray of int, shape (n,)
        Codes of the five classes.

    Returns
    -------
    dict
        ``classes`` (objects of each), ``z`` (quantiles at (k + 1/2) / `N_REDSHIFTS`),
        ``z_central`` (the central 99 %), ``ebv_median``, ``fewest_points`` and
        ``fewest_bands`` (1 % of the objects have fewer).
    """
    known = lightcurves.z[np.isfinite(lightcurves.z)]
    ebv = lightcurves.ebv[np.isfinite(lightcurves.ebv)]
    n_points = np.diff(lightcurves.offsets)
    levels = (np.arange(N_REDSHIFTS) + 0.5) / N_REDSHIFTS
    return {
        "n_objects": len(lightcurves),
        "classes": {name: int((codes == code).sum()) for code, name in enumerate(CLASSES)},
        "z": np.quantile(known, levels, method="closest_observation").tolist() if len(known) else [],
        "z_central": np.quantile(known, [0.005, 0.995]).tolist() if len(known) else [0.0, 0.0],
        "ebv_median": float(np.median(ebv)) if len(ebv) else 0.0,
        "fewest_points": int(np.quantile(n_points, 0.01)),
        "fewest_bands": int(np.quantile(bands_used(lightcurves), 0.01)),
    }


def declared_columns(families: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Declaration of every feature, by its name ``family.column``."""
    return {
        f"{family}.{column.name}": column
        for family, options in families.items()
        for column in family_module(family).columns(**options)
    }


def feature_summary(
    names: list[str],
    X: np.ndarray,
    is_tde: np.ndarray,
    importance: np.ndarray,
    families: Mapping[str, dict[str, Any]],
) -> pa.Table:
    """One row per feature, the most important first.

    Parameters
    ----------
    names : list of str, length m
    X : ndarray, shape (n, m)
        Features of the training objects.
    is_tde : ndarray of bool, shape (n,)
    importance : ndarray, shape (m,)
        Share of the blend's importance.
    families : mapping
        Options of each family.

    Returns
    -------
    pyarrow.Table
        feature, unit, meaning, label, importance, missing (share of objects),
        quantiles (`QUANTILES`), tde_quantiles (`TDE_QUANTILES`); NaN where no object has a value.
    """
    declared = declared_columns(families)
    order = np.argsort(-importance, kind="stable")
    columns = [declared[names[j]] for j in order]
    return pa.table(
        {
            "feature": [names[j] for j in order],
            "unit": [column.unit for column in columns],
            "meaning": [column.meaning for column in columns],
            "label": [column.label for column in columns],
            "importance": importance[order],
            "missing": np.isnan(X).mean(axis=0)[order],
            "quantiles": [_quantiles(X[:, j], QUANTILES) for j in order],
            "tde_quantiles": [_quantiles(X[is_tde, j], TDE_QUANTILES) for j in order],
        }
    )


def _quantiles(values: np.ndarray, levels: Any) -> list[float]:
    values = values[~np.isnan(values)]
    return np.quantile(values, levels).tolist() if len(values) else [np.nan] * len(levels)
