"""How a model's out-of-fold probabilities separate the classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tde.evaluation.classes import CLASSES
from tde.plots.style import ACCENT, CLASS_NAMES, DARK, MIDDLE, light_grid, new_figure, save

TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
CLIP = 1e-4
"""Probabilities are drawn in log-odds; beyond this they pile up at the edge."""


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Log-odds of probabilities, clipped for drawing."""
    p = np.clip(probability, CLIP, 1 - CLIP)
    return np.log(p / (1 - p))


def plot_scores(probability: np.ndarray, class_code: np.ndarray, threshold: float, path: Path | str) -> None:
    """Draw the distribution of P(TDE) per class, TDEs on top.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Out-of-fold P(TDE).
    class_code : ndarray of int, shape (n,)
        Index into `tde.evaluation.classes.CLASSES`.
    threshold : float
        The probability above which an object is called a TDE.
    path : path
        The PNG to write.
    """
    names = ["TDE", "AGN", "Ia", "CC", "SLSN"]
    edges = np.linspace(log_odds(np.array(0.0)), log_odds(np.array(1.0)), 61)
    figure = new_figure(8, 7)
    rows = figure.subplots(len(names), 1, sharex=True)
    for axes, name in zip(rows, names, strict=True):
        values = log_odds(probability[class_code == CLASSES.index(name)])
        axes.hist(values, edges, color=ACCENT if name == "TDE" else MIDDLE)
        axes.axvline(log_odds(np.array(threshold)), color=DARK, linestyle="--", linewidth=1)
        above = int((values > log_odds(np.array(threshold))).sum())
        axes.set_title(f"{CLASS_NAMES[name]}: {above} of {len(values)} above the threshold")
        axes.set_ylabel("objects")
        light_grid(axes)
    rows[-1].set_xticks(log_odds(np.array(TICKS)), [f"{tick:g}" for tick in TICKS])
    rows[-1].set_xlabel(f"out-of-fold P(TDE); dashed: threshold {threshold:.3f}")
    save(figure, path)
