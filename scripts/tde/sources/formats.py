"""All formats, in the order in which a file is tried on them; and which of them a file is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tde.sources.alerce_csv import FORMAT as ALERCE_CSV
from tde.sources.alerce_json import FORMAT as ALERCE_JSON
from tde.sources.ampel_json import FORMAT as AMPEL_JSON
from tde.sources.ascii_tables import FITTING_FORMAT, PISCOLA_FORMAT, SNCOSMO_FORMAT
from tde.sources.astropy_table import FORMAT as ASTROPY_TABLE
from tde.sources.atlas_forced import FORMAT as ATLAS_FORCED
from tde.sources.elasticc_alert import FORMAT as ELASTICC_ALERT
from tde.sources.fink_api import FORMAT as FINK_API
from tde.sources.fink_parquet import FORMAT as FINK_PARQUET
from tde.sources.gaia_epochs import FORMAT as GAIA_EPOCHS
from tde.sources.head import Head
from tde.sources.lasair_json import FORMAT as LASAIR_JSON
from tde.sources.mallorn_layout import FORMAT as MALLORN_LAYOUT
from tde.sources.manytde_json import FORMAT as MANYTDE_JSON
from tde.sources.nested_parquet import FORMAT as NESTED_PARQUET
from tde.sources.object_lists import FORMAT as OBJECT_LISTS
from tde.sources.open_catalogue import FORMAT as OPEN_CATALOGUE
from tde.sources.plasticc import FORMAT as PLASTICC
from tde.sources.rubin_alert import FORMAT as RUBIN_ALERT
from tde.sources.rubin_forced import FORMAT as RUBIN_FORCED
from tde.sources.skyportal_csv import FORMAT as SKYPORTAL_CSV
from tde.sources.snana_csv import FORMAT as SNANA_CSV
from tde.sources.snana_fits import FORMAT as SNANA_FITS
from tde.sources.snana_text import FORMAT as SNANA_TEXT
from tde.sources.source import Source
from tde.sources.ztf_alert import FORMAT as ZTF_ALERT
from tde.sources.ztf_forced import FORMAT as ZTF_FORCED

FORMATS: tuple[Source, ...] = (
    ZTF_FORCED,
    ATLAS_FORCED,
    ALERCE_CSV,
    SKYPORTAL_CSV,
    SNANA_TEXT,
    SNANA_CSV,
    PLASTICC,
    SNCOSMO_FORMAT,
    FITTING_FORMAT,
    PISCOLA_FORMAT,
    GAIA_EPOCHS,
    MALLORN_LAYOUT,
    RUBIN_ALERT,
    ELASTICC_ALERT,
    ZTF_ALERT,
    LASAIR_JSON,
    AMPEL_JSON,
    ALERCE_JSON,
    MANYTDE_JSON,
    OPEN_CATALOGUE,
    FINK_API,
    FINK_PARQUET,
    RUBIN_FORCED,
    NESTED_PARQUET,
    SNANA_FITS,
    ASTROPY_TABLE,
    OBJECT_LISTS,
)
"""The more particular before the more general; a table with one row per observation comes after them all."""

LONG_TABLE = "long_table"

FORMAT_KEYS = (*(source.key for source in FORMATS), LONG_TABLE)


def recognise(path: Path, sources: Sequence[Source] = FORMATS) -> Source | None:
    """The format that a file is of, by what is in it, or None.

    Parameters
    ----------
    path : path
    sources : sequence of Source
        Tried in this order.
    """
    head = Head(path)
    return next((source for source in sources if source.recognises(head)), None)
