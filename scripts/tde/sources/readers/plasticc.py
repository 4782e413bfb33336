"""PLAsTiCC: observations with bands from 0 to 5, and metadata.

Fluxes have the zero point 27.5. Redshifts (spectroscopic where there is one; 0 is none), E(B-V) and classes (15
is a TDE) are taken from metadata files among those given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.photometry import BANDS
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
from tde.sources.passbands import renamed
from tde.sources.source import Source
from tde.sources.units import SNANA_ZERO_POINT

OBSERVATIONS = {"object_id", "mjd", "passband", "flux", "flux_err"}
METADATA = {"object_id", "hostgal_photoz", "mwebv"}

TDE_TARGET = 15
"""Number of the class of tidal disruption events."""


def recognises(head: Head) -> bool:
    """Whether the columns are those of observations or of metadata."""
    columns = text_columns(head)
    return columns >= OBSERVATIONS or columns >= METADATA


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """What metadata say of the objects, then all observations."""
    bands = {str(k): f"lsst:{band}" for k, band in enumerate(BANDS)}
    observations = [path for path in paths if text_columns(Head(path)) >= OBSERVATIONS]
    for path in paths:
        if path not in observations:
            yield from _read_metadata(path)
    for path in observations:
        for rows in blocks(path, ("object_id", "passband"), ("mjd", "flux", "flux_err")):
            table = rows.table
            yield batch(
                path, rows, numbers(table, "mjd"), renamed(words(table, "passband"), bands),
                from_zero_points(numbers(table, "flux"), numbers(table, "flux_err"), SNANA_ZERO_POINT),
                names=words(table, "object_id"),
            )  # fmt: skip


def _read_metadata(path: Path) -> Iterator[Batch]:
    numeric = ("hostgal_specz", "hostgal_photoz", "hostgal_photoz_err", "mwebv", "ra", "decl")
    for rows in blocks(path, ("object_id", "target"), numeric):
        spectroscopic, photometric, error, ebv, ra, dec = (numbers(rows.table, name) for name in numeric)
        exact = spectroscopic > 0  # 0 stands for none
        target = words(rows.table, "target")
        label = pc.if_else(pc.equal(pc.utf8_trim_whitespace(target), str(TDE_TARGET)), "TDE", target)
        table = described(
            pc.utf8_trim_whitespace(words(rows.table, "object_id")),
            z=np.where(exact, spectroscopic, np.where(photometric > 0, photometric, np.nan)),
            z_err=np.where(exact | ~(photometric > 0), np.nan, error),
            ebv=ebv, ra=ra, dec=dec, label=label.cast(pa.string()),
        )  # fmt: skip
        yield only_objects(path, table)


FORMAT = Source(
    "plasticc",
    "PLAsTiCC light curves and metadata (CSV)",
    recognises,
    read,
    ("plasticc_metadata.csv", "plasticc_light_curves.csv"),
    together=True,
)
