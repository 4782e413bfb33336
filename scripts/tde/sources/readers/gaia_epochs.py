"""Gaia's epoch photometry: known, and refused, for it is the light of source and host together.

Subtract the flux before the outburst, and give the rest as a table with one row per observation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.head import Head
from tde.sources.parsing.text_reader import text_columns
from tde.sources.source import Source

COLUMNS = {"source_id", "g_transit_flux", "g_transit_time"}


def recognises(head: Head) -> bool:
    """Whether the columns are those of Gaia's epoch photometry."""
    return text_columns(head) >= COLUMNS


def read(paths: Sequence[Path]) -> Iterator[Batch]:
    """Say why such files are not read."""
    yield from ()
    raise InputError(
        f"{paths[0]}: Gaia epoch photometry is total flux (source and host together, in electrons a second);"
        " allowed: difference flux. Subtract the flux before the outburst and give a table with one row per observation"
    )


FORMAT = Source("gaia_epochs", "Gaia epoch photometry (refused: total flux)", recognises, read)
