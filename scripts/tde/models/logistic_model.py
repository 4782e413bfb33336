"""Multinomial logistic regression behind the estimator interface."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.linear_model import LogisticRegression

from tde.models.estimator import Importance
from tde.models.sklearn_model import SklearnEstimator


class Logistic(SklearnEstimator):
    """Penalised logistic regression: linear, so that it errs in other places than trees."""

    name = "logistic"
    missing = 0.0  # the median
    classifier_class = LogisticRegression
    set_by_workflow = frozenset({"class_weight", "multi_class"})

    def _classifier(self, seed: int) -> LogisticRegression:
        return LogisticRegression(**self.parameters, random_state=seed)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {"coefficients": self.classifier.coef_, "intercept": self.classifier.intercept_}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> LogisticRegression:
        classifier = LogisticRegression()
        classifier.classes_ = arrays["classes"]
        classifier.coef_, classifier.intercept_ = arrays["coefficients"], arrays["intercept"]
        classifier.n_features_in_ = classifier.coef_.shape[1]
        return classifier

    def importance(self) -> Importance:
        """Mean absolute coefficient of each (normalised) feature, and in how many classes it has one."""
        coefficients = np.abs(self.classifier.coef_)
        return Importance(coefficients.mean(axis=0), (coefficients > 0.0).sum(axis=0).astype(np.float64))
