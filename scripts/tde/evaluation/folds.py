"""The folds all models share: repeated, stratified, of two kinds.

``random`` folds let children of one real parent fall on both sides, as they do in
the challenge's test set. ``parent`` folds keep each parent on one side: the score to
expect on new events.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.evaluation.classes import CLASSES, TDE

if TYPE_CHECKING:
    from sklearn.model_selection import BaseCrossValidator

KINDS = ("random", "parent")


def _splitter(kind: str, n_folds: int, seed: int) -> BaseCrossValidator:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    splitter = StratifiedKFold if kind == "random" else StratifiedGroupKFold
    return splitter(n_folds, shuffle=True, random_state=seed)


def assign_folds(codes: np.ndarray, parents: np.ndarray, kind: str, n_folds: int, seed: int) -> np.ndarray:
    """Fold of each object for one repeat.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Class codes, indices into `tde.evaluation.classes.CLASSES`.
    parents : ndarray of int, shape (n,)
        Parent labels; used by the kind ``parent`` only.
    kind : str
        One of `KINDS`.
    n_folds : int
    seed : int

    Returns
    -------
    ndarray of int64, shape (n,)
        The fold (0 ... n_folds - 1) in which the object is held out.

    Raises
    ------
    InputError
        If a fold would hold no TDE.
    """
    groups = np.arange(len(codes)) if kind == "random" else parents
    units = len(np.unique(groups[codes == TDE]))
    if units < n_folds:
        unit = "objects" if kind == "random" else "parents"
        raise InputError(
            f"folds: class {CLASSES[TDE]} has {units} {unit} but folds.n_folds is {n_folds};"
            f" every fold needs at least one, so allowed are 2 to {units}"
        )
    fold = np.empty(len(codes), dtype=np.int64)
    with warnings.catch_warnings():
        # a rare class with fewer members than folds is spread as far as it goes
        warnings.filterwarnings("ignore", message="The least populated class")
        for k, (_, held_out) in enumerate(
            _splitter(kind, n_folds, seed).split(codes, codes, None if kind == "random" else groups)
        ):
            fold[held_out] = k
    counts = np.bincount(fold[codes == TDE], minlength=n_folds)
    if counts.min() == 0:
        raise InputError(
            f"folds: {kind} fold {int(counts.argmin())} of {n_folds} (seed {seed}) holds no object of class"
            f" {CLASSES[TDE]} ({int(counts.sum())} in all); lower folds.n_folds or change folds.seed"
        )
    return fold


def make_folds(
    object_id: np.ndarray, codes: np.ndarray, parents: np.ndarray, n_folds: int, n_repeats: int, seed: int
) -> pa.Table:
    """The folds table of both kinds and all repeats.

    Parameters
    ----------
    object_id : ndarray of str, shape (n,)
    codes, parents : ndarray of int, shape (n,)
        As in `assign_folds`.
    n_folds, n_repeats : int
    seed : int
        Repeat ``r`` is shuffled with ``seed + r``.

    Returns
    -------
    pyarrow.Table
        object_id, kind, repeat, fold: one row per object, kind and repeat, sorted
        by kind and repeat, objects in the order given.
    """
    n = len(object_id)
    folds = [
        assign_folds(codes, parents, kind, n_folds, seed + repeat) for kind in KINDS for repeat in range(n_repeats)
    ]
    repeats = np.repeat(np.tile(np.arange(n_repeats), len(KINDS)), n)
    kinds = pa.DictionaryArray.from_arrays(np.repeat(np.arange(len(KINDS), dtype=np.int8), n * n_repeats), list(KINDS))
    return pa.table(
        {
            "object_id": pa.array(np.tile(object_id, len(KINDS) * n_repeats), pa.string()),
            "kind": kinds.cast(pa.string()),
            "repeat": pa.array(repeats, pa.int16()),
            "fold": pa.array(np.concatenate(folds), pa.int16()),
        }
    )


def read_folds(folds: pa.Table, object_id: np.ndarray, kind: str) -> np.ndarray:
    """Fold of each object in every repeat of one kind, in the order of ``object_id``.

    Parameters
    ----------
    folds : pyarrow.Table
        From `make_folds`.
    object_id : ndarray of str, shape (n,)
    kind : str
        One of `KINDS`.

    Returns
    -------
    ndarray of int, shape (n_repeats, n)

    Raises
    ------
    InputError
        If the table has no such kind, or not the same objects in each repeat.
    """
    of_kind = folds.filter(pc.equal(folds["kind"], kind))
    found = []
    for repeat in range(int(pc.max(of_kind["repeat"]).as_py() or 0) + 1):
        rows = of_kind.filter(pc.equal(of_kind["repeat"], repeat))
        held = dict(zip(rows["object_id"].to_numpy(), rows["fold"].to_numpy(), strict=True))
        missing = next((name for name in object_id if name not in held), None)
        if missing is not None or len(held) != len(object_id):
            raise InputError(
                f"folds: kind {kind!r}, repeat {repeat} holds {len(held)} objects, the object table {len(object_id)}"
                + (f"; object {str(missing)!r} is not in the folds" if missing is not None else "")
            )
        found.append([held[name] for name in object_id])
    return np.array(found, dtype=np.int64)
