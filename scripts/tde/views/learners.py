"""Models of a blend fitted fold by fold, on whole light curves or on views, and what they say of any light curves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

from tde.memory import give_back
from tde.models.block import ModelBlock
from tde.models.training import Fitted, Learner, chosen_columns, fit, load_estimators, save_estimators
from tde.views.feature_files import FeatureFiles

FeatureMatrix = Callable[[Sequence[str]], np.ndarray]
"""Gives features ``family.column`` of some light curves, shape (n, n_features)."""

NO_FOLD = -1
"""In place of a fold: nothing is left out."""


@dataclass(frozen=True)
class Lesson:
    """What models learn from.

    Attributes
    ----------
    features : FeatureFiles
        ``m`` rows.
    codes, parents : ndarray of int, shape (m,)
        Class and parent of each row.
    fold : ndarray of int, shape (m,)
        Fold in which it is held out.
    weight : ndarray, shape (m,)
    """

    features: FeatureFiles
    codes: np.ndarray
    parents: np.ndarray
    fold: np.ndarray
    weight: np.ndarray


class FoldModel(NamedTuple):
    """One model of a blend: its features ``family.column``, its weight, and its fit for each fold."""

    name: str
    features: list[str]
    weight: float
    fits: list[Fitted]


def p_tde(models: Sequence[FoldModel], features: FeatureMatrix, fold: np.ndarray, n_groups: int = 1) -> np.ndarray:
    """P(TDE) of objects by the fits of a blend that have not learnt from them, shape (n,).

    Parameters
    ----------
    models, features, fold, n_groups
        As in `class_probabilities`.
    """
    return np.ascontiguousarray(class_probabilities(models, features, fold, n_groups)[:, -1])


def class_probabilities(
    models: Sequence[FoldModel], features: FeatureMatrix, fold: np.ndarray, n_groups: int = 1
) -> np.ndarray:
    """Class probabilities of objects by the fits of a blend that have not learnt from them, shape (n, n_classes).

    The last is P(TDE); what it leaves for the other classes is divided as the models say that tell all classes apart.

    Parameters
    ----------
    models : sequence of FoldModel
    features : callable
        Those asked for, of ``n_groups`` times the ``n`` objects, one after the other; their mean is taken.
    fold : ndarray of int, shape (n,)
    n_groups : int
    """
    p_tde, others = np.zeros((n_groups, len(fold))), np.zeros((n_groups, len(fold), 1))
    names: list[str] = []
    X = np.empty(0)
    for model in models:
        if model.features != names:  # models of one blend often read the same: a matrix is made once, and one at a time
            names, X = model.features, features(model.features)
        for k, fitted in enumerate(model.fits):
            held = np.flatnonzero(fold == k)
            rows = (held + np.arange(n_groups)[:, None] * len(fold)).ravel()
            said = model.weight * fitted.predict_proba(X[rows]).reshape(n_groups, len(held), -1)
            p_tde[:, held] += said[..., -1]
            if said.shape[-1] - 1 > others.shape[-1]:
                others = np.zeros((*p_tde.shape, said.shape[-1] - 1))
            if said.shape[-1] - 1 == others.shape[-1]:
                others[:, held] += said[..., :-1]
    mean, rest = p_tde.mean(axis=0), others.mean(axis=0)
    rest *= ((1.0 - mean) / np.maximum(rest.sum(axis=1), np.finfo(float).tiny))[:, None]
    return np.column_stack([rest, mean])


def fit_folds(
    learners: Sequence[Learner], weights: Sequence[float], lesson: Lesson, folds: Sequence[int], threads: int
) -> list[FoldModel]:
    """Fit the models of a blend on every fold; those that select features in the same way do so once a fold.

    Parameters
    ----------
    learners : sequence of Learner
        With the names of their features.
    weights : sequence of float
    lesson : Lesson
    folds : sequence of int
        What each fit leaves out; `NO_FOLD` for nothing.
    threads : int
        Fits at a time.
    """
    with tempfile.TemporaryDirectory() as place:
        matrices = {}
        for number, chosen in enumerate(dict.fromkeys(tuple(learner.names) for learner in learners)):
            # in a file: all processes look at the same pages of memory
            file = np.memmap(f"{place}/{number}", np.float64, "w+", shape=(len(lesson.codes), len(chosen)))
            matrices[chosen] = lesson.features.matrix(chosen, len(lesson.codes), file)
        fits = _fits(learners, matrices, replace(lesson, features=FeatureFiles({})), folds, threads)
    return [
        FoldModel(learner.block.name, list(learner.names), weight, fits[j * len(folds) : (j + 1) * len(folds)])
        for j, (learner, weight) in enumerate(zip(learners, weights, strict=True))
    ]


def _fits(
    learners: Sequence[Learner],
    matrices: Mapping[tuple[str, ...], np.ndarray],
    about: Lesson,
    folds: Sequence[int],
    threads: int,
) -> list[Fitted]:
    """Fits of each learner on each fold, one learner after the other."""
    names = [tuple(learner.names) for learner in learners]
    how = [(chosen, str(learner.block.selection)) for chosen, learner in zip(names, learners, strict=True)]
    first = {key: learner for key, learner in zip(how, learners, strict=True)}
    choices = [(k, key) for k in folds for key in first]
    # one after the other, each on all threads: the bins of all features are the largest thing in memory
    columns = {(k, key): _columns(first[key], matrices[key[0]], about, k, threads) for k, key in choices}
    jobs = [(j, k) for j in range(len(learners)) for k in folds]
    return Parallel(n_jobs=threads)(
        delayed(_fit)(learners[j], matrices[names[j]], about, k, columns[k, how[j]]) for j, k in jobs
    )


def _columns(learner: Learner, X: np.ndarray, lesson: Lesson, k: int, threads: int) -> np.ndarray:
    columns = chosen_columns(learner, X, lesson.codes, k + 1, np.flatnonzero(lesson.fold != k), threads)
    give_back()
    return columns


def _fit(learner: Learner, X: np.ndarray, lesson: Lesson, k: int, columns: np.ndarray) -> Fitted:
    inside = np.flatnonzero(lesson.fold != k)
    fitted = fit(learner, X, lesson.codes, lesson.parents, k + 1, lesson.weight, columns=columns, rows=inside)
    give_back()
    return fitted


def save_folds(folder: Path | str, models: Sequence[FoldModel], blocks: Mapping[str, ModelBlock]) -> None:
    """Write the fits of all folds, a folder for each model.

    Parameters
    ----------
    folder : path
    models : sequence of FoldModel
    blocks : mapping
        What the models were fitted by, by name.
    """
    for model in models:
        save_estimators(Path(folder) / model.name, blocks[model.name], model.features, model.fits)


def load_folds(folder: Path | str, weights: Mapping[str, float]) -> list[FoldModel]:
    """What `save_folds` wrote.

    Parameters
    ----------
    folder : path
    weights : mapping
        Of the models that are wanted, by name.
    """
    saved = {name: load_estimators(Path(folder) / name) for name in weights}
    return [FoldModel(name, saved[name].features, weight, saved[name].estimators) for name, weight in weights.items()]
