"""Estimators by their name in config.yaml. A new one is a module here and a line below."""

from __future__ import annotations

import importlib

from tde.errors import InputError
from tde.models.estimator import Estimator

ESTIMATORS = {
    "catboost": ("tde.models.catboost_model", "CatBoost"),
    "cnn": ("tde.models.cnn_model", "CNN"),
    "extra_trees": ("tde.models.extra_trees_model", "ExtraTrees"),
    "lightgbm": ("tde.models.lightgbm_model", "LightGBM"),
    "logistic": ("tde.models.logistic_model", "Logistic"),
    "mlp": ("tde.models.mlp_model", "MLP"),
    "ridge": ("tde.models.ridge_model", "Ridge"),
    "transformer": ("tde.models.transformer_model", "Transformer"),
    "xgboost": ("tde.models.xgboost_model", "XGBoost"),
}
"""Module and class of each estimator; imported only when used."""


def estimator_class(estimator: str, where: str = "estimator") -> type[Estimator]:
    """The class of an estimator.

    Parameters
    ----------
    estimator : str
    where : str
        The block that names it, for the message.

    Raises
    ------
    InputError
        If there is no such estimator.
    """
    if estimator not in ESTIMATORS:
        raise InputError(f"{where}: unknown estimator {estimator!r}; allowed are {', '.join(sorted(ESTIMATORS))}")
    module, name = ESTIMATORS[estimator]
    return getattr(importlib.import_module(module), name)
