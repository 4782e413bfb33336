"""Reasons for and against a candidate: contributions of features, summed by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tde.candidates.groups import GROUPS, group_of
from tde.predict.training_summary import QUANTILES

N_FEATURES = 3
"""Strongest features named per group."""


def percentile(value: float, quantiles: Sequence[float]) -> float:
    """Share of the training objects below a value, in percent; NaN if either is not known."""
    if not np.isfinite(value) or not np.all(np.isfinite(quantiles)):
        return float("nan")
    below = np.interp(value, quantiles, QUANTILES)
    return float(100.0 * below)


def in_words(value: float, unit: str, summary: Mapping[str, Any]) -> str:
    """Compare a value with those of the training objects, and of the TDEs among them.

    Parameters
    ----------
    value : float
    unit : str
    summary : mapping
        ``quantiles``, ``tde_quantiles`` and ``missing`` of the feature, as in a bundle.
    """
    if not np.isfinite(value):
        return f"not measured, as in {100 * summary['missing']:.0f} % of the training objects"
    number = f"{value:.3g} {unit}".strip()
    rank = percentile(value, summary["quantiles"])
    if not np.isfinite(rank):
        return number
    place = f"above {rank:.0f} %" if rank >= 50 else f"below {100 - rank:.0f} %"
    words = f"{number}, {place} of the training objects"
    low, middle, high = summary["tde_quantiles"]
    if np.isfinite(middle):
        side = "as in most TDEs" if low <= value <= high else "higher than in most TDEs"
        side = "lower than in most TDEs" if value < low else side
        words += f"; {side} ({low:.3g} to {high:.3g})"
    return words


def reasons(
    values: Mapping[str, np.ndarray], features: Mapping[str, np.ndarray], summary: pa.Table, index: int
) -> list[dict[str, Any]]:
    """Reasons of one object, the strongest first.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (n,)
        Contributions of each feature to the log-odds.
    features : mapping of str to ndarray, shape (n,)
        The features themselves.
    summary : pyarrow.Table
        The bundle's table of features.
    index : int
        The object.

    Returns
    -------
    list of dict
        ``group``, ``about``, ``sum`` (of contributions to the natural logarithm of the odds), and
        ``features``: name, contribution, meaning and words of the strongest ones.
    """
    rows = {row["feature"]: row for row in summary.to_pylist()}
    members: dict[str, list[str]] = {}
    for name in values:
        members.setdefault(group_of(name, rows[name]["label"]), []).append(name)
    found = []
    for group, names in members.items():
        parts = np.array([values[name][index] for name in names])
        strongest = np.argsort(-np.abs(parts), kind="stable")[:N_FEATURES]
        found.append(
            {
                "group": group,
                "about": GROUPS[group],
                "sum": float(parts.sum()),
                "features": [
                    {
                        "name": names[j],
                        "contribution": float(parts[j]),
                        "meaning": rows[names[j]]["meaning"],
                        "words": in_words(float(features[names[j]][index]), rows[names[j]]["unit"], rows[names[j]]),
                    }
                    for j in strongest
                    if parts[j] != 0.0
                ],
            }
        )
    return sorted(found, key=lambda reason: -abs(reason["sum"]))
