"""ROCKET: random convolutions of the `gp2d` curves, band by band.

Series: `tde.convolutions.curve_series.posterior_series`. Convolutions: `tde.convolutions.random_convolutions`, drawn
anew for each band.
"""

from __future__ import annotations

import numpy as np

from tde.convolutions.curve_series import N_EPOCHS, is_drawn, posterior_series
from tde.convolutions.random_convolutions import N_POOLED, convolve_random, draw_random_convolutions
from tde.curves import Curves
from tde.features.shared.labels import PHYSICS
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.photometry import BANDS

SOURCE = "Dempster, Petitjean & Webb 2020, Data Mining and Knowledge Discovery 34, 1454"


def columns(n_convolutions: int, seed: int) -> list[Column]:
    """Columns of the family: two of each convolution and band."""
    return random_columns(n_convolutions, PHYSICS)


def compute(lightcurves: LightCurves, gp2d: Curves, n_convolutions: int, seed: int) -> np.ndarray:
    """Random convolutions of the curves of all objects, shape (n_objects, n_columns), in single precision.

    Parameters
    ----------
    lightcurves : LightCurves
    gp2d : Curves
    n_convolutions : int
        Of each band.
    seed : int
        Of the random numbers.
    """
    return random_features(posterior_series(gp2d), n_convolutions, seed)


def random_columns(n_convolutions: int, label: str) -> list[Column]:
    """Share of positive values and largest value of each convolution, band by band."""
    pooled = (("ppv", "share of positive values"), ("max", "largest value"))
    return [
        Column(f"{band}_{name}_{k}", "", f"{words} of random convolution {k}", label, SOURCE)
        for band in BANDS
        for k in range(n_convolutions)
        for name, words in pooled
    ]


def random_features(series: np.ndarray, n_convolutions: int, seed: int) -> np.ndarray:
    """Values of `random_columns`; NaN for objects without series.

    Parameters
    ----------
    series : ndarray of float32, shape (n, 6, n_epochs)
    n_convolutions, seed : int
    """
    rng = np.random.default_rng(seed)
    drawn = is_drawn(series)
    out = np.full((len(series), len(BANDS), n_convolutions, N_POOLED), np.nan, dtype=np.float32)
    for b in range(len(BANDS)):
        convolutions = draw_random_convolutions(n_convolutions, N_EPOCHS, rng)
        values = np.empty((int(drawn.sum()), n_convolutions, N_POOLED), dtype=np.float32)
        convolve_random(np.ascontiguousarray(series[drawn, b]), *convolutions, values)
        out[drawn, b] = values
    return out.reshape(len(series), len(BANDS) * n_convolutions * N_POOLED)
