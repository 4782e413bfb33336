"""ROCKET as the public systems ran it: random convolutions of fluxes joined by lines.

Series: `tde.convolutions.curve_series.linear_series`. Convolutions: those of `rocket`.
"""

from __future__ import annotations

import numpy as np

from tde.convolutions.curve_series import linear_series
from tde.features.rocket import random_columns, random_features
from tde.features.shared.labels import GENERATOR
from tde.features.table import Column
from tde.lightcurves import LightCurves


def columns(n_convolutions: int, seed: int) -> list[Column]:
    """Columns of the family: two of each convolution and band; the series tell when an object was observed."""
    return random_columns(n_convolutions, GENERATOR)


def compute(lightcurves: LightCurves, n_convolutions: int, seed: int) -> np.ndarray:
    """Random convolutions of the fluxes of all objects; arguments as in `tde.features.rocket.compute`."""
    return random_features(linear_series(lightcurves), n_convolutions, seed)
