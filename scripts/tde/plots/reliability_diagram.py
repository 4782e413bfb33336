"""Reliability of the probabilities: what was said against what was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tde.evaluation.calibration import candidate_counts, reliability
from tde.evaluation.predictions import OutOfFold
from tde.plots.style import ACCENT, DARK, MIDDLE, light_grid, new_figure, save

KIND_STYLES = {"random": (DARK, "o", "folds at random"), "parent": (ACCENT, "s", "folds by parent")}


def plot_calibration(predictions: list[OutOfFold], positive: np.ndarray, path: Path | str) -> None:
    """Draw observed fraction against probability, and true against expected number of TDEs.

    Parameters
    ----------
    predictions : list of OutOfFold
        One per kind of folds; repeats are pooled.
    positive : ndarray of bool, shape (n,)
    path : path
        The PNG to write.
    """
    figure = new_figure(10, 4.6)
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1], color=MIDDLE, linewidth=0.8)
    for oof in predictions:
        colour, marker, name = KIND_STYLES[oof.kind]
        n_repeats = len(oof.probability)
        found = reliability(oof.probability.ravel(), np.tile(positive, n_repeats))
        # repeats show the same objects again: the error is that of one repeat
        error = np.sqrt(np.clip(found.observed * (1 - found.observed), 0.01, None) / (found.count / n_repeats))
        label = f"{name}, expected error {found.expected_error:.3f}"
        left.errorbar(found.predicted, found.observed, error, fmt=marker, color=colour, markersize=5, label=label)
        rows = candidate_counts(oof, positive)
        expected, true = ([row[key] for row in rows] for key in ("expected_tde", "true_tde"))
        right.plot(expected, true, marker=marker, color=colour, markersize=5, linewidth=1, label=name)
        for row in rows[1::2] if oof is predictions[0] else []:
            place = (row["expected_tde"], row["true_tde"])
            right.annotate(f"P > {row['threshold']:g}", place, (-8, 4), textcoords="offset points", ha="right")
    top = right.get_xlim()[1]
    right.plot([0, top], [0, top], color=MIDDLE, linewidth=0.8, zorder=0)
    left.set(xlabel="predicted probability", ylabel="fraction of TDEs", xlim=(0, 1), ylim=(0, 1))
    left.set_title("Reliability of out-of-fold probabilities")
    right.set(xlabel="TDEs expected among the candidates", ylabel="TDEs among the candidates", xlim=(0, top))
    right.set_title("Expected and true numbers above a threshold")
    left.legend(loc="lower right")
    right.legend(loc="lower right")
    for axes in (left, right):
        light_grid(axes, "both")
    save(figure, path)
