"""The leaderboard as one Markdown page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tde.evaluation.published import HEADER as PUBLISHED_HEADER

SCORES = {"average_precision": "AP", "log_loss": "log-loss", "f1": "F1"}
"""Scores whose differences are shown, and their names."""

COMPARISON_HEADER = ("model", "folds", *SCORES.values())


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of text cells."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def comparison_cells(differences: list[dict[str, Any]]) -> list[list[str]]:
    """One row per model and kind of folds: difference, its error, verdict.

    Parameters
    ----------
    differences : list of dict
        model, folds, score, and what `tde.evaluation.comparison.compare` gives.
    """
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in differences:
        verdict = "" if row["verdict"] == "no difference" else f" **{row['verdict']}**"
        text = f"{row['difference']:+.3f} ± {row['error']:.3f}{verdict}"
        cells.setdefault((row["model"], row["folds"]), {})[row["score"]] = text
    return [[model, folds, *(texts[score] for score in SCORES)] for (model, folds), texts in cells.items()]


def leaderboard_page(
    scores: str,
    reference: str,
    comparison: list[list[str]],
    agreement: list[dict[str, Any]],
    published: list[list[str]],
) -> str:
    """Put the parts of the page together.

    Parameters
    ----------
    scores : str
        Table of all scores with its notes, in Markdown.
    reference : str
        The model that the others are compared with.
    comparison, published : list of list of str
        Cells of the tables.
    agreement : list of dict
        Of `tde.evaluation.agreement.agreement_matrix`.
    """
    names = [row["model"] for row in agreement]
    shared = [[row["model"], *(f"{row[name]:.2f}" for name in names)] for row in agreement]
    parts = [
        "## All models and blends",
        scores.strip(),
        f"## Paired differences from `{reference}`",
        "Model minus reference on the same folds and objects, with its error: standard error over repeats and bootstrap"
        " over real events in quadrature. A difference of more than two errors is called better or worse.",
        markdown_table(COMPARISON_HEADER, comparison),
        "## Agreement",
        "F1 of one model's candidates as a prediction of the other's, folds at random: models that agree less have more"
        " to tell each other.",
        markdown_table(("", *names), shared),
    ]
    if published:
        parts += [
            "## Published figures",
            "Models rebuilt from their descriptions, beside what their authors report. Lists of features that were not"
            " published are rebuilt: the most important ones of the same families, chosen anew in each fit."
            " Compare the third with the second number; the honest F1 is lower because its threshold was not chosen on"
            " what it scores. Models named `_flattered` also stop boosting on the fold they are scored on.",
            markdown_table(PUBLISHED_HEADER, published),
        ]
    return "\n\n".join(parts) + "\n"
