"""ROCKET as the public systems ran it: random convolutions of fluxes joined by lines.

Series: `tde.convolutions.curve_series.linear_series`. Kernels: those of `rocket`.
"""

from __future__ import annotations

import numpy as np

from tde.convolutions.curve_series import linear_series
from tde.features.registry import GENERATOR
from tde.features.rocket import random_columns, random_features
from tde.features.table import Column
from tde.lightcurves import LightCurves


def columns(n_convolutions: int, seed: int) -> list[Column]:
    """Columns of the family: two of each kernel and band; the series tell when an object was observed."""
    return random_columns(n_convolutions, GENERATOR)


def compute(lightcurves: LightCurves, n_convolutions: int, seed: int) -> np.ndarray:
    """Compute the family.

    Parameters
    ----------
    lightcurves : LightCurves
    n_convolutions : int
        Kernels of each band.
    seed : int
        Of the kernels.

    Returns
    -------
    ndarray of float32, shape (n_objects, n_columns)
    """
    return random_features(linear_series(lightcurves), n_convolutions, seed)
