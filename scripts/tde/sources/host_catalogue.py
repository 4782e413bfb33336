"""Redshifts of hosts, photometric or spectroscopic, from a catalogue: the nearest galaxy at an object's position."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.parsing.any_table import column_where, whole_table
from tde.sources.parsing.text_tables import floats
from tde.sources.sentinels import is_sentinel
from tde.sources.units import refuse_where
from tde.workflow.configuration.reading_settings import Catalogue

HOST = "host_arcsec"
"""Column of the distance from the galaxy."""


class Hosts(NamedTuple):
    """By object; NaN where no galaxy is near.

    Attributes
    ----------
    z, z_err : ndarray, shape (n,)
        Redshift of the nearest galaxy that has one, and its error, NaN where the catalogue gives none.
    arcsec : ndarray, shape (n,)
        Distance from that galaxy's position in seconds of arc.
    """

    z: np.ndarray
    z_err: np.ndarray
    arcsec: np.ndarray


def catalogue_files(catalogue: Catalogue) -> list[Path]:
    """The file of a catalogue; none if none is named.

    Raises
    ------
    InputError
        If it is not there.
    """
    if not catalogue.file:
        return []
    path = Path(catalogue.file).expanduser()
    if not path.is_file():
        raise InputError(f"predict.catalogue.file: got {catalogue.file!r}; allowed: a text table or a Parquet file")
    return [path]


def hosts_at(ra: np.ndarray, dec: np.ndarray, catalogue: Catalogue) -> Hosts:
    """Look for the nearest galaxy within the radius.

    Parameters
    ----------
    ra, dec : ndarray, shape (n,)
        ICRS, in degrees.
    catalogue : Catalogue

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or has positions that are none.
    """
    unknown = np.full(len(ra), np.nan)
    found = Hosts(unknown.copy(), unknown.copy(), unknown.copy())
    galaxies = _galaxies(catalogue)
    if not len(galaxies.z) or not len(ra):
        return found
    from astropy.coordinates import SkyCoord  # half a second to import

    theirs = SkyCoord(galaxies.ra, galaxies.dec, unit="deg", frame="icrs")
    nearest, distance, _ = SkyCoord(ra, dec, unit="deg", frame="icrs").match_to_catalog_sky(theirs)
    near = distance.arcsec <= catalogue.radius
    mine = nearest[near]
    for values, ours in zip((galaxies.z[mine], galaxies.z_err[mine], distance.arcsec[near]), found, strict=True):
        ours[near] = values
    return found


class _Galaxies(NamedTuple):
    ra: np.ndarray
    dec: np.ndarray
    z: np.ndarray
    z_err: np.ndarray


def _galaxies(catalogue: Catalogue) -> _Galaxies:
    """Those that have a redshift."""
    (path,) = catalogue_files(catalogue)
    names = {key: getattr(catalogue, key) for key in _Galaxies._fields if getattr(catalogue, key)}
    try:
        rows = whole_table(path, dict.fromkeys(names.values(), pa.float64()))
    except InputError as error:
        hint = "; name the columns in predict.catalogue" if "missing column" in str(error) else ""
        raise InputError(f"{error}{hint}") from None
    nothing = np.full(rows.table.num_rows, np.nan)
    values = {key: floats(rows.table, names[key]) if key in names else nothing for key in _Galaxies._fields}
    for key, greatest in (("ra", 360.0), ("dec", 90.0)):
        wrong = ~(np.abs(values[key]) <= greatest)
        allowed = f"degrees from -{greatest:g} to {greatest:g}"
        refuse_where(wrong, values[key], column_where(path), rows.line, names[key], allowed)
    # -1 and 0 stand for an unknown redshift in catalogues of photometric ones
    known = (values["z"] > 0.0) & ~is_sentinel(values["z"])
    z_err = np.where(is_sentinel(values["z_err"]) | ~(values["z_err"] > 0.0), np.nan, values["z_err"])
    return _Galaxies(*(each[known] for each in (values["ra"], values["dec"], values["z"], z_err)))
