"""Light curves of the objects a model is most wrong about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from tde.evaluation.mistakes import Mistake
from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.plots.style import ACCENT, BAND_COLOURS, BAND_MARKERS, DARK, light_grid, new_figure, save

N_COLUMNS = 4


def plot_mistakes(
    lightcurves: LightCurves,
    spec_types: Sequence[str],
    looks: Sequence[str],
    mistakes: Sequence[Mistake],
    path: Path | str,
) -> None:
    """Draw one panel per mistake: what it is, what the model thinks, what it looks like, and its light curve.

    Parameters
    ----------
    lightcurves : LightCurves
        All training objects.
    spec_types, looks : sequence of str, length n
        What each object is, and what it looks like.
    mistakes : sequence of Mistake
    path : path
        The PNG to write.
    """
    n_rows = max(1, -(-len(mistakes) // N_COLUMNS))
    figure = new_figure(3.6 * N_COLUMNS, 2.5 * n_rows)
    panels = figure.subplots(n_rows, N_COLUMNS, squeeze=False).ravel()
    for axes, mistake in zip(panels, mistakes, strict=False):
        _draw(axes, lightcurves, mistake.index)
        verdict = "missed TDE" if mistake.missed else spec_types[mistake.index]
        colour = ACCENT if mistake.missed else DARK
        axes.set_title(
            f"{verdict}, P(TDE) = {mistake.probability:.3f}, z = {lightcurves.z[mistake.index]:.2f}\n"
            f"{lightcurves.object_id[mistake.index]}: {looks[mistake.index]}",
            color=colour,
            fontsize=8,
        )
    for axes in panels[len(mistakes) :]:
        axes.set_axis_off()
    for axes in panels[max(0, len(mistakes) - N_COLUMNS) : len(mistakes)]:
        axes.set_xlabel("time since the first point [d]")
    for axes in panels[::N_COLUMNS]:
        axes.set_ylabel("flux [µJy]")
    if mistakes:
        handles = [
            panels[0].plot([], [], BAND_MARKERS[band], color=BAND_COLOURS[band], label=band)[0] for band in BANDS
        ]
        figure.legend(handles=handles, loc="outside upper right", ncols=len(BANDS))
    save(figure, path)


def _draw(axes: Axes, lightcurves: LightCurves, index: int) -> None:
    """All observations of one object; wild points may leave the panel."""
    rows = lightcurves.rows(index)
    mjd, flux, flux_err = (getattr(lightcurves, name)[rows] for name in ("mjd", "flux", "flux_err"))
    for code, band in enumerate(BANDS):
        mine = lightcurves.band[rows] == code
        since = mjd[mine] - mjd[0]
        axes.errorbar(
            since,
            flux[mine],
            flux_err[mine],
            fmt=BAND_MARKERS[band],
            color=BAND_COLOURS[band],
            markersize=2.5,
            linewidth=0.5,
        )
    low, high = np.quantile(flux, [0.005, 0.995])
    margin = 0.15 * (high - low) + np.median(flux_err)
    axes.set_ylim(low - margin, high + margin)
    light_grid(axes)
