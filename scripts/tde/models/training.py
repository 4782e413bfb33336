"""Fitting a model, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.evaluation.classes import TDE
from tde.models.block import ModelBlock
from tde.models.estimator import Estimator
from tde.models.estimator_class import estimator_class
from tde.models.selection import OnColumns, cut, select_features
from tde.tables import read_json, write_json

MODEL_FILE = "model.json"
"""Beside the fitted estimators: what they need to be used again."""


@dataclass(frozen=True)
class Learner:
    """What a fit needs to know besides its objects.

    Attributes
    ----------
    block : ModelBlock
    names : list of str
        Features, for those blocks that select among them.
    """

    block: ModelBlock
    names: Sequence[str] = ()


Fitted = Estimator | OnColumns


def chosen_columns(
    learner: Learner,
    X: np.ndarray,
    codes: np.ndarray,
    seed: int,
    rows: np.ndarray | None = None,
    threads: int = 1,
) -> np.ndarray:
    """Columns that a model reads: all of them, or those that its block's selection keeps.

    Parameters
    ----------
    learner : Learner
    X : ndarray, shape (n, n_features)
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    seed : int
    rows : ndarray of int, optional
        Objects that it is chosen on; all without.
    threads : int
        The same choice with any number.
    """
    if learner.block.selection is None:
        return np.arange(X.shape[1])
    return select_features(X, codes == TDE, learner.block.selection, learner.names, seed, rows, threads)


def fit(
    learner: Learner,
    X: np.ndarray,
    codes: np.ndarray,
    groups: np.ndarray | None = None,
    seed: int = 0,
    weights: np.ndarray | None = None,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    columns: np.ndarray | None = None,
    rows: np.ndarray | None = None,
) -> Fitted:
    """Fit one estimator of a model.

    Parameters
    ----------
    learner : Learner
    X : ndarray, shape (n, n_features)
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    groups : ndarray of int, shape (n,), optional
        Parents, kept together by the inner split of early stopping.
    seed : int
    weights : ndarray, shape (n,), optional
        Weights from outside, which multiply those of the block.
    validation : tuple (X, codes), optional
        The fold to be scored; see `EarlyStopping.watch`.
    columns : ndarray of int, optional
        As `chosen_columns` has found them, where several models read the same.
    rows : ndarray of int, optional
        Objects to learn from, if not all: cut out together with the columns, so that a large matrix is not copied.
    """
    block = learner.block
    if columns is None:
        columns = chosen_columns(learner, X, codes, seed, rows)
    if rows is not None:
        codes = codes[rows]
        groups, weights = (None if of_all is None else of_all[rows] for of_all in (groups, weights))
    sample_weight = block.sample_weights(codes) * (1.0 if weights is None else weights)
    n_features = X.shape[1]
    X = cut(X, columns, rows)
    watched = None
    if validation is not None:
        watched = (validation[0][:, columns], block.target_codes(validation[1]))
    estimator = estimator_class(block.estimator)(block.parameters, len(block.classes), block.early_stopping)
    estimator.fit(X, block.target_codes(codes), sample_weight, groups, seed, watched)
    return estimator if block.selection is None else OnColumns(estimator, columns, n_features)


def mean_probability(estimators: Sequence[Fitted], X: np.ndarray) -> np.ndarray:
    """Class probabilities averaged over estimators, shape (n, n_classes)."""
    return np.mean([estimator.predict_proba(X) for estimator in estimators], axis=0)


def importance_table(estimators: Sequence[Fitted], names: list[str]) -> pa.Table:
    """Importance of each feature, averaged over estimators and normalised to a sum of 1.

    Returns
    -------
    pyarrow.Table
        feature, gain, count; the most important first.
    """

    def share(values: np.ndarray) -> np.ndarray:
        mean = values.mean(axis=0)
        return mean / mean.sum() if mean.sum() > 0 else mean

    uses = [estimator.importance() for estimator in estimators]
    gain, count = share(np.array([u.gain for u in uses])), share(np.array([u.splits for u in uses]))
    order = np.argsort(-gain, kind="stable")
    return pa.table({"feature": pa.array(names).take(pa.array(order)), "gain": gain[order], "count": count[order]})


def save_estimators(folder: Path | str, block: ModelBlock, names: list[str], estimators: Sequence[Fitted]) -> None:
    """Write fitted estimators in their library's own format, with what their use needs.

    Parameters
    ----------
    folder : path
    block : ModelBlock
        What they were fitted by.
    names : list of str
        The features, in the order of the columns.
    estimators : sequence of Fitted
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = [f"seed_{k}{estimator.suffix}" for k, estimator in enumerate(estimators)]
    for name, estimator in zip(files, estimators, strict=True):
        estimator.save(folder / name)
    content = {
        "model": block.name,
        "estimator": block.estimator,
        "classes": list(block.classes),
        "features": names,
        "files": files,
        "columns": [e.columns.tolist() if isinstance(e, OnColumns) else None for e in estimators],
    }
    write_json(folder / MODEL_FILE, content)


class SavedModel(NamedTuple):
    """Names of the features and classes of a model, and its estimators."""

    features: list[str]
    classes: tuple[str, ...]
    estimators: list[Fitted]


def load_estimators(folder: Path | str) -> SavedModel:
    """Feature names, class names and estimators written by `save_estimators`."""
    folder = Path(folder)
    content = read_json(folder / MODEL_FILE)
    kind = estimator_class(content["estimator"], str(folder / MODEL_FILE))
    estimators: list[Fitted] = []
    for name, columns in zip(content["files"], content["columns"], strict=True):
        estimator = kind.load(folder / name)
        on_all = columns is None
        estimators.append(estimator if on_all else OnColumns(estimator, np.array(columns), len(content["features"])))
    return SavedModel(content["features"], tuple(content["classes"]), estimators)
