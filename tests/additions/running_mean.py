"""The mean of the fluxes in steps of time, as a curve for all bands."""

import numpy as np

from tde.curves import Curves
from tde.features.shared.conventions import OBSERVER
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.photometry import BANDS

STEP = 20.0
"""In days."""


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [Column("highest", "uJy", f"Highest mean flux of {STEP:g} days", frame=OBSERVER)]


def fit(lightcurves: LightCurves) -> Curves:
    """Average the fluxes of all bands in steps of time."""
    times, means, peaks, counts = [], [], [], []
    for rows in lightcurves:
        mjd, flux = lightcurves.mjd[rows], lightcurves.flux[rows].astype(np.float64)
        bins, place = np.unique(np.floor(mjd / STEP), return_inverse=True)
        mean = np.bincount(place, flux, len(bins)) / np.bincount(place, minlength=len(bins))
        times.append((bins + 0.5) * STEP)
        means.append(mean)
        counts.append(len(bins))
        peaks.append(times[-1][mean.argmax()] if len(bins) else np.nan)
    flux = np.concatenate(means)[:, None]
    parameters = {f"log_colour_{band}": np.zeros(len(counts)) for band in BANDS} | {"peak_mjd": np.array(peaks)}
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Curves(lightcurves.object_id, parameters, offsets, np.concatenate(times), flux, np.ones_like(flux))


def compute(lightcurves: LightCurves, running_mean: Curves) -> np.ndarray:
    """Compute the features, shape (n_objects, 1)."""
    curves = (running_mean.flux[running_mean.rows(i)] for i in range(len(lightcurves)))
    return np.array([[flux.max(initial=-np.inf)] for flux in curves])
