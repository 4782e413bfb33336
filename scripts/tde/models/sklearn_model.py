"""What scikit-learn's classifiers have in common here: preparation, classes, files."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin
from threadpoolctl import threadpool_limits

from tde.errors import InputError
from tde.models.estimator import Estimator
from tde.models.normal_scores import Quantiles, normal_scores, training_quantiles
from tde.tables import write_npz
from tde.workflow.configuration.model_settings import EarlyStopping

N_QUANTILES = 200
ROWS = 256
"""Objects of a matrix product: always as many, because the last bits of one object's result depend on it (and, in
single precision, on its place)."""


class SklearnEstimator(Estimator):
    """A classifier of scikit-learn on features mapped to a normal distribution.

    The map (quantiles of the training objects) makes the features alike in scale and
    tames their tails; an undefined feature becomes `missing`.
    """

    suffix = ".npz"
    missing: ClassVar[float]
    quantiles: Quantiles
    classifier_class: ClassVar[type[ClassifierMixin]]
    set_by_workflow: ClassVar[frozenset[str]]
    learning_precision: ClassVar[type[np.floating]] = np.float64

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.classifier: Any = None

    @classmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""
        signature = set(inspect.signature(cls.classifier_class.__init__).parameters)
        return sorted(signature - {"self", "random_state", "n_jobs", "verbose", "warm_start"} - cls.set_by_workflow)

    @classmethod
    def check(cls, where: str, parameters: dict[str, Any], early_stopping: EarlyStopping | None) -> None:
        """As `Estimator.check`; there are no rounds that could end early."""
        super().check(where, parameters, early_stopping)
        if early_stopping is not None:
            raise InputError(f"{where}: estimator {cls.name!r} has no rounds; remove early_stopping")

    @abstractmethod
    def _classifier(self, seed: int) -> Any:
        """The classifier, not fitted."""

    @abstractmethod
    def _arrays(self) -> dict[str, np.ndarray]:
        """What the fitted classifier has learnt."""

    @abstractmethod
    def _restore(self, arrays: Mapping[str, np.ndarray]) -> Any:
        """A fitted classifier from `_arrays`."""

    def prepared(self, X: np.ndarray, precision: type[np.floating] = np.float64) -> np.ndarray:
        """Features as the classifier reads them, shape (n, n_features): normal, nothing undefined."""
        quantiles = self.quantiles.values
        normal = normal_scores(X, quantiles, self.quantiles.references, precision)
        normal[np.isnan(normal)] = self.missing
        normal[:, quantiles[0] == quantiles[-1]] = self.missing
        return normal

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
        self.quantiles = training_quantiles(X, min(N_QUANTILES, len(X)))
        try:
            with threadpool_limits(1):  # matrix products would take all cores and round by their number
                prepared = self.prepared(X, self.learning_precision)
                self.classifier = self._classifier(seed).fit(prepared, y, sample_weight=sample_weight)
        except ValueError as error:
            raise InputError(f"scikit-learn refuses parameters {self.parameters}: {error}") from error
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes); 0 for classes that were not among the training objects."""
        probability = np.zeros((len(X), self.n_classes))
        prepared = self.prepared(X)
        block = np.zeros((ROWS, prepared.shape[1]), dtype=prepared.dtype)
        with threadpool_limits(1):
            for first in range(0, len(X), ROWS):
                part = prepared[first : first + ROWS]
                block[: len(part)] = part
                said = self.classifier.predict_proba(block)[: len(part)]
                probability[first : first + ROWS, self.classifier.classes_] = said
        return probability

    def save(self, path: Path | str) -> None:
        """Write NumPy's npz format; a pickle would run code when it is loaded."""
        content = {
            "quantiles": self.quantiles.values,
            "references": self.quantiles.references,
            "n_classes": np.array(self.n_classes),
            "classes": self.classifier.classes_,
            **self._arrays(),
        }
        write_npz(path, **content)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read NumPy's npz format."""
        with np.load(path, allow_pickle=False) as arrays:
            estimator = cls({}, int(arrays["n_classes"]))
            estimator.quantiles = Quantiles(arrays["quantiles"], arrays["references"])
            estimator.classifier = estimator._restore(arrays)
        return estimator
