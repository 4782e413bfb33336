"""What P(TDE) is worth while an event goes on: scores by how far its light curve has come, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from tde.evaluation.calibration import reliability
from tde.evaluation.metrics import average_precision, log_loss
from tde.evaluation.resampling import bootstrap_weights
from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table

N_BOOTSTRAP = 200
SEED = 4
"""Of the draws of parents behind the errors."""

COLUMNS = (
    TableColumn("light curves"),
    TableColumn("learnt from"),
    TableColumn("average_precision", "float", "AP", format=".3f"),
    TableColumn("average_precision_error", "float", "error", format=".3f"),
    TableColumn("completeness_at_purity_50", "float", "completeness at purity .5", format=".2f"),
    TableColumn("completeness_at_purity_80", "float", "at purity .8", format=".2f"),
    TableColumn("purity_at_completeness_50", "float", "purity at completeness .5", format=".2f"),
    TableColumn("log_loss", "float", "log-loss", format=".3f"),
    TableColumn("calibration_error", "float", "calibration error", format=".3f"),
    TableColumn("mean_p_TDE", "float", "mean P(TDE)", format=".3f"),
    TableColumn("median_points", "float", "points", format=".0f"),
)
NOTES = (
    "Cross-validation {folds}, one repeat and one fit per model and fold. Errors are those of the bootstrap over"
    " parents. Days are the observer's; the trigger is the second detection of 5 sigma within 30 days, the peak that of"
    " the curve fitted to the whole light curve.",
    "Learnt from: `whole` light curves, as the submitted blend; `views` of the training objects, cut off at ages drawn"
    " at random, some in g, r, i or g, r alone; `both`: the two put together by how far the light curve has come, a"
    " share learnt in the other folds.",
    "Calibration error: mean of |P(TDE) - share of TDEs| over bins. The share of TDEs is {share:.3f} in every row.",
)


def growth_scores(positive: np.ndarray, probability: np.ndarray, parents: np.ndarray) -> dict[str, float]:
    """Scores of light curves that have come equally far, under the names of `COLUMNS`.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
        P(TDE).
    parents : ndarray of int, shape (n,)
        Groups for the bootstrap.
    """
    resamples = average_precision(positive, probability, bootstrap_weights(parents, N_BOOTSTRAP, SEED))
    return {
        "average_precision": float(average_precision(positive, probability)[0]),
        "average_precision_error": float(np.nanstd(resamples)),
        "completeness_at_purity_50": completeness_at_purity(positive, probability, 0.5),
        "completeness_at_purity_80": completeness_at_purity(positive, probability, 0.8),
        "purity_at_completeness_50": purity_at_completeness(positive, probability, 0.5),
        "log_loss": float(log_loss(positive, probability)[0]),
        "calibration_error": reliability(probability, positive).expected_error,
        "mean_p_TDE": float(probability.mean()),
    }


def _cuts(positive: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Purity and completeness of the objects above each of the probabilities, the highest first."""
    order = np.argsort(-probability, kind="stable")
    ends = np.append(np.diff(probability[order]) != 0, True)  # equal probabilities are cut together
    hits = np.cumsum(positive[order])[ends]
    return hits / np.flatnonzero(np.append(False, ends)), hits / positive.sum()


def completeness_at_purity(positive: np.ndarray, probability: np.ndarray, purity: float) -> float:
    """Largest share of the TDEs in a list of at least some purity; 0 if there is no such list.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
    purity : float
    """
    found, completeness = _cuts(positive, probability)
    return float(np.max(completeness[found >= purity], initial=0.0))


def purity_at_completeness(positive: np.ndarray, probability: np.ndarray, completeness: float) -> float:
    """Largest purity of a list that holds at least some share of the TDEs.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
    completeness : float
    """
    purity, found = _cuts(positive, probability)
    return float(purity[found >= completeness].max())


FOLDS = {"parent": "by parent (nothing has learnt from a sibling of what it is applied to)", "random": "at random"}


def growth_table(rows: list[dict[str, Any]], share: float, kind: str) -> Table:
    """Put scores into a table.

    Parameters
    ----------
    rows : list of dict
        Under the names of `COLUMNS`.
    share : float
        Of TDEs among the objects.
    kind : str
        Of the folds.
    """
    notes = [note.format(share=share, folds=FOLDS[kind]) for note in NOTES]
    return Table("While it still shines", COLUMNS, rows, notes)
