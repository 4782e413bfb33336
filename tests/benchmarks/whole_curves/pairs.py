"""Heads for the pairs that fail: TDE against AGN, SNe Ia, core collapse and SLSNe, each with the few features it needs.

A lasso chooses them inside the fold. The odds of the pairs together are a posterior: 1 / P(TDE) is 1 plus the sum of
the odds of the other classes against a TDE.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from harness import Fold, Idea, Probabilities, Study, all_widened, with_fourth
from posterior import halves
from sklearn.linear_model import LogisticRegression

from tde.evaluation.classes import CLASSES, TDE
from tde.models.normal_scores import normal_scores, training_quantiles

N_INNER, SEED = 3, 4
STRENGTHS = (0.05, 0.15)
"""Inverse penalties."""

LARGEST = 8.0
"""Largest logarithm of the odds of a pair."""


def prepared(fold: Fold) -> np.ndarray:
    """Normal scores of all objects by the objects inside; the median for what is undefined."""
    quantiles = training_quantiles(fold.X[fold.inside], 200)
    scores = np.nan_to_num(normal_scores(fold.X, quantiles.values, quantiles.references, np.float32))
    scores[:, quantiles.values[0] == quantiles.values[-1]] = 0.0
    return scores


def pair_odds(x: np.ndarray, learnt: np.ndarray, codes: np.ndarray, C: float) -> np.ndarray:
    """Logarithm of the odds of a TDE against each other class, shape (n, 4)."""
    out = np.zeros((len(x), TDE))
    for other in range(TDE):
        mine = (codes == other) | (codes == TDE)
        lasso = LogisticRegression(C=C, l1_ratio=1.0, solver="liblinear", tol=1e-3, max_iter=200)
        lasso.fit(learnt[mine], codes[mine] == TDE)
        out[:, other] = lasso.decision_function(x)
    return np.clip(out, -LARGEST, LARGEST)


def coupled(C: float) -> Idea:
    """The heads as a member."""

    def fitted(study: Study, fold: Fold) -> np.ndarray:
        x, inside = prepared(fold), fold.inside
        odds = pair_odds(x[~inside], x[inside], study.training.codes[inside], C)
        against = np.column_stack([np.exp(-odds), np.ones(len(odds))])
        return against / against.sum(axis=1, keepdims=True)

    return fitted


def odds_columns(C: float) -> Callable[[Study, Fold], np.ndarray]:
    """The odds as features, cross-fitted by parent for the objects inside."""

    def extra(study: Study, fold: Fold) -> np.ndarray:
        x, inside, codes = prepared(fold), fold.inside, study.training.codes
        part = np.where(inside, halves(study.training.parents, N_INNER, SEED), -1)
        out = np.empty((len(x), len(CLASSES) - 1))
        for k in range(-1, N_INNER):
            learnt = inside & (part != k)
            out[part == k] = pair_odds(x[part == k], x[learnt], codes[learnt], C)
        return out

    return extra


def ideas(study: Study) -> dict[str, Probabilities]:
    """Blends to compare, by what is different."""
    found = {
        f"lasso heads, C = {C}, a fourth member": with_fourth(study, study.out_of_fold(f"pairs_{C}", coupled(C)))
        for C in STRENGTHS
    }
    return found | {"their log-odds as features": all_widened(study, "pairs", odds_columns(STRENGTHS[-1]))}
