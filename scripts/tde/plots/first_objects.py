"""The first objects of some files, as they were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.plots.style import BAND_COLOURS, BAND_MARKERS, MIDDLE, light_grid, new_figure, save

MOST_DRAWN = 6
LONGEST_TITLE = 90


def plot_first_objects(lightcurves: LightCurves, flags: list[str], path: Path | str) -> None:
    """Draw the first objects that have observations, two in a row.

    Parameters
    ----------
    lightcurves : LightCurves
    flags : list of str
        Flags of each object.
    path : path
        The PNG to write.
    """
    observed = np.flatnonzero(np.diff(lightcurves.offsets) > 0)[:MOST_DRAWN]
    columns = min(len(observed), 2)
    height = -(-len(observed) // max(columns, 1))
    figure = new_figure(6.5 * max(columns, 1), 2.9 * max(height, 1))
    panels = figure.subplots(max(height, 1), max(columns, 1), squeeze=False).ravel()
    shown: dict[str, Any] = {}
    for panel, index in zip(panels, observed, strict=False):
        rows = lightcurves.rows(int(index))
        for code in np.unique(lightcurves.band[rows]):
            mine = np.flatnonzero(lightcurves.band[rows] == code) + rows.start
            band = BANDS[code]
            shown[band] = panel.errorbar(
                lightcurves.mjd[mine], lightcurves.flux[mine], lightcurves.flux_err[mine], fmt=BAND_MARKERS[band],
                color=BAND_COLOURS[band], markersize=3, linewidth=0, elinewidth=0.7, label=band,
            )  # fmt: skip
        panel.axhline(0, color=MIDDLE, linewidth=0.7)
        title = f"{lightcurves.object_id[index]}: {rows.stop - rows.start} observations"
        panel.set_title(title[:LONGEST_TITLE], parse_math=False)
        panel.set_xlabel("MJD\n" + flags[index].replace(";", ", ")[:LONGEST_TITLE], fontsize=8)
        light_grid(panel)
    for panel in panels[len(observed) :]:
        panel.set_axis_off()
    for row in range(height):
        panels[row * columns].set_ylabel("difference flux [µJy]")
    order = [band for band in BANDS if band in shown]
    figure.legend([shown[b] for b in order], order, loc="outside upper right", ncols=6, title="nearest LSST band")
    save(figure, path)
