"""How many training objects there are of each type."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tde.plots.style import ACCENT, MIDDLE, light_grid, new_figure, save


def plot_classes(spec_types: list[str], path: Path | str) -> None:
    """Draw a bar per spectroscopic type, most frequent first, on a logarithmic axis.

    Parameters
    ----------
    spec_types : list of str
        Spectroscopic type of each training object.
    path : path
        The PNG to write.
    """
    counts = Counter(spec_types).most_common()
    names, heights = [name for name, _ in counts], [count for _, count in counts]
    figure = new_figure(8, 0.32 * len(names) + 1.2)
    axes = figure.subplots()
    colours = [ACCENT if name == "TDE" else MIDDLE for name in names]
    bars = axes.barh(names, heights, color=colours, log=True)
    share = [f"{count:,} ({count / len(spec_types):.1%})" for count in heights]
    axes.bar_label(bars, share, padding=4)
    axes.set_xlim(0.8, 3 * max(heights))
    axes.invert_yaxis()
    axes.set_xlabel("training objects (logarithmic)")
    light_grid(axes, "x")
    save(figure, path)
