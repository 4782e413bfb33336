"""All formats, in the order in which a file is tried on them; and which of them a file is of."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tde.sources.source import Source

READERS = (
    "ztf_forced",
    "atlas_forced",
    "alerce_csv",
    "skyportal",
    "snana_text",
    "snana_csv",
    "plasticc",
    "sncosmo",
    "lightcurve_fitting",
    "piscola",
    "gaia_epochs",
    "mallorn",
    "rubin_alert",
    "elasticc_alert",
    "ztf_alert",
    "lasair_json",
    "ampel_json",
    "alerce_json",
    "manytde_json",
    "open_catalogue",
    "fink_api",
    "fink_parquet",
    "rubin_forced",
    "nested_parquet",
    "snana_fits",
    "astropy_table",
    "objects_only",
)
"""Modules of `tde.sources.readers`, the more particular formats before the more general; each has the key of its name.

A table with one row per observation comes after them all.
"""

LONG_TABLE = "long_table"

FORMAT_KEYS = (*READERS, LONG_TABLE)


@cache
def formats() -> tuple[Source, ...]:
    """The formats of `READERS`; the modules are imported by the first who asks, since names alone are wanted often."""
    return tuple(import_module(f"tde.sources.readers.{name}").FORMAT for name in READERS)


def recognise(path: Path) -> Source | None:
    """The format that a file is of, by what is in it, or None."""
    from tde.sources.head import Head

    head = Head(path)
    return next((source for source in formats() if source.recognises(head)), None)
