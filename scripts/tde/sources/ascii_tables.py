"""Text tables of fitting programmes: sncosmo, lightcurve_fitting and piscola; one object a file.

Fluxes have their zero point in each row, and the redshift is taken from the file where it is there. Magnitudes
are those of the source alone; Vega's (U, B, V, R, I of lightcurve_fitting, or what `zpsys` or `mag_sys` says)
are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.ingest.csv_files import quoted
from tde.sources.batch import Batch
from tde.sources.head import Head, open_bytes
from tde.sources.identifiers import name_of_file
from tde.sources.passbands import SURVEYS, names_anywhere, names_of, renamed
from tde.sources.sentinels import EMPTY_WORDS
from tde.sources.source import Source
from tde.sources.text_reader import batch, blocks, described, from_zero_points, is_word, numbers, text_columns, words
from tde.sources.text_tables import BROKEN, Rows, cells, check_columns, stream_text, text_form
from tde.sources.units import Fluxes, from_magnitudes

SNCOSMO = {"flux", "fluxerr", "zp", "zpsys", "band"}
FITTING = {"MJD", "mag", "dmag", "filter", "nondet"}
PISCOLA = ("time", "flux", "flux_err", "zp", "band", "mag_sys")
VEGA_BANDS = frozenset(SURVEYS["bessell"].wavelengths)
NON_DETECTION_SIGMA = 3.0
"""Non-detections of lightcurve_fitting are limits of three standard deviations."""


def recognises_sncosmo(head: Head) -> bool:
    """Whether the columns are those of sncosmo."""
    columns = text_columns(head)
    return columns >= SNCOSMO and bool(columns & {"time", "mjd", "date"})


def read_sncosmo(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_anywhere()
    for path in paths:
        form = text_form(Head(path))
        known = dict(line[1:].split()[:2] for line in (form.comments if form else ()) if len(line.split()) == 2)
        objects = _described(path, known.get("z", ""), known.get("mwebv", ""))
        for rows in blocks(path, ("band", "zpsys"), ("time", "mjd", "date", "flux", "fluxerr", "zp")):
            table = rows.table
            yield batch(
                path, rows, numbers(table, "time", "mjd", "date"), renamed(words(table, "band"), bands),
                from_zero_points(*(numbers(table, name) for name in ("flux", "fluxerr", "zp"))),
                reasons={"magnitudes that are not AB": ~is_word(words(table, "zpsys"), "ab", "AB")}, objects=objects,
            )  # fmt: skip
            objects = None


def recognises_fitting(head: Head) -> bool:
    """Whether the columns are those of lightcurve_fitting."""
    return text_columns(head) >= FITTING


def read_fitting(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files: magnitudes of the source alone, Vega's in U, B, V, R and I."""
    from astropy.io import ascii as astropy_ascii

    bands = names_of("bessell") | names_of("sdss")
    for path in paths:
        try:
            table = astropy_ascii.read(str(path), format="fixed_width_two_line", fill_values=("--", "nan"))
        except (*BROKEN, astropy_ascii.InconsistentTableError) as error:
            raise InputError(f"{path}: cannot be read ({error})") from None
        check_columns(path, table.colnames, FITTING)
        mjd, magnitude, deviation = (_numbers(path, table[name]) for name in ("MJD", "mag", "dmag"))
        names = [str(name) for name in table["filter"]]
        unseen = _truths(path, table["nondet"])
        limit = np.where(unseen, magnitude, np.nan)
        vega = np.isin(names, list(VEGA_BANDS))
        rows = Rows(np.arange(FIRST_ROW, FIRST_ROW + len(mjd)), pa.table({"filter": names}))
        yield batch(
            path, rows, mjd, renamed(pa.array(names), bands),
            from_magnitudes(magnitude, np.where(unseen, np.nan, deviation), limit, limit_sigma=NON_DETECTION_SIGMA),
            reasons={"Vega magnitudes": vega},
        )  # fmt: skip


FIRST_ROW = 3
"""Line of the first row, below the header and the dashes."""


def _numbers(path: Path, column: Any) -> np.ndarray:
    """A column of astropy's as numbers, NaN where it is masked."""
    values = np.full(len(column), np.nan)
    for k, cell in enumerate(np.ma.asarray(column)):
        try:
            values[k] = np.nan if np.ma.is_masked(cell) or str(cell) in EMPTY_WORDS else float(str(cell))
        except ValueError:
            raise InputError(
                f"{path}: line {k + FIRST_ROW}: {column.name} is {quoted(str(cell))}; expected a number"
            ) from None
    return values


def _truths(path: Path, column: Any) -> np.ndarray:
    """A column of True and False; what is neither was cut off."""
    words = [str(cell) for cell in column]
    for k, word in enumerate(words):
        if word not in ("True", "False"):
            raise InputError(
                f"{path}: line {k + FIRST_ROW}: {column.name} is {quoted(word)}; allowed: True or False; is the file"
                " truncated?"
            )
    return np.array([word == "True" for word in words])


def recognises_piscola(head: Head) -> bool:
    """Whether the third line has piscola's columns."""
    lines = (head.text or "").splitlines()
    return len(lines) > 2 and set(PISCOLA) <= set(lines[2].split()) and lines[0].split()[:2] == ["name", "z"]


def read_piscola(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_anywhere()
    kinds = {name: pa.string() if name in ("band", "mag_sys") else pa.float64() for name in PISCOLA}
    for path in paths:
        with open_bytes(path) as file:
            lines = [file.readline().decode("utf-8", "replace") for _ in range(3)]
        known = dict(zip(lines[0].split(), lines[1].split(), strict=False))
        form = text_form(Head(path))
        if form is None:
            raise InputError(f"{path}: not a table of text")
        form = replace(form, names=cells(lines[2], " "), skip=form.skip + 2)
        objects = _described(path, known.get("z", ""), "", known.get("name"))
        for rows in stream_text(path, form, kinds):
            table = rows.table
            names = pa.repeat(objects["object_id"][0].as_py(), table.num_rows)
            yield batch(
                path, rows, numbers(table, "time"), renamed(words(table, "band"), bands), _piscola_fluxes(table),
                names=names, reasons={"magnitudes that are not AB": ~is_word(words(table, "mag_sys"), "AB", "ab")},
                objects=objects,
            )  # fmt: skip


def _piscola_fluxes(table: pa.Table) -> Fluxes:
    return from_zero_points(*(numbers(table, name) for name in ("flux", "flux_err", "zp")))


def _described(path: Path, z: str, ebv: str, name: str | None = None) -> pa.Table:
    """The object of a file, by words that may be numbers."""
    values = []
    for word in (z, ebv):
        try:
            values.append(float(word))
        except ValueError:
            values.append(np.nan)
    return described([name or name_of_file(path)], z=values[:1], ebv=values[1:])


SNCOSMO_FORMAT = Source(
    "sncosmo", "sncosmo light curves (text)", recognises_sncosmo, read_sncosmo, ("sncosmo_example.dat",)
)
FITTING_FORMAT = Source(
    "lightcurve_fitting", "lightcurve_fitting tables (text)", recognises_fitting, read_fitting, ("fitting_example.txt",)
)
PISCOLA_FORMAT = Source(
    "piscola", "piscola light curves (text)", recognises_piscola, read_piscola, ("piscola_example.dat",)
)
