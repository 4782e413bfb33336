"""Tables that ALeRCE hands out for ZTF: detections, non-detections and forced photometry, each a file of its own.

All files of an object together are one light curve; the object is in `oid`, or in the name of the file or of
its folder. Magnitudes are those of the difference (`magpsf` or `mag`, never `mag_corr`), with the sign of
`isdiffpos`. Where nothing was found `diffmaglim` is a limit of five standard deviations. 100 and -99999 stand
for none; a magnitude without an error is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tde.sources.batch import DETECTION, FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.text_reader import batch, blocks, is_word, numbers, text_columns, words
from tde.sources.passbands import names_of, renamed
from tde.sources.source import Source
from tde.sources.units import from_magnitudes, no_magnitude, signs

MAGNITUDES, ERRORS = ("magpsf", "mag"), ("sigmapsf", "e_mag")
OF_FORCED = {"procstatus", "magzpsci"}


def recognises(head: Head) -> bool:
    """Whether the columns are those of detections, non-detections or forced photometry."""
    columns = text_columns(head)
    if not {"mjd", "fid"} <= columns:
        return False
    detections = "isdiffpos" in columns and bool(columns & {*MAGNITUDES}) and bool(columns & {*ERRORS})
    return detections or ("diffmaglim" in columns and not columns & {*MAGNITUDES})


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_of("ztf")
    described = Described()
    for path in paths:
        forced = text_columns(Head(path)) >= OF_FORCED
        texts = ("oid", "fid", "isdiffpos", "procstatus")
        for rows in blocks(path, texts, ("mjd", "diffmaglim", "ra", "dec", *MAGNITUDES, *ERRORS)):
            table = rows.table
            magnitude, error = numbers(table, *MAGNITUDES), numbers(table, *ERRORS)
            sign = signs(words(table, "isdiffpos"), f"{path}: line", rows.line, "isdiffpos")
            nothing = no_magnitude(magnitude)
            # a magnitude without an error is no limit
            limit = np.where(nothing, numbers(table, "diffmaglim"), np.nan)
            reasons = {"a magnitude without an error": ~nothing & no_magnitude(error)}
            if forced:
                reasons["procstatus is not 0"] = ~is_word(words(table, "procstatus"), "0", "0.0")
            found = batch(
                path, rows, numbers(table, "mjd"), renamed(words(table, "fid"), bands),
                from_magnitudes(magnitude, error, limit, sign), names=words(table, "oid"),
                kind=FORCED if forced else DETECTION, reasons=reasons,
            )  # fmt: skip
            yield described.placed(found, numbers(table, "ra"), numbers(table, "dec"))


FORMAT = Source("alerce_csv", "ALeRCE tables of ZTF (CSV)", recognises, read, ("detections.csv", "non_detections.csv"))
