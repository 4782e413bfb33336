"""A few light curves in a bundle, and their features when it was written.

With them, code that has changed since shows that it still computes what the models have learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.features.shared.learning import Learnt
from tde.lightcurves import LightCurves, read_shard, write_shard
from tde.predict.bundle import Bundle
from tde.predict.matrix import feature_tables
from tde.tables import read_parquet, write_parquet

CURVES, OBJECTS, FEATURES = "known_lightcurves.parquet", "known_objects.parquet", "known_features.parquet"

TOLERANCE = 1e-4
"""Relative difference from which on a value is another one; optimisers end where rounding leads them."""

ODD = 0.1
"""Share of the objects that may differ in a column: another end of one fit changes no meaning."""


def write_known(
    folder: Path,
    lightcurves: LightCurves,
    families: Mapping[str, dict[str, Any]],
    learnt: Mapping[str, Learnt],
    names: list[str],
) -> None:
    """Write a few light curves and their features into a bundle.

    Parameters
    ----------
    folder : path
    lightcurves : LightCurves
    families : mapping
        Options of each feature family.
    learnt : mapping
        What families have learnt from the training objects.
    names : list of str
        The features that models read, as ``family.column``.
    """
    write_shard(folder / CURVES, lightcurves)
    objects = {name: getattr(lightcurves, name) for name in ("object_id", "z", "ebv", "distance_modulus")}
    write_parquet(folder / OBJECTS, pa.table(objects))
    tables = feature_tables(lightcurves, families, learnt).tables
    write_parquet(folder / FEATURES, pa.table({name: _column(tables, name) for name in names}))


def check_features(bundle: Bundle) -> None:
    """Refuse a bundle whose features would be others here than those its models have learnt from.

    Nothing is computed if the code is that which the bundle was written with.

    Raises
    ------
    InputError
        With the features that differ most.
    """
    if bundle.by_this_code:
        return
    objects = read_parquet(bundle.folder / OBJECTS)
    lightcurves = read_shard(bundle.folder / CURVES, objects)
    tables = feature_tables(lightcurves, bundle.families, bundle.learnt).tables
    known = read_parquet(bundle.folder / FEATURES)
    here = {name: _column(tables, name) for name in known.column_names}
    shares = {name: float(differ(known[name].to_numpy(), values).mean()) for name, values in here.items()}
    others = sorted((name for name, share in shares.items() if share > ODD), key=lambda name: -shares[name])
    if others:
        raise InputError(
            f"{bundle.folder}: its features were computed by other code: {len(others)} of {len(shares)} come out"
            f" differently here for more than {ODD:.0%} of {len(objects)} known light curves, {', '.join(others[:3])}"
            " among them; use the version of the workflow that made it, or train again"
        )
    print(f"{bundle.folder}: written with other code, which gives the same features of {len(objects)} light curves")


def differ(known: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Whether values differ by more than `TOLERANCE`, or one of two is undefined, shape (n,).

    Parameters
    ----------
    known, here : ndarray, shape (n,)
    """
    scale = np.maximum(np.abs(known), np.abs(here))
    same = np.abs(known - here) <= TOLERANCE * np.maximum(scale, np.finfo(float).tiny)
    return ~(same | (np.isnan(known) & np.isnan(here)))


def _column(tables: Mapping[str, pa.Table], name: str) -> np.ndarray:
    family, _, column = name.partition(".")
    if family not in tables or column not in tables[family].column_names:
        raise InputError(f"feature {name!r} of the bundle is not computed here; use a bundle of this version")
    return np.asarray(tables[family][column].to_numpy(), dtype=np.float64)
