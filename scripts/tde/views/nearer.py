"""The same events nearer, through another survey's filters: flux, time and wavelengths are moved together.

A survey that is not as deep sees the same kinds of events at smaller distances. Brought to a smaller distance modulus,
an event is brighter by it, its time and its wavelengths are shorter by the ratio of 1 + z, and each observation goes
to the wanted filter that is nearest to where its own now lies, along the colours that were fitted to all bands of the
object. Errors go with the fluxes: the signal to noise of an observation stays what it was, as if the noise of the
other survey were higher by just that much. Nothing is observed that had not been observed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from tde.features.rank1 import fit
from tde.features.shared.own_clock import moved, on_own_clock, starts
from tde.filters import FILTERS
from tde.gp.rank_one_colours import COLOUR_BANDS, PHASE_RANGE, PHASE_UNIT, REFERENCE
from tde.lightcurves import LightCurves
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, Z_FLOOR, distance_modulus
from tde.views.cut import keep_rows

REACH = 0.2
"""Largest way of an observation to its new filter, in ln wavelength."""

BEYOND = 0.03
"""How far beyond the outermost observed bands the colours are followed, in ln wavelength."""

_LOG_BANDS = np.log(EFFECTIVE_WAVELENGTH)
_REDSHIFTS = np.geomspace(Z_FLOOR, 10.0, 5000)


class Colours(NamedTuple):
    """Colours of ``n`` objects as they change with time (`tde.gp.rank_one_fit`).

    Attributes
    ----------
    at_peak, slope : ndarray, shape (n, 6)
        Natural logarithms of the LSST bands' fluxes relative to r, and their change in `PHASE_UNIT` rest-frame days;
        NaN without a fit or a redshift.
    seen : ndarray of bool, shape (n, 6)
        Bands with observations.
    peak_mjd : ndarray, shape (n,)
    """

    at_peak: np.ndarray
    slope: np.ndarray
    seen: np.ndarray
    peak_mjd: np.ndarray

    def select(self, indices: np.ndarray) -> Colours:
        """Those of some objects, in their order."""
        return Colours(*(values[indices] for values in self))


def fitted_colours(lightcurves: LightCurves) -> Colours:
    """Fit the colours of all objects."""
    parameters = moved(fit(on_own_clock(lightcurves)), starts(lightcurves)).parameters
    at_peak, slope = (
        np.insert(np.column_stack([parameters[f"evolving_{what}_{band}"] for band in COLOUR_BANDS]), REFERENCE, 0.0, 1)
        for what in ("colour", "slope")
    )
    seen = np.zeros((len(lightcurves), len(BANDS)), dtype=bool)
    seen[lightcurves.owner, lightcurves.band] = True
    return Colours(at_peak, slope, seen, parameters["peak_mjd"])


def filter_codes(survey: str, names: Iterable[str]) -> np.ndarray:
    """Codes of some filters of a survey, shape (n,), int8.

    Parameters
    ----------
    survey : str
        As in `tde.filters.SURVEYS`.
    names : iterable of str
        Its filters; the letters of ``gr`` will do.
    """
    return np.array([FILTERS.keys.index(f"{survey}:{name}") for name in names], dtype=np.int8)


def redshift_at(modulus: np.ndarray) -> np.ndarray:
    """Redshifts of distance moduli, not below `tde.photometry.Z_FLOOR`; NaN where unknown."""
    return np.interp(modulus, distance_modulus(_REDSHIFTS), _REDSHIFTS)


def seen_nearer(
    lightcurves: LightCurves, colours: Colours, magnitudes: np.ndarray, filters: Sequence[np.ndarray]
) -> LightCurves:
    """Bring events nearer, and observe them through other filters.

    Parameters
    ----------
    lightcurves : LightCurves
        ``n`` objects.
    colours : Colours
        Of the same objects.
    magnitudes : ndarray, shape (n,)
        How much smaller their distance moduli become, 0 or more.
    filters : sequence of ndarray of int, length n
        Codes of the filters that each is then observed through.

    Returns
    -------
    LightCurves
        The objects at their new redshifts, observations in order of time. Those too far from every wanted filter are
        left out, and all of an object without a redshift or colours. The first observation keeps its date.
    """
    z = redshift_at(lightcurves.distance_modulus - magnitudes)
    modulus = distance_modulus(z)
    stretch = (1.0 + z) / (1.0 + lightcurves.z)
    brighter = 10.0 ** (0.4 * (lightcurves.distance_modulus - modulus)) * stretch
    code, factor = np.full(len(lightcurves.mjd), -1), np.ones(len(lightcurves.mjd))
    for i in np.flatnonzero(np.isfinite(colours.at_peak + colours.slope).all(axis=1) & np.isfinite(stretch)).tolist():
        rows = lightcurves.rows(i)
        phase = (lightcurves.mjd[rows] - colours.peak_mjd[i]) / (1.0 + lightcurves.z[i])
        to, change = _through(
            np.log(lightcurves.wavelength[rows]), phase, colours.select(np.array([i])),
            np.log(lightcurves.filters.wavelength[filters[i]] / stretch[i]),
        )  # fmt: skip
        code[rows] = np.where(to >= 0, filters[i][to], -1)
        factor[rows] = brighter[i] * np.exp(change)
    owner = lightcurves.owner
    first = starts(lightcurves)[owner]
    mjd = first + (lightcurves.mjd - first) * stretch[owner]
    order = np.lexsort((code, mjd, owner))
    brought = replace(
        lightcurves, z=z, distance_modulus=modulus, mjd=mjd[order], filter=code[order].astype(np.int8),
        flux=(lightcurves.flux * factor)[order], flux_err=(lightcurves.flux_err * factor)[order],
    )  # fmt: skip
    return keep_rows(brought, brought.filter >= 0)


def _through(
    observed: np.ndarray, phase: np.ndarray, colours: Colours, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which wanted filter each observation of one object goes to, -1 for none, and the change of its ln flux.

    Both wavelengths, ``observed`` of shape (N,) and ``wanted``, are logarithms in the frame of the observations.
    """
    away = np.abs(observed[:, None] - wanted)
    nearest = away.argmin(axis=1)
    nodes = _LOG_BANDS[colours.seen[0]]
    within = (wanted >= nodes[0] - BEYOND) & (wanted <= nodes[-1] + BEYOND)
    when = np.clip(phase, *PHASE_RANGE) / PHASE_UNIT
    change = np.zeros(len(observed))
    for values, times in ((colours.at_peak[0], 1.0), (colours.slope[0], when)):
        of_seen = values[colours.seen[0]]
        change += times * (np.interp(wanted[nearest], nodes, of_seen) - np.interp(observed, nodes, of_seen))
    return np.where((away.min(axis=1) <= REACH) & within[nearest], nearest, -1), change
