"""What a fit may read besides features: weights of objects and tuned parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tde.errors import InputError
from tde.evaluation.objects import TrainingObjects
from tde.tables import read_json, read_parquet


def read_weights(paths: Sequence[Path | str], training: TrainingObjects) -> np.ndarray | None:
    """Weights of the training objects, shape (n,): those of their sets times those in the file; None if all are 1.

    Raises
    ------
    InputError
        If the file holds other objects or another order.
    """
    if not paths:
        return training.weight
    table = read_parquet(paths[0])
    if not np.array_equal(table["object_id"].to_numpy(), training.object_id):
        n = len(training.object_id)
        raise InputError(f"{paths[0]}: weights of {table.num_rows} objects, not of the {n} in training")
    weight = table["weight"].to_numpy()
    return weight if training.weight is None else weight * training.weight


def read_tuned(paths: Sequence[Path | str]) -> dict[str, Any] | None:
    """Tuned parameters of a model; None if there is no file."""
    return read_json(paths[0])["parameters"] if paths else None
