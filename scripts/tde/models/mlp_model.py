"""Small neural networks behind the estimator interface."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from tde.errors import InputError
from tde.models.estimator import Importance
from tde.models.sklearn_model import SklearnEstimator
from tde.workflow.configuration.model_settings import EarlyStopping

N_NETWORKS = 1
"""Networks with different seeds that are averaged, unless ``n_networks`` says otherwise."""


class Networks:
    """Several networks of one kind; their probabilities are averaged."""

    def __init__(self, networks: list[MLPClassifier]) -> None:
        self.networks = networks

    @property
    def classes_(self) -> np.ndarray:
        """Labels that were among the training objects."""
        return self.networks[0].classes_

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> Networks:
        """Fit each network to the same objects.

        Parameters
        ----------
        X : ndarray, shape (n, n_features)
        y : ndarray of int, shape (n,)
        sample_weight : ndarray, shape (n,), optional
        """
        with warnings.catch_warnings():
            # all passes are wanted, whether or not the loss still falls
            warnings.simplefilter("ignore", ConvergenceWarning)
            for network in self.networks:
                network.fit(X, y, sample_weight=sample_weight)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Mean class probabilities, shape (n, n_classes)."""
        return np.mean([network.predict_proba(X) for network in self.networks], axis=0)


class MLP(SklearnEstimator):
    """Multilayer perceptrons (scikit-learn's, trained by Adam), averaged over seeds.

    ``n_networks`` is this class's own parameter; the others are scikit-learn's.
    """

    name = "mlp"
    missing = 0.0  # the median
    classifier_class = MLPClassifier
    set_by_workflow = frozenset({"early_stopping", "validation_fraction", "n_iter_no_change"})
    learning_precision = np.float32  # twice as fast, and precise enough

    @classmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""
        return sorted([*super().allowed_parameters(), "n_networks"])

    @classmethod
    def check(cls, where: str, parameters: dict[str, Any], early_stopping: EarlyStopping | None) -> None:
        """As `Estimator.check`, and there must be a network at all."""
        super().check(where, parameters, early_stopping)
        n_networks = parameters.get("n_networks", N_NETWORKS)
        if not isinstance(n_networks, int) or n_networks < 1:
            raise InputError(f"{where}.parameters.n_networks is {n_networks!r}; allowed are whole numbers from 1")

    def _classifier(self, seed: int) -> Networks:
        chosen = {key: value for key, value in self.parameters.items() if key != "n_networks"}
        # all rounds are wanted: max_iter is a choice, not a limit
        settings = {**chosen, "n_iter_no_change": chosen.get("max_iter", 200)}
        n_networks = self.parameters.get("n_networks", N_NETWORKS)
        return Networks([MLPClassifier(**settings, random_state=seed * 1000 + k) for k in range(n_networks)])

    def _arrays(self) -> dict[str, np.ndarray]:
        arrays = {"n_networks": np.array(len(self.classifier.networks))}
        first = self.classifier.networks[0]
        arrays["activations"] = np.array([first.activation, first.out_activation_])
        for k, network in enumerate(self.classifier.networks):
            for layer, (weights, intercepts) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
                arrays[f"weights_{k}_{layer}"], arrays[f"intercepts_{k}_{layer}"] = weights, intercepts
        return arrays

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> Networks:
        activation, out_activation = (str(name) for name in arrays["activations"])
        networks = []
        for k in range(int(arrays["n_networks"])):
            n_layers = sum(name.startswith(f"weights_{k}_") for name in arrays)
            network = MLPClassifier(activation=activation)
            network.coefs_ = [arrays[f"weights_{k}_{layer}"] for layer in range(n_layers)]
            network.intercepts_ = [arrays[f"intercepts_{k}_{layer}"] for layer in range(n_layers)]
            network.n_layers_, network.out_activation_ = n_layers + 1, out_activation
            network.n_features_in_ = len(network.coefs_[0])
            network.classes_ = arrays["classes"]
            network.n_outputs_ = network.coefs_[-1].shape[1]
            networks.append(network)
        return Networks(networks)

    def importance(self) -> Importance:
        """Root mean square weight of each (normalised) feature in the first layer, and number of networks."""
        first = np.array([network.coefs_[0] for network in self.classifier.networks])
        says_something = self.quantiles.values[0] != self.quantiles.values[-1]
        weight = np.where(says_something, np.sqrt((first**2).mean(axis=(0, 2))), 0.0)
        return Importance(weight, np.full(len(weight), float(len(first))))
