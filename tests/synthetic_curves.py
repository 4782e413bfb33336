"""Posterior curves with a known truth: black bodies by astropy, at astropy's distances."""

import astropy.units as u
import numpy as np
from astropy.cosmology import Planck18
from astropy.modeling.physical_models import BlackBody

from tde.curves import Curves
from tde.lightcurves import LightCurves, from_rows
from tde.photometry import EFFECTIVE_WAVELENGTH, distance_modulus

PEAK_MJD = 60200.25


def black_body_flux(temperature, radius, z):
    """Fluxes in micro-Jansky of a black body (rest-frame K, cm), shape (..., 6)."""
    rest_frame = (EFFECTIVE_WAVELENGTH / (1.0 + z)) * u.AA
    temperature = np.asarray(temperature)
    surface = BlackBody(temperature[..., None] * u.K)(rest_frame) * u.sr  # B_nu in the rest frame
    luminosity = 4.0 * np.pi**2 * (np.asarray(radius)[..., None] * u.cm) ** 2 * surface
    flux = (1.0 + z) * luminosity / (4.0 * np.pi * Planck18.luminosity_distance(z) ** 2)
    return flux.to_value(u.uJy)


def objects(z) -> LightCurves:
    """Objects without observations, at these redshifts."""
    z = np.asarray(z, dtype=float)
    nothing = np.empty(0)
    names = np.array([f"object_{i}" for i in range(len(z))])
    empty = np.empty(0, dtype=np.int64)
    return from_rows(names, z, np.full(len(z), 0.05), empty, nothing, empty, nothing, nothing, distance_modulus(z))


def curves(time, flux, flux_err=1e-9) -> Curves:
    """Curves of n objects on one grid of days since the peak; flux has the shape (n, m, 6)."""
    flux = np.asarray(flux, dtype=float)
    n, m = flux.shape[:2]
    return Curves(
        np.array([f"object_{i}" for i in range(n)]),
        {"peak_mjd": np.full(n, PEAK_MJD)},
        np.arange(n + 1, dtype=np.int64) * m,
        np.tile(PEAK_MJD + np.asarray(time, dtype=float), n),
        flux.reshape(n * m, 6),
        np.broadcast_to(flux_err, flux.shape).reshape(n * m, 6),
    )


def column_of(family, values, name):
    """One column of a family's table, by its name."""
    return values[:, [column.name for column in family.columns()].index(name)]
