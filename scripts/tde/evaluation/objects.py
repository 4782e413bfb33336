"""The training objects as evaluation sees them: identifiers, classes, parents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from tde.errors import InputError
from tde.evaluation.classes import TDE, class_codes


@dataclass(frozen=True)
class TrainingObjects:
    """Training objects in the order of the object table.

    Attributes
    ----------
    object_id : ndarray of str, shape (n,)
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    parents : ndarray of int, shape (n,)
        Parent labels; each object its own if no table of parents was read.
    """

    object_id: np.ndarray
    codes: np.ndarray
    parents: np.ndarray

    @property
    def positive(self) -> np.ndarray:
        """True for a TDE, shape (n,)."""
        return self.codes == TDE


def read_training_objects(objects: Path | str, parents: Path | str | None = None) -> TrainingObjects:
    """Read the object table of the training set and, if given, the table of parents.

    Raises
    ------
    InputError
        If a target contradicts its spectroscopic type, or the parents are those of
        other objects.
    """
    table = pq.read_table(objects, columns=["object_id", "spec_type", "target"])
    object_id = table["object_id"].to_numpy()
    spec_types = table["spec_type"].to_pylist()
    codes = class_codes(spec_types)
    contradicts = np.flatnonzero((codes == TDE) != (table["target"].to_numpy() == 1))
    if len(contradicts):
        row = int(contradicts[0])
        raise InputError(
            f"{objects}: object {object_id[row]!r} has SpecType {spec_types[row]!r} but target"
            f" {table['target'][row].as_py()}; target must be 1 for TDE and 0 for all others"
        )
    if parents is None:
        return TrainingObjects(object_id, codes, np.arange(len(codes)))
    labels = pq.read_table(parents)
    if not np.array_equal(labels["object_id"].to_numpy(), object_id):
        raise InputError(f"{parents}: the objects are not those of {objects} in the same order; recover them again")
    return TrainingObjects(object_id, codes, labels["parent"].to_numpy())
