"""SNANA text files: ``KEY: value`` lines, then a table of observations; one object, or several one after the other.

`FLUXCAL` has the zero point 27.5. Redshift (`REDSHIFT_HELIO`, or else that of the host) and `MWEBV` are taken
from the file; -9 and the like are unknown. Single letters are bands of the `SURVEY` of the file (DES, PS1MD,
FOUNDATION, SDSS, SNLS, LSST), or LSST's where it is another. A file with fewer rows than `NOBS` is refused as
truncated.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.head import Head, open_bytes
from tde.sources.parsing.text_reader import batch, described, from_zero_points
from tde.sources.parsing.text_tables import BROKEN, Rows
from tde.sources.passbands import names_anywhere, names_of, renamed
from tde.sources.readers.snana_csv import END_OF_CURVE, REDSHIFTS
from tde.sources.sentinels import EMPTY_WORDS
from tde.sources.source import Source
from tde.sources.units import SNANA_ZERO_POINT

SURVEYS = {"DES": "des", "PS1MD": "ps1", "FOUNDATION": "ps1", "SDSS": "sdss", "SNLS": "megacam", "LSST": "lsst"}
"""Whose bands the single letters are, by the survey's name in the file; LSST's where it is another."""

ROW_WORDS = ("OBS:", "ROW:", "EPOCH:")


@dataclass
class Curve:
    """The lines of one object.

    Attributes
    ----------
    values : dict of str to str
        What follows each key, up to a comment.
    columns : tuple of str
        Names of the columns of the observations.
    rows : list of list of str
    lines : list of int
        Line of each row in the file.
    """

    values: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def recognises(head: Head) -> bool:
    """Whether keys of SNANA stand at the beginning of lines."""
    keys = {line.split(":")[0] for line in (head.text or "").splitlines() if ":" in line}
    return {"SNID", "VARLIST"} <= keys


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    for path in paths:
        for curve in _curves(path):
            yield _batch(path, curve)


def _curves(path: Path) -> Iterator[Curve]:
    curve = Curve()
    try:
        with open_bytes(path) as file:
            for number, line in enumerate(io.TextIOWrapper(file, encoding="utf-8-sig"), start=1):
                parts = line.split("#")[0].split()
                if not parts:
                    continue
                if parts[0] == "SNID:" and curve.columns:
                    yield curve
                    curve = Curve()
                if parts[0] == "VARLIST:":
                    n_columns = curve.values.get("NVAR", "")
                    curve.columns = tuple(parts[1 : int(n_columns) + 1 if n_columns.isdigit() else None])
                elif parts[0] in ROW_WORDS:
                    if len(parts) - 1 != len(curve.columns):
                        raise InputError(
                            f"{path}: line {number}: {len(parts) - 1} cells where VARLIST has {len(curve.columns)};"
                            " is the file truncated?"
                        )
                    curve.rows.append(parts[1:])
                    curve.lines.append(number)
                elif parts[0].endswith(":"):
                    curve.values.setdefault(parts[0][:-1], " ".join(parts[1:]))
    except BROKEN as error:
        raise error if isinstance(error, InputError) else InputError(f"{path}: cannot be read ({error})") from None
    if not curve.columns:
        raise InputError(f"{path}: no line VARLIST: with the columns of the observations; is the file truncated?")
    promised = curve.values.get("NOBS", "")
    if promised.isdigit() and int(promised) > len(curve.rows):
        raise InputError(f"{path}: {len(curve.rows)} observations where NOBS is {promised}; is the file truncated?")
    yield curve


def _batch(path: Path, curve: Curve) -> Batch:
    name = curve.values.get("SNID", "")
    if not name:
        raise InputError(f"{path}: SNID is empty; allowed: the name of an object")
    mjd, flux, flux_err = (_column(path, curve, column) for column in ("MJD", "FLUXCAL", "FLUXCALERR"))
    band_column = "BAND" if "BAND" in curve.columns else "FLT"
    if band_column not in curve.columns:
        raise InputError(f"{path}: missing column 'BAND' or 'FLT'; found {', '.join(curve.columns)}")
    at = curve.columns.index(band_column)
    survey = SURVEYS.get(curve.values.get("SURVEY", "").split("(")[0].strip(), "lsst")
    bands = renamed(pa.array([row[at] for row in curve.rows], pa.string()), names_anywhere() | names_of(survey))
    z, z_err = _redshift(curve.values)
    objects = described(
        [name], z=[z], z_err=[z_err], ebv=[_number(curve.values.get("MWEBV", ""))],
        ra=[_number(curve.values.get("RA", ""))],
        dec=[_number(curve.values.get("DEC", curve.values.get("DECL", "")))],
    )  # fmt: skip
    fluxes = from_zero_points(flux, flux_err, SNANA_ZERO_POINT)
    rows = Rows(np.array(curve.lines, dtype=np.int64), pa.table({"name": pa.repeat(name, len(mjd))}))
    reasons = {"end of a light curve": mjd == END_OF_CURVE}
    names = rows.table["name"].combine_chunks()
    return batch(path, rows, mjd, bands, fluxes, names=names, reasons=reasons, objects=objects)


def _column(path: Path, curve: Curve, name: str) -> np.ndarray:
    if name not in curve.columns:
        raise InputError(f"{path}: missing column {name!r}; found {', '.join(curve.columns)}")
    at = curve.columns.index(name)
    values = np.empty(len(curve.rows))
    for k, row in enumerate(curve.rows):
        try:
            values[k] = np.nan if row[at] in EMPTY_WORDS else float(row[at])
        except ValueError:
            raise InputError(f"{path}: line {curve.lines[k]}: {name} is {row[at]!r}; expected a number") from None
    return values


def _redshift(values: dict[str, str]) -> list[float]:
    """The first redshift that is known, and its error: ``0.35 +- 0.01``."""
    for key in REDSHIFTS:
        value, _, error = values.get(key, "").partition("+-")
        if _number(value) > -1.0:
            return [_number(value), _number(error)]
    return [np.nan, np.nan]


def _number(text: str) -> float:
    """The number at the beginning of a value, NaN if there is none or it is one of SNANA's for unknown."""
    try:
        value = float(text.split()[0])
    except (ValueError, IndexError):
        return np.nan
    return np.nan if value in (-9.0, -99.0, -999.0, -9999.0) else value


FORMAT = Source("snana_text", "SNANA light curves (text)", recognises, read, ("des_example.dat",))
