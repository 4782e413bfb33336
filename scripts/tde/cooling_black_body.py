"""Colours of a black body whose temperature changes with time, as fits need them.

ln T = ln T_0 + slope g, where g grows with the rest-frame time (`tde.gp.rank_one_colours.phase_term`);
with slope 0 it is a black body of constant temperature, cooling if the slope is negative.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.black_body import log_planck
from tde.gp.elementary import exp
from tde.photometry import BANDS

REFERENCE = BANDS.index("r")
"""The band to which colours are relative."""

LOG_TEMPERATURE_LIMITS = (7.6, 11.6)
"""A temperature that changes stops here, at 2 kK and 109 kK."""


@njit(error_model="numpy")
def evolving_colours(
    log_temperature: float, slope: float, design: tuple, colour: np.ndarray, change: np.ndarray
) -> None:
    """Flux of each observation relative to the r band.

    Parameters
    ----------
    log_temperature, slope : float
        ln T_0 with T_0 in Kelvin, and d ln T / dg.
    design : tuple
        (band, term, coloured, wavelength): of each observation its band, g and whether it has
        a colour (where not, the ratio is 1); the rest-frame wavelengths of the bands in Angstrom.
    colour, change : ndarray, shape (n,)
        Filled with c = B_nu(wavelength) / B_nu(wavelength of r) and with d ln c / d ln T.
    """
    band, term, coloured, wavelength = design
    low, high = LOG_TEMPERATURE_LIMITS
    log_flux, flux_slope = np.full(wavelength.size, math.nan), np.zeros(wavelength.size)
    moves = 1.0
    last = math.nan
    for i in range(band.size):
        if not coloured[i]:
            colour[i], change[i] = 1.0, 0.0
            continue
        now = log_temperature + slope * term[i]
        if now != last:  # where the temperature stays, one Planck function per band is enough
            last = now
            moves = 1.0 if low < now < high else 0.0
            log_flux[:] = math.nan
        for side in range(2):
            b = band[i] if side == 0 else REFERENCE
            if math.isnan(log_flux[b]):
                log_flux[b], flux_slope[b] = log_planck(wavelength[b], min(max(now, low), high))
        colour[i] = exp(log_flux[band[i]] - log_flux[REFERENCE])
        change[i] = moves * (flux_slope[band[i]] - flux_slope[REFERENCE])
