"""How much each feature on its own says about an object being a TDE."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tde.features.table import Column

N_BINS = 10
"""Quantile bins of the objects that have a value; objects without one are a bin of their own."""


class Relevance(NamedTuple):
    """What one feature says about the classes.

    Attributes
    ----------
    information : float
        Mutual information in bits, as `mutual_information` estimates it.
    share : float
        The same as a share of the entropy of the labels: 1 if the feature decides.
    auc : float
        Probability that a TDE has a larger value than another object, among those that have
        one (area under the receiver operating characteristic); NaN without both.
    missing : float
        Share of objects without a value.
    """

    information: float
    share: float
    auc: float
    missing: float


def quantile_bins(values: np.ndarray, n_bins: int = N_BINS) -> np.ndarray:
    """Bins of equally many objects; equal values share a bin, missing ones have their own.

    Parameters
    ----------
    values : ndarray, shape (n,)
    n_bins : int

    Returns
    -------
    ndarray of int, shape (n,)
        -1 where the value is missing.
    """
    present = ~np.isnan(values)
    bins = np.full(len(values), -1)
    if present.any():
        ordered = np.sort(values[present])
        # Edges are values that occur, so that no feature's bins hang on rounding
        edges = np.unique(ordered[np.arange(1, n_bins) * len(ordered) // n_bins])
        bins[present] = np.searchsorted(edges, values[present], side="right")
    return bins


def mutual_information(bins: np.ndarray, positive: np.ndarray) -> float:
    """Mutual information of binned values and labels, free of its bias to first order.

    Parameters
    ----------
    bins : ndarray of int, shape (n,)
    positive : ndarray of bool, shape (n,)

    Returns
    -------
    float
        In bits. The estimate from the counts exceeds the truth by (r - 1)(c - 1) / (2 n)
        nats for independent variables with r and c values (Miller 1955; the mean of the
        G statistic); this is subtracted, so that useless features scatter about 0.
    """
    from sklearn.metrics import mutual_info_score

    freedom = (len(np.unique(bins)) - 1) * (len(np.unique(positive)) - 1)
    return (mutual_info_score(positive, bins) - freedom / (2 * len(bins))) / math.log(2.0)


def relevance(values: np.ndarray, positive: np.ndarray) -> Relevance:
    """What one feature says about TDEs against the rest.

    Parameters
    ----------
    values : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
        True for a TDE.
    """
    from sklearn.metrics import roc_auc_score

    present = ~np.isnan(values)
    both = len(np.unique(positive[present])) == 2
    information = mutual_information(quantile_bins(values), positive)
    tde = positive.mean()
    entropy = -(tde * math.log2(tde) + (1.0 - tde) * math.log2(1.0 - tde)) if 0.0 < tde < 1.0 else math.nan
    return Relevance(
        information,
        information / entropy,
        float(roc_auc_score(positive[present], values[present])) if both else math.nan,
        float(1.0 - present.mean()),
    )


def rank_family(values: np.ndarray, declared: Iterable[Column], positive: np.ndarray) -> list[dict[str, Any]]:
    """Rank the features of one family by mutual information.

    Parameters
    ----------
    values : ndarray, shape (n_objects, n_columns)
    declared : iterable of Column
        The family's columns, in the order of ``values``.
    positive : ndarray of bool, shape (n_objects,)

    Returns
    -------
    list of dict
        ``rank``, ``feature``, the fields of `Relevance`, ``unit``, ``meaning`` and
        ``label``, the most informative feature first.
    """
    found = [(relevance(values[:, j], positive), column) for j, column in enumerate(declared)]
    found.sort(key=lambda pair: (-pair[0].information, pair[1].name))
    return [
        {
            "rank": rank,
            "feature": column.name,
            **measured._asdict(),
            "unit": column.unit,
            "meaning": column.meaning,
            "label": column.label,
        }
        for rank, (measured, column) in enumerate(found, start=1)
    ]
