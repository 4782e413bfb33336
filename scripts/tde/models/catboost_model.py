"""CatBoost behind the estimator interface."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Self

import catboost
import numpy as np

from tde.errors import InputError
from tde.models.boosting import BoostedTrees, Data
from tde.models.estimator import Importance
from tde.tables import write_atomically

_SET_BY_WORKFLOW = {
    "self",
    "allow_writing_files",
    "class_names",
    "class_weights",
    "classes_count",
    "iterations",  # n_estimators, as for the other boosted trees
    "logging_level",
    "loss_function",
    "n_jobs",
    "objective",
    "random_seed",
    "random_state",
    "silent",
    "thread_count",
    "train_dir",
    "verbose",
    "verbose_eval",
}


class CatBoost(BoostedTrees):
    """CatBoost's symmetric trees; logistic loss, or softmax for more than two classes.

    On one thread, so that the sums of its histograms do not depend on the number of threads.
    """

    suffix = ".cbm"
    name = "catboost"
    default_rounds = 1000

    @classmethod
    def allowed_parameters(cls) -> list[str]:
        """Names a user may set under ``parameters``."""
        return sorted(set(inspect.signature(catboost.CatBoostClassifier.__init__).parameters) - _SET_BY_WORKFLOW)

    def _train(
        self, data: Data, rounds: int, seed: int, watched: Data | None = None
    ) -> tuple[catboost.CatBoostClassifier, int]:
        chosen = {key: value for key, value in self.parameters.items() if key != "n_estimators"}
        X, y, weight = data
        options: dict[str, Any] = {}
        if watched is not None and self.early_stopping is not None:
            X_watched, y_watched, weight_watched = watched
            options["eval_set"] = catboost.Pool(X_watched, y_watched, weight=weight_watched, thread_count=1)
            options["early_stopping_rounds"] = self.early_stopping.rounds
        try:
            booster = catboost.CatBoostClassifier(
                iterations=rounds,
                loss_function="Logloss" if self.n_classes == 2 else "MultiClass",
                class_names=list(range(self.n_classes)),  # also those that are not among the training objects
                random_seed=seed,
                thread_count=1,
                allow_writing_files=False,
                verbose=0,
                **chosen,
            )
            booster.fit(catboost.Pool(X, y, weight=weight, thread_count=1), **options)
        except catboost.CatBoostError as error:
            raise InputError(f"CatBoost refuses parameters {self.parameters}: {error}") from error
        return booster, booster.tree_count_ if watched is not None else rounds

    def _predict(self, X: np.ndarray) -> np.ndarray:
        return self.booster.predict_proba(X, thread_count=1)

    def save(self, path: Path | str) -> None:
        """Write CatBoost's binary format, without the time and the random name it puts into it."""
        metadata = self.booster.get_metadata()
        for key in ("model_guid", "train_finish_time"):
            metadata[key] = ""
        write_atomically(path, lambda name: self.booster.save_model(str(name), format="cbm"))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read CatBoost's binary format."""
        booster = catboost.CatBoostClassifier()
        booster.load_model(str(path), format="cbm")
        estimator = cls({}, len(booster.classes_))
        estimator.booster = booster
        return estimator

    def importance(self) -> Importance:
        """Change of the prediction with each feature, and the number of trees that split on it."""
        gain = np.asarray(self.booster.get_feature_importance(type="PredictionValuesChange", thread_count=1))
        return Importance(gain.astype(np.float64), (gain > 0.0).astype(np.float64))
