"""Bands of other surveys: their effective wavelengths, and the LSST band that each is treated as.

The features assume the six LSST wavelengths. A band of another survey is treated as the
nearest LSST band; nothing corrects for the difference. For a source whose flux varies
as frequency^a the flux is then off by a factor (wavelength / LSST wavelength)^a: 3 % in
ZTF's r and 5 % in its i for a = 1. Extinction is removed at the band's own wavelength.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tde.errors import InputError
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, R_V


class Survey(NamedTuple):
    """One survey's bands.

    Attributes
    ----------
    wavelengths : dict of str to float
        Effective wavelength of each band in Angstrom.
    prefixes : tuple of str
        What may precede a band's letter, as in ``ztfg`` or ``ps1::r``.
    numbers : tuple of (str, str)
        Numbers that stand for bands, with the bands.
    """

    wavelengths: dict[str, float]
    prefixes: tuple[str, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()


SURVEYS = {
    "lsst": Survey(dict(zip(BANDS, EFFECTIVE_WAVELENGTH.tolist(), strict=True)), ("lsst", "rubin")),
    "ztf": Survey({"g": 4722.7, "r": 6339.6, "i": 7886.1}, ("ztf", "z"), (("1", "g"), ("2", "r"), ("3", "i"))),
    "ps1": Survey({"g": 4810.0, "r": 6170.0, "i": 7520.0, "z": 8660.0, "y": 9620.0}, ("ps1::", "ps1")),
    "sdss": Survey({"u": 3543.0, "g": 4770.0, "r": 6231.0, "i": 7625.0, "z": 9134.0}, ("sdss",)),
}
"""Wavelengths: LSST as in `tde.photometry`, ZTF from Bellm et al. 2019 (PASP 131, 018002), Pan-STARRS 1 from Tonry et
al. 2012 (ApJ 750, 99), SDSS from Fukugita et al. 1996 (AJ 111, 1748). Numbers: ZTF's ``fid``."""

LARGEST_SHIFT = 0.10
"""A band further than this from every LSST band, as a share of the wavelength, cannot be used."""

SAME_BAND = 0.005
"""A band nearer than this to the LSST band is taken as that band itself."""


@dataclass(frozen=True)
class BandMap:
    """What the names of bands in a file mean.

    Attributes
    ----------
    names : tuple of str
        As in the file.
    code : ndarray of int8, shape (n,)
        The LSST band (index into `BANDS`) that each is treated as.
    wavelength : ndarray, shape (n,)
        Effective wavelength in Angstrom.
    """

    names: tuple[str, ...]
    code: np.ndarray
    wavelength: np.ndarray

    @property
    def foreign(self) -> np.ndarray:
        """Bands whose wavelength differs from that of the LSST band they are treated as."""
        return np.abs(self.wavelength / EFFECTIVE_WAVELENGTH[self.code] - 1.0) > SAME_BAND

    def extinction_per_ebv(self) -> np.ndarray:
        """A / E(B-V) of each band in magnitudes at its own wavelength (Fitzpatrick 1999), shape (n,)."""
        from extinction import fitzpatrick99

        return fitzpatrick99(self.wavelength, R_V, R_V)

    def describe(self) -> list[dict[str, object]]:
        """One dictionary per name: wavelength, LSST band, and shift of the wavelength."""
        return [
            {
                "band": name,
                "wavelength": float(self.wavelength[k]),
                "used_as": BANDS[self.code[k]],
                "shift": float(self.wavelength[k] / EFFECTIVE_WAVELENGTH[self.code[k]] - 1.0),
            }
            for k, name in enumerate(self.names)
        ]


def band_map(survey: str, own: Mapping[str, str | float] | None = None) -> BandMap:
    """The bands of a survey, under all names they go by.

    Parameters
    ----------
    survey : str
        Key of `SURVEYS`.
    own : mapping, optional
        Further names: a band of the survey, or an effective wavelength in Angstrom.

    Raises
    ------
    InputError
        For an unknown survey or band, or a wavelength with no LSST band near it.
    """
    if survey not in SURVEYS:
        raise InputError(f"predict.survey: got {survey!r}; allowed: {', '.join(SURVEYS)}")
    known, prefixes, numbers = SURVEYS[survey]
    wavelengths = dict(known)
    for prefix in prefixes:
        wavelengths |= {f"{prefix}{band}": known[band] for band in known if f"{prefix}{band}" not in known}
    wavelengths |= {number: known[band] for number, band in numbers}
    for name, value in (own or {}).items():
        if isinstance(value, str) and value not in known:
            raise InputError(
                f"predict.bands.{name}: got {value!r}; allowed: a wavelength in Angstrom or one of {', '.join(known)}"
            )
        wavelengths[str(name)] = known[value] if isinstance(value, str) else float(value)
    names = tuple(wavelengths)
    wavelength = np.array([wavelengths[name] for name in names])
    code = np.abs(np.log(wavelength[:, None] / EFFECTIVE_WAVELENGTH)).argmin(axis=1).astype(np.int8)
    for name, length, nearest in zip(names, wavelength, code, strict=True):
        if abs(length / EFFECTIVE_WAVELENGTH[nearest] - 1.0) > LARGEST_SHIFT:
            allowed = ", ".join(f"{band} {at:.0f}" for band, at in SURVEYS["lsst"].wavelengths.items())
            raise InputError(
                f"predict.bands.{name}: got {length:g} Angstrom; allowed: at most {LARGEST_SHIFT:.0%} from an LSST"
                f" band ({allowed})"
            )
    return BandMap(names, code, wavelength)
