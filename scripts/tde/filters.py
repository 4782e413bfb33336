"""The filters of all surveys: names and effective wavelengths, and the LSST band that each is nearest to.

A filter is a number, its effective wavelength, to all fits that take the bands of an object together: two surveys'
observations of one object are fitted as they are. What is measured band by band takes a filter as the nearest LSST
band, and nothing corrects for the difference. For a source whose flux varies as frequency^a the flux is then off by a
factor (wavelength / LSST wavelength)^a: 3 % in ZTF's r and 10 % in ATLAS's c for a = 1.

Wide filters have the wavelength of a hot source, as TDEs are: where f_nu that goes as nu^2 is the mean of the photons
that are counted. In ATLAS's filters that is 2 to 3 % blueward of the pivot wavelength.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np


class Survey(NamedTuple):
    """One survey's filters.

    Attributes
    ----------
    wavelengths : dict of str to float
        Effective wavelength of each filter in Angstrom.
    source : str
        Where they are from.
    prefixes : tuple of str
        What may precede a filter's letter, as in ``ztfg`` or ``ps1::r``.
    others : dict of str to str
        Numbers and further names that stand for filters, with the filters.
    """

    wavelengths: dict[str, float]
    source: str
    prefixes: tuple[str, ...] = ()
    others: Mapping[str, str] = {}


SURVEYS = {
    "lsst": Survey(
        {"u": 3641.0, "g": 4704.0, "r": 6155.0, "i": 7504.0, "z": 8695.0, "y": 10056.0},
        "as the MALLORN simulation uses them",
        ("lsst", "lsst-", "LSST-", "rubin"),
        {"Y": "y"},
    ),
    "ztf": Survey(
        {"g": 4722.7, "r": 6339.6, "i": 7886.1},
        "Bellm et al. 2019, PASP 131, 018002",
        ("ztf", "ZTF_", "ztf_", "z"),
        {"1": "g", "2": "r", "3": "i"},
    ),
    "ps1": Survey(
        {"g": 4810.0, "r": 6170.0, "i": 7520.0, "z": 8660.0, "y": 9620.0},
        "Tonry et al. 2012, ApJ 750, 99",
        ("ps1::", "ps1", "PS1-", "PS1_"),
    ),
    "sdss": Survey(
        {"u": 3543.0, "g": 4770.0, "r": 6231.0, "i": 7625.0, "z": 9134.0},
        "Fukugita et al. 1996, AJ 111, 1748",
        ("sdss", "sdss::", "SDSS_"),
    ),
    "des": Survey(
        {"g": 4730.0, "r": 6420.0, "i": 7840.0, "z": 9260.0, "y": 10090.0},
        "Abbott et al. 2018, ApJS 239, 18",
        ("des", "DES-", "decam::"),
        {"Y": "y"},
    ),
    "atlas": Survey(
        {"c": 5168.5, "o": 6635.5},
        "passbands of Tonry et al. 2018, PASP 130, 064505, for a hot source",
        ("atlas", "atlas::", "ATLAS_"),
    ),
    "megacam": Survey(
        {"u": 3743.0, "g": 4872.0, "r": 6282.0, "i": 7776.0, "z": 8780.0},
        "as CFHT describes the camera",
        ("Megacam_", "megacam", "megacampsf::"),
    ),
    "gaia": Survey(
        {"G": 5577.0, "BP": 4721.4, "RP": 7519.3},
        "passbands of Evans et al. 2018, A&A 616, A4, for a hot source",
        ("gaia::", "gaia"),
        {"g": "G", "gbp": "BP", "grp": "RP"},
    ),
    "uvot": Survey(
        {"uvw2": 1928.0, "uvm2": 2246.0, "uvw1": 2600.0, "u": 3465.0, "b": 4392.0, "v": 5468.0},
        "Poole et al. 2008, MNRAS 383, 627",
        ("uvot::", "uvot", "swift"),
        {"UVW2": "uvw2", "UVM2": "uvm2", "UVW1": "uvw1", "U": "u", "B": "b", "V": "v"},
    ),
    "bessell": Survey(
        {"U": 3605.0, "B": 4361.0, "V": 5448.0, "R": 6407.0, "I": 7980.0},
        "Bessell 1990, PASP 102, 1181",
        ("bessell", "bessell::", "Bessell_"),
        {"ux": "U", "u": "U", "b": "B", "v": "V", "r": "R", "i": "I"},
    ),
    "wise": Survey(
        {"w1": 33526.0, "w2": 46028.0},
        "Jarrett et al. 2011, ApJ 735, 112",
        ("wise", "wise::"),
        {"W1": "w1", "W2": "w2"},
    ),
}
"""The one list of filters."""

LSST_BANDS = "".join(SURVEYS["lsst"].wavelengths)
"""The six LSST bands in order of wavelength; the first codes of every table of filters."""

RANGE = (3200.0, 10500.0)
"""Angstrom: filters from the near ultraviolet to y are used. Beyond, no LSST band says what a source does."""

DISTANT_SHIFT = 0.075
"""A filter that is further than this from every LSST band lies between bands rather than near one."""

SAME_BAND = 0.005
"""A filter nearer than this to an LSST band is as good as that band itself."""

MOST_FILTERS = 127
"""A filter's code is one byte."""


