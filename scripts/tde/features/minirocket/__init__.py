"""MiniRocket: 84 fixed convolutions of the `gp2d` curves, over several bands at once.

Series: `tde.convolutions.curve_series.posterior_series`. Convolutions: `tde.convolutions.fixed_convolutions`.
"""

from __future__ import annotations

import numpy as np

from tde.convolutions.curve_series import is_drawn, posterior_series
from tde.convolutions.fixed_convolutions import (
    N_REFERENCES,
    TAPS,
    convolve_fixed,
    draw_fixed_convolutions,
    draw_outbursts,
)
from tde.curves import Curves
from tde.features.table import Column
from tde.lightcurves import LightCurves

SOURCE = "Dempster, Schmidt & Webb 2021, KDD, 248"


def columns(n_convolutions: int, seed: int) -> list[Column]:
    """Columns of the family: one of each pair of a convolution and a bias."""
    n_biases = max(1, n_convolutions // len(TAPS))
    return [
        Column(f"ppv_{k}_{j}", "", f"share of epochs where convolution {k} exceeds bias {j}", source=SOURCE)
        for k in range(len(TAPS))
        for j in range(n_biases)
    ]


def compute(lightcurves: LightCurves, gp2d: Curves, n_convolutions: int, seed: int) -> np.ndarray:
    """Fixed convolutions of the curves of all objects, shape (n_objects, n_columns), in single precision.

    Parameters
    ----------
    lightcurves, gp2d
        As in `tde.features.rocket.compute`.
    n_convolutions : int
        Pairs of a convolution and a bias; rounded down to a multiple of 84.
    seed : int
        Of the bands and biases.
    """
    rng = np.random.default_rng(seed)
    series = posterior_series(gp2d)
    return fixed_features(series, draw_outbursts(N_REFERENCES, rng), n_convolutions, 1, rng)


def fixed_features(
    series: np.ndarray, references: np.ndarray, n_convolutions: int, n_pooled: int, rng: np.random.Generator
) -> np.ndarray:
    """Pooled convolutions, shape (n, n_pooled * n_pairs); NaN for objects without series.

    Parameters
    ----------
    series, references : ndarray of float32, shape (n, 6, n_epochs)
        Series to convolve, and outbursts that set the biases.
    n_convolutions : int
    n_pooled : int
        1 for the shares alone, or 4.
    rng : numpy.random.Generator
    """
    fixed = draw_fixed_convolutions(references, n_convolutions, rng)
    drawn = is_drawn(series)
    values = np.empty((int(drawn.sum()), n_pooled, *fixed.bias.shape), dtype=np.float32)
    convolve_fixed(np.ascontiguousarray(series[drawn]), TAPS, *fixed, values)
    out = np.full((len(series), n_pooled * fixed.n_features), np.nan, dtype=np.float32)
    out[drawn] = values.reshape(len(values), out.shape[1])
    return out
