"""What a blend is worth on less complete light curves, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.evaluation.metrics import average_precision, f1_score, log_loss
from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table

COLUMNS = (
    TableColumn("light curves"),
    TableColumn("f1", "float", "F1", format=".3f"),
    TableColumn("purity", "float", format=".3f"),
    TableColumn("completeness", "float", format=".3f"),
    TableColumn("average_precision", "float", format=".3f"),
    TableColumn("log_loss", "float", "log-loss", format=".3f"),
    TableColumn("mean_p_TDE", "float", "mean P(TDE)", format=".3f"),
    TableColumn("share_of_TDE", "float", "share of TDEs", format=".3f"),
)
NOTES = (
    "Cross-validation by parent, one repeat and one fit per model and fold: trained on whole light curves, applied to"
    " the left-out objects with less in them, at the threshold of the submission.",
    "A calibrated probability has a mean equal to the share of TDEs.",
)


def reduced_scores(positive: np.ndarray, probability: np.ndarray, threshold: float) -> dict[str, float]:
    """Scores of one kind of light curves, under the names of `COLUMNS`.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
        P(TDE).
    threshold : float
        Objects above it are called TDE.
    """
    selected = probability > threshold
    hits = int((selected & positive).sum())
    return {
        "f1": float(f1_score(positive, selected)[0]),
        "purity": hits / max(int(selected.sum()), 1),
        "completeness": hits / int(positive.sum()),
        "average_precision": float(average_precision(positive, probability)[0]),
        "log_loss": float(log_loss(positive, probability)[0]),
        "mean_p_TDE": float(probability.mean()),
        "share_of_TDE": float(positive.mean()),
    }


def reduced_table(rows: list[dict[str, Any]]) -> Table:
    """Kinds of light curves, named in ``light curves``, with their `reduced_scores`."""
    return Table("What less complete light curves cost", COLUMNS, rows, NOTES)
