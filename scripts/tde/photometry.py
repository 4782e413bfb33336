"""Bands, Milky Way extinction, magnitudes and distances."""

from __future__ import annotations

import numpy as np

from tde.filters import FILTERS, LSST_BANDS

BANDS = LSST_BANDS
"""The six LSST bands in order of wavelength; a band's code is its index here."""

EFFECTIVE_WAVELENGTH = FILTERS.wavelength[: len(BANDS)].copy()
"""Effective wavelengths of `BANDS` in Angstrom."""

R_V = 3.1
"""Ratio of total to selective extinction of the diffuse Milky Way."""

AB_ZEROPOINT_UJY = 23.9
"""AB magnitude of one micro-Jansky (Oke & Gunn 1983, ApJ 266, 713)."""


Z_FLOOR = 1e-3
"""Photometric redshifts scatter below zero; smaller ones are set to this floor."""


def extinction_per_ebv(wavelength: np.ndarray = EFFECTIVE_WAVELENGTH) -> np.ndarray:
    """Extinction at some wavelengths for E(B-V) = 1.

    Parameters
    ----------
    wavelength : ndarray, shape (n,)
        In Angstrom; by default those of the six LSST bands.

    Returns
    -------
    ndarray, shape (n,)
        A / E(B-V) in magnitudes, for the Fitzpatrick (1999, PASP 111, 63) law with R_V = 3.1.
    """
    from extinction import fitzpatrick99

    return fitzpatrick99(wavelength, R_V, R_V)


def dereddening_factor(band: np.ndarray, ebv: np.ndarray) -> np.ndarray:
    """Factor that undoes Milky Way extinction: intrinsic flux / observed flux.

    Parameters
    ----------
    band : ndarray of int, shape (n,)
        Band codes, indices into `BANDS`.
    ebv : ndarray of float, shape (n,) or scalar
        Colour excess E(B-V) in magnitudes.

    Returns
    -------
    ndarray, shape (n,)
        10^(0.4 A_b E(B-V)); multiply both flux and flux_err by it.
    """
    return 10.0 ** (0.4 * extinction_per_ebv()[band] * ebv)


def ab_magnitude(flux: np.ndarray) -> np.ndarray:
    """AB magnitude of a flux in micro-Jansky; NaN where the flux is not positive."""
    flux = np.asarray(flux, dtype=np.float64)
    positive = flux > 0
    return np.where(positive, AB_ZEROPOINT_UJY - 2.5 * np.log10(np.where(positive, flux, 1.0)), np.nan)


def ab_flux(magnitude: np.ndarray) -> np.ndarray:
    """Flux in micro-Jansky of an AB magnitude."""
    return 10.0 ** (0.4 * (AB_ZEROPOINT_UJY - np.asarray(magnitude, dtype=np.float64)))


def distance_modulus(z: np.ndarray) -> np.ndarray:
    """Distance modulus in the cosmology of the Planck 2018 results.

    Parameters
    ----------
    z : ndarray, shape (n,)
        Redshift.

    Returns
    -------
    ndarray, shape (n,)
        In magnitudes (Planck Collaboration 2020, A&A 641, A6; astropy's ``Planck18``); NaN
        where the redshift is not positive or not known.
    """
    from astropy.cosmology import Planck18  # one second to import

    z = np.asarray(z, dtype=np.float64)
    known = z > 0.0
    modulus = np.full(z.shape, np.nan)
    if known.any():
        modulus[known] = Planck18.distmod(z[known]).value
    return modulus
