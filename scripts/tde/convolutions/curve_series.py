"""Light curves as six series of equal length, which convolutions read.

All six series of an object are shifted and scaled together, to mean 0 and standard
deviation 1, so that colours stay. Objects that cannot be drawn have NaN throughout.
"""

from __future__ import annotations

import numpy as np

from tde.curves import Curves
from tde.lightcurves import LightCurves
from tde.photometry import BANDS

N_EPOCHS = 100

FIRST = -100.0
"""Days from the peak of the first epoch of `posterior_series`."""
STEP = 4.0
"""Days between its epochs, observer frame."""


def standardised(series: np.ndarray) -> np.ndarray:
    """Series of mean 0 and standard deviation 1 over all bands of an object, in single precision.

    Parameters
    ----------
    series : ndarray, shape (n, 6, n_epochs)
    """
    mean = series.mean(axis=(1, 2), keepdims=True)
    spread = series.std(axis=(1, 2), keepdims=True)
    return ((series - mean) / np.where(spread > 0.0, spread, 1.0)).astype(np.float32)


def posterior_series(curves: Curves) -> np.ndarray:
    """Posterior means of the `gp2d` curves from 100 d before the object's peak to 296 d after it.

    Outside the curve its last value goes on; a band without one is 0 before all are shifted
    and scaled. The window does not depend on when an object was observed.

    Returns
    -------
    ndarray of float32, shape (n, 6, 100)
    """
    series = np.full((len(curves), len(BANDS), N_EPOCHS), np.nan)
    days = FIRST + STEP * np.arange(N_EPOCHS)
    for i, peak in enumerate(curves.parameters["peak_mjd"]):
        rows = curves.rows(i)
        if rows.stop > rows.start and np.isfinite(peak):
            for b in range(len(BANDS)):
                flux = curves.flux[rows, b]
                known = np.isfinite(flux)
                series[i, b] = np.interp(peak + days, curves.mjd[rows][known], flux[known]) if known.any() else 0.0
    return standardised(series)


def linear_series(lightcurves: LightCurves) -> np.ndarray:
    """Observed fluxes, joined by lines, from an object's first observation to its last.

    So did the public systems. A band without observations is 0 before all are shifted
    and scaled. Errors are not used, and the series tell when an object was observed.

    Returns
    -------
    ndarray of float32, shape (n, 6, 100)
    """
    series = np.full((len(lightcurves), len(BANDS), N_EPOCHS), np.nan)
    for i, rows in enumerate(lightcurves):
        mjd, band, flux = lightcurves.mjd[rows], lightcurves.band[rows], lightcurves.flux[rows]
        if len(mjd) == 0:
            continue
        epochs = np.linspace(mjd[0], mjd[-1], N_EPOCHS)
        for b in range(len(BANDS)):
            mine = band == b
            series[i, b] = np.interp(epochs, mjd[mine], flux[mine]) if mine.any() else 0.0
    return standardised(series)


def is_drawn(series: np.ndarray) -> np.ndarray:
    """True for objects that have series, shape (n,)."""
    return np.isfinite(series[:, 0, 0])
