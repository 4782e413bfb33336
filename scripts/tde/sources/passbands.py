"""Bands of all surveys: names, effective wavelengths, and the LSST band that each is treated as.

The features assume the six LSST wavelengths. A band of another survey is treated as the
nearest LSST band; nothing corrects for the difference. For a source whose flux varies
as frequency^a the flux is then off by a factor (wavelength / LSST wavelength)^a: 3 % in
ZTF's r and 13 % in ATLAS's c for a = 1. Extinction is removed at the band's own wavelength.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, R_V


class Survey(NamedTuple):
    """One survey's bands.

    Attributes
    ----------
    wavelengths : dict of str to float
        Effective wavelength of each band in Angstrom.
    prefixes : tuple of str
        What may precede a band's letter, as in ``ztfg`` or ``ps1::r``.
    others : dict of str to str
        Numbers and further names that stand for bands, with the bands.
    """

    wavelengths: dict[str, float]
    prefixes: tuple[str, ...] = ()
    others: Mapping[str, str] = {}


SURVEYS = {
    "lsst": Survey(
        dict(zip(BANDS, EFFECTIVE_WAVELENGTH.tolist(), strict=True)),
        ("lsst", "lsst-", "LSST-", "rubin"),
        {"Y": "y"},
    ),
    "ztf": Survey(
        {"g": 4722.7, "r": 6339.6, "i": 7886.1}, ("ztf", "ZTF_", "ztf_", "z"), {"1": "g", "2": "r", "3": "i"}
    ),
    "ps1": Survey(
        {"g": 4810.0, "r": 6170.0, "i": 7520.0, "z": 8660.0, "y": 9620.0}, ("ps1::", "ps1", "PS1-", "PS1_")
    ),
    "sdss": Survey({"u": 3543.0, "g": 4770.0, "r": 6231.0, "i": 7625.0, "z": 9134.0}, ("sdss", "sdss::", "SDSS_")),
    "des": Survey(
        {"g": 4730.0, "r": 6420.0, "i": 7840.0, "z": 9260.0, "y": 10090.0}, ("des", "DES-", "decam::"), {"Y": "y"}
    ),
    "atlas": Survey({"c": 5330.0, "o": 6790.0}, ("atlas", "atlas::", "ATLAS_")),
    "megacam": Survey(
        {"u": 3743.0, "g": 4872.0, "r": 6282.0, "i": 7776.0, "z": 8780.0}, ("Megacam_", "megacam", "megacampsf::")
    ),
    "gaia": Survey(
        {"G": 6217.6, "BP": 5109.7, "RP": 7769.0}, ("gaia::", "gaia"), {"g": "G", "gbp": "BP", "grp": "RP"}
    ),
    "uvot": Survey(
        {"uvw2": 1928.0, "uvm2": 2246.0, "uvw1": 2600.0, "u": 3465.0, "b": 4392.0, "v": 5468.0},
        ("uvot::", "uvot", "swift"),
        {"UVW2": "uvw2", "UVM2": "uvm2", "UVW1": "uvw1", "U": "u", "B": "b", "V": "v"},
    ),
    "bessell": Survey(
        {"U": 3605.0, "B": 4361.0, "V": 5448.0, "R": 6407.0, "I": 7980.0},
        ("bessell", "bessell::", "Bessell_"),
        {"ux": "U", "u": "U", "b": "B", "v": "V", "r": "R", "i": "I"},
    ),
    "wise": Survey({"w1": 33526.0, "w2": 46028.0}, ("wise", "wise::"), {"W1": "w1", "W2": "w2"}),
}  # fmt: skip
"""Wavelengths: LSST as in `tde.photometry`; ZTF from Bellm et al. 2019 (PASP 131, 018002); Pan-STARRS 1 from Tonry et
al. 2012 (ApJ 750, 99); SDSS from Fukugita et al. 1996 (AJ 111, 1748); DES from Abbott et al. 2018 (ApJS 239, 18);
ATLAS from Tonry et al. 2018 (PASP 130, 064505); MegaCam as CFHT describes it; Gaia from Riello et al. 2021 (A&A 649,
A3); Swift/UVOT from Poole et al. 2008 (MNRAS 383, 627); Bessell 1990 (PASP 102, 1181); WISE from Jarrett et al. 2011
(ApJ 735, 112). Numbers: ZTF's ``fid``."""

