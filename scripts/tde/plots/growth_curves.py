"""Curves of growth: what P(TDE) is worth against the days since the trigger, and from the peak."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from tde.plots.style import ACCENT, DARK, MIDDLE, light_grid, new_figure, save
from tde.views.states import State

SCORES = (("average_precision", "average precision"), ("completeness_at_purity_50", "completeness at purity .5"))
STYLES = {"whole": (MIDDLE, ":", "^"), "views": (DARK, "--", "s"), "both": (ACCENT, "-", "o")}
AXES = (("trigger", "days since the trigger"), ("peak", "days from the peak"))


def plot_growth(rows: Sequence[dict[str, Any]], states: Sequence[State], path: Path | str) -> None:
    """Draw each score against the days from each moment, a line for each way of learning.

    Parameters
    ----------
    rows : sequence of dict
        Of the table of growth.
    states : sequence of State
        What their ``light curves`` mean.
    path : path
        The PNG to write.
    """
    days = {state.words: (state.counted, state.days) for state in states}
    figure = new_figure(10, 7)
    panels = figure.subplots(len(SCORES), len(AXES), sharey="row", sharex="col")
    for line, (score, words) in zip(panels, SCORES, strict=True):
        for axes, (counted, _) in zip(line, AXES, strict=True):
            mine = {words: day for words, (of, day) in days.items() if of == counted}
            _draw(axes, [row for row in rows if row["light curves"] in mine], mine, score)
            _draw_whole(axes, rows, score)
            axes.set_ylim(0, 1)
            light_grid(axes)
            if counted == "trigger":
                axes.set_xscale("log")
                axes.set_xticks([*mine.values()], [f"{day:g}" for day in mine.values()], minor=False)
                axes.minorticks_off()
        line[0].set_ylabel(words)
    for axes, (_, label) in zip(panels[-1], AXES, strict=True):
        axes.set_xlabel(f"{label} (observer's)")
    panels[0, 0].legend(title="learnt from", loc="lower right")
    save(figure, path)


def _draw(axes: Axes, rows: list[dict[str, Any]], days: dict[str, float], score: str) -> None:
    for learnt, (colour, style, marker) in STYLES.items():
        mine = [row for row in rows if row["learnt from"] == learnt]
        when, values = [days[row["light curves"]] for row in mine], np.array([row[score] for row in mine])
        axes.plot(when, values, style, marker=marker, color=colour, label=learnt, markersize=5)
        if learnt == "both" and f"{score}_error" in mine[0]:
            error = np.array([row[f"{score}_error"] for row in mine])
            axes.fill_between(when, values - error, values + error, color=colour, alpha=0.15, linewidth=0)


def _draw_whole(axes: Axes, rows: Sequence[dict[str, Any]], score: str) -> None:
    """A mark at the right edge: whole light curves."""
    for row in rows:
        if row["light curves"] == "whole" and row["learnt from"] == "both":
            axes.axhline(row[score], color=ACCENT, linewidth=0.8, alpha=0.6)
            axes.annotate(
                "whole light curves",
                (1.0, row[score]),
                (-2, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                color=ACCENT,
                fontsize=8,
            )
