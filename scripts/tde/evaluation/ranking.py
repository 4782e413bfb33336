"""How much each feature on its own says about an object being a TDE."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tde.features.table import Column
from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table

N_BINS = 20
"""Quantile bins of the objects that have a value; objects without one are a bin of their own.

TDEs are a twentieth of MALLORN's training objects: a bin of a perfect feature holds little else.
"""


N_SHOWN = 5
"""Features of each family that pages show."""

COLUMNS = (
    TableColumn("family"),
    TableColumn("rank", "integer", shown=False),
    TableColumn("feature"),
    TableColumn("information", "float", unit="bits", format=".3f"),
    TableColumn("share", "float", "of all", format=".0%"),
    TableColumn("auc", "float", "AUC", format=".3f"),
    TableColumn("missing", "float", format=".1%"),
    TableColumn("unit"),
    TableColumn("meaning"),
    TableColumn("label"),
)

NOTES = (
    "Information: mutual information of the feature, in bins of equally many objects and one for missing values,"
    " with TDE against the rest, less what chance gives; features that say nothing scatter about 0. Of all: its share"
    " of the entropy of the labels.",
    "AUC: probability that a TDE has a larger value than another object; below 0.5 TDEs have the smaller values, and"
    " near 0.5 they may still lie in the middle. Training objects only. `report/features.csv` ranks all features.",
)


class Relevance(NamedTuple):
    """What one feature says about the classes.

    Attributes
    ----------
    information : float
        Mutual information in bits, as `mutual_information` estimates it.
    share : float
        The same as a share of the entropy of the labels.
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


class MutualInformation(NamedTuple):
    """In bits, and as a share of the entropy of the labels."""

    information: float
    share: float


def mutual_information(bins: np.ndarray, positive: np.ndarray) -> MutualInformation:
    """Mutual information of binned values and labels above what chance gives.

    The estimate from the counts is too large, the more so the more bins there are. Its mean
    over all permutations of the labels, known exactly (Vinh, Epps & Bailey 2010, JMLR 11,
    2837), is subtracted, so that useless features scatter about 0.

    Parameters
    ----------
    bins : ndarray of int, shape (n,)
    positive : ndarray of bool, shape (n,)

    Returns
    -------
    information : float
        In bits.
    share : float
        Of the entropy of the labels, itself above chance: 1 if the bins decide. NaN if all
        labels are the same.
    """
    from sklearn.metrics import mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

    counts = contingency_matrix(positive, bins, sparse=True, dtype=np.int64)
    chance = expected_mutual_information(counts, len(bins))
    information = mutual_info_score(None, None, contingency=counts) - chance
    rate = positive.mean()
    if not 0.0 < rate < 1.0:
        return MutualInformation(0.0, math.nan)
    entropy = -(rate * math.log(rate) + (1.0 - rate) * math.log(1.0 - rate))
    return MutualInformation(information / math.log(2.0), information / (entropy - chance))


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
    return Relevance(
        *mutual_information(quantile_bins(values), positive),
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
            "meaning": column.described,
            "label": column.label,
        }
        for rank, (measured, column) in enumerate(found, start=1)
    ]


def telling_features(rows: Iterable[dict[str, Any]]) -> Table:
    """Table of the first `N_SHOWN` features of each family.

    Parameters
    ----------
    rows : iterable of dict
        ``family`` and what `rank_family` gives.
    """
    best = [row for row in rows if row["rank"] <= N_SHOWN]
    return Table(f"The {N_SHOWN} most telling features of each family", COLUMNS, best, NOTES)
