"""Precision against recall, with lines of equal F1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from tde.evaluation.predictions import OutOfFold
from tde.plots.style import ACCENT, DARK, LIGHT, MIDDLE, new_figure, save

RECALL = np.linspace(0.02, 1.0, 99)
LINE_STYLES = ("-", "--", ":", "-.")


def precision_at(probability: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Precision at the recalls `RECALL`: the largest one at that recall or a higher one.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    positive : ndarray of bool, shape (n,)
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(positive, probability)
    best = np.maximum.accumulate(precision)  # recall descends along the curve
    return best[np.searchsorted(-recall, -RECALL, side="right") - 1]


def plot_precision_recall(
    predictions: dict[str, dict[str, OutOfFold]],
    positive: np.ndarray,
    operating_points: dict[str, tuple[float, float]],
    path: Path | str,
) -> None:
    """Draw one panel per kind of folds, one line per model.

    Parameters
    ----------
    predictions : dict
        ``{model: {kind: out-of-fold predictions}}``; the last model is the blend.
    positive : ndarray of bool, shape (n,)
    operating_points : dict
        ``{kind: (recall, precision)}`` of the blend at its honest thresholds.
    path : path
        The PNG to write.
    """
    figure = new_figure(10, 5)
    panels = figure.subplots(1, len(operating_points), sharey=True)
    for axes, kind in zip(np.atleast_1d(panels), operating_points, strict=True):
        _draw_equal_f1(axes)
        for (name, by_kind), style in zip(reversed(predictions.items()), _styles(), strict=False):
            curves = [precision_at(p, positive) for p in by_kind[kind].probability]
            blend = name == list(predictions)[-1]
            colour = ACCENT if blend else DARK
            axes.plot(RECALL, np.mean(curves, axis=0), style, color=colour, label=name, linewidth=2 if blend else 1.3)
            if blend:
                axes.fill_between(RECALL, np.min(curves, axis=0), np.max(curves, axis=0), color=colour, alpha=0.15)
        recall, precision = operating_points[kind]
        axes.plot(recall, precision, "o", color=ACCENT, markeredgecolor="white", markersize=9)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall (completeness)", title=_title(kind))
    np.atleast_1d(panels)[0].set_ylabel("precision (purity)")
    np.atleast_1d(panels)[-1].legend(loc="lower left")
    save(figure, path)


def _styles() -> list[str]:
    return ["-", *LINE_STYLES[1:] * 20]


def _title(kind: str) -> str:
    return {"random": "folds at random", "parent": "folds by parent: new events"}[kind]


def _draw_equal_f1(axes: Axes) -> None:
    recall = np.linspace(0.01, 1, 200)
    for f1, place in ((0.2, 0.5), (0.4, 0.4), (0.6, 0.6), (0.8, 0.69)):  # recall at which no model's curve comes near
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = f1 * recall / (2 * recall - f1)
        inside = (precision > 0) & (precision <= 1)
        axes.plot(recall[inside], precision[inside], color=LIGHT, linewidth=0.8, zorder=0)
        axes.annotate(
            f"F1 = {f1}", (place, f1 * place / (2 * place - f1)), (3, 2), textcoords="offset points", color=MIDDLE
        )
