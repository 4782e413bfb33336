"""LightGBM behind the estimator interface."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Self

import numpy as np

from tde.errors import InputError
from tde.hidden_packages import without
from tde.models.boosting import BoostedTrees, Data
from tde.models.estimator import Importance
from tde.tables import write_atomically
from tde.workflow.configuration.model_settings import EarlyStopping

# for its own scikit-learn classes and data frames, which are not used here: a second of every process
with without("pandas", "sklearn"):
    import lightgbm as lgb

_SET_BY_WORKFLOW = {
    "self",
    "kwargs",
    "objective",
    "class_weight",
    "random_state",
    "n_jobs",
    "importance_type",
}

_NATIVE = {
    "drop_rate",
    "extra_trees",
    "feature_fraction_bynode",
    "max_bin",
    "max_drop",
    "min_data_in_bin",
    "path_smooth",
    "skip_drop",
    "uniform_drop",
    "xgboost_dart_mode",
}
"""Parameters of the library that its scikit-learn class takes as extra keywords."""


class LightGBM(BoostedTrees):
    """LightGBM trees; binary log-loss, or softmax for more than two classes."""

    suffix = ".txt"
    name = "lightgbm"

    @classmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""
        signature = set(inspect.signature(lgb.LGBMClassifier.__init__).parameters)
        return sorted((signature - _SET_BY_WORKFLOW) | _NATIVE)

    @classmethod
    def check(cls, where: str, parameters: dict[str, Any], early_stopping: EarlyStopping | None) -> None:
        """As `Estimator.check`; dart cannot stop early."""
        super().check(where, parameters, early_stopping)
        if early_stopping is not None and parameters.get("boosting_type") == "dart":
            raise InputError(
                f"{where}: LightGBM's boosting_type 'dart' rewrites earlier trees, so early_stopping cannot be used;"
                " remove early_stopping and set n_estimators"
            )

    def _train(self, data: Data, rounds: int, seed: int, watched: Data | None = None) -> tuple[lgb.Booster, int]:
        task = (
            {"objective": "binary", "metric": "binary_logloss"}
            if self.n_classes == 2
            else {"objective": "multiclass", "metric": "multi_logloss", "num_class": self.n_classes}
        )
        chosen = {key: value for key, value in self.parameters.items() if key != "n_estimators"}
        # by columns: with few objects and many features a fifth faster than by rows, with the same trees
        settings = {"deterministic": True, "force_col_wise": True, "seed": seed, "verbose": -1}
        settings["num_threads"] = self.threads
        X, y, weight = data
        try:
            training = lgb.Dataset(X, y, weight=weight, params={**chosen, **settings})
            options: dict[str, Any] = {}
            if watched is not None and self.early_stopping is not None:
                X_watched, y_watched, weight_watched = watched
                options["valid_sets"] = [lgb.Dataset(X_watched, y_watched, weight=weight_watched, reference=training)]
                options["callbacks"] = [lgb.early_stopping(self.early_stopping.rounds, verbose=False)]
            booster = lgb.train({**chosen, **task, **settings}, training, rounds, **options)
        except lgb.basic.LightGBMError as error:
            raise InputError(f"LightGBM refuses parameters {self.parameters}: {error}") from error
        return booster, booster.best_iteration if watched is not None else rounds

    def _predict(self, X: np.ndarray) -> np.ndarray:
        return self.booster.predict(X, num_threads=1)

    def save(self, path: Path | str) -> None:
        """Write LightGBM's text format."""
        write_atomically(path, lambda name: name.write_text(self.booster.model_to_string(), encoding="utf-8"))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read LightGBM's text format."""
        booster = lgb.Booster(model_file=str(path))
        estimator = cls({}, max(2, booster.num_model_per_iteration()))
        estimator.booster = booster
        return estimator

    def importance(self) -> Importance:
        """Total gain and number of splits of each feature."""
        return Importance(
            self.booster.feature_importance("gain").astype(np.float64),
            self.booster.feature_importance("split").astype(np.float64),
        )
