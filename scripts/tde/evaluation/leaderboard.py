"""The scores of all models side by side."""

from __future__ import annotations

from typing import Any

HEADER = (
    "model",
    "folds",
    "F1",
    "AP",
    "log-loss",
    "precision",
    "recall",
    "F1, best pooled threshold (optimistic)",
    "F1, best threshold per fold (optimistic)",
    "F1, AP with photometric redshifts",
)

COLUMNS = (
    "f1",
    "average_precision",
    "log_loss",
    "precision",
    "recall",
    "optimistic_f1_pooled",
    "optimistic_f1_per_fold",
)

PHOTOZ_COLUMNS = ("f1", "average_precision")
"""Scores given with scattered redshifts, too."""

NOTES = (
    "Mean over repeats of the cross-validation, with its standard error, and in brackets the standard deviation of"
    " a bootstrap over the real events that the objects were simulated from.",
    "F1, precision and recall are honest: the threshold of a fold is chosen on the other folds. The optimistic"
    " columns choose it on the predictions they score, as published figures often do; compare like with like.",
    "Folds drawn at random let simulations of one real event fall on both sides, as in the challenge's test set;"
    " folds by parent keep them together and say what to expect of new events.",
    "Redshifts of the training objects are exact. The last column scores the same fits once more on held-out objects"
    " whose redshifts are as uncertain as those of the test set.",
)


def leaderboard_rows(metrics: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Flatten the metrics of several models.

    Parameters
    ----------
    metrics : dict
        ``{model: {kind: scores}}`` as `tde.evaluation.metrics.score` gives them.

    Returns
    -------
    list of dict
        One row per model and kind of folds: model, folds, and for each of `COLUMNS`
        its mean, ``_se`` and, where measured, ``_sd_parents``; ``_photoz`` for each of `PHOTOZ_COLUMNS`.
    """
    rows = []
    for model, by_kind in metrics.items():
        for kind, scores in by_kind.items():
            row: dict[str, Any] = {"model": model, "folds": kind}
            for name in COLUMNS:
                row[name] = scores["mean"][name]
                row[f"{name}_se"] = scores["standard_error"][name]
                if name in scores["bootstrap_sd"]["parents"]:
                    row[f"{name}_sd_parents"] = scores["bootstrap_sd"]["parents"][name]
            for name in PHOTOZ_COLUMNS:
                row[f"{name}_photoz"] = (scores["photoz"] or {}).get(name)
            rows.append(row)
    return sorted(rows, key=lambda row: (row["folds"] != "random", -row["average_precision"]))


def leaderboard_cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Format the rows of a leaderboard for people, in the order of `HEADER`."""
    return [[row["model"], row["folds"], *(_cell(row, name) for name in COLUMNS), _photoz_cell(row)] for row in rows]


def leaderboard_markdown(rows: list[dict[str, Any]]) -> str:
    """Render the rows of a leaderboard as a Markdown table with its notes."""
    lines = [HEADER, ["---"] * len(HEADER), *leaderboard_cells(rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n\n" + "\n\n".join(NOTES) + "\n"


def _photoz_cell(row: dict[str, Any]) -> str:
    values = [row[f"{name}_photoz"] for name in PHOTOZ_COLUMNS]
    return ", ".join("–" if value is None else f"{value:.3f}" for value in values)


def _cell(row: dict[str, Any], name: str) -> str:
    text = f"{row[name]:.3f}"
    if row[f"{name}_se"] is not None:
        text += f" ± {row[f'{name}_se']:.3f}"
    if f"{name}_sd_parents" in row:
        text += f" ({row[f'{name}_sd_parents']:.3f})"
    return text
