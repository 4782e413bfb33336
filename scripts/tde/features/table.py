"""What a feature family is: declared columns, and a function from light curves to a table.

A family is a module or package of `tde.features`, and a row of `tde.features.registry`, with two
functions::

    columns(**options) -> list[Column]
    compute(lightcurves, **options) -> ndarray, shape (n_objects, n_columns)

``options`` is the family's block of config.yaml. Column ``j`` of the array is
``columns(**options)[j]``. What is not defined for an object is NaN, never 0.

A family that fits curves (`tde.features.registry.Family.curves`) first fits one to all bands
of each object and keeps it for itself and others to read::

    fit(lightcurves, **options) -> Curves

Families that read curves get them under the name of the family that fitted them:
``compute(lightcurves, rank1=curves, **options)``.

A family that learns from training objects (`tde.features.registry.Family.learns`) does so
anew inside each fold; `tde.features.shared.learning` says how it is kept honest::

    learn(lightcurves, sample, **curves, **options) -> Learnt

and ``compute`` gets ``learnt``, and the ``half`` that each object was in.

The functions here give families light curves and curves whose times count from each
object's first observation (`tde.features.shared.own_clock`). Dates are for files and people.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.curves import Curves
from tde.features.shared.labels import PHYSICS
from tde.features.shared.learning import OUTSIDE, Learnt, Sample
from tde.features.shared.own_clock import moved, on_own_clock, starts
from tde.lightcurves import LightCurves


class Column(NamedTuple):
    """Declaration of one feature.

    Attributes
    ----------
    name : str
    unit : str
        In astropy's notation; empty for a pure number.
    meaning : str
        One line: what is measured, with its formula where that is short.
    label : str
        One of `tde.features.shared.labels.LABELS`.
    source : str
        Paper and equation where the quantity is defined; empty if it is elementary.
    frame : str
        Of its times and temperatures, `tde.features.shared.conventions.OBSERVER` or ``REST``.
    edge : str
        What the value is where a fit ended at an edge or the data end before: see the same module.
    """

    name: str
    unit: str
    meaning: str
    label: str = PHYSICS
    source: str = ""
    frame: str = ""
    edge: str = ""

    @property
    def described(self) -> str:
        """The meaning with frame and edge policy, as tables for readers show it."""
        return "; ".join(part for part in (self.meaning, self.frame, self.edge) if part)


def family_module(family: str) -> ModuleType:
    """The module or package of a feature family, by its name in config.yaml."""
    return importlib.import_module(f"tde.features.{family}")


def fit_curves(family: str, lightcurves: LightCurves, options: dict[str, Any]) -> Curves:
    """Fit the curves of a family that fits some.

    Parameters
    ----------
    family : str
    lightcurves : LightCurves
    options : dict
        The family's block of config.yaml.

    Returns
    -------
    Curves
        Of the dates of the observations.
    """
    return moved(family_module(family).fit(on_own_clock(lightcurves), **options), starts(lightcurves))


def _on_own_clocks(lightcurves: LightCurves, curves: Mapping[str, Curves] | None) -> dict[str, Any]:
    """Curves by the family that fitted them, as the object's own clock has them."""
    start = starts(lightcurves)
    return {name: moved(fitted, -start) for name, fitted in (curves or {}).items()}


def learn(
    family: str, lightcurves: LightCurves, sample: Sample, options: dict[str, Any], curves: Mapping[str, Curves]
) -> Learnt:
    """Let a family learn from training objects.

    Parameters
    ----------
    family : str
    lightcurves : LightCurves
    sample : Sample
        The same objects.
    options : dict
        The family's block of config.yaml.
    curves : mapping of str to Curves
        The curves the family reads, by the family that fitted them.
    """
    clocked = _on_own_clocks(lightcurves, curves)
    return family_module(family).learn(on_own_clock(lightcurves), sample, **clocked, **options)


def compute_table(
    family: str,
    lightcurves: LightCurves,
    options: dict[str, Any],
    curves: Mapping[str, Curves] | None = None,
    learnt: Learnt | None = None,
    half: np.ndarray | None = None,
) -> pa.Table:
    """Compute one family for all objects of a shard.

    Parameters
    ----------
    family : str
        Name of a module of `tde.features`.
    lightcurves : LightCurves
    options : dict
        The family's block of config.yaml.
    curves : mapping of str to Curves, optional
        The curves the family reads, by the family that fitted them.
    learnt : Learnt, optional
        What the family has learnt, if it learns.
    half : ndarray of int, shape (n,), optional
        The half each object was in while it learnt; without, it has seen none of them.

    Returns
    -------
    pyarrow.Table
        ``object_id`` and one column per declared feature, in the order of the objects:
        float32 if the family computes in single precision, float64 otherwise. Infinite
        values become NaN. A column's label is in its metadata.

    Raises
    ------
    ValueError
        If the family returns another number of columns than it declares.
    """
    module = family_module(family)
    columns = module.columns(**options)
    inputs = _on_own_clocks(lightcurves, curves)
    if learnt is not None:
        inputs |= {"learnt": learnt, "half": np.full(len(lightcurves), OUTSIDE) if half is None else half}
    values = np.asarray(module.compute(on_own_clock(lightcurves), **inputs, **options))
    if values.shape != (len(lightcurves), len(columns)):
        raise ValueError(
            f"feature family {family!r} declares {len(columns)} columns for {len(lightcurves)} objects"
            f" but returned an array of shape {values.shape}"
        )
    return feature_table(lightcurves.object_id, columns, values)


def feature_table(object_id: np.ndarray, columns: list[Column], values: np.ndarray) -> pa.Table:
    """Table of feature values.

    Parameters
    ----------
    object_id : ndarray of str, shape (n,)
    columns : list of Column
    values : ndarray, shape (n, len(columns))

    Returns
    -------
    pyarrow.Table
        ``object_id`` and one column per declared feature, float32 or float64 as the values
        are. Infinite values become NaN. A column's label is in its metadata.
    """
    kind = np.float32 if values.dtype == np.float32 else np.float64
    values = np.where(np.isfinite(values), values, np.nan).astype(kind)
    arrays = [pa.array(object_id, pa.string())]
    arrays += [pa.array(np.ascontiguousarray(values[:, j])) for j in range(len(columns))]
    fields = [pa.field("object_id", pa.string())]
    fields += [pa.field(column.name, pa.from_numpy_dtype(kind), metadata={"label": column.label}) for column in columns]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
