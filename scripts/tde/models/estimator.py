"""The small interface behind which every estimator stands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from tde.errors import InputError
from tde.workflow.configuration.model_settings import EarlyStopping


class Importance(NamedTuple):
    """How much each feature was used, in the order of the columns.

    Attributes
    ----------
    gain : ndarray, shape (n_features,)
        Total improvement of the loss by splits on the feature (for a model without
        splits, its own measure of weight).
    splits : ndarray, shape (n_features,)
        Number of splits on it.
    """

    gain: np.ndarray
    splits: np.ndarray


class Estimator(ABC):
    """A classifier: fit, predict, save, load.

    Parameters
    ----------
    parameters : dict
        The estimator's own parameters, as in config.yaml.
    n_classes : int
        Labels run from 0 to ``n_classes - 1``.
    early_stopping : EarlyStopping, optional
    """

    suffix: ClassVar[str]
    """Ending of the file `save` writes."""

    name: ClassVar[str]
    """The estimator's name in config.yaml."""

    def __init__(self, parameters: dict[str, Any], n_classes: int, early_stopping: EarlyStopping | None = None) -> None:
        self.parameters = dict(parameters)
        self.n_classes = n_classes
        self.early_stopping = early_stopping

    @classmethod
    @abstractmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""

    @classmethod
    def check(cls, where: str, parameters: dict[str, Any], early_stopping: EarlyStopping | None) -> None:
        """Raise `InputError` if the settings at ``where`` in config.yaml cannot work.

        Parameters
        ----------
        where : str
            Place of the model in config.yaml, for the message.
        parameters : dict
        early_stopping : EarlyStopping, optional
            As of an instance.
        """
        allowed = cls.allowed_parameters()
        unknown = sorted(set(parameters) - set(allowed))
        if unknown:
            raise InputError(
                f"{where}.parameters: unknown parameter {unknown[0]!r} of estimator {cls.name!r};"
                f" allowed are {', '.join(sorted(allowed))}"
            )

    @abstractmethod
    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        groups: np.ndarray | None = None,
        seed: int = 0,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Self:
        """Learn from training objects.

        Parameters
        ----------
        X : ndarray, shape (n, n_features)
            NaN where a feature is undefined; never infinite.
        y : ndarray of int, shape (n,)
        sample_weight : ndarray, shape (n,), optional
        groups : ndarray of int, shape (n,), optional
            Objects of one group stay together wherever ``fit`` divides its objects.
        seed : int
            Same seed, same result: every fit takes one thread, and several run side by side.
        validation : tuple (X, y), optional
            The fold that will be scored; touched only if ``early_stopping.watch`` is
            ``fold``.
        """

    @abstractmethod
    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes)."""

    @abstractmethod
    def save(self, path: Path | str) -> None:
        """Write the fitted estimator in its library's own format; never a pickle."""

    @classmethod
    @abstractmethod
    def load(cls, path: Path | str) -> Self:
        """Read a fitted estimator written by `save`."""

    @abstractmethod
    def importance(self) -> Importance:
        """Use of each feature."""
