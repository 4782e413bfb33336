"""Milky Way reddening at a position, from the dust maps of Schlegel, Finkbeiner & Davis (1998, ApJ 500, 525).

One image for each galactic hemisphere, in an equal-area projection that its header describes; astropy's WCS turns
positions into pixels, and SciPy interpolates linearly between their centres.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tde.errors import InputError
from tde.sources.parsing.damage import attempt_quietly

NORTH, SOUTH = "SFD_dust_4096_ngp.fits", "SFD_dust_4096_sgp.fits"
"""Names of the two maps."""

RECALIBRATION = 0.86
"""The maps' E(B-V) times this is the E(B-V) that goes with the law of Fitzpatrick (1999) for R_V = 3.1, by which
extinction is undone (Schlafly & Finkbeiner 2011, ApJ 737, 103)."""

PROJECTION = ("GLON-ZEA", "GLAT-ZEA")
"""Axes of the maps."""


class Hemisphere(NamedTuple):
    """One map: E(B-V) as it stands in the file, shape (n_y, n_x), and what turns positions into pixels."""

    pixels: np.ndarray
    wcs: Any


def map_files(folder: str) -> list[Path]:
    """The two maps in a folder, north first; none if no folder is given.

    Raises
    ------
    InputError
        If one of them is not there.
    """
    if not folder:
        return []
    files = [Path(folder).expanduser() / name for name in (NORTH, SOUTH)]
    for file in files:
        if not file.is_file():
            raise InputError(f"predict.dust_map: got {folder!r}; allowed: a folder with {NORTH} and {SOUTH}")
    return files


def ebv_at(ra: np.ndarray, dec: np.ndarray, folder: str) -> np.ndarray:
    """E(B-V) of the Milky Way, recalibrated.

    Parameters
    ----------
    ra, dec : ndarray, shape (n,)
        ICRS, in degrees.
    folder : str
        Where the maps are.

    Returns
    -------
    ndarray, shape (n,)
        In magnitudes; NaN where the map has no value.
    """
    from astropy.coordinates import SkyCoord  # half a second to import

    place = SkyCoord(ra, dec, unit="deg", frame="icrs").galactic
    longitude, latitude = place.l.deg, place.b.deg
    found = np.full(len(ra), np.nan)
    north, south = map_files(folder)
    for path, mine in ((north, latitude >= 0), (south, latitude < 0)):
        if mine.any():
            found[mine] = _interpolated(_read(path), longitude[mine], latitude[mine])
    return RECALIBRATION * found


def _read(path: Path) -> Hemisphere:
    from astropy.io import fits
    from astropy.wcs import WCS

    pixels, header = attempt_quietly(str(path), fits.getdata, path, header=True)
    wcs = attempt_quietly(str(path), WCS, header)
    if np.ndim(pixels) != 2 or tuple(wcs.wcs.ctype) != PROJECTION:
        raise InputError(f"{path}: an image with axes {', '.join(wcs.wcs.ctype)}; allowed: {', '.join(PROJECTION)}")
    return Hemisphere(np.asarray(pixels, dtype=np.float32), wcs)


def _interpolated(hemisphere: Hemisphere, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    from scipy.ndimage import map_coordinates

    x, y = hemisphere.wcs.wcs_world2pix(longitude, latitude, 0)
    return map_coordinates(hemisphere.pixels, [y, x], order=1, mode="nearest", output=np.float64)
