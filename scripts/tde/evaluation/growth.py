"""What P(TDE) is worth while an event goes on: scores by how far its light curve has come, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tde.evaluation.calibration import reliability
from tde.evaluation.metrics import average_precision, f1_score, log_loss
from tde.evaluation.objects import TrainingObjects
from tde.evaluation.resampling import bootstrap_weights
from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table

N_BOOTSTRAP = 200
N_DRAWS = 50
SEED = 4
"""Draws of parents behind the errors, draws of labels behind the expected calibration error, and their seed."""

KINDS = ("whole", "views", "both")
"""What was learnt from: whole light curves, views, and both put together."""

COLUMNS = (
    TableColumn("folds"),
    TableColumn("light curves"),
    TableColumn("average_precision_whole", "float", "AP, whole", format=".3f"),
    TableColumn("average_precision_views", "float", "views", format=".3f"),
    TableColumn("average_precision", "float", "both", format=".3f"),
    TableColumn("average_precision_error", "float", "error", format=".3f"),
    TableColumn("f1", "float", "F1", format=".3f"),
    TableColumn("purity", "float", "purity", format=".2f"),
    TableColumn("completeness", "float", "completeness", format=".2f"),
    TableColumn("completeness_at_purity_50", "float", "completeness at purity .5", format=".2f"),
    TableColumn("completeness_at_purity_80", "float", "at purity .8", format=".2f"),
    TableColumn("purity_at_completeness_50", "float", "purity at completeness .5", format=".2f"),
    TableColumn("log_loss", "float", "log-loss", format=".3f"),
    TableColumn("calibration_error", "float", "calibration error", format=".3f"),
    TableColumn("calibration_error_expected", "float", "expected", format=".3f"),
    TableColumn("mean_p_TDE", "float", "mean P(TDE)", format=".3f"),
    TableColumn("median_points", "float", "points", format=".0f"),
)
NOTES = (
    "Cross-validation {folds}; one fit per model and fold, means over repeats. Errors are those of the bootstrap over"
    " parents. Days are the observer's; the trigger is the second detection of 5 sigma within 30 days, the peak that of"
    " the curve fitted to the whole light curve.",
    "AP of models that learnt from `whole` light curves, as the submitted blend; from `views` of the training objects,"
    " cut off at ages drawn at random, some in g, r, i or g, r alone; and of `both`, put together by how far the light"
    " curve has come, a share learnt in the other folds: this is what a bundle says, and what all further columns"
    " are about.",
    "F1, purity and completeness are those of the objects called TDEs, by a threshold for each age that is learnt in"
    " the other folds, too. {decided}",
    "Calibration error: mean of |P(TDE) - share of TDEs| over bins; expected: what it would be on average if P(TDE)"
    " were exactly right and all objects independent. The share of TDEs is {share:.3f} in every row.",
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
    drawn = np.random.default_rng(SEED).random((N_DRAWS, len(probability))) < probability
    return {
        "average_precision": float(average_precision(positive, probability)[0]),
        "average_precision_error": float(np.nanstd(resamples)),
        "completeness_at_purity_50": completeness_at_purity(positive, probability, 0.5),
        "completeness_at_purity_80": completeness_at_purity(positive, probability, 0.8),
        "purity_at_completeness_50": purity_at_completeness(positive, probability, 0.5),
        "log_loss": float(log_loss(positive, probability)[0]),
        "calibration_error": reliability(probability, positive).expected_error,
        "calibration_error_expected": float(np.mean([reliability(probability, draw).expected_error for draw in drawn])),
        "mean_p_TDE": float(probability.mean()),
    }


def state_rows(
    of_state: dict[str, Any],
    said: Sequence[Mapping[str, np.ndarray]],
    called: Sequence[np.ndarray],
    training: TrainingObjects,
) -> list[dict[str, Any]]:
    """Scores of light curves that have come equally far, means over repeats: a row for each of `KINDS`.

    Parameters
    ----------
    of_state : dict
        What the rows begin with.
    said : sequence of mapping of str to ndarray, shape (n,)
        Of each repeat: P(TDE) by each of `KINDS`.
    called : sequence of ndarray of bool, shape (n,)
        Of each repeat: which are called TDEs.
    training : TrainingObjects
    """
    found = mean_of([called_scores(training.positive, each) for each in called])
    return [
        of_state
        | {"learnt from": learnt, **found}
        | mean_of([growth_scores(training.positive, each[learnt], training.parents) for each in said])
        for learnt in KINDS
    ]


def mean_of(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means of scores of the same names."""
    return {name: float(np.mean([each[name] for each in scores])) for name in scores[0]}


def called_scores(positive: np.ndarray, called: np.ndarray) -> dict[str, float]:
    """Scores of the objects that are called TDEs, under the names of `COLUMNS`.

    Parameters
    ----------
    positive, called : ndarray of bool, shape (n,)
    """
    hits = float(np.sum(positive & called))
    return {
        "f1": float(f1_score(positive, called)[0]),
        "purity": hits / max(float(called.sum()), 1.0),
        "completeness": hits / max(float(positive.sum()), 1.0),
    }


def decided_words(called: Mapping[float, np.ndarray]) -> str:
    """When half of the TDEs are called so and stay so, as a sentence.

    Parameters
    ----------
    called : mapping of float to ndarray of bool, shape (n_TDE,)
        Whether each TDE is called one, by the days since the trigger at which its light curve ends.
    """
    days = np.array(sorted(called))
    stays = np.cumprod(np.array([called[day] for day in days])[::-1], axis=0)[::-1].astype(bool)
    share = stays.mean(axis=1)
    if not (share >= 0.5).any():
        return f"Even {days[-1]:g} d after the trigger only {share[-1]:.0%} of the TDEs are called so."
    first = int(np.argmax(share >= 0.5))
    return f"From {days[first]:g} d after the trigger on, half of the TDEs ({share[first]:.0%}) are called so for good."


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


def growth_table(rows: list[dict[str, Any]], share: float, repeats: Mapping[str, int], decided: str) -> Table:
    """Put scores into a table: a row for each kind of folds and state.

    Parameters
    ----------
    rows : list of dict
        As `state_rows` gives them, with ``folds`` and ``light curves``.
    share : float
        Of TDEs among the objects.
    repeats : mapping of str to int
        How many of each kind of folds.
    decided : str
        As `decided_words` says it.
    """
    ap = {(row["folds"], row["light curves"], row["learnt from"]): row["average_precision"] for row in rows}
    wide = [
        {key: value for key, value in row.items() if key != "learnt from"}
        | {f"average_precision_{learnt}": ap[row["folds"], row["light curves"], learnt] for learnt in KINDS[:2]}
        for row in rows
        if row["learnt from"] == "both"
    ]
    folds = ", ".join(f"{FOLDS[kind]}, {n} {'repeat' if n == 1 else 'repeats'}" for kind, n in repeats.items() if n)
    notes = [note.format(share=share, folds=folds, decided=decided) for note in NOTES]
    return Table("While it still shines", COLUMNS, wide, notes)
