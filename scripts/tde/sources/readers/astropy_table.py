"""Long tables that say their units: FITS, VOTable and ECSV, read and converted by astropy.

A row per observation, with an object (or the file's name), a time (``mjd``, ``jd``, ``midpointMjdTai``), a band that
says its survey (``ztfg``), and difference flux with its error in any unit of flux density, or without unit and with a
column ``zp``; or AB magnitudes (``mag(AB)``), which are taken for sources brighter than in the reference image.
Masked cells are no value. Columns ``z``, ``ebv``, ``ra``, ``dec`` and ``label`` describe the objects.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import DETECTION, FORCED, NO_SIGN, Batch
from tde.sources.head import Head, open_bytes
from tde.sources.identifiers import name_of_file
from tde.sources.parsing.damage import attempt, attempt_quietly
from tde.sources.parsing.described import Described
from tde.sources.parsing.fits_tables import MAGIC as FITS
from tde.sources.parsing.fits_tables import first_table, open_fits
from tde.sources.parsing.pieces import Piece, make_batch, named
from tde.sources.passbands import names_anywhere, names_of
from tde.sources.readers.snana_fits import recognises as is_snana
from tde.sources.source import Source
from tde.sources.units import MJD_OF_JD_ZERO, MJD_RANGE, SNANA_ZERO_POINT, from_magnitudes, zero_point_factor

IDS = ("object_id", "objectId", "diaObjectId", "oid", "SNID", "snid", "objid", "object", "name", "id")
TIMES = ("mjd", "MJD", "midpointMjdTai", "expMidptMJD", "jd", "JD", "time", "obs_time")
FLUXES = ("psfDiffFlux", "diff_flux", "flux_diff", "difference_flux", "flux", "FLUX", "FLUXCAL")
MAGNITUDES = ("mag", "magnitude", "MAG", "magpsf")
BANDS = ("band", "filter", "passband", "BAND", "FILTER", "FLT", "filt")
ZERO_POINTS = ("zp", "zeropoint", "zero_point", "ZEROPT")
OTHERS = {"z": ("z", "redshift", "REDSHIFT"), "ebv": ("ebv", "mwebv", "MWEBV"), "label": ("label", "type")}
POSITION = (("ra", "RA"), ("dec", "DEC", "decl"))

ERROR_FORMS = ("{0}_err", "{0}err", "e_{0}", "{0}_error", "{0}Err", "{0}ERR", "err_{0}", "sigma_{0}", "d{0}")
"""How the error of a column may be called."""

LSST_NAMES = {"psfDiffFlux", "midpointMjdTai", "expMidptMJD"}
"""Columns that only Rubin's tables have: a band without a survey is LSST's."""

VOTABLE, ECSV = b"<VOTABLE", b"# %ECSV"

XML_HEAD = 2000
"""Bytes within which a VOTable says that it is one."""


def recognises(head: Head) -> bool:
    """FITS that is not SNANA's, VOTable or ECSV."""
    is_fits = head.start.startswith(FITS) and not is_snana(head)
    return is_fits or VOTABLE in head.start[:XML_HEAD] or head.start.startswith(ECSV)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All rows of some tables, each as one batch."""
    described = Described()
    for path in paths:
        table = _read(path)
        if len(table) == 0:
            raise InputError(f"{path}: the table has no rows")
        yield _batch(path, table, described)


def _read(path: Path) -> Any:
    """The table, with its masks and units."""
    from astropy.table import Table

    start = Head(path).start
    if start.startswith(FITS):
        with open_fits(path) as opened:
            return attempt_quietly(str(path), Table.read, first_table(path, opened), format="fits")
    with open_bytes(path) as file:
        content = attempt(str(path), file.read)
    if start.startswith(ECSV):
        lines = attempt(str(path), content.decode, "utf-8").splitlines()
        return attempt_quietly(str(path), Table.read, lines, format="ascii.ecsv")
    if VOTABLE not in start[:XML_HEAD]:
        raise InputError(f"{path}: neither FITS nor VOTable nor ECSV, or compressed more than once")
    return attempt_quietly(str(path), Table.read, io.BytesIO(content), format="votable")


def _batch(path: Path, table: Any, described: Described) -> Batch:
    columns = {name: attempt_quietly(f"{path}: {name}", _plain, table[name]) for name in table.colnames}
    piece = Piece(f"{path}: row", np.arange(1, len(table) + 1), columns)
    flux, flux_err, notes = _fluxes(piece, table)
    ids = piece.texts(*IDS) if piece.name_of(*IDS) else pa.array([name_of_file(path)] * len(piece), pa.string())
    _describe(described, piece, ids)
    own = names_of("lsst") if LSST_NAMES & set(columns) else {}
    return make_batch(
        piece,
        object_id=ids,
        mjd=_times(piece, table),
        band=named(piece.coded(*BANDS), names_anywhere() | own),
        flux=flux,
        flux_err=flux_err,
        kind=np.full(len(piece), DETECTION if notes else FORCED, dtype=np.int8),
        objects=described.table(),
        notes=notes,
    )


def _plain(column: Any) -> Any:
    """Values of a column with masked cells as they are; times as MJD, cells of text as a list."""
    from astropy.time import Time

    if isinstance(column, Time):
        return np.ma.filled(np.ma.asarray(column.mjd), np.nan)
    values = np.ma.asarray(getattr(column, "value", column))
    if values.dtype.kind in "SUO":
        return [None if cell is None else cell for cell in values.tolist()]
    return values


def _times(piece: Piece, table: Any) -> np.ndarray:
    """MJD; a column that does not say in its name what it is, by its size."""
    name = piece.needed(*TIMES)
    values = _in_unit(piece, name, table, "d") if _unit(table, name) else piece.numbers(name)
    julian = name.lower() == "jd"
    if name in ("time", "obs_time"):
        middle = np.nanmedian(values) if np.isfinite(values).any() else np.nan
        julian = bool(middle - MJD_OF_JD_ZERO >= MJD_RANGE[0])
        if not julian and not MJD_RANGE[0] <= middle <= MJD_RANGE[1]:
            raise InputError(f"{piece.where} 1: {name} is {values[0]}; allowed: MJD or JD in days")
    return values - MJD_OF_JD_ZERO if julian else values


def _fluxes(piece: Piece, table: Any) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Flux and error in micro-Jansky, and what was taken for granted."""
    name = piece.name_of(*FLUXES)
    if name is None:
        return _from_magnitudes(piece, table)
    error = piece.needed(*(form.format(name) for form in ERROR_FORMS))
    zero_point = piece.name_of(*ZERO_POINTS)
    if _unit(table, name) is not None:
        return _in_unit(piece, name, table, "uJy"), _in_unit(piece, error, table, "uJy", _unit(table, name)), ()
    if name != "FLUXCAL" and zero_point is None:
        raise InputError(
            f"{piece.where} 1: {name} has no unit; allowed: a unit of flux density, such as nJy, or a column"
            f" {ZERO_POINTS[0]} of AB zero points"
        )
    factor = zero_point_factor(SNANA_ZERO_POINT if name == "FLUXCAL" else piece.numbers(*ZERO_POINTS))
    return piece.measured(name) * factor, piece.measured(error) * factor, ()


