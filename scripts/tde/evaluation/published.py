"""What others report of a model beside what is measured of its rebuilt twin."""

from __future__ import annotations

from typing import Any

STATISTICS = {"pooled": "optimistic_f1_pooled", "per_fold": "optimistic_f1_per_fold"}
"""Scores that correspond to what others call their F1."""

HEADER = (
    "model",
    "reported F1",
    "how it was measured",
    "the same here",
    "honest F1 here",
    "AP here",
    "reported on the public leaderboard",
)


def published_cells(reported: dict[str, dict[str, Any]], metrics: dict[str, dict[str, Any]]) -> list[list[str]]:
    """One row per model of which others report a score.

    Parameters
    ----------
    reported : dict
        ``{model: {f1, statistic, leaderboard}}`` of config.yaml.
    metrics : dict
        ``{model: {kind: scores}}``; folds at random are compared, as others drew them.
    """
    rows = []
    for model, theirs in reported.items():
        if "f1" not in theirs:
            continue
        mean = metrics[model]["random"]["mean"]
        statistic = theirs.get("statistic", "pooled")
        rows.append(
            [
                model,
                f"{theirs['f1']:.3f}",
                "best threshold of each fold" if statistic == "per_fold" else "best threshold of pooled predictions",
                f"{mean[STATISTICS[statistic]]:.3f}",
                f"{mean['f1']:.3f}",
                f"{mean['average_precision']:.3f}",
                f"{theirs['leaderboard']:.3f}" if "leaderboard" in theirs else "–",
            ]
        )
    return rows
