"""Example light curves with the posterior bands of the two processes fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from tde.gp.fit import MODELS, fit_series
from tde.gp.predict import predict
from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.plots.style import BAND_COLOURS, BAND_MARKERS, CLASS_NAMES, light_grid, new_figure, save

MODEL_NAMES = {"matern32": "Matern-3/2 process", "drw": "damped random walk"}
N_TIMES = 300


def brightest(lightcurves: LightCurves, candidates: np.ndarray, bands: str) -> int | None:
    """Index of the candidate whose median significance in the given bands is highest, or None.

    Parameters
    ----------
    lightcurves : LightCurves
    candidates : ndarray of int
        Rows to choose among.
    bands : str
        One letter each.
    """
    codes = [BANDS.index(band) for band in bands]
    best, best_significance = None, -np.inf
    for index in candidates:
        rows = lightcurves.rows(index)
        chosen = np.isin(lightcurves.band[rows], codes)
        if chosen.sum() < 5 * len(bands):
            continue
        significance = np.quantile((lightcurves.flux[rows] / lightcurves.flux_err[rows])[chosen], 0.75)
        if significance > best_significance:
            best, best_significance = int(index), significance
    return best


def plot_light_curves(
    lightcurves: LightCurves, class_names: Sequence[str], path: Path | str, bands: str = "gri"
) -> None:
    """Draw the clearest object of each class: one row per class, one column per process.

    Parameters
    ----------
    lightcurves : LightCurves
    class_names : sequence of str, length n
        One of the five classes for each object.
    path : path
        The PNG to write.
    bands : str
        Bands to draw and fit.
    """
    classes = np.asarray(class_names)
    clearest = [(name, brightest(lightcurves, np.flatnonzero(classes == name), bands)) for name in CLASS_NAMES]
    chosen = [(name, index) for name, index in clearest if index is not None]
    figure = new_figure(11, 2.6 * max(len(chosen), 1))
    if not chosen:
        figure.text(0.5, 0.5, f"no object of the shard has enough observations in {', '.join(bands)}", ha="center")
        save(figure, path)
        return
    panels = figure.subplots(len(chosen), len(MODELS), sharex="row", sharey="row", squeeze=False)
    for row, (name, index) in zip(panels, chosen, strict=True):
        for axes, model in zip(row, MODEL_NAMES, strict=True):
            _draw(axes, lightcurves, index, model, bands)
            axes.set_title(f"{CLASS_NAMES[name]}, z = {lightcurves.z[index]:.2f}: {MODEL_NAMES[model]}")
        row[0].set_ylabel("flux [µJy]")
    for axes in panels[-1]:
        axes.set_xlabel("time since first point [d]")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=len(bands))
    save(figure, path)


def _draw(axes: Axes, lightcurves: LightCurves, index: int, model: str, bands: str) -> None:
    """Points and posterior band of each band of one object."""
    rows = lightcurves.rows(index)
    start = lightcurves.mjd[rows][0]
    for band in bands:
        chosen = lightcurves.band[rows] == BANDS.index(band)
        mjd, flux, flux_err = (x[rows][chosen] for x in (lightcurves.mjd, lightcurves.flux, lightcurves.flux_err))
        colour = BAND_COLOURS[band]
        axes.errorbar(
            mjd - start, flux, flux_err, fmt=BAND_MARKERS[band], color=colour, markersize=3, linewidth=0.8, label=band
        )
        if not len(mjd):
            continue
        times = np.linspace(lightcurves.mjd[rows][0], lightcurves.mjd[rows][-1], N_TIMES)
        offsets = np.array([0, len(mjd)])
        fits = fit_series(model, offsets, mjd, flux, flux_err)
        mean, sd = predict(model, mjd, flux, flux_err, fits.parameters[0], fits.mean[0], times)
        axes.plot(times - start, mean, color=colour, linewidth=1)
        axes.fill_between(times - start, mean - sd, mean + sd, color=colour, alpha=0.2, linewidth=0)
    light_grid(axes)