def _from_magnitudes(piece: Piece, table: Any) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """From AB magnitudes, which cannot say on which side of the reference image a source is."""
    if piece.name_of(*MAGNITUDES) is None:
        piece.needed(*FLUXES, *MAGNITUDES)
    name = piece.needed(*MAGNITUDES)
    error = piece.needed(*(form.format(name) for form in ERROR_FORMS))
    unit = str(_unit(table, name)).replace(" ", "")
    if unit not in ("mag(AB)", "ABmag"):
        raise InputError(f"{piece.where} 1: {name} has the unit {unit}; allowed: mag(AB)")
    fluxes = from_magnitudes(piece.numbers(name), piece.numbers(error))
    return fluxes.flux, fluxes.flux_err, (NO_SIGN,)


def _unit(table: Any, name: str) -> Any:
    return getattr(table[name], "unit", None)


def _in_unit(piece: Piece, name: str, table: Any, wanted: str, otherwise: Any = None) -> np.ndarray:
    """A column in another unit; ``otherwise`` is its own where it says none."""
    from astropy import units

    unit = _unit(table, name) or otherwise
    try:
        factor = units.Unit(unit).to(units.Unit(wanted))
    except (units.UnitConversionError, units.UnitTypeError, ValueError, TypeError, AttributeError):
        raise InputError(f"{piece.where} 1: {name} has the unit {unit}; allowed: units like {wanted}") from None
    return piece.measured(name) * factor


def _describe(described: Described, piece: Piece, ids: pa.Array) -> None:
    """What columns beside the light curve say of each object, from its first row."""
    position = [piece.optional_numbers(*names) for names in POSITION]
    names = {key: piece.name_of(*aliases) for key, aliases in OTHERS.items()}
    if not any(names.values()):
        described.add_positions(ids, *position)
        return
    known = {key: piece.texts(name).to_pylist() for key, name in names.items() if name and key == "label"}
    known |= {key: piece.numbers(name).tolist() for key, name in names.items() if name and key != "label"}
    known |= {"ra": position[0].tolist(), "dec": position[1].tolist()}
    for k, name in enumerate(ids.to_pylist()):
        if name and described.is_new(name):
            described.add(name, {key: cells[k] for key, cells in known.items()})


FORMAT = Source(
    "astropy_table",
    "Tables with units (FITS, VOTable, ECSV)",
    recognises,
    read,
    called=("light_curves.fits",),
    fields={
        "object": IDS,
        "time": TIMES,
        "band": BANDS,
        "difference flux": FLUXES,
        "or magnitude": MAGNITUDES,
        "its error": [form.format("flux") for form in ERROR_FORMS],
        "zero point": ZERO_POINTS,
        "position": (*POSITION[0], *POSITION[1]),
        **OTHERS,
    },
)
