"""Class-wise colours: how one curve F(t) becomes six bands.

Each parent carries a spectrum f_nu of rest wavelength and phase. Band b of a sibling
at redshift z is F(t) times

    (1 + z) f_nu(lambda_b / (1 + z)) / ((1 + z_p) f_nu(lambda_main / (1 + z_p))),

the recipe's 10^(0.4 (m_main - m_b)) with AB magnitudes of the same source at the
redshifts z of the sibling and z_p of the parent. For all kinds but active galaxies
the colour holds only in `WINDOW`; outside, all bands are equal in micro-Jansky.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.black_body.constants import SECOND_RADIATION_CONSTANT
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

WINDOW = (-50.0, 150.0)
"""Rest-frame days from the peak between which the recipe applies colours."""

MAIN_WAVELENGTH = {"g": 4722.0, "r": 6340.0}
"""Effective wavelengths in Angstrom of ZTF's g and r (SVO filter profile service)."""

REFERENCE = 5500.0
DUST_SLOPE = 1.3


class Spectrum(NamedTuple):
    """Spectrum of a parent, as a function of rest wavelength and rest-frame phase.

    A black body whose temperature cools from ``hot`` to ``cool`` in Kelvin, e-folding
    in ``cooling`` days after the peak (a constant temperature if ``hot == cool``),
    dimmed by line blanketing below ``blanket_edge`` and by dust in the host. Active
    galaxies are a power law nu^``slope`` with one offset per band instead.

    Attributes
    ----------
    hot, cool, cooling : float
        Kelvin, Kelvin, days.
    blanket_edge, blanket : float
        Angstrom; natural logarithm per 1,000 Angstrom squared below the edge, at late phases.
    dust : float
        Host E(B-V) in magnitudes.
    slope : float
        Index of the power law; NaN for a thermal spectrum.
    offset : ndarray, shape (6,)
        Natural logarithm added to each observed band.
    """

    hot: float
    cool: float
    cooling: float
    blanket_edge: float
    blanket: float
    dust: float
    slope: float
    offset: np.ndarray


class Thermal(NamedTuple):
    """Medians and scatter (natural logarithms) of a kind's thermal spectra."""

    hot: float
    hot_scatter: float
    cool: float
    cool_scatter: float
    cooling: float
    blanket_edge: float
    blanket: float
    dust: float


THERMAL = {
    "Ia": Thermal(13500.0, 0.08, 5800.0, 0.07, 17.0, 4200.0, 1.25, 0.03),
    "II": Thermal(13500.0, 0.35, 4500.0, 0.10, 18.0, 4200.0, 0.40, 0.12),
    "IIn": Thermal(10800.0, 0.22, 6200.0, 0.16, 45.0, 3400.0, 0.25, 0.05),
    "Ibc": Thermal(7200.0, 0.14, 5100.0, 0.10, 16.0, 4300.0, 0.9, 0.12),
    "SLSN-I": Thermal(13500.0, 0.12, 7500.0, 0.10, 40.0, 3600.0, 0.8, 0.03),
    "SLSN-II": Thermal(13000.0, 0.12, 7800.0, 0.12, 50.0, 3500.0, 0.9, 0.04),
}
"""Chosen so that colours near the peak match those of MALLORN's training objects."""

TDE_TEMPERATURE, TDE_SCATTER, TDE_TAIL = 11000.0, 0.19, 0.45
"""Black bodies fitted to MALLORN's TDEs: 8 to 26 kK (5 to 95 %), with a tail to hot ones."""

AGN_SLOPE, AGN_SLOPE_SCATTER = -0.65, 1.20
AGN_OFFSET = np.array([-0.26, -0.10, 0.0, 0.0, -0.01, -0.04])
AGN_OFFSET_SCATTER = np.array([0.25, 0.06, 0.03, 0.03, 0.03, 0.05])
"""Colours of MALLORN's active galaxies at common times; they hold at all phases."""


