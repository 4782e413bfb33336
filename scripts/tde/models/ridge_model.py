"""Ridge regression as a classifier behind the estimator interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.linear_model import RidgeClassifierCV

from tde.models.estimator import Importance
from tde.models.sklearn_model import SklearnEstimator


class RidgeProbabilities:
    """Ridge regressions of each class to -1 and 1, read as probabilities.

    The expectation of such a target is ``2 p - 1``. Values beyond 0 and 1 are cut off, and
    probabilities of several classes scaled to a sum of 1.

    Attributes
    ----------
    coefficients : ndarray, shape (n_classes, n_features)
        One row if there are two classes.
    intercept : ndarray, shape (n_classes,)
    classes_ : ndarray of int
        Labels that were among the training objects.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> RidgeProbabilities:
        """Fit scikit-learn's classifier and keep what it has learnt.

        Parameters
        ----------
        X : ndarray, shape (n, n_features)
        y : ndarray of int, shape (n,)
        sample_weight : ndarray, shape (n,), optional
        """
        classifier = RidgeClassifierCV(**self.parameters).fit(X, y, sample_weight=sample_weight)
        self.coefficients = np.atleast_2d(classifier.coef_)
        self.intercept = np.atleast_1d(classifier.intercept_)
        self.classes_ = classifier.classes_
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes)."""
        expected = (X @ self.coefficients.T + self.intercept + 1.0) / 2.0
        if expected.shape[1] == 1:
            expected = np.clip(expected, 0.0, 1.0)
            return np.hstack([1.0 - expected, expected])
        expected = np.clip(expected, 1e-6, 1.0)
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

    def _classifier(self, seed: int) -> RidgeProbabilities:
        return RidgeProbabilities(self.parameters)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {"coefficients": self.classifier.coefficients, "intercept": self.classifier.intercept}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> RidgeProbabilities:
        classifier = RidgeProbabilities({})
        classifier.coefficients, classifier.intercept = arrays["coefficients"], arrays["intercept"]
        classifier.classes_ = arrays["classes"]
        return classifier

    def importance(self) -> Importance:
        """Mean absolute coefficient of each (normalised) feature, and in how many classes it has one."""
        coefficients = np.abs(self.classifier.coefficients)
        return Importance(coefficients.mean(axis=0), (coefficients > 0.0).sum(axis=0).astype(np.float64))