LARGEST_SHIFT = 0.15
"""A band further than this from every LSST band, as a share of the wavelength, cannot be used."""

DISTANT_SHIFT = 0.10
"""Beyond this the LSST band is so poor a stand-in that P(TDE) is not what cross-validation says."""

SAME_BAND = 0.005
"""A band nearer than this to the LSST band is taken as that band itself."""

OWN = "own"
"""Survey of the bands that the user gives a wavelength for: ``own:c``."""


@dataclass(frozen=True)
class Passbands:
    """Bands and what they are treated as.

    Attributes
    ----------
    keys : tuple of str
        Survey and band, as ``ztf:g``.
    wavelength : ndarray, shape (n,)
        Effective wavelength in Angstrom.
    code : ndarray of int8, shape (n,)
        The LSST band (index into `BANDS`) that each is treated as.
    shift : ndarray, shape (n,)
        Wavelength over that of the LSST band, minus 1.
    """

    keys: tuple[str, ...]
    wavelength: np.ndarray
    code: np.ndarray
    shift: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        """Bands that an LSST band can stand for."""
        return np.abs(self.shift) <= LARGEST_SHIFT

    @property
    def foreign(self) -> np.ndarray:
        """Bands whose wavelength differs from that of the LSST band they are treated as."""
        return np.abs(self.shift) > SAME_BAND

    @property
    def distant(self) -> np.ndarray:
        """Bands that are between LSST bands rather than near one."""
        return np.abs(self.shift) > DISTANT_SHIFT

    def extinction_per_ebv(self) -> np.ndarray:
        """A / E(B-V) of each band in magnitudes at its own wavelength (Fitzpatrick 1999), shape (n,)."""
        from extinction import fitzpatrick99

        return fitzpatrick99(self.wavelength, R_V, R_V)

    def describe(self, used: Iterable[int]) -> list[dict[str, object]]:
        """One dictionary per band: wavelength, LSST band if one stands for it, and shift of the wavelength."""
        return [
            {
                "band": self.keys[k],
                "wavelength": float(self.wavelength[k]),
                "used_as": BANDS[self.code[k]] if self.usable[k] else None,
                "shift": float(self.shift[k]),
            }
            for k in used
        ]


def passbands(own: Mapping[str, float] | None = None) -> Passbands:
    """All bands that are known.

    Parameters
    ----------
    own : mapping, optional
        Further bands (``own:c``) with their effective wavelengths in Angstrom.
    """
    known = {f"{survey}:{band}": at for survey, row in SURVEYS.items() for band, at in row.wavelengths.items()}
    known |= own or {}
    wavelength = np.array(list(known.values()))
    code = np.abs(np.log(wavelength[:, None] / EFFECTIVE_WAVELENGTH)).argmin(axis=1).astype(np.int8)
    return Passbands(tuple(known), wavelength, code, wavelength / EFFECTIVE_WAVELENGTH[code] - 1.0)


def names_of(survey: str) -> dict[str, str]:
    """The bands of a survey under all names they go by: name to key (``ztf:g``)."""
    known, prefixes, others = SURVEYS[survey]
    names = {band: band for band in known} | dict(others)
    for prefix in prefixes:
        names |= {f"{prefix}{name}": band for name, band in names.items() if f"{prefix}{name}" not in names}
    return {name: f"{survey}:{band}" for name, band in names.items()}


def names_anywhere() -> dict[str, str]:
    """Names that say their survey themselves (``ztfg``, ``atlaso``, ``uvot::uvw2``): name to key."""
    return {
        name: key
        for survey, row in SURVEYS.items()
        for name, key in names_of(survey).items()
        if any(name.startswith(prefix) and len(prefix) > 1 for prefix in row.prefixes)
    }


def renamed(bands: pa.Array, known: dict[str, str]) -> pa.Array:
    """Bands under their keys, as ``ztf:g``; a name that is not known stays as it is.

    Parameters
    ----------
    bands : pyarrow.Array of str
    known : dict of str to str
        Name to key.
    """
    coded = pc.dictionary_encode(bands)
    keys = [name if name is None else known.get(name.strip(), name) for name in coded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(keys, pa.string())).cast(pa.string())
