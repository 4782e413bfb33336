"""Cross-validation: a model fitted on every fold of every repeat, the fits side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from tde.models.block import ModelBlock
from tde.models.features import read_features
from tde.models.training import Learner, fit


class FoldFeatures:
    """The features of all training objects, as they look to each fold: some are learnt from its training part.

    Parameters
    ----------
    block : ModelBlock
        The model that reads them.
    tables : dict
        Path of the table of each family that is the same in all folds.
    fold_tables : dict
        Of the other families: their tables by kind, repeat by repeat and fold by fold.
    object_id : ndarray of str, shape (n,)

    Attributes
    ----------
    names : list of str
    """

    def __init__(
        self,
        block: ModelBlock,
        tables: Mapping[str, Path | str],
        fold_tables: Mapping[str, Mapping[str, Sequence[str]]],
        object_id: np.ndarray,
    ) -> None:
        self.labels, self.object_id, self.fold_tables = block.labels, object_id, fold_tables
        any_fold = {family: paths[0] for of_kind in fold_tables.values() for family, paths in of_kind.items()}
        columns = (block.include, block.exclude, block.labels)
        matrix = read_features({**tables, **any_fold}, block.features, object_id, *columns)
        self.names, self.values = matrix.names, matrix.values
        self.learnt = [j for j, name in enumerate(matrix.names) if name.split(".")[0] in any_fold]

    def of_fold(self, kind: str, place: int) -> np.ndarray:
        """The matrix of all objects, shape (n, n_features), for the fold at a place of the list of all folds."""
        if not self.learnt:
            return self.values
        tables: dict[str, Path | str] = {family: paths[place] for family, paths in self.fold_tables[kind].items()}
        families = list(dict.fromkeys(self.names[j].split(".")[0] for j in self.learnt))
        learnt = read_features(tables, families, self.object_id, labels=self.labels)
        values = self.values.copy()
        values[:, self.learnt] = learnt.values[:, [learnt.names.index(self.names[j]) for j in self.learnt]]
        return values


@dataclass(frozen=True)
class Matrices:
    """The same objects' features of several sets, by fold of one kind.

    Attributes
    ----------
    sets : sequence of FoldFeatures
    kind : str
    """

    sets: Sequence[FoldFeatures]
    kind: str

    def __call__(self, place: int) -> list[np.ndarray]:
        """One matrix of each set."""
        return [features.of_fold(self.kind, place) for features in self.sets]


def cross_validate(
    learner: Learner,
    matrices: Callable[[int], Sequence[np.ndarray]],
    codes: np.ndarray,
    folds: np.ndarray,
    groups: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    threads: int = 1,
) -> np.ndarray:
    """Out-of-fold class probabilities of all repeats.

    Parameters
    ----------
    learner : Learner
    matrices : callable
        ``matrices(place)`` are the features of all objects, each of shape (n, n_features), for the fold
        at a place of the list of all folds. A fit learns from the first; the held-out rows of all are predicted.
    codes : ndarray of int, shape (n,)
    folds : ndarray of int, shape (n_repeats, n)
        Fold of each object. Fold ``k`` of a repeat is fitted with the seed ``repeat * n_folds + k``.
    groups : ndarray of int, shape (n,), optional
        Parents, if the folds are by parent.
    weights : ndarray, shape (n,), optional
        Weights from outside.
    threads : int
        Fits at the same time, each in a process of its own: the same result for any number.

    Returns
    -------
    ndarray, shape (n_matrices, n_repeats, n, n_classes)
    """
    n_folds = int(folds.max()) + 1
    fits = [
        delayed(_held_out)(learner, matrices, codes, folds[repeat] == k, repeat * n_folds + k, groups, weights)
        for repeat in range(len(folds))
        for k in range(n_folds)
    ]
    done = Parallel(n_jobs=threads, return_as="generator")(fits)
    probability = None
    for place, predicted in enumerate(tqdm(done, total=len(fits), desc="folds", unit="fold")):
        if probability is None:
            probability = np.full((len(predicted), *folds.shape, predicted[0].shape[1]), np.nan)
        repeat, k = divmod(place, n_folds)
        probability[:, repeat, folds[repeat] == k] = predicted
    assert probability is not None
    return probability


def _held_out(
    learner: Learner,
    matrices: Callable[[int], Sequence[np.ndarray]],
    codes: np.ndarray,
    held_out: np.ndarray,
    place: int,
    groups: np.ndarray | None,
    weights: np.ndarray | None,
) -> np.ndarray:
    """Predictions of one fit for the objects it has not seen, shape (n_matrices, n_held_out, n_classes)."""
    X, *others = matrices(place)
    inside = ~held_out
    stopping = learner.block.early_stopping
    estimator = fit(
        learner,
        X[inside],
        codes[inside],
        None if groups is None else groups[inside],
        place,
        None if weights is None else weights[inside],
        # only early stopping on the fold itself is ever shown the fold
        (X[held_out], codes[held_out]) if stopping and stopping.watch == "fold" else None,
    )
    return np.array([estimator.predict_proba(matrix[held_out]) for matrix in (X, *others)])
