"""A model's block in config.yaml, as its fits use it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.errors import InputError
from tde.evaluation.classes import CLASSES, TDE
from tde.models.estimator_class import estimator_class
from tde.workflow.configuration.model_settings import ModelSettings, Target
from tde.workflow.configuration.problems import read_block

TARGETS: dict[Target, tuple[str, ...]] = {"binary": ("rest", "TDE"), "classes": CLASSES}
"""Class names of each target; the last is always the TDE."""


class ModelBlock(ModelSettings):
    """One model: its block and its name.

    Attributes
    ----------
    name : str
        The block's key under ``models``.
    """

    name: str

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes the estimator tells apart; the last is the TDE."""
        return TARGETS[self.target]

    def target_codes(self, codes: np.ndarray) -> np.ndarray:
        """What the estimator learns, from codes of the five classes, shape (n,)."""
        return (codes == TDE).astype(np.int64) if self.target == "binary" else codes

    def sample_weights(self, codes: np.ndarray) -> np.ndarray:
        """Weight of each training object, from codes of the five classes, shape (n,)."""
        positive = codes == TDE
        n_positive = int(positive.sum())
        if n_positive == 0:
            raise InputError(f"model {self.name!r}: none of its {len(codes)} training objects is a TDE")
        weight = (len(codes) - n_positive) / n_positive if self.balance_classes else self.tde_weight
        return np.where(positive, weight, 1.0)


def parse_block(name: str, block: dict[str, Any], tuned: dict[str, Any] | None = None) -> ModelBlock:
    """Check a model's block of config.yaml.

    Parameters
    ----------
    name : str
        The model's name.
    block : dict
        What stands under ``models.<name>``.
    tuned : dict, optional
        Parameters found by tuning; they join those of the block.

    Raises
    ------
    InputError
        Naming the model and the key, for all that is wrong in the block or for a parameter
        that its estimator does not know.
    """
    where = f"models.{name}"
    settings = read_block(ModelSettings, block, where)
    given = {key: getattr(settings, key) for key in settings.model_fields_set}
    model = ModelBlock(**given | {"name": name, "parameters": settings.parameters | (tuned or {})})
    estimator_class(model.estimator, where).check(where, model.parameters, model.early_stopping)
    return model
