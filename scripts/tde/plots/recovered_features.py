"""Figure: true quantities of simulated objects against the features that measure them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from tde.evaluation.feature_recovery import Recovery, robust_scatter
from tde.plots.style import ACCENT, DARK, MIDDLE, light_grid, new_figure, save

N_COLUMNS = 3


def plot_feature_recovery(recoveries: Sequence[Recovery], path: Path | str) -> None:
    """Draw one panel per quantity: estimate against truth, the line of equality, bias and scatter.

    Parameters
    ----------
    recoveries : sequence of Recovery
    path : path
        The PNG to write.
    """
    n_rows = -(-len(recoveries) // N_COLUMNS)
    figure = new_figure(4.2 * N_COLUMNS, 3.9 * n_rows)
    panels = figure.subplots(n_rows, N_COLUMNS, squeeze=False).ravel()
    for axes, recovery in zip(panels, recoveries, strict=False):
        _draw(axes, recovery)
    for axes in panels[len(recoveries) :]:
        axes.set_axis_off()
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=len(handles))
    save(figure, path)


def _draw(axes: Axes, recovery: Recovery) -> None:
    quantity, truth, estimate = recovery.quantity, recovery.truth, recovery.estimate
    axes.set_title(_title(recovery))
    unit = f" [{quantity.unit}]" if quantity.unit else ""
    axes.set(xlabel=f"true {quantity.name}{unit}", ylabel=f"estimate: {quantity.family}.{quantity.feature}")
    light_grid(axes, "both")
    if not len(truth):
        return
    looks: tuple[tuple[bool, str, dict[str, Any]], ...] = (
        (False, "other objects", {"color": MIDDLE, "marker": "o", "markersize": 3, "alpha": 0.5}),
        (True, "TDEs", {"color": ACCENT, "marker": "D", "markersize": 3.5}),
    )
    for is_tde, label, style in looks:
        mine = recovery.is_tde == is_tde
        axes.plot(truth[mine], estimate[mine], linestyle="none", markeredgewidth=0, label=label, **style)
    if quantity.logarithmic:
        axes.set(xscale="log", yscale="log")
        for side in (axes.xaxis, axes.yaxis):
            side.set_major_locator(LogLocator(subs=_ticks(*_limits(recovery)), numticks=12))
            side.set_major_formatter("{x:g}")
            side.set_minor_formatter(NullFormatter())
    low, high = _limits(recovery)
    axes.plot((low, high), (low, high), "--", color=DARK, linewidth=1.0, label="estimate = truth")
    axes.set(xlim=(low, high), ylim=(low, high))


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Where a logarithmic axis has ticks within a decade."""
    return (1.0, 2.0, 5.0) if high > 8.0 * low else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


def _limits(recovery: Recovery) -> tuple[float, float]:
    """One range for both axes that holds nearly all points; outliers beyond are not drawn."""
    both = np.concatenate([recovery.truth, np.percentile(recovery.estimate, (1, 99))])
    low, high = float(both.min()), float(both.max())
    if recovery.quantity.logarithmic:
        return low / 1.15, high * 1.15
    margin = 0.05 * (high - low) + 1e-6
    return low - margin, high + margin


def _title(recovery: Recovery) -> str:
    """Bias and scatter, in per cent for quantities compared as ratios."""
    deviation = recovery.deviation
    if not len(deviation):
        return f"{recovery.quantity.name}: nothing measured"
    bias, scatter = float(np.median(deviation)), robust_scatter(deviation)
    counts = f"{len(deviation)} of {recovery.n_objects}"
    if recovery.quantity.logarithmic:
        return f"bias {np.expm1(bias):+.0%}, scatter {scatter:.0%} ({counts})"
    return f"bias {bias:+.2f}, scatter {scatter:.2f} ({counts})"
