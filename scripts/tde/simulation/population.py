"""The population: spectroscopic types, brightnesses, redshifts, families.

The published recipe (Magill et al. 2025, arXiv:2512.04946) starts from events that
the Zwicky Transient Facility (ZTF) saw, the *parents*, and moves each to several
larger distances, the *siblings*. The parents here are drawn instead of observed.
Class-wise numbers are summaries of MALLORN's training set; `scripts/compare_simulation.py`
measures the same summaries on both data sets.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from tde.photometry import AB_ZEROPOINT_UJY

LIMIT_ZTF, LIMIT_LSST = 20.6, 24.7
"""Limiting magnitudes in r between which the recipe scales distances and fluxes."""

FLUX_RATIO = 10 ** (0.4 * (LIMIT_LSST - LIMIT_ZTF))
DISTANCE_STRETCH = (0.9, 1.2)
FAMILY_SIZE = 10
"""Largest number of siblings; MALLORN gives three of ten to the training set."""


class SpecType(NamedTuple):
    """A spectroscopic type: its name in the object list, how it behaves, its number in MALLORN's training set."""

    name: str
    kind: str
    n_mallorn: int


SPEC_TYPES = (
    SpecType("AGN", "AGN", 1786),
    SpecType("SN Ia", "Ia", 790),
    SpecType("SN II", "II", 163),
    SpecType("TDE", "TDE", 148),
    SpecType("SN IIn", "IIn", 41),
    SpecType("SN Ic", "Ibc", 21),
    SpecType("SN Ia-91T-like", "Ia", 17),
    SpecType("SLSN-I", "SLSN-I", 15),
    SpecType("SN Ic-BL", "Ibc", 12),
    SpecType("SLSN-II", "SLSN-II", 10),
    SpecType("SN Ib", "Ibc", 9),
    SpecType("SN Ia-pec", "Ia", 8),
    SpecType("SN IIb", "Ibc", 8),
    SpecType("SN IIP", "II", 6),
    SpecType("SN Iax[02cx-like]", "Ia", 5),
    SpecType("SN Ia-91bg-like", "Ia", 4),
)


class Brightness(NamedTuple):
    """Magnitudes of the parents of one kind in their main band.

    Counts rise as 10^(0.6 m), as for a homogeneous population in Euclidean space, up
    to a faint limit that is itself scattered.
    """

    faint_limit: float
    faint_limit_sd: float
    absolute: float
    absolute_sd: float


BRIGHTNESS = {
    "AGN": Brightness(20.35, 0.30, -19.95, 1.50),
    "TDE": Brightness(19.45, 0.35, -19.25, 1.45),
    "Ia": Brightness(19.10, 0.30, -19.25, 0.40),
    "II": Brightness(19.20, 0.45, -17.45, 0.85),
    "IIn": Brightness(18.95, 0.40, -19.80, 0.85),
    "Ibc": Brightness(18.85, 0.40, -18.10, 0.75),
    "SLSN-I": Brightness(18.70, 0.30, -21.20, 0.60),
    "SLSN-II": Brightness(18.30, 0.50, -20.90, 0.55),
}
"""From the peak r-band fluxes and absolute magnitudes of MALLORN's training objects."""

BRIGHTEST = 0.04
"""Share of the brightest events that are left out: the nearest ones are rarer than in Euclidean space."""

FAMILY_SHARE = {"AGN": (0.34, 0.29, 0.37), "Ia": (0.18, 0.28, 0.54)}
"""Chance that 3, 6 or 10 siblings exist, for the kinds whose families are not complete."""

FAINTER_BY = {"SN Ia-91bg-like": 1.2, "SN Iax[02cx-like]": 0.9, "SN Ia-91T-like": -0.4, "SN IIP": -1.0}
"""Absolute magnitude of a sub-type relative to its kind."""


def family_size(kind: str, rng: np.random.Generator, largest: int) -> int:
    """Number of simulated objects made from one parent.

    Parameters
    ----------
    kind : str
        As in `SPEC_TYPES`.
    rng : Generator
    largest : int
        Largest family (`largest_family`).
    """
    share = FAMILY_SHARE.get(kind)
    size = FAMILY_SIZE if share is None else int(rng.choice((3, 6, FAMILY_SIZE), p=share))
    return min(size, largest)


def largest_family(n_objects: int) -> int:
    """Largest family that leaves a small data set enough parents to be divided among folds.

    Ten, as in MALLORN, from 2,400 objects up; proportionally fewer below.
    """
    return int(np.clip(n_objects // 240, 1, FAMILY_SIZE))


def next_type(made: np.ndarray, start: np.ndarray) -> int:
    """Spectroscopic type of the next parent: the one most behind its share of the objects.

    So a data set of any size holds the types in MALLORN's proportions to within one
    family each, however many parents turn out too faint to be detected.

    Parameters
    ----------
    made : ndarray of int, shape (n_types,)
        Objects made so far of each type.
    start : ndarray, shape (n_types,)
        Random head start of each type, in objects.

    Returns
    -------
    int
        Index into `SPEC_TYPES`.
    """
    count = np.array([spec.n_mallorn for spec in SPEC_TYPES])
    return int(np.argmax(count / count.sum() * (made.sum() + 1) - made + start))


@lru_cache(maxsize=1)
def _distance_table() -> tuple[np.ndarray, np.ndarray]:
    """Redshifts and luminosity distances in Mpc (WMAP9), for interpolation in logarithms."""
    from astropy.cosmology import WMAP9

    redshift = np.geomspace(1e-4, 20.0, 2000)
    return np.log(redshift), np.log(WMAP9.luminosity_distance(redshift).value)


def luminosity_distance(redshift: float) -> float:
    """Luminosity distance in Mpc in the WMAP9 cosmology (Hinshaw et al. 2013)."""
    log_redshift, log_distance = _distance_table()
    return float(np.exp(np.interp(np.log(redshift), log_redshift, log_distance)))


def redshift_at(distance: float) -> float:
    """Redshift of a luminosity distance in Mpc; inverse of `luminosity_distance`."""
    log_redshift, log_distance = _distance_table()
    return float(np.exp(np.interp(np.log(distance), log_distance, log_redshift)))


class Peak(NamedTuple):
    """How bright and how far a parent is.

    Attributes
    ----------
    flux : float
        Peak flux in the main band after scaling from ZTF's to Rubin's limit, micro-Jansky.
    redshift : float
    """

    flux: float
    redshift: float


def draw_peak(spec: SpecType, rng: np.random.Generator) -> Peak:
    """Draw a parent's peak flux and redshift."""
    bright = BRIGHTNESS[spec.kind]
    faint_limit = rng.normal(bright.faint_limit, bright.faint_limit_sd)
    magnitude = faint_limit + np.log10(rng.uniform(BRIGHTEST, 1.0)) / 0.6
    absolute = bright.absolute + FAINTER_BY.get(spec.name, 0.0) + bright.absolute_sd * rng.standard_normal()
    redshift = redshift_at(10 ** (0.2 * (magnitude - absolute) - 5.0))
    return Peak(float(10 ** (0.4 * (AB_ZEROPOINT_UJY - magnitude)) / FLUX_RATIO), min(redshift, 1.0))


def draw_sibling_redshift(parent_redshift: float, rng: np.random.Generator) -> float:
    """Redshift of a sibling: the parent's distance times the root of the flux ratio times U(0.9, 1.2)."""
    distance = luminosity_distance(parent_redshift) * np.sqrt(FLUX_RATIO)
    return redshift_at(distance * rng.uniform(*DISTANCE_STRETCH))
