"""What a model loses without a family of features, and what the family alone can do."""

from __future__ import annotations

from typing import Any

SCORES = ("f1", "average_precision", "log_loss")
KINDS = ("random", "parent")

HEADER = (
    "features",
    "F1, random folds",
    "AP",
    "log-loss",
    "F1, folds by parent",
    "AP",
    "log-loss",
)

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


def ablation_cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Cells for people, in the order of `HEADER`."""
    full = next(row for row in rows if row["how"] == "full")
    return [[_label(row), *(_cell(row, full, f"{kind}_{name}") for kind in KINDS for name in SCORES)] for row in rows]


def _label(row: dict[str, Any]) -> str:
    return "all families" if row["how"] == "full" else f"{row['how']} {row['family']}"


def _cell(row: dict[str, Any], full: dict[str, Any], name: str) -> str:
    if row["how"] == "without":
        return f"{row[name] - full[name]:+.3f}"
    error = row[f"{name}_se"]
    return f"{row[name]:.3f}" + (f" ± {error:.3f}" if error is not None else "")
