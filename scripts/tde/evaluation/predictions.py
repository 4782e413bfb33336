"""Tables of predictions: out-of-fold ones of the training set, and those of the test set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError

P_TDE = "p_TDE"
"""The column every table of predictions has."""

PHOTOZ = "_photoz"
"""Ending of the columns predicted with scattered redshifts, see `tde.evaluation.redshifts`."""


@dataclass(frozen=True)
class OutOfFold:
    """Out-of-fold P(TDE) of one model for one kind of folds.

    Attributes
    ----------
    kind : str
    probability : ndarray, shape (n_repeats, n_objects)
    fold : ndarray of int, shape (n_repeats, n_objects)
    """

    kind: str
    probability: np.ndarray
    fold: np.ndarray


def prediction_columns(classes: tuple[str, ...], probability: np.ndarray) -> dict[str, np.ndarray]:
    """The columns ``p_<class>`` of an array of shape (n_objects, n_classes).

    Of two classes only that of the TDE is kept: the other is its complement.
    """
    kept = [j for j, name in enumerate(classes) if len(classes) > 2 or name == "TDE"]
    return {f"p_{classes[j]}": np.ascontiguousarray(probability[:, j], dtype=np.float64) for j in kept}


def oof_table(
    object_id: np.ndarray, kind: str, repeat: int, fold: np.ndarray, columns: dict[str, np.ndarray]
) -> pa.Table:
    """Out-of-fold predictions of one kind and repeat, one row per object.

    Parameters
    ----------
    object_id : ndarray of str, shape (n,)
    kind : str
        One of `tde.evaluation.folds.KINDS`.
    repeat : int
    fold : ndarray of int, shape (n,)
    columns : dict of ndarray, shape (n,)
        The probabilities.
    """
    n = len(object_id)
    return pa.table(
        {
            "object_id": pa.array(object_id, pa.string()),
            "kind": pa.array([kind] * n, pa.string()),
            "repeat": pa.array(np.full(n, repeat), pa.int16()),
            "fold": pa.array(fold, pa.int16()),
            **columns,
        }
    )


def prediction_table(object_id: np.ndarray, columns: dict[str, np.ndarray]) -> pa.Table:
    """Predictions for the test set, one row per object."""
    return pa.table({"object_id": pa.array(object_id, pa.string()), **columns})


def out_of_fold(table: pa.Table, object_id: np.ndarray, column: str = P_TDE) -> list[OutOfFold]:
    """Predictions per kind as arrays, repeats in ascending order.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of all kinds and repeats, each repeat in the order of ``object_id``.
    object_id : ndarray of str, shape (n_objects,)
    column : str
        The probability to read.

    Raises
    ------
    InputError
        If a repeat does not hold exactly these objects in this order.
    """
    found = []
    for kind in pc.unique(table["kind"]).to_pylist():
        of_kind = table.filter(pc.equal(table["kind"], kind))
        probability, fold = [], []
        for repeat in sorted(pc.unique(of_kind["repeat"]).to_pylist()):
            rows = of_kind.filter(pc.equal(of_kind["repeat"], repeat))
            if not np.array_equal(rows["object_id"].to_numpy(), object_id):
                raise InputError(
                    f"out-of-fold predictions of kind {kind!r}, repeat {repeat} hold {rows.num_rows} objects that are"
                    f" not the {len(object_id)} of the object table in its order"
                )
            probability.append(rows[column].to_numpy())
            fold.append(rows["fold"].to_numpy().astype(np.int64))
        found.append(OutOfFold(kind, np.array(probability), np.array(fold)))
    return found
