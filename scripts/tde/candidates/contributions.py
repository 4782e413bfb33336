"""What each feature adds to the log-odds of TDE against the rest: SHAP values of the models themselves.

The values are exact for each tree ensemble (Lundberg et al. 2020, Nature Machine
Intelligence 2, 56) and come from the libraries' own prediction functions; those of a
logistic regression are its terms, counted from the median object (Lundberg & Lee 2017,
NIPS 30, 4765, corollary 1, for independent features). A model of
several classes has one score s per class; the log-odds of the TDE change with the scores
as s_TDE - sum_k w_k s_k, w_k being the share of class k among the others, and the same
sum of SHAP values is taken. Values of several fits are averaged, those of the members of
a blend with their weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tde.models.estimator import Estimator
from tde.models.selection import OnColumns
from tde.models.training import Fitted
from tde.predict.bundle import Member

if TYPE_CHECKING:
    from tde.models.logistic_model import Logistic


def _scores(estimator: Estimator, X: np.ndarray) -> np.ndarray | None:
    """SHAP values of every class's score, shape (n, n_scores, n_features + 1); None if the estimator has none."""
    if estimator.name == "lightgbm":
        values = np.asarray(estimator.booster.predict(X, pred_contrib=True, num_threads=1))
    elif estimator.name == "xgboost":
        import xgboost as xgb

        values = np.asarray(estimator.booster.predict(xgb.DMatrix(X, nthread=1), pred_contribs=True))
    elif estimator.name == "catboost":
        import catboost

        pool = catboost.Pool(X, thread_count=1)
        values = np.asarray(estimator.booster.get_feature_importance(pool, type="ShapValues", thread_count=1))
    elif estimator.name == "logistic":
        values = _terms(estimator, X)
    else:
        return None
    return values.reshape(len(X), -1, X.shape[1] + 1)


def _terms(estimator: Logistic, X: np.ndarray) -> np.ndarray:
    """Terms of a logistic regression's scores, the intercept last; the normalised features' medians are 0."""
    coefficients, intercept = estimator.classifier.coef_, estimator.classifier.intercept_
    terms = estimator.prepared(X)[:, None, :] * coefficients[None, :, :]
    constant = np.broadcast_to(intercept[None, :, None], (*terms.shape[:2], 1))
    return np.concatenate([terms, constant], axis=2)


def contributions(estimator: Fitted, X: np.ndarray) -> np.ndarray | None:
    """Contribution of each feature to the log-odds of the TDE.

    Parameters
    ----------
    estimator : Estimator or OnColumns
        Its last class is the TDE.
    X : ndarray, shape (n, n_features)

    Returns
    -------
    ndarray, shape (n, n_features), or None
        None if the estimator has no such values, as a network.
    """
    if isinstance(estimator, OnColumns):
        part = contributions(estimator.estimator, X[:, estimator.columns])
        if part is None:
            return None
        values = np.zeros(X.shape)
        values[:, estimator.columns] = part
        return values
    scores = _scores(estimator, X)
    if scores is None:
        return None
    if scores.shape[1] == 1:
        return scores[:, 0, :-1].astype(np.float64)
    others = estimator.predict_proba(X)[:, :-1]
    share = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-300)
    return (scores[:, -1] - np.einsum("nk,nkf->nf", share, scores[:, :-1]))[:, :-1]


def blend_contributions(
    members: Sequence[Member], matrices: Sequence[np.ndarray]
) -> tuple[dict[str, np.ndarray], float]:
    """Contributions to the blend, by the name of the feature.

    Parameters
    ----------
    members : sequence of Member
    matrices : sequence of ndarray, shape (n, n_features)
        The features of each member.

    Returns
    -------
    values : dict of str to ndarray, shape (n,)
    explained : float
        Share of the blend's weight that has such values; they are scaled to all of it.
    """
    found = []
    for member, X in zip(members, matrices, strict=True):
        parts = [contributions(estimator, X) for estimator in member.estimators]
        if all(part is not None for part in parts):
            found.append((member, np.mean(parts, axis=0)))
    explained = sum(member.weight for member, _ in found)
    values: dict[str, np.ndarray] = {}
    for member, mean in found:
        for j, name in enumerate(member.features):
            values[name] = values.get(name, 0.0) + mean[:, j] * member.weight / explained
    return values, float(explained)
