"""The training objects as evaluation sees them: identifiers, classes, parents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tde.evaluation.classes import TDE, class_codes
from tde.tables import read_parquet


@dataclass(frozen=True)
class TrainingObjects:
    """Training objects in the order of the object table.

    Attributes
    ----------
    object_id : ndarray of str, shape (n,)
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    parents : ndarray of int, shape (n,)
        Label of the real event the object was simulated from, for grouping only.
    sets : ndarray of str, shape (n,), optional
        Which of several sets that are learnt from together an object is of.
    weight : ndarray, shape (n,), optional
        Of each object in training, where they do not weigh the same.
    """

    object_id: np.ndarray
    codes: np.ndarray
    parents: np.ndarray
    sets: np.ndarray | None = None
    weight: np.ndarray | None = None

    @property
    def positive(self) -> np.ndarray:
        """True for a TDE, shape (n,)."""
        return self.codes == TDE


def read_training_objects(path: Path | str) -> TrainingObjects:
    """Read the training table: one row per training object, with its class and parent.

    Raises
    ------
    InputError
        If a spectroscopic type belongs to none of the five classes.
    """
    table = read_parquet(path)
    codes = class_codes(table["spec_type"].to_pylist())
    of_sets = [table[name].to_numpy() if name in table.column_names else None for name in ("set", "weight")]
    return TrainingObjects(table["object_id"].to_numpy(), codes, table["parent"].to_numpy(), *of_sets)
