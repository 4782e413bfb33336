"""How bright an object gets, in each band."""

import numpy as np

from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.photometry import BANDS


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [Column(f"{band}_log_max", "", f"ln of the highest flux in {band} in micro-Jansky") for band in BANDS]


def compute(lightcurves: LightCurves) -> np.ndarray:
    """Compute the features, shape (n_objects, 6)."""
    values = np.full((len(lightcurves), len(BANDS)), np.nan)
    for i, rows in enumerate(lightcurves):
        for band in range(len(BANDS)):
            flux = lightcurves.flux[rows][lightcurves.band[rows] == band]
            values[i, band] = np.log(max(flux.max(initial=0.0), 1e-3))
    return values
