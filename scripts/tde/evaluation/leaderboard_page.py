"""The tables of the leaderboard's page that set one model against another."""

from __future__ import annotations

from typing import Any

from tde.pages.columns import Beside, TableColumn
from tde.pages.printed_table import Table

SCORES = {"average_precision": "AP", "log_loss": "log-loss", "f1": "F1"}
"""Scores whose differences are shown, and their names."""


def comparison_table(reference: str, differences: list[dict[str, Any]]) -> Table:
    """One row per model and kind of folds: difference, its error, verdict.

    Parameters
    ----------
    reference : str
        The model that the others are compared with.
    differences : list of dict
        model, folds, score, and what `tde.evaluation.comparison.compare` gives.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for given in differences:
        row = rows.setdefault((given["model"], given["folds"]), {"model": given["model"], "folds": given["folds"]})
        if (score := given["score"]) in SCORES:
            verdict = None if given["verdict"] == "no difference" else given["verdict"]
            row |= {score: given["difference"], f"{score}_error": given["error"], f"{score}_verdict": verdict}
    columns = [TableColumn("model"), TableColumn("folds")]
    for score, heading in SCORES.items():
        beside = Beside(f"{score}_error", " ± {}"), Beside(f"{score}_verdict", " {}", strong=True)
        columns += [
            TableColumn(score, "float", heading, format="+.3f", beside=beside),
            TableColumn(f"{score}_error", "float", format=".3f", shown=False),
            TableColumn(f"{score}_verdict", shown=False),
        ]
    explained = (
        "Model minus reference on the same folds and objects, with its error: standard error over repeats and bootstrap"
        " over real events in quadrature. A difference of more than two errors is called better or worse."
    )
    return Table(f"Paired differences from `{reference}`", columns, rows.values(), introduction=[explained])


def agreement_table(rows: list[dict[str, Any]]) -> Table:
    """How far the candidates of models agree.

    Parameters
    ----------
    rows : list of dict
        Of `tde.evaluation.agreement.agreement_matrix`.
    """
    columns = [TableColumn(row["model"], "float", row["model"], format=".2f") for row in rows]
    explained = (
        "F1 of one model's candidates as a prediction of the other's, folds at random: models that agree less have more"
        " to tell each other."
    )
    return Table("Agreement", [TableColumn("model"), *columns], rows, introduction=[explained])
