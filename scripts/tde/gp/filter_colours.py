"""Colours of other surveys' filters: as they are fitted, and what they say of the six LSST bands.

The fits give every filter of an object a colour of its own (`tde.gp.slots`), relative to the filter nearest to r.
Those of the LSST bands follow as `tde.black_body.lsst_fluxes` says, changes of colours on the line alone. F is
brought to the r band: where colours evolve, the level of F at the peak. A band that is nearest to no filter has no
colour but the prior's, 0. Without a filter nearest to r, F has the units of r by the prior alone, as it has where r
is missing among LSST's bands.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.black_body.lsst_fluxes import log_lsst_fluxes, lsst_weights
from tde.gp.rank_one_colours import COLOUR_BANDS, REFERENCE
from tde.gp.rank_one_fit import PARAMETERS
from tde.gp.slots import N_SLOTS, OTHERS, Slots
from tde.numerics.elementary import exp

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
        `FILTER_COLOURS`; NaN without a fit.
    """
    results, curves = fitted
    own = np.zeros((len(results), N_SLOTS))
    own[np.isnan(results[:, _AMPLITUDES[0]])] = np.nan
    own[:, OTHERS] = results[:, _CONSTANT]
    for i in slots.foreign.tolist():
        rows = slice(int(offsets[i]), int(offsets[i + 1]))
        bands = _Bands.of(slots.wavelength[i], np.unique(slots.slot[rows]), np.unique(band[rows]))
        levels = []
        for colours, slopes in _FITS:
            levels.append(bands.turn(results[i], colours))
            if slopes is not None:
                bands.turn(results[i], slopes, changes=True)
        results[i, _AMPLITUDES] += np.array(levels)[[0, 0, 1, 2]]
        factor = exp(levels[0])
        results[i, _PEAK] *= factor
        curves[1:, i] *= factor
        own[i] -= levels[0]
    return own


class _Bands(NamedTuple):
    """How the filters of one object lie to the LSST bands."""

    wavelength: np.ndarray
    observed: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, wavelength: np.ndarray, observed: np.ndarray, seen: np.ndarray) -> _Bands:
        """``seen`` are the LSST bands that a filter is nearest to."""
        wanted = seen if REFERENCE in observed else seen[seen != REFERENCE]
        return cls(wavelength, observed, lsst_weights(wavelength, observed, wanted))

    def turn(self, parameters: np.ndarray, places: np.ndarray, changes: bool = False) -> float:
        """Colours, or changes of them, from those of the slots; returns what r had relative to its slot."""
        of_slots = np.zeros(N_SLOTS)
        of_slots[OTHERS] = parameters[places]
        if changes:
            of_bands = self.weights @ of_slots
        else:
            of_bands = log_lsst_fluxes(of_slots[None], self.wavelength, self.observed, self.weights)[0]
        level = float(of_bands[REFERENCE])
        parameters[places] = np.where(self.weights.any(axis=1), of_bands - level, 0.0)[OTHERS]
        return level
