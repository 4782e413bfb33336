"""Light curves of real objects with the curves that a family fitted to all their bands at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from tde.curves import Curves
from tde.gp.predict import predict
from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.plots.style import BAND_COLOURS, BAND_MARKERS, CLASS_NAMES, light_grid, new_figure, save

GROUPS = (("TDE",), ("AGN",), ("Ia",), ("CC", "SLSN"))
"""Classes of each row of the page."""

PERCENTILES = (50, 75, 95)
"""Objects shown: those at these percentiles of their group in the significance of the brightest point."""

DAYS_SHOWN = (-150.0, 400.0)
"""Days from the peak that are drawn of transients; active galaxies are drawn whole."""

NOISY = 1.0 / 3.0
"""Points with errors above this share of the brightest flux are not drawn."""


PHASES, PHASE_UNIT = (-30.0, 120.0), 50.0
"""Rest-frame days between which evolving colours change, and the days that slopes refer to."""


class Fitted(NamedTuple):
    """One object to draw: its row in the light curves and in the curves of a shard."""

    lightcurves: LightCurves
    curves: Curves
    row: int
    class_name: str


class BandCurves(NamedTuple):
    """Posterior curves of one object in the six bands.

    Attributes
    ----------
    mjd : ndarray, shape (m,)
    flux, flux_err : ndarray, shape (m, 6)
        Posterior mean and standard deviation in micro-Jansky.
    """

    mjd: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray


def choose_examples(significance: np.ndarray, classes: Sequence[str]) -> list[list[int]]:
    """Choose the objects of each row by a rule, so that they are not the prettiest.

    Parameters
    ----------
    significance : ndarray, shape (n,)
        Of the brightest point, flux / flux_err; NaN where there is nothing to draw.
    classes : sequence of str, length n
        Names of the five classes.

    Returns
    -------
    list of list of int
        One list per group with members: the rows of the objects whose rank is nearest to
        `PERCENTILES`.
    """
    names = np.asarray(classes)
    rows = []
    for group in GROUPS:
        members = np.flatnonzero(np.isin(names, group) & ~np.isnan(significance))
        ranked = members[np.argsort(significance[members], kind="stable")]
        if len(ranked):
            rows.append([int(ranked[round((len(ranked) - 1) * percentile / 100)]) for percentile in PERCENTILES])
    return rows


def largest_significance(lightcurves: LightCurves) -> np.ndarray:
    """Largest flux / flux_err of each object; NaN without points, shape (n,)."""
    ratio = lightcurves.flux / lightcurves.flux_err
    return np.array([ratio[rows].max() if rows.stop > rows.start else np.nan for rows in lightcurves])


def band_curves(curves: Curves, index: int) -> BandCurves:
    """Curves of one object in all bands.

    Families that keep one curve for all bands keep it as the r-band flux, with the
    natural logarithm of each band's ratio to r among their parameters.
    """
    rows = curves.rows(index)
    colour = np.ones(len(BANDS))
    if curves.flux.shape[1] == 1:
        for b, band in enumerate(BANDS):
            if band != "r":
                colour[b] = np.exp(curves.parameters[f"log_colour_{band}"][index])
    return BandCurves(curves.mjd[rows], curves.flux[rows] * colour, curves.flux_err[rows] * colour)


def _evolving_colours(at: dict[str, float], mjd: np.ndarray, z: float) -> np.ndarray:
    """Flux of each band relative to r at some times, shape (m, 6), for colours linear in rest-frame phase."""
    phase = np.clip((mjd - at["peak_mjd"]) / (1.0 + z), *PHASES) / PHASE_UNIT
    colour = np.ones((len(mjd), len(BANDS)))
    for b, band in enumerate(BANDS):
        if band != "r":
            colour[:, b] = np.exp(at[f"evolving_colour_{band}"] + at[f"evolving_slope_{band}"] * phase)
    return colour


def evolving_curves(lightcurves: LightCurves, curves: Curves, index: int) -> BandCurves | None:
    """Posterior of one object's curve with evolving colours; None if the family or the object has none.

    Parameters
    ----------
    lightcurves : LightCurves
    curves : Curves
    index : int
        Row of the object in both.
    """
    if not np.isfinite(curves.parameters.get("evolving_log_s", np.full(len(curves), np.nan))[index]):
        return None
    at = {name: values[index] for name, values in curves.parameters.items()}
    rows, z, grid = lightcurves.rows(index), lightcurves.z[index], curves.mjd[curves.rows(index)]
    mjd = lightcurves.mjd[rows]
    # divided by its colour, every observation is one of F in the r band
    seen = _evolving_colours(at, mjd, z)[np.arange(len(mjd)), lightcurves.band[rows]]
    scales = np.exp([at["evolving_log_s"], at["evolving_log_length_scale"]])
    flux, flux_err = lightcurves.flux[rows] / seen, lightcurves.flux_err[rows] / seen
    mean, sd = predict("matern32", mjd, flux, flux_err, scales, 0.0, grid)
    colour = _evolving_colours(at, grid, z)
    return BandCurves(grid, mean[:, None] * colour, sd[:, None] * colour)


def plot_fits(rows: Sequence[Sequence[Fitted]], title: str, path: Path | str) -> None:
    """Draw a page of objects, one row per group of classes, fainter ones on the left.

    Parameters
    ----------
    rows : sequence of sequence of Fitted
    title : str
        What the curves are.
    path : path
        The PNG to write.
    """
    figure = new_figure(14, 3.1 * len(rows) + 0.8)
    panels = figure.subplots(len(rows), len(PERCENTILES), squeeze=False)
    for row, objects in zip(panels, rows, strict=True):
        for axes, fitted in zip(row, objects, strict=True):
            _draw(axes, fitted)
        row[0].set_ylabel("flux [µJy]")
    for axes in panels[-1]:
        axes.set_xlabel("days from the peak (observed)")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=len(BANDS), title="band")
    figure.suptitle(title, x=0.01, ha="left")
    save(figure, path)


def _draw(axes: Axes, fitted: Fitted) -> None:
    """Points and curves of one object."""
    lightcurves, curves, index, class_name = fitted
    rows = lightcurves.rows(index)
    peak, z = curves.parameters["peak_mjd"][index], lightcurves.z[index]
    days = lightcurves.mjd[rows] - peak
    flux, flux_err, band = (getattr(lightcurves, name)[rows] for name in ("flux", "flux_err", "band"))
    first, last = (days[0], days[-1]) if class_name == "AGN" else DAYS_SHOWN
    first, last = max(first, days[0]) - 10.0, min(last, days[-1]) + 10.0
    shown = (days >= first) & (days <= last)
    shown &= flux_err < NOISY * flux[shown].max(initial=0.0)
    posterior, evolving = band_curves(curves, index), evolving_curves(lightcurves, curves, index)
    near = (posterior.mjd - peak >= first) & (posterior.mjd - peak <= last)
    for code, name in enumerate(BANDS):
        mine, colour = shown & (band == code), BAND_COLOURS[name]
        axes.errorbar(
            days[mine], flux[mine], flux_err[mine], fmt=BAND_MARKERS[name], color=colour, markersize=3.5,
            linewidth=0.7, label=name,
        )  # fmt: skip
        if (band == code).any():  # else its colour is the prior's
            _draw_curve(axes, posterior, near, code, peak)
        if evolving is not None and mine.any():
            axes.plot(evolving.mjd[near] - peak, evolving.flux[near, code], "--", color=colour, linewidth=0.9)
    axes.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axes.set(xlim=(first, last), ylim=_limits(flux[shown], posterior.flux[near]))
    axes.set_title(f"{CLASS_NAMES[class_name]}, z = {z:.2f}, {lightcurves.object_id[index]}")
    light_grid(axes)


def _draw_curve(axes: Axes, curve: BandCurves, near: np.ndarray, code: int, peak: float) -> None:
    """Mean and one standard deviation in one band."""
    days, mean, sd = curve.mjd[near] - peak, curve.flux[near, code], curve.flux_err[near, code]
    axes.plot(days, mean, color=BAND_COLOURS[BANDS[code]], linewidth=1.1)
    axes.fill_between(days, mean - sd, mean + sd, color=BAND_COLOURS[BANDS[code]], alpha=0.12, linewidth=0)


def _limits(flux: np.ndarray, curve: np.ndarray) -> tuple[float, float]:
    """Range of the points and of the curves' means, with a margin."""
    values = np.concatenate([flux, curve[np.isfinite(curve)], [0.0]])
    margin = 0.06 * max(float(np.ptp(values)), 1e-3)
    return float(values.min()) - margin, float(values.max()) + margin
