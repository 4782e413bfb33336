"""Gaussian naive Bayes behind the estimator interface."""

from collections.abc import Mapping

import numpy as np
from sklearn.naive_bayes import GaussianNB

from tde.models.estimator import Importance
from tde.models.sklearn_model import SklearnEstimator


class NaiveBayes(SklearnEstimator):
    """A normal distribution for each class and feature, all independent."""

    name = "naive_bayes"
    missing = 0.0  # the median
    classifier_class = GaussianNB
    set_by_workflow = frozenset({"priors"})

    def _classifier(self, seed: int) -> GaussianNB:
        return GaussianNB(**self.parameters)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {name: getattr(self.classifier, name) for name in ("theta_", "var_", "class_prior_")}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> GaussianNB:
        classifier = GaussianNB()
        classifier.classes_ = arrays["classes"]
        classifier.theta_, classifier.var_ = arrays["theta_"], arrays["var_"]
        classifier.class_prior_ = arrays["class_prior_"]
        classifier.n_features_in_ = classifier.theta_.shape[1]
        return classifier

    def importance(self) -> Importance:
        """Range of the classes' means of each (normalised) feature."""
        spread = np.ptp(self.classifier.theta_, axis=0)
        return Importance(spread, (spread > 0.0).astype(np.float64))
