"""Text tables of lightcurve_fitting, one object a file.

Magnitudes are those of the source alone; Vega's, in U, B, V, R and I, are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.filters import SURVEYS
from tde.ingest.csv_files import quoted
from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.text_reader import (
    batch,
    text_columns,
)
from tde.sources.parsing.text_tables import BROKEN, Rows, check_columns
from tde.sources.passbands import names_of, renamed
from tde.sources.sentinels import EMPTY_WORDS
from tde.sources.source import Source
from tde.sources.units import from_magnitudes

FITTING = {"MJD", "mag", "dmag", "filter", "nondet"}
VEGA_BANDS = frozenset(SURVEYS["bessell"].wavelengths)
NON_DETECTION_SIGMA = 3.0
"""Non-detections of lightcurve_fitting are limits of three standard deviations."""


def recognises(head: Head) -> bool:
    """Whether the columns are those of lightcurve_fitting."""
    return text_columns(head) >= FITTING


def read(paths: Sequence[Path]) -> Iterator[Batch]:
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


FORMAT = Source("lightcurve_fitting", "lightcurve_fitting tables (text)", recognises, read, ("fitting_example.txt",))
