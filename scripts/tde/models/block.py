"""A model's block in config.yaml, checked before any work is done."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from tde.errors import InputError
from tde.evaluation.classes import CLASSES, TDE
from tde.features.registry import LABELS
from tde.models.estimator import EarlyStopping
from tde.models.estimator_names import estimator_class
from tde.models.selection import Selection

TARGETS = {"binary": ("rest", "TDE"), "classes": CLASSES}
"""Class names of each target; the last is always the TDE."""


@dataclass(frozen=True)
class ModelBlock:
    """One model as the user describes it.

    Attributes
    ----------
    name : str
        The block's key under ``models``.
    features : list of str
        Feature families that are joined.
    estimator : str
        Key of `tde.models.estimator_names.ESTIMATORS`.
    target : str
        ``binary`` (TDE against the rest) or ``classes`` (the five classes).
    labels : list of str
        Columns with these labels are kept: ``physics``, ``generator-aware`` or both.
    include, exclude : list of str
        Shell-style patterns over ``family.column``; a column is kept if it matches an
        ``include`` pattern (all do by default) and no ``exclude`` pattern.
    balance_classes : bool
        Weigh each TDE by (number of others) / (number of TDEs) in the training part.
    tde_weight : float
        Weight of a TDE when the classes are not balanced.
    n_seeds : int
        Fits averaged for the test set.
    early_stopping : EarlyStopping or None
    selection : Selection or None
        Features kept by importance, chosen anew in each fit.
    adversarial_weights : bool
        Weigh training objects by how much they look like the test set.
    parameters : dict
        Parameters of the estimator, under their scikit-learn names.
    """

    name: str
    features: list[str]
    estimator: str
    target: str = "binary"
    labels: list[str] = field(default_factory=lambda: list(LABELS))
    include: list[str] = field(default_factory=lambda: ["*"])
    exclude: list[str] = field(default_factory=list)
    balance_classes: bool = False
    tde_weight: float = 1.0
    n_seeds: int = 1
    early_stopping: EarlyStopping | None = None
    selection: Selection | None = None
    adversarial_weights: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

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


def _check_keys(where: str, given: dict[str, Any], allowed: list[str]) -> None:
    unknown = sorted(set(given) - set(allowed))
    if unknown:
        raise InputError(f"{where}: unknown key {unknown[0]!r}; allowed are {', '.join(sorted(allowed))}")


def _early_stopping(where: str, block: dict[str, Any] | None) -> EarlyStopping | None:
    if not block:
        return None
    _check_keys(f"{where}.early_stopping", block, [item.name for item in fields(EarlyStopping)])
    if "rounds" not in block:
        raise InputError(f"{where}.early_stopping: the key 'rounds' is missing")
    stopping = EarlyStopping(**block)
    if stopping.watch not in ("inner", "fold"):
        raise InputError(f"{where}.early_stopping.watch is {stopping.watch!r}; allowed are inner and fold")
    if not 0.0 < stopping.validation_fraction <= 0.5:
        raise InputError(
            f"{where}.early_stopping.validation_fraction is {stopping.validation_fraction};"
            " allowed is above 0 up to 0.5"
        )
    if stopping.rounds < 1:
        raise InputError(f"{where}.early_stopping.rounds is {stopping.rounds}; allowed is 1 or more")
    return stopping


def _selection(where: str, block: dict[str, Any] | None) -> Selection | None:
    if not block:
        return None
    _check_keys(f"{where}.selection", block, [item.name for item in fields(Selection)])
    if "n_features" not in block:
        raise InputError(f"{where}.selection: the key 'n_features' is missing")
    selection = Selection(**block)
    if selection.n_features < 1 or not 0.0 < selection.max_correlation <= 1.0:
        raise InputError(
            f"{where}.selection keeps {selection.n_features} features of correlation up to {selection.max_correlation};"
            " allowed are 1 or more, and above 0 up to 1"
        )
    return selection


NOT_LEARNT = ("tuning", "reported")
"""Keys of a block that say where its parameters come from and what others report; fits do not read them."""


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
        Naming the model and the key for an unknown key, estimator, target or
        estimator parameter, or a missing key.
    """
    where = f"models.{name}"
    block = {key: value for key, value in block.items() if key not in NOT_LEARNT}
    _check_keys(where, block, [item.name for item in fields(ModelBlock) if item.name != "name"])
    for key in ("features", "estimator"):
        if not block.get(key):
            raise InputError(f"{where}: the key {key!r} is missing")
    stopping = _early_stopping(where, block.get("early_stopping"))
    parameters = {**(block.get("parameters") or {}), **(tuned or {})}
    selection = _selection(where, block.get("selection"))
    parsed = ModelBlock(name, **{**block, "early_stopping": stopping, "selection": selection, "parameters": parameters})
    if parsed.target not in TARGETS:
        raise InputError(f"{where}.target is {parsed.target!r}; allowed are {', '.join(TARGETS)}")
    unknown = [label for label in parsed.labels if label not in LABELS]
    if unknown or not parsed.labels:
        raise InputError(f"{where}.labels is {parsed.labels}; allowed are {', '.join(LABELS)}")
    if parsed.balance_classes and parsed.tde_weight != 1.0:
        raise InputError(f"{where}: give either balance_classes: true or tde_weight, not both")
    if parsed.n_seeds < 1:
        raise InputError(f"{where}.n_seeds is {parsed.n_seeds}; allowed is 1 or more")
    estimator_class(parsed.estimator, where).check(where, parsed.parameters, stopping)
    return parsed
