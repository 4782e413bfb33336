"""Class, event and set of each object of a collection that is learnt from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tde.collection.object_labels import Labels
from tde.errors import InputError
from tde.evaluation.classes import CLASSES, TDE, class_codes


def training_table(labels: Labels, objects: pa.Table, n_folds: int) -> pa.Table:
    """What cross-validation knows of the objects: object_id, spec_type, and the event as ``parent``.

    Where the collection has several sets, also the ``set`` and the ``weight`` of each object.

    Parameters
    ----------
    labels : Labels
    objects : pyarrow.Table
        The objects with a label: ``object_id``, and ``label``, what the files of light curves call them.
    n_folds : int

    Raises
    ------
    InputError
        If an object has lost its label, a class has fewer events than there are folds, or a weight is of no set.
    """
    names, in_files = (objects[column].to_pylist() for column in ("object_id", "label"))
    types = [labels.spec_type(name, words) for name, words in zip(names, in_files, strict=True)]
    if None in types:
        raise InputError(
            f"{labels.key}: object {names[types.index(None)]!r} has no label any more; read the files again"
        )
    parents = labels.groups(names)
    _refuse_small_classes(labels, class_codes([str(name) for name in types]), parents, n_folds)
    columns = {"object_id": objects["object_id"], "spec_type": pa.array(types, pa.string()), "parent": parents}
    return pa.table(columns | (_of_sets(labels, names) if labels.collection.set else {}))


def _of_sets(labels: Labels, names: list[str]) -> dict[str, pa.Array]:
    """Set and weight of each object."""
    sets, weights = labels.sets(names), labels.collection.weights
    unknown = [name for name in weights if name not in sets]
    if unknown:
        raise InputError(
            f"{labels.key}.weights: {unknown[0]!r} is no set of objects with a label and a light curve; allowed:"
            f" {', '.join(map(repr, sorted(set(sets))))}, the names in the column {labels.collection.set!r}"
        )
    weight = np.array([weights.get(name, 1.0) for name in sets])
    return {"set": pa.array(sets, pa.string()), "weight": pa.array(weight / weight.mean())}


def _refuse_small_classes(labels: Labels, codes: np.ndarray, parents: np.ndarray, n_folds: int) -> None:
    """Every class must be there in every fold; one without any object is none of the collection's."""
    for code, name in enumerate(CLASSES):
        events = len(np.unique(parents[codes == code]))
        if events >= n_folds or (not events and code != TDE):
            continue
        called = ", ".join(repr(label) for label, found in labels.collection.classes.items() if found == name)
        raise InputError(
            f"{labels.key}.classes: {name} ({called}) has {events} events (objects, or groups of them) with a light"
            f" curve and folds.n_folds is {n_folds}; allowed: at least as many as folds, so lower folds.n_folds, or"
            " give these labels another class or null"
        )
    if len(np.unique(codes)) == 1:
        raise InputError(f"{labels.key}.classes: all objects with light curves are of one class; allowed: two or more")
