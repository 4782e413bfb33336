"""Figures that set simulated data beside real data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pandas.core.groupby import SeriesGroupBy

from tde.photometry import BANDS
from tde.plots.style import BAND_COLOURS, BAND_MARKERS, new_figure, save
from tde.simulation.validate import CLASSES, DataSet, object_table

STYLES = {
    "real": {"color": "black", "linestyle": "-", "marker": "o", "markerfacecolor": "black"},
    "simulated": {"color": "0.55", "linestyle": "--", "marker": "s", "markerfacecolor": "white"},
}
"""Told apart by grey value, line style and marker, so that colour is not needed."""

EXAMPLES_PER_SET = 2

Tables = dict[str, tuple[DataSet, pd.DataFrame]]


def _tables(simulated: DataSet, real: DataSet | None) -> Tables:
    """Data sets and their per-object tables by name; real first if there is one."""
    sets = {"real": real, "simulated": simulated}
    return {name: (data, object_table(data)) for name, data in sets.items() if data is not None}


def plot_comparison(path: Path | str, simulated: DataSet, real: DataSet | None = None) -> None:
    """Draw a page of distributions of both data sets.

    Parameters
    ----------
    path : path
        PNG to write.
    simulated : DataSet
    real : DataSet, optional
        Without it the page shows the simulated data alone.
    """
    tables = _tables(simulated, real)
    figure = new_figure(15, 14)
    axes = figure.subplots(4, 3)
    _histograms(axes, tables)
    for _, table in tables.values():
        table["duration"] = table["duration"].clip(lower=1.0)
    _band_panels(axes, tables)
    for axis, (column, label, log) in zip(
        axes[2:].ravel(),
        (
            ("Z", "redshift", True),
            ("max_snr", "largest flux / error", True),
            ("duration", "time above half of the peak\n[d, rest frame; at least 1]", True),
            ("u-g", "u - g at peak [mag]", False),
            ("g-r", "g - r at peak [mag]", False),
            ("r-i", "r - i at peak [mag]", False),
        ),
        strict=True,
    ):
        _class_panel(axis, tables, column, label, log)
    sizes = ", ".join(f"{name}: {len(data.log):,} objects" for name, (data, _) in tables.items())
    figure.suptitle(
        f"Light curves compared ({sizes}). Ranges by band and class: 5, 50 and 95 %; classes are of the training set"
    )
    save(figure, path)


def _histograms(axes: np.ndarray, tables: Tables) -> None:
    """Points per object, redshifts, gaps between visits and E(B-V), as shares of objects or visits."""
    for name, (data, table) in tables.items():
        times = data.points.drop_duplicates(["object", "mjd"])
        gaps = times["mjd"].diff()[times["object"].diff() == 0]
        panels = (
            (axes[0, 0], table["n_points"], np.geomspace(10, 2000, 50), "points per object", "share of objects"),
            (axes[0, 1], table["Z"].clip(0.01), np.geomspace(0.02, 6, 50), "redshift", "share of objects"),
            (axes[0, 2], gaps, np.geomspace(1, 1000, 50), "time to the next visit [d]", "share of visits"),
            (axes[1, 0], table["EBV"], np.geomspace(0.002, 1.5, 40), "E(B-V) [mag]", "share of objects"),
        )
        for axis, values, bins, label, share in panels:
            counts = np.histogram(values, bins)[0] / len(values)
            style: dict[str, Any] = {key: STYLES[name][key] for key in ("color", "linestyle")}
            axis.stairs(counts, bins, label=name, linewidth=1.8, **style)
            axis.set(xscale="log", xlabel=label, ylabel=share)
            axis.legend()


def _band_panels(axes: np.ndarray, tables: Tables) -> None:
    """Errors and shares of the points, by band."""
    for shift, (name, (data, _)) in zip((-0.12, 0.12), tables.items(), strict=False):
        grouped = data.points.groupby("band")["flux_err"]
        _ranges(axes[1, 1], np.arange(len(BANDS)) + shift, _quantiles(grouped, range(len(BANDS))), name)
        share = (grouped.size() / len(data.points)).reindex(range(len(BANDS)))
        axes[1, 2].plot(share.to_numpy(), label=name, **STYLES[name])
    axes[1, 1].set(yscale="log", xlabel="band", ylabel="flux error [µJy]")
    axes[1, 2].set(xlabel="band", ylabel="share of points", ylim=(0, None))
    for axis in axes[1, 1:]:
        axis.set_xticks(range(len(BANDS)), list(BANDS))
        axis.legend()


def _class_panel(axis: Axes, tables: Tables, column: str, label: str, log: bool) -> None:
    """Range of one quantity in each class of the training set."""
    for shift, (name, (_, table)) in zip((-0.14, 0.14), tables.items(), strict=False):
        train = table[table["set"] == "train"]
        quantiles = _quantiles(train.groupby("class")[column], CLASSES)
        _ranges(axis, np.arange(len(CLASSES)) + shift, np.maximum(quantiles, 1e-2) if log else quantiles, name)
    axis.set(ylabel=label, yscale="log" if log else "linear")
    axis.set_xticks(range(len(CLASSES)), list(CLASSES), rotation=30)
    axis.legend()


def _quantiles(grouped: SeriesGroupBy, groups: Iterable) -> np.ndarray:
    """5, 50 and 95 % of each group, shape (n_groups, 3)."""
    return np.stack([grouped.quantile(q).reindex(list(groups)).to_numpy() for q in (0.05, 0.5, 0.95)], axis=1)


def _ranges(axis: Axes, position: np.ndarray, quantiles: np.ndarray, name: str) -> None:
    """Medians with bars from the 5 to the 95 % quantile."""
    low, middle, high = quantiles.T
    style: dict[str, Any] = {key: STYLES[name][key] for key in ("color", "marker", "markerfacecolor")}
    axis.errorbar(position, middle, (middle - low, high - middle), fmt=" ", capsize=3, label=name, **style)


def plot_examples(path: Path | str, simulated: DataSet, real: DataSet | None = None) -> None:
    """Draw light curves of each class from both data sets, in observed flux.

    The examples are the objects nearest to 40 and 60 % of their class in signal to noise.

    Parameters
    ----------
    path : path
        PNG to write.
    simulated : DataSet
    real : DataSet, optional
    """
    tables = _tables(simulated, real)
    n_columns = EXAMPLES_PER_SET * len(tables)
    figure = new_figure(4.4 * n_columns, 2.5 * len(CLASSES))
    axes = figure.subplots(len(CLASSES), n_columns, squeeze=False)
    for block, (name, (data, table)) in enumerate(tables.items()):
        for row, of_class in enumerate(CLASSES):
            mine = axes[row, block * EXAMPLES_PER_SET : (block + 1) * EXAMPLES_PER_SET]
            members = table[(table["set"] == "train") & (table["class"] == of_class)].sort_values("max_snr")
            for axis, share in zip(mine, np.linspace(0.4, 0.6, EXAMPLES_PER_SET), strict=True):
                if len(members):
                    _light_curve(axis, data, members.iloc[int(share * len(members))], f"{of_class}, {name}")
                else:
                    axis.set_axis_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("flux [µJy]")
    for axis in axes[-1]:
        axis.set_xlabel("rest-frame days from the brightest point")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(BANDS), title="band")
    save(figure, path)


def _light_curve(axis: Axes, data: DataSet, row: pd.Series, title: str) -> None:
    """One object's points with errors, every band with its own marker.

    Points whose error exceeds a third of the largest flux are left out.
    """
    points = data.points[(data.points["object"] == row.name) & data.points["flux"].notna()]
    phase = (points["mjd"] - row["peak_mjd"]) / (1.0 + row["Z"])
    shown = points["flux_err"] < points["flux"].max() / 3.0
    for code, band in enumerate(BANDS):
        mine = (points["band"] == code) & shown
        axis.errorbar(
            phase[mine], points["flux"][mine], points["flux_err"][mine], fmt=BAND_MARKERS[band],
            color=BAND_COLOURS[band], markersize=3.5, linewidth=0.6, label=band,
        )  # fmt: skip
    axis.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axis.set_title(f"{title}, z = {row['Z']:.2f}")
    inside = points["flux"][shown & phase.between(-250, 500)]
    margin = 0.08 * (inside.max() - inside.min())
    axis.set(xlim=(-250, 500), ylim=(inside.min() - margin, inside.max() + margin))
