"""Contact sheets of everything that the submitted blend is wrong about, folds by parent, with the joint fits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from harness import Study
from matplotlib.axes import Axes

from tde.evaluation.looks import RULES, TYPICAL, looks_like
from tde.evaluation.predictions import out_of_fold
from tde.photometry import BANDS
from tde.plots.fits import band_curves
from tde.plots.style import BAND_COLOURS, BAND_MARKERS, new_figure, save
from tde.tables import read_json, read_parquet

N_ROWS, N_COLUMNS = 5, 3
DAYS = (-400.0, 700.0)
"""Days from the peak of the joint fit that are drawn; the points in front and behind are listed in the title."""

SHOWN = {
    "T": "hypotheses.outburst_bb_log_temperature",
    "slope": "hypotheses.outburst_cooling_slope",
    "M_g": "rank1.absolute_magnitude_g",
    "l": "rank1.log_length_scale_rest",
    "fade": "rank1.fade_50",
}


def median_said(study: Study) -> tuple[np.ndarray, np.ndarray]:
    """Median P(TDE) of the submitted blend by parent, and whether an object is called a TDE."""
    blend = out_of_fold(read_parquet(study.results / "blends/blend/oof.parquet"), study.training.object_id)
    p_tde = next(np.median(part.probability, axis=0) for part in blend if part.kind == "parent")
    return p_tde, p_tde > read_json(study.results / "threshold.json")["threshold"]


def _draw(axes: Axes, study: Study, index: int, p_tde: float) -> None:
    light_curves, curves = study.lightcurves, study.rank1
    rows, peak = light_curves.rows(index), curves.parameters["peak_mjd"][index]
    days = light_curves.mjd[rows] - peak
    flux, flux_err, band = (getattr(light_curves, name)[rows] for name in ("flux", "flux_err", "band"))
    fitted = band_curves(curves, index)
    top = np.nanmax(fitted.flux)
    shown = flux_err < 0.4 * max(top, 3.0 * np.median(flux_err))
    for code, name in enumerate(BANDS):
        mine = shown & (band == code)
        colour = BAND_COLOURS[name]
        axes.errorbar(days[mine], flux[mine], flux_err[mine], fmt=BAND_MARKERS[name], color=colour, ms=2.5, lw=0.5)
        axes.plot(fitted.mjd - peak, fitted.flux[:, code], color=colour, lw=0.8)
    axes.axhline(0.0, color="0.7", lw=0.6)
    axes.set_xlim(max(DAYS[0], days.min() - 5.0), min(DAYS[1], days.max() + 5.0))
    about = ", ".join(f"{words} {study.column(name)[index]:.2f}" for words, name in SHOWN.items())
    z = light_curves.z[index]
    axes.set_title(
        f"{study.spec_type[index]} P {p_tde:.2f} z {z:.2f} parent {study.training.parents[index]}"
        f" days {days.min():.0f}..{days.max():.0f}\n{light_curves.object_id[index]}: {about}",
        fontsize=7,
    )


def sheets(study: Study, folder: Path) -> None:
    """Draw missed TDEs by parent, and false positives by type."""
    p_tde, called = median_said(study)
    positive, parents = study.training.positive, study.training.parents
    missed = sorted(np.flatnonzero(positive & ~called), key=lambda i: (parents[i], p_tde[i]))
    false = sorted(np.flatnonzero(~positive & called), key=lambda i: (study.spec_type[i], -p_tde[i]))
    folder.mkdir(parents=True, exist_ok=True)
    for words, chosen in (("missed", missed), ("false", false)):
        for first in range(0, len(chosen), N_ROWS * N_COLUMNS):
            figure = new_figure(6.0 * N_COLUMNS, 3.0 * N_ROWS)
            panels = figure.subplots(N_ROWS, N_COLUMNS).ravel()
            for axes, index in zip(panels, chosen[first : first + len(panels)], strict=False):
                _draw(axes, study, int(index), p_tde[index])
            save(figure, folder / f"{words}_{first // len(panels)}.png")


def report(study: Study) -> None:
    """Draw the sheets, and count what the objects on them look like."""
    sheets(study, study.own / "sheets")
    _, called = median_said(study)
    positive, parents = study.training.positive, study.training.parents
    looks = looks_like({name: study.column(name) for _, name, _ in RULES}, len(positive))
    print("| looks | TDEs | missed | their events | false positives | which |\n|---|---|---|---|---|---|")
    for name in dict.fromkeys([*(name for name, _, _ in RULES), TYPICAL]):
        mine = looks == name
        missed, false = mine & positive & ~called, mine & ~positive & called
        types = ", ".join(f"{n} {kind}" for kind, n in Counter(study.spec_type[false]).most_common())
        print(
            f"| {name} | {(mine & positive).sum()} | {missed.sum()} | {len(np.unique(parents[missed]))} |"
            f" {false.sum()} | {types} |"
        )
