"""The scores of all models side by side."""

from __future__ import annotations

from typing import Any

from tde.pages.columns import Beside, TableColumn
from tde.pages.printed_table import Table

SCORES = {
    "f1": "F1",
    "average_precision": "AP",
    "log_loss": "log-loss",
    "precision": "precision",
    "recall": "recall",
    "optimistic_f1_pooled": "F1, best pooled threshold (optimistic)",
    "optimistic_f1_per_fold": "F1, best threshold per fold (optimistic)",
}
"""Scores of the leaderboard, and what they are called on pages."""

RESAMPLED = ("f1", "average_precision", "log_loss")
"""Those with an error by bootstrap."""

PHOTOZ_SCORES = ("f1", "average_precision")
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
        One row per model and kind of folds: model, folds, and for each of `SCORES` its mean,
        ``_se`` and, if `RESAMPLED`, ``_sd_parents``; ``_photoz`` for each of `PHOTOZ_SCORES`.
    """
    rows = []
    for model, by_kind in metrics.items():
        for kind, scores in by_kind.items():
            row: dict[str, Any] = {"model": model, "folds": kind}
            for name in SCORES:
                row[name] = scores["mean"][name]
                row[f"{name}_se"] = scores["standard_error"][name]
            for name in RESAMPLED:
                row[f"{name}_sd_parents"] = scores["bootstrap_sd"]["parents"][name]
            for name in PHOTOZ_SCORES:
                row[f"{name}_photoz"] = (scores["photoz"] or {}).get(name)
            rows.append(row)
    return sorted(rows, key=lambda row: (row["folds"] != "random", -row["average_precision"]))


def leaderboard_table(title: str, metrics: dict[str, dict[str, Any]]) -> Table:
    """The scores of several models, the best first.

    Parameters
    ----------
    title : str
    metrics : dict
        As of `leaderboard_rows`.
    """
    columns = [TableColumn("model"), TableColumn("folds")]
    for name, heading in SCORES.items():
        errors = {f"{name}_se": " ± {}"} | ({f"{name}_sd_parents": " ({})"} if name in RESAMPLED else {})
        columns += measured(name, heading, errors)
    first, second = (f"{name}_photoz" for name in PHOTOZ_SCORES)
    columns += measured(first, "F1, AP with photometric redshifts", {second: ", {}"})
    return Table(title, columns, leaderboard_rows(metrics), NOTES)


def measured(name: str, heading: str, others: dict[str, str]) -> list[TableColumn]:
    """The column of a score and those of the numbers shown beside it.

    Parameters
    ----------
    name, heading : str
    others : dict of str to str
        Pattern by name of each other column.
    """
    beside = tuple(Beside(*item) for item in others.items())
    hidden = [TableColumn(other, "float", format=".3f", shown=False) for other in others]
    return [TableColumn(name, "float", heading, format=".3f", beside=beside), *hidden]
