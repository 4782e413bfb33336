"""Light curves with other redshifts or other noise."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tde.ingest.object_list import Z_FLOOR
from tde.lightcurves import LightCurves
from tde.photometry import distance_modulus


def population_redshifts(z: Sequence[float], n: int) -> np.ndarray:
    """Redshifts that stand for a population: ``n`` of its quantiles, evenly spaced, shape (n,).

    Parameters
    ----------
    z : sequence of float
        Quantiles of the training objects' redshifts, ascending.
    n : int
    """
    levels = (np.arange(n) + 0.5) / n
    return np.asarray(z)[(levels * len(z)).astype(int)]


def with_redshifts(lightcurves: LightCurves, z: np.ndarray) -> LightCurves:
    """Every object at every redshift: objects of the first redshift, then of the second, and so on."""
    n = len(lightcurves)
    together = lightcurves.select(np.tile(np.arange(n), len(z)))
    z = np.repeat(np.asarray(z, dtype=np.float64), n)
    return replace(together, z=z, distance_modulus=distance_modulus(z))


def with_noise(lightcurves: LightCurves, z_err: np.ndarray, n_resamples: int) -> LightCurves:
    """Draw fluxes anew from their errors, and redshifts from theirs, a number of times.

    Parameters
    ----------
    lightcurves : LightCurves
        An unknown redshift stays so.
    z_err : ndarray, shape (n,)
        Errors of the redshifts; NaN for none.
    n_resamples : int

    Returns
    -------
    LightCurves
        All objects, ``n_resamples`` times one after the other. The draws of an object depend on
        its name alone, not on the other objects.
    """
    n = len(lightcurves)
    flux = [np.empty(0)]
    z = []
    for resample in range(n_resamples):
        generators = [np.random.default_rng([zlib.crc32(name.encode()), resample]) for name in lightcurves.object_id]
        for k, generator in enumerate(generators):
            error = 0.0 if np.isnan(z_err[k]) else z_err[k]
            z.append(max(lightcurves.z[k] + error * generator.standard_normal(), Z_FLOOR))
            rows = lightcurves.rows(k)
            noise = generator.standard_normal(rows.stop - rows.start)
            flux.append(lightcurves.flux[rows] + noise * lightcurves.flux_err[rows])
    together = lightcurves.select(np.tile(np.arange(n), n_resamples))
    redshifts = np.array(z)
    return replace(together, flux=np.concatenate(flux), z=redshifts, distance_modulus=distance_modulus(redshifts))
