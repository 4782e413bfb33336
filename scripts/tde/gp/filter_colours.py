"""Colours of other surveys' filters: as they are fitted, and what they say of the six LSST bands.

The fits give every filter of an object a colour of its own (`tde.gp.slots`), relative to the filter nearest to r.
Those of the LSST bands lie on the line in ln wavelength through the colours of the two filters around a band; beyond
the outermost filter, on the line from it to the first that is `LEAST_BASE` away, or at its colour without one. F is
brought to the r band: where colours evolve, the level of F at the peak. A band that is nearest to no filter has no
colour but the prior's, 0. Without a filter nearest to r, F has the units of r by the prior alone, as it has where r
is missing among LSST's bands.

A line is a power law; where a spectrum bends from it by a term 0.5 k (ln wavelength)^2 a colour at the distances a and
b from two filters is off by 0.5 k a b.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.gp.rank_one_colours import COLOUR_BANDS, REFERENCE
from tde.gp.rank_one_fit import PARAMETERS
from tde.gp.slots import N_SLOTS, OTHERS, Slots
from tde.numerics.elementary import exp
from tde.photometry import EFFECTIVE_WAVELENGTH

LEAST_BASE = 0.1
"""Least difference in ln wavelength of two filters whose line is followed beyond them."""

FILTER_COLOURS = tuple(f"filter_colour_{slot}" for slot in range(N_SLOTS))
"""Parameters: natural logarithms of each slot's flux relative to F, constant in time."""

_AMPLITUDES = [PARAMETERS.index(f"{kind}log_s") for kind in ("", "drw_", "evolving_", "window_")]
_PEAK = [PARAMETERS.index(name) for name in ("peak_flux", "peak_flux_err")]


def _places(kind: str) -> np.ndarray:
    """Places of the colours, or slopes, of a fit among the parameters, in order of the slots without r's."""
    return np.array([PARAMETERS.index(f"{kind}_{band}") for band in COLOUR_BANDS])


_CONSTANT = _places("log_colour")
_FITS = ((_CONSTANT, None), (_places("evolving_colour"), _places("evolving_slope")),
         (_places("window_colour"), _places("window_slope")))  # fmt: skip
"""Colours and slopes of each fit. The amplitude of the damped random walk goes with the constant colours."""


class Fitted(NamedTuple):
    """What the fits found of ``n`` objects, each in the flux of its own slot of r.

    Attributes
    ----------
    results : ndarray, shape (n, len(PARAMETERS))
        See `tde.gp.rank_one_fit.fit_objects`.
    curves : ndarray, shape (3, n, m)
        Grid, mean and standard deviation of F.
    """

    results: np.ndarray
    curves: np.ndarray


def refer_to_lsst(fitted: Fitted, offsets: np.ndarray, band: np.ndarray, slots: Slots) -> np.ndarray:
    """Turn colours of filters into those of LSST's bands, and F into the flux of r, in place.

    Parameters
    ----------
    fitted : Fitted
    offsets : ndarray of int, shape (n + 1,)
        Object ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    band : ndarray of int8, shape (N,)
        The LSST band that each observation's filter is nearest to.
    slots : Slots
        That the fits were made with.

    Returns
    -------
    ndarray, shape (n, 6)
        `FILTER_COLOURS`.
    """
    results, curves = fitted
    own = np.zeros((len(results), N_SLOTS))
    own[:, OTHERS] = results[:, _CONSTANT]
    for i in slots.foreign.tolist():
        rows = slice(int(offsets[i]), int(offsets[i + 1]))
        weights = lsst_weights(slots.wavelength[i], np.unique(slots.slot[rows]), np.unique(band[rows]))
        levels = []
        for colours, slopes in _FITS:
            level = _turn(results[i], colours, weights)
            if slopes is not None:
                _turn(results[i], slopes, weights)
            levels.append(level)
        results[i, _AMPLITUDES] += np.array(levels)[[0, 0, 1, 2]]
        factor = exp(levels[0])
        results[i, _PEAK] *= factor
        curves[1:, i] *= factor
        own[i] -= levels[0]
    return own


def _turn(parameters: np.ndarray, places: np.ndarray, weights: np.ndarray) -> float:
    """Colours, or slopes, of one object from those of its slots; returns what r had relative to its slot."""
    of_slots = np.zeros(N_SLOTS)
    of_slots[OTHERS] = parameters[places]
    of_bands = weights @ of_slots
    level = float(of_bands[REFERENCE])
    seen = weights.any(axis=1)
    parameters[places] = np.where(seen, of_bands - level, 0.0)[OTHERS]
    return level


def lsst_weights(wavelength: np.ndarray, observed: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Weights of the slots in the colour of each LSST band.

    Parameters
    ----------
    wavelength : ndarray, shape (6,)
        Of the slots.
    observed : ndarray of int
        Slots with observations.
    seen : ndarray of int
        LSST bands that a filter is nearest to.

    Returns
    -------
    ndarray, shape (6, 6)
        One row per band; 0 for those that are not seen, and for r if no observation is in its slot.
    """
    weights = np.zeros((N_SLOTS, N_SLOTS))
    order = observed[np.argsort(wavelength[observed])]
    nodes = np.log(wavelength[order])
    for band in seen.tolist():
        if band != REFERENCE or REFERENCE in observed:
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
