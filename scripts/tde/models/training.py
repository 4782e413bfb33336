"""Fitting a model: on the folds, and for good on all training objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from tde.models.block import ModelBlock
from tde.models.estimator import Estimator
from tde.models.registry import estimator_class
from tde.tables import read_json, write_json

MODEL_FILE = "model.json"
"""Beside the fitted estimators: what they need to be used again."""


def fit(
    block: ModelBlock,
    X: np.ndarray,
    codes: np.ndarray,
    groups: np.ndarray | None = None,
    seed: int = 0,
    threads: int = 1,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
) -> Estimator:
    """Fit one estimator of a model.

    Parameters
    ----------
    block : ModelBlock
    X : ndarray, shape (n, n_features)
    codes : ndarray of int, shape (n,)
        Codes of the five classes.
    groups : ndarray of int, shape (n,), optional
        Parents, kept together by the inner split of early stopping.
    seed, threads : int
    validation : tuple (X, codes), optional
        The fold to be scored; see `EarlyStopping.on`.
    """
    estimator = estimator_class(block.estimator)(block.parameters, len(block.classes), block.early_stopping)
    watched = None if validation is None else (validation[0], block.target_codes(validation[1]))
    return estimator.fit(X, block.target_codes(codes), block.sample_weights(codes), groups, seed, threads, watched)


def cross_validate(
    block: ModelBlock,
    X: np.ndarray,
    codes: np.ndarray,
    fold: np.ndarray,
    groups: np.ndarray | None = None,
    repeat: int = 0,
    threads: int = 1,
) -> np.ndarray:
    """Out-of-fold class probabilities of one repeat.

    Parameters
    ----------
    block : ModelBlock
    X : ndarray, shape (n, n_features)
    codes, fold : ndarray of int, shape (n,)
    groups : ndarray of int, shape (n,), optional
        Parents, if the folds are by parent.
    repeat : int
        Sets the seeds: fold ``k`` is fitted with ``repeat * n_folds + k``.
    threads : int

    Returns
    -------
    ndarray, shape (n, n_classes)
    """
    n_folds = int(fold.max()) + 1
    probability = np.full((len(X), len(block.classes)), np.nan)
    for k in tqdm(range(n_folds), desc="folds", unit="fold"):
        inside, held_out = fold != k, fold == k
        estimator = fit(
            block,
            X[inside],
            codes[inside],
            None if groups is None else groups[inside],
            repeat * n_folds + k,
            threads,
            # only early stopping on the fold itself is ever shown the fold
            (X[held_out], codes[held_out]) if block.early_stopping and block.early_stopping.on == "fold" else None,
        )
        probability[held_out] = estimator.predict_proba(X[held_out])
    return probability


def mean_probability(estimators: list[Estimator], X: np.ndarray) -> np.ndarray:
    """Class probabilities averaged over estimators, shape (n, n_classes)."""
    return np.mean([estimator.predict_proba(X) for estimator in estimators], axis=0)


def importance_table(estimators: list[Estimator], names: list[str]) -> pa.Table:
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
    gain, count = share(np.array([u.gain for u in uses])), share(np.array([u.count for u in uses]))
    order = np.argsort(-gain, kind="stable")
    return pa.table({"feature": pa.array(names).take(pa.array(order)), "gain": gain[order], "count": count[order]})


def save_estimators(folder: Path | str, block: ModelBlock, names: list[str], estimators: list[Estimator]) -> None:
    """Write fitted estimators in their library's own format, with what their use needs."""
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
    }
    write_json(folder / MODEL_FILE, content)


def load_estimators(folder: Path | str) -> tuple[list[str], tuple[str, ...], list[Estimator]]:
    """Feature names, class names and estimators written by `save_estimators`."""
    folder = Path(folder)
    content = read_json(folder / MODEL_FILE)
    kind = estimator_class(content["estimator"], str(folder / MODEL_FILE))
    return content["features"], tuple(content["classes"]), [kind.load(folder / name) for name in content["files"]]
