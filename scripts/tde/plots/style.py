"""One look for all figures: band colours and markers, readable in grey and when colour-blind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import matplotlib

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from tde.photometry import BANDS
from tde.tables import write_atomically

BAND_COLOURS = dict(zip(BANDS, ("#56a0d3", "#008060", "#d1495b", "#edae49", "#8d5a97", "#3d3d3d"), strict=True))
"""Distinct also to colour-blind eyes; the markers tell the bands apart in grey."""

BAND_MARKERS = dict(zip(BANDS, ("v", "o", "s", "D", "^", "P"), strict=True))

CLASS_NAMES = {"TDE": "TDE", "AGN": "AGN", "Ia": "SN Ia", "CC": "core-collapse SN", "SLSN": "superluminous SN"}
"""The five classes of the evaluation, spelt out."""

DARK, MIDDLE, LIGHT, ACCENT = "#222222", "#777777", "#c8c8c8", "#b3432b"
"""Greys for everything, and one accent for what the figure is about."""

RC: dict[RcKeyType, Any] = {
    "figure.dpi": 110,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
}


def new_figure(width: float, height: float, **kwargs: Any) -> Figure:
    """Make a figure in the common style.

    Parameters
    ----------
    width, height : float
        In inches.
    **kwargs
        Of `matplotlib.figure.Figure`.
    """
    matplotlib.rcParams.update(RC)
    return Figure(figsize=(width, height), layout="constrained", **kwargs)


def save(figure: Figure, path: Path | str) -> None:
    """Write a figure as PNG, atomically; the same figure gives the same bytes."""
    write_atomically(path, lambda name: figure.savefig(name, format="png", metadata={"Software": None}))


def light_grid(axes: Axes, axis: Literal["x", "y", "both"] = "y") -> None:
    """Draw faint grid lines behind the data."""
    axes.grid(axis=axis, color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
