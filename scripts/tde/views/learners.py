"""Models of a blend fitted fold by fold, on whole light curves or on views, and what they say of any light curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from joblib import Parallel, delayed

from tde.compiled.cache import use_compiled
from tde.lightcurves import LightCurves
from tde.models.training import Fitted, Learner, fit
from tde.predict.matrix import feature_tables, matrix

PART = 500
"""Light curves whose features are computed at a time: a part for every core, and no more in memory."""


@dataclass(frozen=True)
class Lesson:
    """What models learn from.

    Attributes
    ----------
    tables : dict
        Features by family, ``m`` rows.
    codes, parents : ndarray of int, shape (m,)
        Class and parent of each row.
    fold : ndarray of int, shape (m,)
        Fold in which it is held out.
    weight : ndarray, shape (m,)
    """

    tables: Mapping[str, pa.Table]
    codes: np.ndarray
    parents: np.ndarray
    fold: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class FoldModels:
    """The models of a blend, one fit for each fold.

    Attributes
    ----------
    features : list of list of str
        ``family.column`` of each model.
    weights : ndarray, shape (n_models,)
    fits : list of list of Fitted
        By fold, then by model.
    """

    features: list[list[str]]
    weights: np.ndarray
    fits: list[list[Fitted]]

    def p_tde(self, tables: Mapping[str, pa.Table], fold: np.ndarray, n_groups: int = 1) -> np.ndarray:
        """P(TDE) of objects by the fits that have not learnt from them, shape (n,).

        Parameters
        ----------
        tables : mapping
            Features by family: ``n_groups`` times the ``n`` objects, one after the other; their mean is taken.
        fold : ndarray of int, shape (n,)
        n_groups : int
        """
        p = np.zeros((n_groups, len(fold)))
        matrices = [matrix(tables, names) for names in self.features]
        for k, fits in enumerate(self.fits):
            held = np.flatnonzero(fold == k)
            rows = (held + np.arange(n_groups)[:, None] * len(fold)).ravel()
            for weight, fitted, X in zip(self.weights, fits, matrices, strict=True):
                p[:, held] += weight * fitted.predict_proba(X[rows])[:, -1].reshape(n_groups, -1)
        return p.mean(axis=0)


def fit_folds(
    learners: Sequence[Learner], weights: np.ndarray, lesson: Lesson, n_folds: int, threads: int
) -> FoldModels:
    """Fit the models of a blend on every fold.

    Parameters
    ----------
    learners : sequence of Learner
        With the names of their features.
    weights : ndarray, shape (n_models,)
    lesson : Lesson
    n_folds : int
    threads : int
        Fits at a time.
    """
    features = [list(learner.names) for learner in learners]
    matrices = [matrix(lesson.tables, names) for names in features]
    jobs = [(k, j) for k in range(n_folds) for j in range(len(learners))]
    fits = Parallel(n_jobs=threads)(delayed(_fit)(learners[j], matrices[j], lesson, k) for k, j in jobs)
    of_fold = [fits[k * len(learners) : (k + 1) * len(learners)] for k in range(n_folds)]
    return FoldModels(features, weights, of_fold)


def _fit(learner: Learner, X: np.ndarray, lesson: Lesson, k: int) -> Fitted:
    inside = lesson.fold != k
    return fit(learner, X[inside], lesson.codes[inside], lesson.parents[inside], k, lesson.weight[inside])


class Computed(NamedTuple):
    """Features of ``n`` light curves.

    Attributes
    ----------
    tables : dict
        By family.
    peak_mjd : ndarray, shape (n,)
        Peak of the first family's fitted curves; NaN where there is none.
    """

    tables: dict[str, pa.Table]
    peak_mjd: np.ndarray


def features_in_parts(
    lightcurves: LightCurves, families: Mapping[str, dict[str, Any]], compiled: str, threads: int
) -> Computed:
    """Features as `tde.predict.matrix.feature_tables` computes them, some light curves at a time.

    Parameters
    ----------
    lightcurves : LightCurves
    families : mapping
        Options of each family.
    compiled : str
        Folder of compiled code.
    threads : int
        Parts at a time, each in a process of its own.
    """
    parts = np.array_split(np.arange(len(lightcurves)), -(-len(lightcurves) // PART))
    done = Parallel(n_jobs=threads)(delayed(_computed)(lightcurves.select(part), families, compiled) for part in parts)
    tables = {name: pa.concat_tables([part.tables[name] for part in done]).combine_chunks() for name in done[0].tables}
    return Computed(tables, np.concatenate([part.peak_mjd for part in done]))


def _computed(lightcurves: LightCurves, families: Mapping[str, dict[str, Any]], compiled: str) -> Computed:
    use_compiled(compiled)
    tables, curves = feature_tables(lightcurves, families)
    none = np.full(len(lightcurves), np.nan)
    return Computed(dict(tables), next((fitted.parameters["peak_mjd"] for fitted in curves.values()), none))
