"""SNANA light curves as CSV: observations in PHOT, objects in HEAD.

`FLUXCAL` has the zero point 27.5, an MJD of -777 ends a light curve. Redshifts and `MWEBV` are taken from HEAD
files among those given; true values of a simulation are not. Single letters are LSST's bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.text_reader import (
    batch,
    blocks,
    described,
    from_zero_points,
    numbers,
    only_objects,
    text_columns,
    words,
)
from tde.sources.passbands import names_anywhere, names_of, renamed
from tde.sources.sentinels import is_sentinel
from tde.sources.source import Source
from tde.sources.units import SNANA_ZERO_POINT

END_OF_CURVE = -777.0
"""MJD that ends each light curve."""

REDSHIFTS = ("REDSHIFT_HELIO", "REDSHIFT_FINAL", "HOSTGAL_SPECZ", "HOSTGAL_PHOTOZ")
REDSHIFT_ERRORS = ("REDSHIFT_HELIO_ERR", "REDSHIFT_FINAL_ERR", "HOSTGAL_SPECZ_ERR", "HOSTGAL_PHOTOZ_ERR")


def recognises(head: Head) -> bool:
    """Whether the columns are those of PHOT or of HEAD."""
    columns = text_columns(head)
    if "SNID" not in columns:
        return False
    return {"MJD", "FLUXCAL", "FLUXCALERR"} <= columns or bool(columns & {*REDSHIFTS, "PEAKMJD", "MWEBV"})


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """What HEAD files say of the objects, then all observations."""
    heads = [path for path in paths if "FLUXCAL" not in text_columns(Head(path))]
    bands = names_anywhere() | names_of("lsst")
    for path in heads:
        yield from _read_head(path)
    for path in paths:
        if path in heads:
            continue
        for rows in blocks(path, ("SNID", "FLT", "BAND"), ("MJD", "FLUXCAL", "FLUXCALERR")):
            table = rows.table
            mjd = numbers(table, "MJD")
            yield batch(
                path, rows, mjd, renamed(words(table, "BAND", "FLT"), bands),
                from_zero_points(numbers(table, "FLUXCAL"), numbers(table, "FLUXCALERR"), SNANA_ZERO_POINT),
                names=words(table, "SNID"), reasons={"end of a light curve": mjd == END_OF_CURVE},
            )  # fmt: skip


def _read_head(path: Path) -> Iterator[Batch]:
    numeric = (*REDSHIFTS, *REDSHIFT_ERRORS, "MWEBV", "RA", "DEC", "DECL")
    for rows in blocks(path, ("SNID",), numeric):
        z, z_err = np.full(rows.table.num_rows, np.nan), np.full(rows.table.num_rows, np.nan)
        for name, error in reversed(list(zip(REDSHIFTS, REDSHIFT_ERRORS, strict=True))):
            value = numbers(rows.table, name)
            known = ~np.isnan(value) & ~is_sentinel(value)
            z, z_err = np.where(known, value, z), np.where(known, numbers(rows.table, error), z_err)
        table = described(
            words(rows.table, "SNID"), z=z, z_err=z_err, ebv=numbers(rows.table, "MWEBV"),
            ra=numbers(rows.table, "RA"), dec=numbers(rows.table, "DEC", "DECL"),
        )  # fmt: skip
        yield only_objects(path, table)


FORMAT = Source(
    "snana_csv", "SNANA light curves (CSV)", recognises, read, ("EXAMPLE_HEAD.csv", "EXAMPLE_PHOT.csv"), together=True
)
