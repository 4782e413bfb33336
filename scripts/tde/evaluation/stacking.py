"""Logistic stacking: a logistic regression on the log-odds of several models."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.evaluation.blend import stack
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.thresholds import logit

N_SPLITS = 5
"""Inner folds by which the penalty is chosen."""


def fit_stacker(probability: np.ndarray, positive: np.ndarray) -> Any:
    """Fit the regression.

    Parameters
    ----------
    probability : ndarray, shape (n_models, n)
        Out-of-fold P(TDE).
    positive : ndarray of bool, shape (n,)

    Returns
    -------
    sklearn.linear_model.LogisticRegressionCV
        Its penalty has the lowest log-loss in inner folds of the same objects.
    """
    from sklearn.linear_model import LogisticRegressionCV

    stacker = LogisticRegressionCV(
        cv=N_SPLITS, scoring="neg_log_loss", max_iter=1000, l1_ratios=(0.0,), use_legacy_attributes=False
    )
    return stacker.fit(logit(probability).T, positive)


def apply_stacker(stacker: Any, probability: np.ndarray) -> np.ndarray:
    """P(TDE) of the stacked models, shape (n,)."""
    return stacker.predict_proba(logit(probability).T)[:, 1]


def cross_fitted_stack(
    models: list[OutOfFold], positive: np.ndarray, others: list[OutOfFold] | None = None
) -> list[OutOfFold]:
    """Stack fold k by a regression that has seen the other folds only.

    Parameters
    ----------
    models : list of OutOfFold
    positive : ndarray of bool, shape (n,)
    others : list of OutOfFold, optional
        Further predictions of the same models, to be combined in the same way.

    Returns
    -------
    list of OutOfFold
        Stacked ``models``, then stacked ``others``.
    """
    fold = models[0].fold
    sources = [stack(models), *([stack(others)] if others else [])]
    mixed = [np.empty(fold.shape) for _ in sources]
    for repeat in range(len(fold)):
        for k in range(int(fold.max()) + 1):
            inside, held_out = fold[repeat] != k, fold[repeat] == k
            stacker = fit_stacker(sources[0][:, repeat, inside], positive[inside])
            for out, probability in zip(mixed, sources, strict=True):
                out[repeat, held_out] = apply_stacker(stacker, probability[:, repeat, held_out])
    return [OutOfFold(models[0].kind, values, fold) for values in mixed]
