"""The page of candidates: one HTML file that needs nothing from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from tde.features.registry import FAMILIES
from tde.pages import templating
from tde.photometry import BANDS

TEMPLATES = Path(__file__).resolve().parent / "templates"

CURVE_NAMES = {row.name: row.curves for row in FAMILIES if row.curves}
"""What the curves of a family are called on the page."""


def write_page(path: Path | str, table: pa.Table, records: list[dict[str, Any]], context: dict[str, Any]) -> None:
    """Write the page.

    Parameters
    ----------
    path : path
    table : pyarrow.Table
        The ranked table.
    records : list of dict
        What is shown of each candidate; see `tde.candidates.records.describe`. With a ``history``
        (`tde.candidates.nights.nights_of`), P(TDE) is drawn night by night.
    context : dict
        ``title``, ``dataset``, ``n_objects``, ``chosen`` (`tde.candidates.choice.choice_words`), ``classes``,
        ``explained``, ``notice`` (what must not be overlooked, or nothing).
    """
    rows = table.to_pylist()
    # tojson escapes <, >, & and ', so that no name can end the script element
    data = [row | record for row, record in zip(rows, records, strict=True)]
    shown = {"rows": rows, "data": data, "bands": list(BANDS), "curve_names": CURVE_NAMES}
    templating.write_page(path, TEMPLATES, "candidates.html.j2", shown | context)
