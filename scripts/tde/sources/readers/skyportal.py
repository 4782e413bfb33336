"""Photometry as SkyPortal exchanges it: fluxes with a zero point per row, or magnitudes with limits.

The object is in `obj_id`, or named by the file. An empty flux with an error is a limit; `limiting_mag` is one
of five standard deviations. What is not in AB magnitudes is left out and counted. Bands say their survey:
`ztfg`, `atlaso`, `sdssi`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.described import Described
from tde.sources.parsing.text_reader import batch, blocks, from_zero_points, is_word, numbers, text_columns, words
from tde.sources.parsing.text_tables import Rows
from tde.sources.passbands import names_anywhere, renamed
from tde.sources.sentinels import is_sentinel
from tde.sources.source import Source
from tde.sources.units import Fluxes, from_magnitudes

FLUXES = {"flux", "fluxerr", "zp"}
MAGNITUDES = {"mag", "magerr", "limiting_mag"}


def recognises(head: Head) -> bool:
    """Whether the columns are those of SkyPortal."""
    columns = text_columns(head)
    return {"mjd", "filter"} <= columns and (columns >= FLUXES or columns >= MAGNITUDES)


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """All observations of some files."""
    bands = names_anywhere()
    described = Described()
    for path in paths:
        for rows in blocks(path, ("filter", "obj_id", "magsys"), ("mjd", "ra", "dec", *FLUXES, *MAGNITUDES)):
            table = rows.table
            system = words(table, "magsys")
            reasons = {"magnitudes that are not AB": ~(is_word(system, "ab", "AB") | system.is_null().to_numpy(False))}
            found = batch(
                path, rows, numbers(table, "mjd"), renamed(words(table, "filter"), bands), _fluxes(rows),
                names=words(table, "obj_id"), reasons=reasons,
            )  # fmt: skip
            yield described.placed(found, numbers(table, "ra"), numbers(table, "dec"))


def _fluxes(rows: Rows) -> Fluxes:
    """Fluxes where there are some, or else magnitudes; a limit where there is neither, but an error or limit."""
    table = rows.table
    if "flux" not in table.column_names:
        return from_magnitudes(numbers(table, "mag"), numbers(table, "magerr"), numbers(table, "limiting_mag"))
    zero_point = numbers(table, "zp")
    found = from_zero_points(
        numbers(table, "flux"), numbers(table, "fluxerr"), np.where(is_sentinel(zero_point), np.nan, zero_point)
    )
    limit = np.isnan(found.flux) & ~np.isnan(found.flux_err)
    return Fluxes(np.where(limit, 0.0, found.flux), found.flux_err, limit)


FORMAT = Source("skyportal", "SkyPortal photometry (CSV)", recognises, read, ("skyportal_phot.csv",))
