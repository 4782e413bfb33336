"""Light curves of black bodies of known temperature, as surveys with filters of their own see them."""

import numpy as np

from tde.filters import FILTERS
from tde.lightcurves import from_rows
from tde.photometry import EFFECTIVE_WAVELENGTH

SECOND_RADIATION_CONSTANT = 1.438776877e8
"""Of Planck's law, in Angstrom Kelvin."""

ZTF = ("ztf:g", "ztf:r", "ztf:i")
ATLAS = ("atlas:c", "atlas:o")


def planck(wavelength, kelvin):
    """B_nu over that at LSST's r, at rest wavelengths in Angstrom; ``wavelength`` is one of r's last."""
    value = wavelength**-3.0 / np.expm1(SECOND_RADIATION_CONSTANT / (wavelength * kelvin))
    return value[:-1] / value[-1]


def black_bodies(keys, kelvin, z=0.1, n_objects=6, n_points=120, error=0.02, seed=0):
    """Objects of one temperature and the shape of a fast rise and slow fall, seen through some filters.

    Peaks are 100 uJy in LSST's r; errors are a share of that, fluxes have noise of their size.
    """
    rng = np.random.default_rng(seed)
    codes = np.array([FILTERS.keys.index(key) for key in keys], dtype=np.int8)
    n = n_objects * n_points
    mjd = 60000.0 + rng.uniform(0.0, 200.0, n)
    code = codes[rng.integers(0, len(codes), n)]
    since = mjd - 60060.0
    shape = 1.0 / (np.exp(since / 50.0) + np.exp(-since / 8.0)) / 0.62
    wavelength = np.append(FILTERS.wavelength[code], EFFECTIVE_WAVELENGTH[2]) / (1.0 + z)
    flux = 100.0 * shape * planck(wavelength, kelvin) + 100.0 * error * rng.normal(size=n)
    names = np.array([f"{kelvin:.0f} K, {k}" for k in range(n_objects)], dtype=object)
    owner = np.repeat(np.arange(n_objects), n_points)
    return from_rows(names, np.full(n_objects, z), np.zeros(n_objects), owner, mjd, code, flux,
                     np.full(n, 100.0 * error))  # fmt: skip


def stood_in_for(lightcurves):
    """The same fluxes, taken for those of the nearest LSST bands."""
    owner = lightcurves.owner
    return from_rows(lightcurves.object_id, lightcurves.z, lightcurves.ebv, owner, lightcurves.mjd, lightcurves.band,
                     lightcurves.flux, lightcurves.flux_err, lightcurves.distance_modulus)  # fmt: skip
