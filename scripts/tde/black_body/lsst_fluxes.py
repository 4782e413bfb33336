"""What a source seen through other filters is in the six LSST bands.

Between two filters the spectrum is a black body times a power law: the black body is the one nearest to the fluxes of
all filters, and what they differ from it goes on the line in ln wavelength through the two filters around a band.
Beyond the outermost filter the line is that to the first filter at least `LEAST_BASE` away; without one, and with a
single filter, the difference is constant. So a black body is met exactly through any filters; a power law that no
black body is like, to some per cent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.black_body.constants import SECOND_RADIATION_CONSTANT
from tde.photometry import EFFECTIVE_WAVELENGTH

LEAST_BASE = 0.1
"""Least difference in ln wavelength of two filters whose line is followed beyond them."""

KELVIN = np.geomspace(1500.0, 80000.0, 80)
"""Temperatures that black bodies may have, in the observer's frame."""

SURE = 5.0
"""Errors of the faintest filter from which its flux at a time says all of the shift at that time."""

LARGEST_SHIFT = 1.0
"""In ln flux: a band lies near a filter, and a source is no steeper."""


def _log_planck(wavelength: np.ndarray) -> np.ndarray:
    """Ln B_nu up to a constant, shape (temperatures, wavelengths)."""
    x = SECOND_RADIATION_CONSTANT / (wavelength * KELVIN[:, None])
    return -3.0 * np.log(wavelength) - np.log(np.expm1(x))


_OF_BANDS = _log_planck(EFFECTIVE_WAVELENGTH)


def lsst_weights(wavelength: np.ndarray, observed: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Weights of the filters on the lines to the LSST bands.

    Parameters
    ----------
    wavelength : ndarray, shape (n,)
        Of the filters.
    observed : ndarray of int
        Those with observations.
    seen : ndarray of int
        LSST bands that are wanted.

    Returns
    -------
    ndarray, shape (6, n)
        One row per band, of sum 1; 0 for those that are not wanted.
    """
    weights = np.zeros((len(EFFECTIVE_WAVELENGTH), len(wavelength)))
    order = observed[np.argsort(wavelength[observed])]
    nodes = np.log(wavelength[order])
    for band in seen.tolist():
        weights[band, order] = _on_the_line(nodes, float(np.log(EFFECTIVE_WAVELENGTH[band])))
    return weights


def _on_the_line(nodes: np.ndarray, at: float) -> np.ndarray:
    """Weights of ascending nodes in a linear interpolation; beyond them as the module says."""
    weights = np.zeros(len(nodes))
    after = int(np.searchsorted(nodes, at))
    if 0 < after < len(nodes):
        one, other = after - 1, after
    else:
        one = 0 if after == 0 else len(nodes) - 1
        away = np.flatnonzero(np.abs(nodes - nodes[one]) >= LEAST_BASE)
        other = int(away[np.abs(away - one).argmin()]) if len(away) else one
    weights[one] = 1.0
    if other != one:
        weights[other] = (at - nodes[one]) / (nodes[other] - nodes[one])
        weights[one] -= weights[other]
    return weights


def log_lsst_fluxes(
    log_flux: np.ndarray, wavelength: np.ndarray, observed: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Natural logarithms of fluxes in the LSST bands from those in some filters.

    Parameters
    ----------
    log_flux : ndarray, shape (m, n)
    wavelength, observed
        As in `lsst_weights`.
    weights : ndarray, shape (6, n)
        Of `lsst_weights`.

    Returns
    -------
    ndarray, shape (m, 6)
        0 for bands without weights.
    """
    if len(observed) < 2:  # one filter has no colour
        return log_flux @ weights.T
    of_filters = _log_planck(wavelength)
    apart = log_flux[:, None, observed] - of_filters[:, observed]
    nearest = apart.var(axis=2).argmin(axis=1)
    of_bands = np.where(weights.any(axis=1), _OF_BANDS[nearest], 0.0)
    return of_bands + (log_flux - of_filters[nearest]) @ weights.T


class BandCurves(NamedTuple):
    """Mean and standard deviation in the LSST bands, shape (m, 6) each; NaN for bands that are not wanted."""

    mean: np.ndarray
    sd: np.ndarray


def lsst_curves(
    mean: np.ndarray, sd: np.ndarray, wavelength: np.ndarray, observed: np.ndarray, seen: np.ndarray
) -> BandCurves:
    """Curves in the LSST bands from those in some filters.

    A band's curve is that of its nearest filter, moved in wavelength at each time as the fluxes of all filters say
    then; where one of them is faint, as they say when the faintest is seen best.

    Parameters
    ----------
    mean, sd : ndarray, shape (m, n)
        Fluxes of the filters and their errors.
    wavelength, observed, seen
        As in `lsst_weights`.
    """
    weights = lsst_weights(wavelength, observed, seen)
    away = np.abs(np.log(wavelength[observed] / EFFECTIVE_WAVELENGTH[:, None]))
    near = observed[away.argmin(axis=1)]
    surest = (mean / sd)[:, observed].min(axis=1)
    log_flux = np.log(np.where(mean > 0.0, mean, 1.0))
    shift = log_lsst_fluxes(log_flux, wavelength, observed, weights) - log_flux[:, near]
    trust = np.clip(surest / SURE, 0.0, 1.0)[:, None]
    best = int(surest.argmax())
    shift = trust * shift + (1.0 - trust) * (shift[best] if surest[best] > 0.0 else 0.0)
    factor = np.exp(np.clip(shift, -LARGEST_SHIFT, LARGEST_SHIFT))
    factor[:, np.setdiff1d(np.arange(len(EFFECTIVE_WAVELENGTH)), seen)] = np.nan
    return BandCurves(factor * mean[:, near], factor * sd[:, near])
