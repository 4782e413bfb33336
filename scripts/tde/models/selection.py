"""Feature selection by importance, learnt from the training objects of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from tde.models.estimator import Estimator, Importance
from tde.workflow.configuration.model_settings import Selection

LEARNING_RATE = 0.05
N_LEAVES = 15
"""Of the boosted trees whose gain ranks the features."""


def competes(selection: Selection, names: Sequence[str]) -> np.ndarray:
    """True for each feature that competes, shape (n_features,)."""
    return np.array([any(fnmatchcase(name, pattern) for pattern in selection.among) for name in names])


def _gain(X: np.ndarray, positive: np.ndarray, n_rounds: int, seed: int, threads: int) -> np.ndarray:
    """Total gain of each feature in boosted trees, TDE against the rest."""
    from tde.models.lightgbm_model import LightGBM

    parameters = {
        "n_estimators": n_rounds,
        "learning_rate": LEARNING_RATE,
        "num_leaves": N_LEAVES,
        "colsample_bytree": 0.3,
        "max_bin": 63,
    }
    trees = LightGBM(parameters, 2)
    trees.threads = threads
    return trees.fit(X, positive.astype(np.int64), seed=seed).importance().gain


def _ranks(X: np.ndarray) -> np.ndarray:
    """Ranks of each column, centred and of unit length; an undefined value has the middle rank."""
    order = np.argsort(np.argsort(X, axis=0, kind="stable"), axis=0).astype(np.float64)
    order -= order.mean(axis=0)
    order[np.isnan(X)] = 0.0
    return order / np.maximum(np.sqrt((order**2).sum(axis=0)), 1e-300)


def cut(X: np.ndarray, columns: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Some columns of some rows of a matrix, without a copy of more than that.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    columns : ndarray of int
        Ascending.
    rows : ndarray of int, optional
        All without.
    """
    if len(columns) == X.shape[1]:
        return X if rows is None else X[rows]
    # column by column in memory, as NumPy leaves a choice of columns
    return X[:, columns] if rows is None else X.T[np.ix_(columns, rows)].T


def select_features(
    X: np.ndarray,
    positive: np.ndarray,
    selection: Selection,
    names: Sequence[str],
    seed: int,
    rows: np.ndarray | None = None,
    threads: int = 1,
) -> np.ndarray:
    """Choose features on the training objects of one fit.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
    positive : ndarray of bool, shape (n,)
    selection : Selection
    names : sequence of str, length n_features
    seed : int
    rows : ndarray of int, optional
        Objects that it is chosen on; all without.
    threads : int
        The same choice with any number.

    Returns
    -------
    ndarray of int
        Columns kept, ascending.
    """
    competing = np.flatnonzero(competes(selection, names))
    candidates = cut(X, competing, rows)
    positive = positive if rows is None else positive[rows]
    order = np.argsort(-_gain(candidates, positive, selection.n_rounds, seed, threads), kind="stable")
    if selection.max_correlation >= 1.0:  # no feature stands in another's way
        return np.sort(np.concatenate([_others(X, competing), competing[order[: selection.n_features]]]))
    ranks = _ranks(candidates)
    kept: list[int] = []
    for j in order:
        if len(kept) == selection.n_features:
            break
        if not kept or np.abs(ranks[:, kept].T @ ranks[:, j]).max() <= selection.max_correlation:
            kept.append(int(j))
    return np.sort(np.concatenate([_others(X, competing), competing[kept]]))


def _others(X: np.ndarray, competing: np.ndarray) -> np.ndarray:
    """Columns that do not compete."""
    return np.setdiff1d(np.arange(X.shape[1]), competing)


class OnColumns:
    """An estimator that reads some columns of the matrix it is given."""

    def __init__(self, estimator: Estimator, columns: np.ndarray, n_features: int) -> None:
        self.estimator = estimator
        self.columns = columns
        self.n_features = n_features
        self.suffix = estimator.suffix

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Class probabilities, shape (n, n_classes)."""
        return self.estimator.predict_proba(X[:, self.columns])

    def save(self, path: Path | str) -> None:
        """Write the estimator; its columns are kept beside it, see `tde.models.training.save_estimators`."""
        self.estimator.save(path)

    def importance(self) -> Importance:
        """Use of each feature; 0 of those left out."""
        used = self.estimator.importance()
        gain, splits = np.zeros(self.n_features), np.zeros(self.n_features)
        gain[self.columns], splits[self.columns] = used.gain, used.splits
        return Importance(gain, splits)
