"""What boosted trees have in common: how many rounds, and on which objects."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from tde.errors import InputError
from tde.models.estimator import Estimator
from tde.workflow.configuration.model_settings import EarlyStopping

Data = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Features, labels and weights of some objects."""


def inner_split(y: np.ndarray, groups: np.ndarray | None, fraction: float, seed: int) -> np.ndarray:
    """Set part of the training objects aside, stratified and by whole groups.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
    groups : ndarray of int, shape (n,), optional
    fraction : float
        Rounded to 1 / k with k a whole number of at least 2.
    seed : int

    Returns
    -------
    ndarray of bool, shape (n,)
        True for the objects set aside.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = splitter(max(2, round(1.0 / fraction)), shuffle=True, random_state=seed)
    aside = np.zeros(len(y), dtype=bool)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        aside[next(folds.split(y, y, groups))[1]] = True
    return aside


class BoostedTrees(Estimator):
    """Gradient-boosted trees; a subclass knows how its library trains, predicts and saves."""

    default_rounds: ClassVar[int] = 100

    threads = 1
    """Of one fit; the same trees with any number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.booster: Any = None

    @classmethod
    def check(cls, where: str, parameters: dict[str, Any], early_stopping: EarlyStopping | None) -> None:
        """As `Estimator.check`; trees also look at their number."""
        super().check(where, parameters, early_stopping)
        rounds = parameters.get("n_estimators", cls.default_rounds)
        if not isinstance(rounds, int) or rounds < 1:
            raise InputError(f"{where}.parameters.n_estimators is {rounds!r}; allowed are whole numbers from 1")

    @abstractmethod
    def _train(self, data: Data, rounds: int, seed: int, watched: Data | None = None) -> tuple[Any, int]:
        """Booster and its best number of rounds; it is cut to them if ``watched`` is given."""

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        seed: int = 0,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Self:
        """Learn from training objects; see `Estimator.fit`."""
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        rounds = self.parameters.get("n_estimators", self.default_rounds)
        stopping = self.early_stopping
        watched = None
        if stopping is not None and stopping.watch == "fold" and validation is not None:
            watched = (*validation, np.ones(len(validation[1])))
        elif stopping is not None:
            # watched objects count once each: with the weights of training, a few dozen heavy
            # TDEs end boosting far too early
            aside = inner_split(y, groups, stopping.validation_fraction, seed)
            inner = (X[aside], y[aside], np.ones(int(aside.sum())))
            _, rounds = self._train((X[~aside], y[~aside], weight[~aside]), rounds, seed, inner)
        self.booster, self.rounds = self._train((X, y, weight), rounds, seed, watched)
        return self

    @abstractmethod
    def _predict(self, X: np.ndarray) -> np.ndarray:
        """Probabilities as the library returns them: (n,) of the positive class or (n, n_classes)."""

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes)."""
        probability = np.asarray(self._predict(X), dtype=np.float64)
        return np.column_stack([1.0 - probability, probability]) if probability.ndim == 1 else probability
