"""Ridge regression as a classifier behind the estimator interface."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.preprocessing import LabelBinarizer

from tde.models.estimator import Importance
from tde.models.sklearn_model import SklearnEstimator


class RidgeProbabilities:
    """A ridge classifier whose regression to -1 and 1 is read as a probability.

    The expectation of the target is ``2 p - 1``. Values beyond 0 and 1 are cut off, and
    probabilities of several classes scaled to a sum of 1.
    """

    def __init__(self, classifier: RidgeClassifier | RidgeClassifierCV) -> None:
        self.classifier = classifier

    @property
    def classes_(self) -> np.ndarray:
        """Labels that were among the training objects."""
        return self.classifier.classes_

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> RidgeProbabilities:
        """Fit the classifier."""
        self.classifier.fit(X, y, sample_weight=sample_weight)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes)."""
        expected = np.clip((self.classifier.decision_function(X) + 1.0) / 2.0, 0.0, 1.0)
        if expected.ndim == 1:
            return np.column_stack([1.0 - expected, expected])
        expected = np.maximum(expected, 1e-6)
        return expected / expected.sum(axis=1, keepdims=True)


class Ridge(SklearnEstimator):
    """Ridge regression with a penalty chosen by leave-one-out inside the training objects.

    The classifier that the authors of ROCKET use. ``parameters.alphas`` are the penalties
    it chooses among.
    """

    name = "ridge"
    missing = 0.0  # the median
    classifier_class = RidgeClassifierCV
    set_by_workflow = frozenset({"class_weight", "store_cv_results", "cv", "scoring"})

    def prepared(self, X: np.ndarray) -> np.ndarray:
        """Features as the classifier reads them, see `SklearnEstimator`."""
        return super().prepared(X).astype(np.float32)  # there may be very many, and single precision is enough

    def _classifier(self, seed: int, threads: int) -> RidgeProbabilities:
        return RidgeProbabilities(RidgeClassifierCV(**self.parameters))

    def _arrays(self) -> dict[str, np.ndarray]:
        return {"coefficients": self.classifier.classifier.coef_, "intercept": self.classifier.classifier.intercept_}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> RidgeProbabilities:
        classifier = RidgeClassifier()
        classifier.coef_, classifier.intercept_ = arrays["coefficients"], arrays["intercept"]
        classifier.n_features_in_ = classifier.coef_.shape[1]
        binarizer = LabelBinarizer(pos_label=1, neg_label=-1)
        classifier._label_binarizer = binarizer.fit(arrays["classes"])
        return RidgeProbabilities(classifier)

    def importance(self) -> Importance:
        """Mean absolute coefficient of each (normalised) feature, and in how many classes it has one."""
        coefficients = np.abs(np.atleast_2d(self.classifier.classifier.coef_)).astype(np.float64)
        return Importance(coefficients.mean(axis=0), (coefficients > 0.0).sum(axis=0).astype(np.float64))
