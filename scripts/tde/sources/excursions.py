"""Whether a light curve can be classified at all: is there a signal, and are its numbers those of a survey."""

from __future__ import annotations

import numpy as np

from tde.lightcurves import LightCurves
from tde.sources.flags import set_flag
from tde.sources.judge import Usable

WINDOW = 30.0
"""Days over which all bands are averaged in the search for a signal."""

SIGNAL = 5.0
"""Standard deviations that the average of some window has to differ from 0."""

CONSTANT = 0.01
"""Chance of the chi-square around a constant in each band above which nothing but a constant is there."""

ENOUGH = 5
"""Degrees of freedom that a constant needs to be told from anything else."""

SCALES, BETTER = (0.005, 100.0), 0.1
"""Micro-Jansky between which the better errors of an object (this part of them) lie in every survey here."""

LARGEST_RATIO, SMALLEST_ERROR = 1e4, 1e-5
"""No survey measures better than to 1e-4 of the flux, nor to 1e-5 uJy."""

FAR_OFF, NEIGHBOURS, NEAR = 10.0, 3.0, 20.0
"""An outlier is this many errors off the observations before and after it in its band, which agree within so many
errors and are within so many days."""


def flag_oddities(rows: Usable, n_objects: int, masks: np.ndarray) -> None:
    """Set the flags ``tiny_errors``, ``odd_scale`` and ``outlier``.

    Parameters
    ----------
    rows : Usable
        In order of object, band and time; objects are numbered from 0.
    n_objects : int
    masks : ndarray of int64, shape (n_objects,)
        Flags, set in place.
    """
    if not len(rows):
        return
    ratio = np.abs(rows.flux) / rows.flux_err
    set_flag(masks, "tiny_errors", rows.row_object[(ratio > LARGEST_RATIO) | (rows.flux_err < SMALLEST_ERROR)])
    set_flag(masks, "odd_scale", _scale_is_odd(rows, n_objects))
    set_flag(masks, "outlier", rows.row_object[_outliers(rows)])


def differs_from_zero(lightcurves: LightCurves) -> np.ndarray:
    """Whether the average of all bands within some window, or a single observation, differs from 0.

    Parameters
    ----------
    lightcurves : LightCurves
        Of ``n`` objects.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    n_objects, mjd = len(lightcurves), lightcurves.mjd
    if not len(mjd):
        return np.zeros(n_objects, dtype=bool)
    owner = np.repeat(np.arange(n_objects), np.diff(lightcurves.offsets))
    # one axis on which the windows of different objects cannot meet
    start = mjd.min()
    axis = (mjd - start) + owner * (mjd.max() - start + 2 * WINDOW)
    end = np.searchsorted(axis, axis + WINDOW, side="right")
    weight = lightcurves.flux_err**-2.0
    # in units of each object's mean weight, or else the precise would cost the others their digits
    count = np.maximum(np.diff(lightcurves.offsets), 1)
    scale = (np.bincount(owner, weight, minlength=n_objects) / count)[owner]
    scaled, product = weight / scale, weight * lightcurves.flux / np.sqrt(scale)
    sums = [np.concatenate([[0.0], np.cumsum(each)]) for each in (scaled, product)]
    this = np.arange(len(mjd))
    total = np.maximum(sums[0][end] - sums[0][this], scaled)
    deviation = np.abs(sums[1][end] - sums[1][this]) / np.sqrt(total)
    strong = np.maximum(deviation, np.abs(lightcurves.flux) / lightcurves.flux_err) >= SIGNAL
    return np.bincount(owner, strong, minlength=n_objects) > 0


def is_no_constant(rows: Usable, n_objects: int) -> np.ndarray:
    """Whether fluxes differ from a constant in each band, in a band or in all together; True where too few to tell.

    Parameters
    ----------
    rows : Usable
        Objects are numbered from 0.
    n_objects : int
    """
    if not len(rows):
        return np.zeros(n_objects, dtype=bool)
    from scipy.special import gammaincc

    n_bands = int(rows.band.max()) + 1
    place = rows.row_object * n_bands + rows.band
    size = n_objects * n_bands
    weight = rows.flux_err**-2.0
    total = np.bincount(place, weight, minlength=size)
    mean = np.bincount(place, weight * rows.flux, minlength=size) / np.where(total > 0, total, 1.0)
    chi2 = np.bincount(place, weight * (rows.flux - mean[place]) ** 2, minlength=size).reshape(n_objects, n_bands)
    freedom = np.maximum(np.bincount(place, minlength=size).reshape(n_objects, n_bands) - 1, 0)
    used = np.maximum((freedom > 0).sum(axis=1), 1)
    chance = gammaincc(np.maximum(freedom, 1) / 2.0, chi2 / 2.0)
    chance[freedom == 0] = 1.0
    all_freedom = freedom.sum(axis=1)
    together = gammaincc(np.maximum(all_freedom, 1) / 2.0, chi2.sum(axis=1) / 2.0)
    return (all_freedom < ENOUGH) | (together < CONSTANT) | (chance.min(axis=1) < CONSTANT / used)


def _scale_is_odd(rows: Usable, n_objects: int) -> np.ndarray:
    """Whether the better errors of an object are those of no survey."""
    count = np.bincount(rows.row_object, minlength=n_objects)
    small, large = (
        np.bincount(rows.row_object, mask, minlength=n_objects)
        for mask in (rows.flux_err < SCALES[0], rows.flux_err > SCALES[1])
    )
    return (small > BETTER * count) | (large >= (1.0 - BETTER) * np.maximum(count, 1))


def _outliers(rows: Usable) -> np.ndarray:
    """Middles of three observations of a band of which the outer ones agree and the middle is far off."""
    middle = np.zeros(len(rows), dtype=bool)
    if len(rows) < 3:
        return middle
    key = rows.row_object * (int(rows.band.max()) + 1) + rows.band
    before, this, after = (slice(None, -2), slice(1, -1), slice(2, None))
    together = (key[before] == key[after]) & (np.diff(rows.mjd)[:-1] < NEAR) & (np.diff(rows.mjd)[1:] < NEAR)
    error = np.maximum(np.maximum(rows.flux_err[before], rows.flux_err[after]), rows.flux_err[this])
    apart = np.abs(rows.flux[before] - rows.flux[after])
    off = np.minimum(np.abs(rows.flux[this] - rows.flux[before]), np.abs(rows.flux[this] - rows.flux[after]))
    size = np.maximum(np.abs(rows.flux[before]), np.abs(rows.flux[after]))
    middle[this] = together & (apart < NEIGHBOURS * error) & (off > FAR_OFF * error) & (off > FAR_OFF * size)
    return middle
