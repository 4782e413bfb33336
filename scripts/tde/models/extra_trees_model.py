"""Extremely randomised trees behind the estimator interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.tree import ExtraTreeClassifier
from sklearn.tree._tree import Tree

from tde.models.estimator import Importance
from tde.models.normal_scores import LIMIT
from tde.models.sklearn_model import SklearnEstimator


class ExtraTrees(SklearnEstimator):
    """Extremely randomised trees (Geurts et al. 2006, Mach. Learn. 63, 3)."""

    name = "extra_trees"
    missing = -LIMIT - 1.0  # beyond all values, where a split can set it apart
    classifier_class = ExtraTreesClassifier
    set_by_workflow = frozenset({"class_weight", "oob_score"})

    def _classifier(self, seed: int) -> ExtraTreesClassifier:
        return ExtraTreesClassifier(**self.parameters, random_state=seed, n_jobs=1)

    def fit(self, *args: Any, **kwargs: Any) -> ExtraTrees:
        """Learn from training objects; see `Estimator.fit`."""
        super().fit(*args, **kwargs)
        self.classifier.n_jobs = 1  # trees are summed in the order they finish; and files stay the same
        return self

    def _arrays(self) -> dict[str, np.ndarray]:
        states = [tree.tree_.__getstate__() for tree in self.classifier.estimators_]
        return {
            "node_counts": np.array([state["node_count"] for state in states]),
            "depths": np.array([state["max_depth"] for state in states]),
            "nodes": np.concatenate([state["nodes"] for state in states]),
            "values": np.concatenate([state["values"] for state in states]),
        }

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> ExtraTreesClassifier:
        n_classes, n_features = len(arrays["classes"]), arrays["quantiles"].shape[1]
        ends = np.cumsum(arrays["node_counts"])[:-1]
        parts = (np.split(arrays["nodes"], ends), np.split(arrays["values"], ends))
        classifier = ExtraTreesClassifier(n_estimators=len(arrays["depths"]), n_jobs=1)
        classifier.classes_, classifier.n_classes_ = arrays["classes"], n_classes
        classifier.n_outputs_, classifier.n_features_in_ = 1, n_features
        classifier.estimators_ = []
        for depth, nodes, values in zip(arrays["depths"], *parts, strict=True):
            tree = ExtraTreeClassifier()
            tree.classes_, tree.n_classes_ = np.arange(n_classes), n_classes
            tree.n_outputs_, tree.n_features_in_ = 1, n_features
            tree.tree_ = Tree(n_features, np.array([n_classes], dtype=np.intp), 1)
            state = {"max_depth": int(depth), "node_count": len(nodes), "nodes": nodes, "values": values}
            tree.tree_.__setstate__(state)
            classifier.estimators_.append(tree)
        return classifier

    def importance(self) -> Importance:
        """Mean decrease of the impurity and number of splits of each feature."""
        trees = self.classifier.estimators_
        features = np.concatenate([tree.tree_.feature[tree.tree_.feature >= 0] for tree in trees])
        count = np.bincount(features, minlength=self.classifier.n_features_in_)
        return Importance(self.classifier.feature_importances_, count.astype(np.float64))
