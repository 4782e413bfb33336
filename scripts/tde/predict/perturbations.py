"""Light curves with other redshifts, or with half of their nights."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tde.ingest.object_list import Z_FLOOR
from tde.lightcurves import LightCurves
from tde.photometry import distance_modulus
from tde.sources.visits import NIGHT_BEGINS
from tde.views.cut import keep_rows


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


def half_samples(lightcurves: LightCurves, z_err: np.ndarray, n_resamples: int) -> LightCurves:
    """Leave out half of the nights, drawn at random, and draw redshifts from their errors, a number of times.

    What is estimated from half of the data scatters about the estimate from all of them as that one scatters
    about the truth, by noise and by when it happened to be clear (McCarthy 1969, Rev. Int. Stat. Inst. 37, 239).

    Parameters
    ----------
    lightcurves : LightCurves
        An unknown redshift stays so. Of an odd number of nights the larger half is kept.
    z_err : ndarray, shape (n,)
        Errors of the redshifts; NaN for none.
    n_resamples : int

    Returns
    -------
    LightCurves
        All objects, ``n_resamples`` times one after the other. The draws of an object depend on
        its name alone, not on the other objects.
    """
    together = lightcurves.select(np.tile(np.arange(len(lightcurves)), n_resamples))
    night = np.floor(together.mjd - NIGHT_BEGINS)
    kept = np.empty(len(night), dtype=bool)
    z = together.z.copy()
    for k, name in enumerate(together.object_id):
        resample, i = divmod(k, len(lightcurves))
        generator = np.random.default_rng([zlib.crc32(name.encode()), resample])
        if not np.isnan(z_err[i]):
            z[k] = max(z[k] + z_err[i] * generator.standard_normal(), Z_FLOOR)
        nights, place = np.unique(night[together.rows(k)], return_inverse=True)
        kept[together.rows(k)] = (generator.permutation(len(nights)) < (len(nights) + 1) // 2)[place]
    return replace(keep_rows(together, kept), z=z, distance_modulus=distance_modulus(z))
