"""Small blocks of every estimator, and the shortest ways to fit them."""

import pytest

from tde.models.block import parse_block
from tde.models.cross_validation import cross_validate
from tde.models.estimator_names import ESTIMATORS
from tde.models.training import Learner, fit

SMALL = {
    "lightgbm": {"n_estimators": 40, "num_leaves": 7, "min_child_samples": 5, "subsample": 0.8, "subsample_freq": 1},
    "xgboost": {"n_estimators": 40, "max_depth": 3, "subsample": 0.8, "colsample_bytree": 0.8},
    "catboost": {
        "n_estimators": 40,
        "max_depth": 4,
        "learning_rate": 0.2,
        "bootstrap_type": "Bernoulli",
        "subsample": 0.8,
    },
    "extra_trees": {"n_estimators": 100, "max_features": 0.5, "min_samples_leaf": 2},
    "logistic": {"C": 1.0, "max_iter": 300},
    "ridge": {"alphas": [1.0, 10.0, 100.0]},
    "mlp": {"hidden_layer_sizes": [16], "max_iter": 40, "batch_size": 64, "learning_rate_init": 0.01, "n_networks": 2},
}

BOOSTED = ("catboost", "lightgbm", "xgboost")

TINY = {
    name: {**parameters, "n_estimators": 3} if "n_estimators" in parameters else parameters
    for name, parameters in SMALL.items()
}
"""Few trees where what they say does not matter."""

every_estimator = pytest.mark.parametrize("estimator", sorted({*ESTIMATORS} - {"cnn", "transformer"}))
"""Without networks, which read columns of their own: see test_networks.py."""
every_boosted = pytest.mark.parametrize("estimator", BOOSTED)


def fit_block(block, X, codes, **more):
    return fit(Learner(block), X, codes, **more)


def cross_validate_block(block, X, codes, fold, groups=None):
    return cross_validate(Learner(block), lambda place: [X], codes, fold[None], groups)[0, 0]


def block_of(estimator, **changes):
    content = {"features": ["first", "second"], "estimator": estimator, "parameters": SMALL[estimator], **changes}
    return parse_block("mine", content)
