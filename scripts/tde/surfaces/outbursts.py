"""The outbursts that colour surfaces are compared with: observations near the peak, and how F varies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tde.lightcurves import LightCurves
from tde.surfaces.surface import Places, places

PHASE_RANGE = (-50.0, 150.0)
"""Rest-frame days from the peak of the observations that are used."""

MODEL_ERROR = 0.015
"""Part of the flux added to its error in quadrature: surfaces are coarser than spectra."""


class Outbursts(NamedTuple):
    """Observations of ``n`` objects near their peaks, ``N`` in all.

    Attributes
    ----------
    usable : ndarray of bool, shape (n,)
        False for objects without redshift, fitted curve or observation near the peak.
    offsets : ndarray of int64, shape (n + 1,)
        Object ``i`` owns the observations ``offsets[i]:offsets[i + 1]``.
    gap : ndarray, shape (N,)
        Days since the object's previous observation, 0 for its first.
    flux, variance : ndarray, shape (N,)
    places : Places
    log_s, log_length_scale : ndarray, shape (n,)
        Of the object's F as a Matern-3/2 process, see `tde.gp.rank_one`.
    """

    usable: np.ndarray
    offsets: np.ndarray
    gap: np.ndarray
    flux: np.ndarray
    variance: np.ndarray
    places: Places
    log_s: np.ndarray
    log_length_scale: np.ndarray

    def __len__(self) -> int:
        return len(self.usable)


CURVE_PARAMETERS = ("peak_mjd", "evolving_log_s", "evolving_log_length_scale")
"""What is read of the curves that the family `rank1` fits."""


def select_outbursts(lightcurves: LightCurves, parameters: Mapping[str, np.ndarray]) -> Outbursts:
    """Select what lies near the peaks that the family `rank1` found.

    Parameters
    ----------
    lightcurves : LightCurves
    parameters : mapping of str to ndarray, shape (n,)
        `CURVE_PARAMETERS` of the same objects, NaN without a fit.
    """
    counts = np.diff(lightcurves.offsets)
    owner = np.repeat(np.arange(len(lightcurves)), counts)
    peak_mjd, log_s, log_length_scale = (np.array(parameters[name], dtype=np.float64) for name in CURVE_PARAMETERS)
    fitted = np.isfinite(log_s) & np.isfinite(log_length_scale) & (lightcurves.z > -1.0)
    z = np.where(fitted, lightcurves.z, 0.0)
    phase = (lightcurves.mjd - peak_mjd[owner]) / (1.0 + z[owner])
    near = fitted[owner] & (phase >= PHASE_RANGE[0]) & (phase <= PHASE_RANGE[1])
    owner, mjd, flux = owner[near], lightcurves.mjd[near], lightcurves.flux[near]
    used = np.bincount(owner, minlength=len(lightcurves))
    offsets = np.concatenate([[0], np.cumsum(used)]).astype(np.int64)
    gap = np.diff(mjd, prepend=mjd[:1])
    gap[offsets[:-1][used > 0]] = 0.0
    variance = lightcurves.flux_err[near] ** 2 + (MODEL_ERROR * flux) ** 2
    log_wavelength = np.log(lightcurves.filters.wavelength)[lightcurves.filter[near]]
    where = places(log_wavelength, phase[near], z[owner])
    return Outbursts(fitted & (used > 0), offsets, gap, flux, variance, where, log_s, log_length_scale)
