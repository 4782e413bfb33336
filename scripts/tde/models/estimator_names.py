"""Estimators by their name in config.yaml. A new one is a module here and a line below.

Kept apart from the estimators, so that settings can be checked without them.
"""

from __future__ import annotations

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
