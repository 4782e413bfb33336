"""Leaving out part of a light curve: what came later, some bands, some visits, the redshift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.trigger import DETECTION


def keep_rows(lightcurves: LightCurves, kept: np.ndarray) -> LightCurves:
    """The same objects with some of their observations, ``kept`` of shape (N,)."""
    counts = np.bincount(lightcurves.owner[kept], minlength=len(lightcurves))
    return replace(
        lightcurves,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mjd=lightcurves.mjd[kept],
        filter=lightcurves.filter[kept],
        flux=lightcurves.flux[kept],
        flux_err=lightcurves.flux_err[kept],
    )


def until(lightcurves: LightCurves, mjd: np.ndarray) -> LightCurves:
    """Leave out what was observed after a time of each object, shape (n,); NaN leaves all in."""
    last = np.where(np.isnan(mjd), np.inf, mjd)
    return keep_rows(lightcurves, lightcurves.mjd <= last[lightcurves.owner])


def in_bands(lightcurves: LightCurves, bands: Sequence[str]) -> LightCurves:
    """Keep the observations of each object in its bands, as in ``["gri", "ugrizy"]``."""
    wanted = np.array([[band in chosen for band in BANDS] for chosen in bands], dtype=bool).reshape(-1, len(BANDS))
    return keep_rows(lightcurves, wanted[lightcurves.owner, lightcurves.band])


def thinned(lightcurves: LightCurves, share: np.ndarray, seed: np.ndarray) -> LightCurves:
    """Keep a share of the visits of each object.

    Parameters
    ----------
    lightcurves : LightCurves
    share : ndarray, shape (n,)
        Probability of a visit (all that was observed at one time) to be kept.
    seed : ndarray of int, shape (n,)
        Of the random numbers of each object: they depend on nothing else.
    """
    kept = np.ones(len(lightcurves.mjd), dtype=bool)
    for i in np.flatnonzero(share < 1.0).tolist():
        rows = lightcurves.rows(i)
        visit = np.unique(lightcurves.mjd[rows], return_inverse=True)[1]
        generator = np.random.default_rng(int(seed[i]))
        kept[rows] = (generator.random(len(visit)) < share[i])[visit]
    return keep_rows(lightcurves, kept)


def detected(lightcurves: LightCurves, which: np.ndarray) -> LightCurves:
    """Keep the detections of some objects alone, ``which`` of shape (n,), and all observations of the others."""
    found = lightcurves.flux >= DETECTION * lightcurves.flux_err
    return keep_rows(lightcurves, found | ~which[lightcurves.owner])


def at_most(lightcurves: LightCurves, most: np.ndarray, seed: np.ndarray) -> LightCurves:
    """Keep so many observations of each object, drawn at random.

    Parameters
    ----------
    lightcurves : LightCurves
    most : ndarray of int, shape (n,)
    seed : ndarray of int, shape (n,)
        Of the random numbers of each object: they depend on nothing else.
    """
    kept = np.ones(len(lightcurves.mjd), dtype=bool)
    counts = np.diff(lightcurves.offsets)
    for i in np.flatnonzero(counts > most).tolist():
        kept[lightcurves.rows(i)] = np.random.default_rng(int(seed[i])).permutation(counts[i]) < most[i]
    return keep_rows(lightcurves, kept)


def without_redshift(lightcurves: LightCurves) -> LightCurves:
    """Forget the redshifts."""
    nothing = np.full(len(lightcurves), np.nan)
    return replace(lightcurves, z=nothing, distance_modulus=nothing)
