"""On simulated data the test labels are known: how the protocol's promise compares with the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.evaluation.metrics import average_precision, f1_score, log_loss
from tde.evaluation.resampling import bootstrap_weights
from tde.pages.columns import WORDS, TableColumn
from tde.pages.printed_table import Table

N_BOOTSTRAP = 500

COLUMNS = (
    TableColumn("score", format=WORDS),
    TableColumn("promised", "float", "promised by cross-validation", format=".3f"),
    TableColumn("true", "float", "true, on the test set", format=".3f"),
    TableColumn("error", "float", "error of the difference", format=".3f"),
    TableColumn("deviation", "float", format="+.1f"),
)

NOTES = (
    "Promised: mean over repeats with folds at random, as the test set also holds siblings of training objects.",
    "Error: sampling errors of both scores (bootstrap over real events) in quadrature; deviations are in its units.",
)


def true_scores(
    positive: np.ndarray, probability: np.ndarray, selected: np.ndarray, parents: np.ndarray, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Scores of a submission on true labels, each with its sampling error.

    Parameters
    ----------
    positive, selected : ndarray of bool, shape (n,)
        Truly a TDE; called one.
    probability : ndarray, shape (n,)
        P(TDE).
    parents : ndarray of int, shape (n,)
        The real event each object was simulated from; whole events are resampled.
    seed : int

    Returns
    -------
    dict
        ``{score: (value, bootstrap standard deviation)}`` for f1, average_precision
        and log_loss.
    """
    weights = bootstrap_weights(parents, N_BOOTSTRAP, seed)

    def measured(function: Any, *arguments: np.ndarray) -> tuple[float, float]:
        return float(function(*arguments)[0]), float(np.nanstd(function(*arguments, weights)))

    return {
        "f1": measured(f1_score, positive, selected),
        "average_precision": measured(average_precision, positive, probability),
        "log_loss": measured(log_loss, positive, probability),
    }


def promise_and_truth(promised: dict[str, Any], true: dict[str, tuple[float, float]]) -> Table:
    """Put the cross-validated scores beside the true ones.

    Parameters
    ----------
    promised : dict
        Scores of one kind of folds (`tde.evaluation.metrics.score`).
    true : dict
        From `true_scores`.

    Returns
    -------
    Table
        Per score: ``promised``, ``true``, ``error`` (both sampling errors in
        quadrature) and ``deviation`` (difference in units of it).
    """
    rows = []
    for name, (value, deviation) in true.items():
        error = float(np.hypot(promised["bootstrap_sd"]["parents"][name], deviation))
        expected = promised["mean"][name]
        rows.append(
            {
                "score": name,
                "promised": expected,
                "true": value,
                "error": error,
                "deviation": (value - expected) / error if error > 0 else float("nan"),
            }
        )
    return Table("Promised and true scores", COLUMNS, rows, NOTES)
