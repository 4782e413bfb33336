"""What a model loses without a family of features, and what the family alone can do."""

from __future__ import annotations

from typing import Any

from tde.pages.columns import Beside, TableColumn
from tde.pages.printed_table import Table

SCORES = {"f1": "F1", "average_precision": "AP", "log_loss": "log-loss"}
KINDS = {"random": "F1, random folds", "parent": "F1, folds by parent"}
"""Kinds of folds, and the heading of their first score."""

NOTES = (
    "Mean over repeats and its standard error. *without*: all families but this one, as change against all of them;"
    " families overlap, so that what one loses another may know. *only*: this family alone.",
)


def ablation_rows(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Flatten the results of the fits.

    Parameters
    ----------
    results : list of dict
        ``how`` (full, without or only), ``family`` and ``metrics`` by kind of folds, as
        `tde.evaluation.metrics.score_all` gives them.

    Returns
    -------
    list of dict
        All families first, then without each, then each alone; the most valuable first.
    """
    rows = []
    for result in results:
        row = {"how": result["how"], "family": result["family"]}
        for kind in KINDS:
            scores = result["metrics"][kind]
            for name in SCORES:
                row[f"{kind}_{name}"] = scores["mean"][name]
                row[f"{kind}_{name}_se"] = scores["standard_error"][name]
        rows.append(row)
    order = {"full": 0, "without": 1, "only": 2}
    value = {"full": 0.0, "without": 1.0, "only": -1.0}
    return sorted(rows, key=lambda r: (order[r["how"]], value[r["how"]] * r["random_average_precision"], r["family"]))


def ablation_table(model: str, rows: list[dict[str, Any]]) -> Table:
    """What is gained and lost, for people: changes where a family is left out, scores elsewhere.

    Parameters
    ----------
    model : str
    rows : list of dict
        Of `ablation_rows`.
    """
    full = next(row for row in rows if row["how"] == "full")
    columns = [TableColumn("features")]
    for kind, first in KINDS.items():
        for score, heading in SCORES.items():
            name = f"{kind}_{score}"
            beside = Beside(f"{name}_se", " ± {}"), Beside(f"{name}_change", "{}")
            columns += [
                TableColumn(name, "float", first if score == "f1" else heading, format=".3f", beside=beside),
                TableColumn(f"{name}_se", "float", format=".3f", shown=False),
                TableColumn(f"{name}_change", "float", format="+.3f", shown=False),
            ]
    return Table(f"What each family is worth to {model}", columns, [_shown(row, full) for row in rows], NOTES)


def _shown(row: dict[str, Any], full: dict[str, Any]) -> dict[str, Any]:
    names = [f"{kind}_{score}" for kind in KINDS for score in SCORES]
    label = {"features": "all families" if row["how"] == "full" else f"{row['how']} {row['family']}"}
    if row["how"] == "without":
        return label | {f"{name}_change": row[name] - full[name] for name in names}
    return label | {name: row[name] for name in [*names, *(f"{name}_se" for name in names)]}
