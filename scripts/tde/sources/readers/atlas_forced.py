"""Forced photometry of ATLAS: as the server sends it, cleaned by a tool, or stacked by night.

Ask the server for *difference* fluxes. The object is named by the file; `a.c.lc.txt` and `a.o.lc.txt` are one.
Rows with `err` other than 0, or that a cleaning tool's `Mask` calls bad, are left out and counted; `duJy_new`
replaces `duJy`. The level before the outburst is subtracted for each band and reference image (the survey
changed it at MJD 58417 and 58882). The bands c and o lie between LSST's: fits to all bands take them as
they are; what is measured band by band takes them as g and r, and `distant_bands` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.sources.batch import FORCED, Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.text_reader import batch, blocks, numbers, text_columns, words
from tde.sources.passbands import names_of, renamed
from tde.sources.source import Source
from tde.sources.units import Fluxes

COLUMNS = ("MJD", "uJy", "duJy")

NEW_REFERENCES = (58417.0, 58882.0)
"""MJD from which the survey subtracted a new reference image."""

BAD_MASK = 0x1 | 0x2 | 0x400000 | 0x800000
"""Bits of ``Mask`` in cleaned tables: chi-square, uncertainty, control light curves, bad day."""


def recognises(head: Head) -> bool:
    """Whether the columns are those of the server."""
    return {*COLUMNS, "F"} <= text_columns(head)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_of("atlas")
    described = Described()
    for path in paths:
        for rows in blocks(path, ("F", "Mask"), (*COLUMNS, "err", "duJy_new", "RA", "Dec")):
            table = rows.table
            mjd, flux, flux_err = (numbers(table, name) for name in COLUMNS)
            better = numbers(table, "duJy_new")
            flux_err = np.where(np.isnan(better), flux_err, better)
            epoch = np.searchsorted(NEW_REFERENCES, mjd, side="right").astype(str)
            reasons = {"err is not 0": numbers(table, "err") > 0, "Mask says that it is bad": _masked(table)}
            found = batch(
                path, rows, mjd, renamed(words(table, "F"), bands),
                Fluxes(flux, flux_err, np.zeros(len(flux), dtype=bool)), kind=FORCED, reasons=reasons,
                reference=pc.binary_join_element_wise("atlas", words(table, "F"), pa.array(epoch), " "),
            )  # fmt: skip
            yield described.placed(found, numbers(table, "RA"), numbers(table, "Dec"))


def _masked(table: pa.Table) -> np.ndarray:
    """Rows that a cleaning tool has marked bad."""
    masks = [0 if word is None else int(word, 0) for word in words(table, "Mask").to_pylist()]
    return (np.array(masks, dtype=np.int64) & BAD_MASK) > 0


FORMAT = Source("atlas_forced", "ATLAS forced photometry", recognises, read, ("atlas_example.txt",))
