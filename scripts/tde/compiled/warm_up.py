"""A few made-up light curves on which every compiled function runs once.

Numba compiles a function when it is first called. One job calls each family on
these objects, and all later jobs find the machine code in its cache.
"""

from __future__ import annotations

import numpy as np

from tde.features.shared.learning import N_HALVES, Sample
from tde.lightcurves import LightCurves, from_rows
from tde.photometry import BANDS


def warm_up_lightcurves() -> LightCurves:
    """Seven objects: two ordinary transients and five awkward cases from real data.

    Returns
    -------
    LightCurves
        In turn: a rise and fall in all six bands, the same with other noise, one
        band only, a single visit, all visits at one time, a constant flux, and no
        visit at all. Deterministic.
    """
    generator = np.random.default_rng(20)
    time = np.sort(generator.uniform(60000.0, 60300.0, 120))
    band = np.arange(120, dtype=np.int8) % len(BANDS)
    shape = np.where(time < 60080.0, np.exp((time - 60080.0) / 15.0), np.exp((60080.0 - time) / 60.0))
    noise = generator.normal(size=(2, 120))
    one_band = band == 2
    curves = [
        (time, band, 30.0 * shape + noise[0]),
        (time, band, 5.0 * shape + noise[1]),
        (time[one_band], band[one_band], 10.0 * shape[one_band]),
        (time[:1], band[:1], np.array([3.0])),
        (np.full(12, 60010.0), band[:12], 3.0 + noise[0, :12]),
        (time[:60], band[:60], np.full(60, 2.0)),
        (time[:0], band[:0], np.empty(0)),
    ]
    counts = [len(flux) for _, _, flux in curves]
    flux = np.concatenate([flux for _, _, flux in curves])
    return from_rows(
        np.array([f"warm-up {i}" for i in range(len(curves))]),
        np.array([0.1, 0.8, 0.3, 0.0, np.nan, 0.2, 0.5]),
        np.array([0.02, 0.1, np.nan, 0.0, 0.05, 0.03, 0.2]),
        np.repeat(np.arange(len(curves)), counts),
        np.concatenate([time for time, _, _ in curves]),
        np.concatenate([band for _, band, _ in curves]),
        flux,
        np.full(len(flux), 0.8),
        modulus=np.array([38.4, 43.6, 41.1, np.nan, np.nan, 40.1, 42.3]),  # as of these z, without loading astropy
    )


def warm_up_sample(n: int) -> Sample:
    """Types and halves of ``n`` made-up training objects: TDEs, in both halves."""
    return Sample(np.full(n, "TDE", dtype=object), np.arange(n) // (-(-n // N_HALVES)))
