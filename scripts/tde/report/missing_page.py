"""The page about missing feature values and odd objects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tde.report.html_tables import HtmlTable, write_html_tables

RATE_NOTES = (
    "A value is missing where it is not defined for an object: no points in a band, no redshift, no peak. Mostly"
    " missing: in more than half of the objects. Constant: one value wherever there is one. Infinite values must be 0.",
)
ODD_NOTES = (
    "An object may be odd for several reasons; none of them stops the run. Missing feature values: share of the values"
    " of all families that these objects lack.",
)

Rows = Sequence[dict[str, Any]]


def write_missing_page(path: Path | str, rates: Rows, odd: Rows, columns: Rows, sets: Sequence[str]) -> None:
    """Write the three tables as one page.

    Parameters
    ----------
    path : path
    rates : sequence of dict
        ``family``, ``set`` and what `tde.report.missing_values.missing_rates` gives.
    odd : sequence of dict
        What `tde.report.odd_objects.count_odd_objects` gives, for one set after the other.
    columns : sequence of dict
        ``family`` and what `tde.report.missing_values.columns_to_look_at` gives.
    sets : sequence of str
    """
    rate_cells = [
        [_share(value) if name == "missing_share" else _text(value) for name, value in row.items()] for row in rates
    ]
    odd_cells = {row["reason"]: [row["reason"]] for row in odd}
    for row in odd:
        odd_cells[row["reason"]] += [f"{row['objects']:,}", _share(row["missing_share"])]
    odd_header = ["reason", *(f"{name}: {what}" for name in sets for what in ("objects", "missing feature values"))]
    column_cells = [
        [row["family"], row["column"], row["why"], *(_share(row[name]) for name in sets)] for row in columns
    ]
    tables = [
        HtmlTable("Families", [name.replace("_", " ") for name in rates[0]], rate_cells, RATE_NOTES),
        HtmlTable("Odd objects", odd_header, list(odd_cells.values()), ODD_NOTES),
        HtmlTable(
            "Columns that are mostly missing or constant",
            ("family", "column", "why", *(f"missing in {name}" for name in sets)),
            column_cells or [["none", "", "", *[""] * len(sets)]],
        ),
    ]
    write_html_tables(path, "Missing feature values and odd objects", tables)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _text(value: str | int) -> str:
    return value if isinstance(value, str) else f"{value:,}"
