"""XGBoost behind the estimator interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import xgboost as xgb

from tde.errors import InputError
from tde.models.boosting import BoostedTrees, Data
from tde.models.estimator import Importance
from tde.tables import write_atomically

_SET_BY_WORKFLOW = {
    "callbacks",
    "device",
    "early_stopping_rounds",
    "enable_categorical",
    "eval_metric",
    "feature_types",
    "feature_weights",
    "importance_type",
    "max_cat_threshold",
    "max_cat_to_onehot",
    "missing",
    "multi_strategy",
    "n_jobs",
    "objective",
    "random_state",
    "scale_pos_weight",
    "validate_parameters",
    "verbosity",
}

_NATIVE = {"normalize_type", "one_drop", "rate_drop", "sample_type", "skip_drop"}
"""Parameters of booster ``dart``, which the scikit-learn class takes as extra keywords."""


class XGBoost(BoostedTrees):
    """XGBoost trees; logistic loss, or softmax for more than two classes.

    On one thread: histograms are summed in an order that depends on the number of threads,
    so the last digit of a leaf would, too.
    """

    suffix = ".json"
    name = "xgboost"

    @classmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""
        return sorted((set(xgb.XGBClassifier().get_params()) - _SET_BY_WORKFLOW) | _NATIVE)

    def _train(self, data: Data, rounds: int, seed: int, watched: Data | None = None) -> tuple[xgb.Booster, int]:
        task = (
            {"objective": "binary:logistic", "eval_metric": "logloss"}
            if self.n_classes == 2
            else {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": self.n_classes}
        )
        chosen = {key: value for key, value in self.parameters.items() if key != "n_estimators"}
        settings = {"seed": seed, "nthread": 1, "verbosity": 0}
        X, y, weight = data
        try:
            training = xgb.DMatrix(X, y, weight=weight, nthread=1)
            options: dict[str, Any] = {}
            if watched is not None and self.early_stopping is not None:
                X_watched, y_watched, weight_watched = watched
                seen = xgb.DMatrix(X_watched, y_watched, weight=weight_watched, nthread=1)
                options = {
                    "evals": [(seen, "watched")],
                    "early_stopping_rounds": self.early_stopping.rounds,
                    "verbose_eval": False,
                }
            booster = xgb.train({"tree_method": "hist", **chosen, **task, **settings}, training, rounds, **options)
        except xgb.core.XGBoostError as error:
            raise InputError(f"XGBoost refuses parameters {self.parameters}: {error}") from error
        if watched is None:
            return booster, rounds
        best = booster.best_iteration + 1
        return booster[:best], best

    def _predict(self, X: np.ndarray) -> np.ndarray:
        return self.booster.predict(xgb.DMatrix(X, nthread=1))

    def save(self, path: Path | str) -> None:
        """Write XGBoost's JSON format."""
        write_atomically(path, lambda name: name.write_bytes(self.booster.save_raw("json")))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read XGBoost's JSON format."""
        booster = xgb.Booster(model_file=str(path))
        probe = booster.predict(xgb.DMatrix(np.zeros((1, booster.num_features()))))
        estimator = cls({}, 2 if probe.ndim == 1 else probe.shape[1])
        estimator.booster = booster
        return estimator

    def importance(self) -> Importance:
        """Total gain and number of splits of each feature."""

        def used(kind: str) -> np.ndarray:
            score = self.booster.get_score(importance_type=kind)
            return np.array([score.get(f"f{j}", 0.0) for j in range(self.booster.num_features())])

        return Importance(used("total_gain"), used("weight"))
