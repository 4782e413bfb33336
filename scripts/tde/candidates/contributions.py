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
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from tde.models.boosting import BoostedTrees
from tde.models.estimator import Estimator
from tde.models.selection import OnColumns
from tde.models.training import Fitted
from tde.predict.bundle import Member

if TYPE_CHECKING:
    from tde.models.logistic_model import Logistic


class Scores(NamedTuple):
    """SHAP values of the scores of an estimator.

    Attributes
    ----------
    values : ndarray, shape (n, n_scores, n_features + 1)
        The constant comes last. Two classes share one score, the log-odds of the second.
    classes : ndarray of int, shape (n_scores,)
        Class of each score, where there is more than one score. Classes without a training
        object may have none.
    """

    values: np.ndarray
    classes: np.ndarray


def _scores(estimator: Estimator, X: np.ndarray) -> Scores | None:
    """SHAP values of every class's score; None if the estimator has none."""
    if isinstance(estimator, BoostedTrees):
        values = _of_trees(estimator, X).reshape(len(X), -1, X.shape[1] + 1)
        return Scores(values, np.arange(values.shape[1]))
    if estimator.name == "logistic":
        logistic = cast("Logistic", estimator)
        return Scores(_terms(logistic, X), np.asarray(logistic.classifier.classes_))
    return None


def _of_trees(estimator: BoostedTrees, X: np.ndarray) -> np.ndarray:
    """SHAP values as the estimator's library returns them."""
    if estimator.name == "lightgbm":
        return np.asarray(estimator.booster.predict(X, pred_contrib=True, num_threads=1))
    if estimator.name == "xgboost":
        import xgboost as xgb

        return np.asarray(estimator.booster.predict(xgb.DMatrix(X, nthread=1), pred_contribs=True))
    import catboost

    pool = catboost.Pool(X, thread_count=1)
    return np.asarray(estimator.booster.get_feature_importance(pool, type="ShapValues", thread_count=1))


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
        of_all = np.zeros(X.shape)
        of_all[:, estimator.columns] = part
        return of_all
    scores = _scores(estimator, X)
    if scores is None:
        return None
    values = scores.values
    if values.shape[1] == 1:
        return values[:, 0, :-1].astype(np.float64)
    others = np.ascontiguousarray(estimator.predict_proba(X)[:, scores.classes[:-1]])
    share = others / np.maximum(others.sum(axis=1, keepdims=True), 1e-300)
    return (values[:, -1] - np.einsum("nk,nkf->nf", share, values[:, :-1]))[:, :-1]


class BlendContributions(NamedTuple):
    """What each feature adds to the log-odds of the TDE in a blend.

    Attributes
    ----------
    values : dict of str to ndarray, shape (n,)
        By the name of the feature.
    explained : float
        Share of the blend's weight whose models have such values; they are scaled to all of it.
    """

    values: dict[str, np.ndarray]
    explained: float


def blend_contributions(
    members: Sequence[Member], matrices: Sequence[np.ndarray], weights: np.ndarray
) -> BlendContributions:
    """Contributions to the blend, by the name of the feature.

    Parameters
    ----------
    members : sequence of Member
    matrices : sequence of ndarray, shape (n, n_features)
        The features of each member.
    weights : ndarray, shape (n_members, n)
        Of the members for each object; they sum to 1.
    """
    found = []
    for member, X, weight in zip(members, matrices, weights, strict=True):
        parts = [contributions(estimator, X) for estimator in member.estimators] if weight.any() else []
        known = [part for part in parts if part is not None]
        if known and len(known) == len(parts):
            found.append((member, np.mean(known, axis=0), weight))
    explained = np.sum([weight for _, _, weight in found], axis=0) + np.zeros(weights.shape[1])
    values: dict[str, np.ndarray] = {}
    for member, mean, weight in found:
        for j, name in enumerate(member.features):
            values[name] = values.get(name, 0.0) + mean[:, j] * weight / explained
    return BlendContributions(values, float(np.mean(explained)) if len(explained) else 0.0)
