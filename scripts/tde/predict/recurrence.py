"""What no TDE does: outbursts that repeat, and a nucleus that varies before its outburst."""

from __future__ import annotations

import numpy as np

from tde.lightcurves import LightCurves
from tde.trigger import DETECTION

BRIGHT, QUIET = 0.3, 0.1
"""Shares of a band's highest flux above which it is in outburst, and below which it is not."""

FEWEST_BRIGHT, FEWEST_QUIET = 2, 3
"""Observations in a row that make an outburst, and a pause between two."""

BEFORE = 150.0
"""Days before the brightest observation from which backwards the outburst has not begun."""

FEWEST_BEFORE, RESTLESS = 10, 5.0
"""Degrees of freedom that the time before needs, and the reduced chi-square around a constant above which it varies."""


def repeats(lightcurves: LightCurves) -> np.ndarray:
    """Whether a band falls back to nearly nothing between two outbursts, shape (n,).

    Parameters
    ----------
    lightcurves : LightCurves
        Of ``n`` objects.
    """
    found = np.zeros(len(lightcurves), dtype=bool)
    key = lightcurves.owner * _n_bands(lightcurves) + lightcurves.band
    highest = np.zeros(len(lightcurves) * _n_bands(lightcurves))
    np.maximum.at(highest, key, lightcurves.flux - lightcurves.flux_err)
    order = np.lexsort((lightcurves.mjd, key))
    key, flux, error = key[order], lightcurves.flux[order], lightcurves.flux_err[order]
    highest = highest[key]
    bright = (flux > BRIGHT * highest) & (flux > DETECTION * error)
    quiet = ~bright & (flux < QUIET * highest) & (error < QUIET * highest)
    told = np.flatnonzero(bright | quiet)
    if not len(told):
        return found
    key, bright = key[told], bright[told]
    start = np.flatnonzero(np.append(True, (np.diff(key) != 0) | (np.diff(bright.astype(int)) != 0)))
    length = np.diff(np.append(start, len(key)))
    # single observations are neither an outburst nor a pause
    kept = length >= np.where(bright[start], FEWEST_BRIGHT, FEWEST_QUIET)
    run_key, run_bright = key[start[kept]], bright[start[kept]]
    again = run_bright[2:] & ~run_bright[1:-1] & run_bright[:-2] & (run_key[2:] == run_key[:-2])
    found[run_key[2:][again] // _n_bands(lightcurves)] = True
    return found


def restless_before(lightcurves: LightCurves) -> np.ndarray:
    """Whether the fluxes long before the brightest observation differ from a constant in each band, shape (n,).

    Parameters
    ----------
    lightcurves : LightCurves
        Of ``n`` objects.
    """
    n, owner = len(lightcurves), lightcurves.owner
    if not len(owner):
        return np.zeros(n, dtype=bool)
    low = lightcurves.flux - lightcurves.flux_err
    by_size = np.lexsort((low, owner))
    last = np.append(np.flatnonzero(np.diff(owner[by_size])), len(owner) - 1)
    peak = np.full(n, np.nan)
    peak[owner[by_size][last]] = lightcurves.mjd[by_size][last]
    early = np.flatnonzero(lightcurves.mjd < peak[owner] - BEFORE)
    size = n * _n_bands(lightcurves)
    place = owner[early] * _n_bands(lightcurves) + lightcurves.band[early]
    flux, weight = lightcurves.flux[early], lightcurves.flux_err[early] ** -2.0
    total = np.bincount(place, weight, minlength=size)
    mean = np.bincount(place, weight * flux, minlength=size) / np.where(total > 0.0, total, 1.0)
    chi2 = np.bincount(place, weight * (flux - mean[place]) ** 2, minlength=size).reshape(n, -1).sum(axis=1)
    freedom = np.maximum(np.bincount(place, minlength=size).reshape(n, -1) - 1, 0).sum(axis=1)
    return (freedom >= FEWEST_BEFORE) & (chi2 > RESTLESS * freedom)


def _n_bands(lightcurves: LightCurves) -> int:
    return int(lightcurves.band.max(initial=0)) + 1
