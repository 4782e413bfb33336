"""Forced photometry of ZTF, as the service at IPAC sends it: one object a file, counts with a zero point per row.

The object is named by the file. Fluxes are `forcediffimflux` with the `zpdiff` of the row. Rows with a
`procstatus` other than 0, a bad `infobitssci`, seeing above 4 arc seconds or noise per pixel above 25 are left
out and counted, as the service advises. For each field, detector, quadrant and band the level before the
outburst is subtracted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.sources.batch import FORCED, Batch
from tde.sources.head import Head
from tde.sources.identifiers import name_of_file
from tde.sources.parsing.text_reader import (
    batch,
    blocks,
    described,
    from_zero_points,
    is_word,
    numbers,
    text_columns,
    words,
)
from tde.sources.parsing.text_tables import text_form
from tde.sources.passbands import names_of, renamed
from tde.sources.sentinels import is_sentinel
from tde.sources.source import Source
from tde.sources.units import MJD_OF_JD_ZERO

COLUMNS = ("forcediffimflux", "forcediffimfluxunc", "zpdiff", "jd")
QUALITY = ("infobitssci", "sciinpseeing", "scisigpix")

BAD_BITS = 2**25
"""From this value on ``infobitssci`` says that the science image is of no use (the service's own advice)."""

WORST_SEEING, MOST_NOISE = 4.0, 25.0
"""Seeing in arc seconds and noise per pixel beyond which the service advises to leave an image out."""

POSITION = re.compile(r"Requested input (R\.A\.|Dec\.)\s*=\s*([-+]?\d+\.?\d*)")


def recognises(head: Head) -> bool:
    """Whether the columns are those of the service."""
    return {*COLUMNS, "filter", "procstatus"} <= text_columns(head)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_of("ztf")
    for path in paths:
        form = text_form(Head(path))
        objects = _objects(path, form.comments if form else ())
        for rows in blocks(path, ("filter", "procstatus", "field", "ccdid", "qid"), (*COLUMNS, *QUALITY)):
            table = rows.table
            flux, flux_err, zero_point = (_known(numbers(table, name)) for name in COLUMNS[:3])
            image = [words(table, name) for name in ("field", "ccdid", "qid", "filter")]
            good = is_word(words(table, "procstatus"), "0", "0.0")
            reasons = {
                "procstatus is not 0": ~good,
                "infobitssci says that the image is bad": numbers(table, "infobitssci") >= BAD_BITS,
                "seeing above 4 arc seconds": numbers(table, "sciinpseeing") > WORST_SEEING,
                "noise per pixel above 25": numbers(table, "scisigpix") > MOST_NOISE,
            }
            yield batch(
                path, rows, numbers(table, "jd") - MJD_OF_JD_ZERO, renamed(words(table, "filter"), bands),
                from_zero_points(flux, flux_err, zero_point), kind=FORCED, reasons=reasons,
                reference=pc.binary_join_element_wise(*image, " "), objects=objects,
            )  # fmt: skip
            objects = None


def _known(values: np.ndarray) -> np.ndarray:
    return np.where(is_sentinel(values), np.nan, values)


def _objects(path: Path, comments: Sequence[str]) -> pa.Table:
    """The object, with the position that was asked for."""
    found = dict(POSITION.findall("\n".join(comments)))
    ra, dec = (found.get(key, "nan") for key in ("R.A.", "Dec."))
    return described([name_of_file(path)], ra=[float(ra)], dec=[float(dec)])


FORMAT = Source("ztf_forced", "ZTF forced photometry (IPAC)", recognises, read, ("ZTF20example_fp_lc.txt",))