@dataclass(frozen=True, eq=False)
class Filters:
    """A table of filters; a filter's code is its index here, and the first six are LSST's bands.

    Attributes
    ----------
    keys : tuple of str
        Survey and filter, as ``ztf:g``.
    wavelength : ndarray, shape (n,)
        Effective wavelength in Angstrom.
    """

    keys: tuple[str, ...]
    wavelength: np.ndarray

    @cached_property
    def nearest(self) -> np.ndarray:
        """The LSST band nearest to each filter, shape (n,), int8."""
        lsst = self.wavelength[: len(LSST_BANDS)]
        return np.abs(np.log(self.wavelength[:, None] / lsst)).argmin(axis=1).astype(np.int8)

    @cached_property
    def shift(self) -> np.ndarray:
        """Wavelength over that of the nearest LSST band, minus 1, shape (n,)."""
        return self.wavelength / self.wavelength[self.nearest] - 1.0

    @property
    def usable(self) -> np.ndarray:
        """Filters within `RANGE`."""
        return (self.wavelength >= RANGE[0]) & (self.wavelength <= RANGE[1])

    @property
    def foreign(self) -> np.ndarray:
        """Filters whose wavelength differs from that of the nearest LSST band."""
        return np.abs(self.shift) > SAME_BAND

    @property
    def distant(self) -> np.ndarray:
        """Filters that are between LSST bands rather than near one."""
        return np.abs(self.shift) > DISTANT_SHIFT

    @property
    def names(self) -> list[str]:
        """Names in files of light curves: ``u`` to ``y`` for LSST's, the keys of others."""
        return [*LSST_BANDS, *self.keys[len(LSST_BANDS) :]]

    def describe(self, used: Iterable[int]) -> list[dict[str, object]]:
        """One dictionary per filter: wavelength, nearest LSST band if it is used, and shift from that one."""
        return [
            {
                "band": self.keys[k],
                "wavelength": float(self.wavelength[k]),
                "nearest": LSST_BANDS[self.nearest[k]] if self.usable[k] else None,
                "shift": float(self.shift[k]),
            }
            for k in used
        ]


def filters_with(own: Mapping[str, float]) -> Filters:
    """All filters that are known, and one's own.

    Parameters
    ----------
    own : mapping
        Further filters (``own:c``) with their effective wavelengths in Angstrom.
    """
    rows = {"lsst": SURVEYS["lsst"]} | SURVEYS  # LSST comes first
    known = {f"{survey}:{name}": at for survey, row in rows.items() for name, at in row.wavelengths.items()} | dict(own)
    if len(known) > MOST_FILTERS:
        raise ValueError(f"{len(known)} filters; at most {MOST_FILTERS}")
    return Filters(tuple(known), np.array(list(known.values())))


FILTERS = filters_with({})
"""All filters that are known."""
