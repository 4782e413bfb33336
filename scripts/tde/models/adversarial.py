"""Weights of training objects by how much they look like the test set.

A classifier is trained to tell the sets apart by their features; labels play no part.
Objects that it takes for test objects count more in a model's fits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

N_SPLITS = 5
LOWEST, RANGE = 0.5, 1.5
"""A weight is `LOWEST` + `RANGE` x P(test)."""

PARAMETERS = {"n_estimators": 100, "learning_rate": 0.05, "max_depth": 3, "num_leaves": 7, "max_bin": 63}
"""Of the boosted trees that tell the sets apart."""


class Likeness(NamedTuple):
    """How much each training object looks like a test object, and how well the two are told apart."""

    probability: np.ndarray
    auc: float


def adversarial_probability(train: np.ndarray, test: np.ndarray, seed: int = 0) -> Likeness:
    """How much each training object looks like a test object.

    Parameters
    ----------
    train, test : ndarray, shape (n, n_features), (m, n_features)
    seed : int

    Returns
    -------
    probability : ndarray, shape (n,)
        Out-of-fold P(test) with both sets balanced: 0.5 if nothing tells them apart.
    auc : float
        Area under the ROC curve of telling them apart, out of fold.
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    from tde.models.lightgbm_model import LightGBM

    X, y = np.vstack([train, test]), np.repeat([0, 1], [len(train), len(test)])
    weight = np.where(y == 1, len(train) / len(test), 1.0)
    probability = np.empty(len(y))
    for inside, held_out in StratifiedKFold(N_SPLITS, shuffle=True, random_state=seed).split(X, y):
        estimator = LightGBM(PARAMETERS, 2).fit(X[inside], y[inside], weight[inside], seed=seed)
        probability[held_out] = estimator.predict_proba(X[held_out])[:, 1]
    return Likeness(probability[: len(train)], float(roc_auc_score(y, probability)))


def adversarial_weights(probability: np.ndarray) -> np.ndarray:
    """Weight of each training object from `adversarial_probability`, shape (n,)."""
    return LOWEST + RANGE * probability
