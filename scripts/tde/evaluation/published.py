"""What others report of a model beside what is measured of its rebuilt twin."""

from __future__ import annotations

from typing import Any

from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table

STATISTICS = {"pooled": "optimistic_f1_pooled", "per_fold": "optimistic_f1_per_fold"}
"""Scores that correspond to what others call their F1."""

COLUMNS = (
    TableColumn("model"),
    TableColumn("reported_f1", "float", "reported F1", format=".3f"),
    TableColumn("measured", heading="how it was measured"),
    TableColumn("same", "float", "the same here", format=".3f"),
    TableColumn("f1", "float", "honest F1 here", format=".3f"),
    TableColumn("average_precision", "float", "AP here", format=".3f"),
    TableColumn("leaderboard", "float", "reported on the public leaderboard", format=".3f"),
)

EXPLAINED = (
    "Models rebuilt from their descriptions, beside what their authors report. Lists of features that were not"
    " published are rebuilt: the most important ones of the same families, chosen anew in each fit."
    " Compare the third with the second number; the honest F1 is lower because its threshold was not chosen on"
    " what it scores. Models named `_flattered` also stop boosting on the fold they are scored on.",
)


def published_table(reported: dict[str, dict[str, Any]], metrics: dict[str, dict[str, Any]]) -> Table:
    """One row per model of which others report a score.

    Parameters
    ----------
    reported : dict
        ``{model: {f1, statistic, leaderboard}}`` of config.yaml.
    metrics : dict
        ``{model: {kind: scores}}``; folds at random are compared, as others drew them.
    """
    rows = [_row(model, theirs, metrics) for model, theirs in reported.items() if "f1" in theirs]
    return Table("Published figures", COLUMNS, rows, introduction=EXPLAINED)


def _row(model: str, theirs: dict[str, Any], metrics: dict[str, dict[str, Any]]) -> dict[str, Any]:
    mean = metrics[model]["random"]["mean"]
    statistic = theirs.get("statistic", "pooled")
    return {
        "model": model,
        "reported_f1": theirs["f1"],
        "measured": "best threshold of each fold"
        if statistic == "per_fold"
        else "best threshold of pooled predictions",
        "same": mean[STATISTICS[statistic]],
        "f1": mean["f1"],
        "average_precision": mean["average_precision"],
        "leaderboard": theirs.get("leaderboard"),
    }
