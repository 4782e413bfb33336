"""The page of candidates: one HTML file that needs nothing from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa

from tde.features.registry import FAMILIES
from tde.photometry import BANDS
from tde.tables import write_atomically

TEMPLATES = Path(__file__).resolve().parent / "templates"
PAGE = "candidates.html.j2"

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
        What is shown of each candidate; see `tde.candidates.records.describe`.
    context : dict
        ``title``, ``dataset``, ``threshold``, ``n_objects``, ``n_selected``, ``classes``,
        ``promised`` (precision and recall by cross-validation), ``explained``.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = table.to_pylist()
    # tojson escapes <, >, & and ', so that no name can end the script element
    data = [row | record for row, record in zip(rows, records, strict=True)]
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("candidates.css", "candidates.js"))
    text = environment.get_template(PAGE).render(
        rows=rows,
        data=data,
        bands=list(BANDS),
        curve_names=CURVE_NAMES,
        style=jinja2.utils.markupsafe.Markup(style),
        script=jinja2.utils.markupsafe.Markup(script),
        **context,
    )
    write_atomically(path, lambda name: name.write_text(text, encoding="utf-8"))
