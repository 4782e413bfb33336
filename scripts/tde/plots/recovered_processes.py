"""Figure: simulated truth against what the fits recover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from tde.plots.style import new_figure, save

PANELS = (
    ("drw", "tau", "damping time", "d"),
    ("drw", "amplitude", "DRW amplitude", "uJy"),
    ("matern32", "length_scale", "Matern-3/2 length scale", "d"),
)


def plot_recovery(table: pa.Table, path: Path | str) -> None:
    """Draw estimate against truth, and the residuals in units of the Fisher error.

    Parameters
    ----------
    table : pyarrow.Table
        As `tde.gp.process_recovery.recovery` returns it.
    path : path
        The PNG to write.
    """
    figure = new_figure(10.5, 6.2)
    axes = figure.subplots(2, len(PANELS), height_ratios=(2, 1))
    for panel, (model, parameter, name, unit) in enumerate(PANELS):
        mask = pc.and_(pc.equal(table["model"], model), pc.equal(table["parameter"], parameter))
        rows = table.filter(mask)
        truth, estimate, error = (rows[column].to_numpy() for column in ("truth", "estimate", "log_error"))
        unit = {"uJy": "µJy"}.get(unit, unit)
        _draw_scatter(axes[0, panel], truth, estimate, error, f"{name} [{unit}]")
        _draw_pulls(axes[1, panel], truth, estimate, error)
    axes[1, 0].set_ylabel("density")
    save(figure, path)


def _draw_scatter(axis: Axes, truth: np.ndarray, estimate: np.ndarray, error: np.ndarray, name: str) -> None:
    """Estimate with error against truth, both logarithmic, and the line of equality."""
    span = np.array([truth.min() / 1.3, truth.max() * 1.3])
    bars = np.array([estimate * -np.expm1(-error), estimate * np.expm1(error)])
    style: dict[str, Any] = {"ecolor": "0.75", "elinewidth": 0.8, "markersize": 3.5, "color": "0.15"}
    axis.errorbar(truth, estimate, yerr=bars, fmt="o", label="fit with its 1-sigma Fisher error", **style)
    axis.plot(span, span, "k--", linewidth=1.0, label="estimate = truth")
    axis.set(xscale="log", yscale="log", xlim=span, xlabel=f"true {name}", ylabel=f"estimated {name}")
    inside = np.isfinite(estimate)
    axis.set_ylim(np.percentile(estimate[inside], 0.5) / 1.5, np.percentile(estimate[inside], 99.5) * 2.0)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        side.set_major_formatter("{x:g}")
        side.set_minor_formatter("")
    axis.legend(loc="upper left", fontsize="small")


def _draw_pulls(axis: Axes, truth: np.ndarray, estimate: np.ndarray, error: np.ndarray) -> None:
    """Histogram of the pulls with the unit normal distribution."""
    pulls = np.log(estimate / truth) / error
    pulls = pulls[np.isfinite(pulls)]
    bins = np.linspace(-4.0, 4.0, 25).tolist()
    axis.hist(np.clip(pulls, -4.0, 4.0), bins=bins, density=True, color="0.7", edgecolor="0.4", label="fits")
    x = np.linspace(-4.0, 4.0, 200)
    axis.plot(x, np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi), "k-", linewidth=1.2, label="unit normal")
    axis.set_xlabel(f"ln(estimate / truth) / Fisher error\nmean {pulls.mean():+.2f}, sd {pulls.std():.2f}")
    axis.legend(fontsize="small")
