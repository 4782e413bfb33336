"""The observations themselves, band by band, as networks read them: flux, error and time since the one before.

Fluxes and errors are divided by the object's highest flux that is at least 3 errors, or
else its highest error. A band with more than 48 observations keeps the 48 next to the
object's brightest one.
"""

from __future__ import annotations

import numpy as np

from tde.features.shared.conventions import OBSERVER
from tde.features.shared.labels import GENERATOR
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.photometry import BANDS

LENGTH = 48
"""Observations of a band, at most."""

LEAST_SNR = 3.0

OF_OBJECT = [
    Column("log1p_z", "", "ln(1 + z)"),
    Column("ebv", "mag", "colour excess E(B-V)"),
    Column("log_scale", "", "ln of the flux [uJy] that all fluxes are divided by"),
]
OF_OBSERVATION = [
    Column("flux", "", "flux of observation {k} / scale", GENERATOR),
    Column("flux_err", "", "error of observation {k} / scale", GENERATOR),
    Column(
        "gap",
        "",
        "ln(1 + days since the observation before {k} in the band); 0 for the first",
        GENERATOR,
        frame=OBSERVER,
    ),
]


def columns() -> list[Column]:
    """Columns of the family: 3 of the object, then 3 of each place of each band; NaN where there is no observation."""
    return OF_OBJECT + [
        column._replace(name=f"{band}_{column.name}_{k}", meaning=column.meaning.format(k=k))
        for band in BANDS
        for column in OF_OBSERVATION
        for k in range(LENGTH)
    ]


def compute(lightcurves: LightCurves) -> np.ndarray:
    """Compute the family.

    Returns
    -------
    ndarray of float32, shape (n_objects, n_columns)
    """
    sequences = np.full((len(lightcurves), len(BANDS), len(OF_OBSERVATION), LENGTH), np.nan, dtype=np.float32)
    scale = np.full(len(lightcurves), np.nan)
    for i, rows in enumerate(lightcurves):
        mjd, band = lightcurves.mjd[rows], lightcurves.band[rows]
        flux, flux_err = lightcurves.flux[rows], lightcurves.flux_err[rows]
        if len(mjd) == 0:
            continue
        sure = flux >= LEAST_SNR * flux_err
        scale[i] = flux[sure].max() if sure.any() else flux_err.max()
        brightest = mjd[np.argmax(flux / flux_err)]
        for b in range(len(BANDS)):
            mine = np.flatnonzero(band == b)
            kept = np.sort(np.argsort(np.abs(mjd[mine] - brightest), kind="stable")[:LENGTH])
            mine = mine[kept]
            sequences[i, b, 0, : len(mine)] = flux[mine] / scale[i]
            sequences[i, b, 1, : len(mine)] = flux_err[mine] / scale[i]
            sequences[i, b, 2, : len(mine)] = np.log1p(np.diff(mjd[mine], prepend=mjd[mine[:1]]))
    of_object = np.column_stack([np.log1p(lightcurves.z), lightcurves.ebv, np.log(scale)]).astype(np.float32)
    return np.hstack([of_object, sequences.reshape(len(lightcurves), len(columns()) - len(OF_OBJECT))])