def draw_spectrum(kind: str, rng: np.random.Generator) -> Spectrum:
    """Draw the spectrum of a parent of one kind."""
    nothing = np.zeros(len(EFFECTIVE_WAVELENGTH))
    if kind == "AGN":
        slope = rng.normal(AGN_SLOPE, AGN_SLOPE_SCATTER)
        offset = AGN_OFFSET + AGN_OFFSET_SCATTER * rng.standard_normal(len(nothing))
        return Spectrum(np.nan, np.nan, np.inf, 0.0, 0.0, 0.0, float(slope), offset)
    if kind == "TDE":
        tail = rng.exponential(TDE_TAIL) if rng.uniform() < 0.25 else 0.0
        temperature = float(np.clip(TDE_TEMPERATURE * np.exp(rng.normal(-0.08, TDE_SCATTER) + tail), 6500.0, 40000.0))
        return Spectrum(temperature, temperature, np.inf, 0.0, 0.0, 0.0, np.nan, nothing)
    model = THERMAL[kind]
    cool = model.cool * np.exp(model.cool_scatter * rng.standard_normal())
    hot = max(model.hot * np.exp(model.hot_scatter * rng.standard_normal()), cool)
    cooling = model.cooling * np.exp(0.25 * rng.standard_normal())
    blanket = model.blanket * np.exp(0.4 * rng.standard_normal())
    return Spectrum(hot, cool, cooling, model.blanket_edge, blanket, rng.exponential(model.dust), np.nan, nothing)


def temperature_at(spectrum: Spectrum, phase: np.ndarray | float) -> np.ndarray:
    """Black-body temperature in Kelvin at rest-frame phases in days; hot before the peak."""
    cooled = np.exp(-np.maximum(phase, 0.0) / spectrum.cooling)
    return spectrum.cool + (spectrum.hot - spectrum.cool) * cooled


def log_spectrum(spectrum: Spectrum, wavelength: np.ndarray | float, phase: np.ndarray) -> np.ndarray:
    """Natural logarithm of f_nu, up to a constant.

    Parameters
    ----------
    spectrum : Spectrum
    wavelength : ndarray, shape (n,) or scalar
        Rest wavelengths in Angstrom.
    phase : ndarray, shape (n,)
        Rest-frame days from the peak.
    """
    if np.isfinite(spectrum.slope):
        return -spectrum.slope * np.log(wavelength / REFERENCE) + np.zeros_like(phase)
    energy = SECOND_RADIATION_CONSTANT / (wavelength * temperature_at(spectrum, phase))
    below = np.maximum(spectrum.blanket_edge - wavelength, 0.0) / 1000.0
    grown = 0.5 + 0.5 * np.clip((phase + 10.0) / 40.0, 0.0, 1.0)
    dust = 0.4 * np.log(10.0) * 3.1 * spectrum.dust * (wavelength / REFERENCE) ** -DUST_SLOPE
    blanketing = spectrum.blanket * grown * np.minimum(below, 2.0) ** 2
    return -3.0 * np.log(wavelength / REFERENCE) - np.log(np.expm1(energy)) - blanketing - dust


def colour_factor(
    spectrum: Spectrum,
    main_band: str,
    parent_redshift: float,
    redshift: float,
    phase: np.ndarray,
    band: np.ndarray,
) -> np.ndarray:
    """Factor between F(t) and the flux in each band.

    Parameters
    ----------
    spectrum : Spectrum
    main_band : str
        The parent's better-sampled ZTF band, g or r.
    parent_redshift, redshift : float
    phase : ndarray, shape (n,)
        Rest-frame days from the peak.
    band : ndarray of int, shape (n,)
        Indices into `BANDS`.

    Returns
    -------
    ndarray, shape (n,)
    """
    observed = log_spectrum(spectrum, EFFECTIVE_WAVELENGTH[band] / (1.0 + redshift), phase) + spectrum.offset[band]
    main = log_spectrum(spectrum, np.float64(MAIN_WAVELENGTH[main_band] / (1.0 + parent_redshift)), phase)
    factor = np.exp(observed - main) * (1.0 + redshift) / (1.0 + parent_redshift)
    if np.isfinite(spectrum.slope):
        return factor
    return np.where((phase >= WINDOW[0]) & (phase <= WINDOW[1]), factor, 1.0)


def log_colours_at_peak(
    spectrum: Spectrum, main_band: str, parent_redshift: float, redshift: float
) -> dict[str, float]:
    """Natural logarithm of each band's flux at the peak relative to that in r, without extinction.

    Parameters
    ----------
    spectrum, main_band, parent_redshift, redshift
        As in `colour_factor`.

    Returns
    -------
    dict of str to float
        By band, without r.
    """
    phase, band = np.zeros(len(BANDS)), np.arange(len(BANDS))
    log_factor = np.log(colour_factor(spectrum, main_band, parent_redshift, redshift, phase, band))
    relative = log_factor - log_factor[BANDS.index("r")]
    return {name: float(value) for name, value in zip(BANDS, relative, strict=True) if name != "r"}
