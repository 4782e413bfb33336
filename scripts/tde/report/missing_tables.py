"""The tables about missing feature values and odd objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet

RATE_NOTES = (
    "A value is missing where it is not defined for an object: no points in a band, no redshift, no peak. Mostly"
    " missing: in more than half of the objects. Constant: one value wherever there is one. Infinite values must be 0.",
)
ODD_NOTES = (
    "An object may be odd for several reasons; none of them stops the run. Missing feature values: share of the values"
    " of all families that these objects lack.",
)

RATE_COLUMNS = (
    TableColumn("family"),
    TableColumn("set"),
    TableColumn("columns", "integer", format=","),
    TableColumn("objects", "integer", format=","),
    TableColumn("missing_share", "float", format=".1%"),
    TableColumn("never_missing", "integer", format=","),
    TableColumn("mostly_missing", "integer", format=","),
    TableColumn("always_missing", "integer", format=","),
    TableColumn("constant", "integer", format=","),
    TableColumn("infinite_values", "integer", format=","),
)

Rows = Sequence[dict[str, Any]]


def missing_sheet(*, rates: Rows, odd: Rows, columns: Rows, sets: Sequence[str]) -> Sheet:
    """The three tables of the page.

    Parameters
    ----------
    rates : sequence of dict
        ``family``, ``set`` and what `tde.report.missing_values.missing_rates` gives.
    odd : sequence of dict
        What `tde.report.odd_objects.count_odd_objects` gives, for one set after the other.
    columns : sequence of dict
        ``family`` and what `tde.report.missing_values.columns_to_look_at` gives.
    sets : sequence of str
    """
    title = "Columns that are mostly missing or constant"
    shares = [TableColumn(name, "float", f"missing in {name}", format=".1%") for name in sets]
    names = [TableColumn(name) for name in ("family", "column", "why")]
    tables = [
        Table("Families", RATE_COLUMNS, rates, RATE_NOTES),
        _odd_table(odd, sets),
        Table(title, [*names, *shares], columns),
    ]
    return Sheet("Missing feature values and odd objects", tables)


def _odd_table(odd: Rows, sets: Sequence[str]) -> Table:
    """A row per reason, with the counts of all sets side by side."""
    rows: dict[str, dict[str, Any]] = {}
    for given in odd:
        row = rows.setdefault(given["reason"], {"reason": given["reason"]})
        row |= {f"{given['set']}_{name}": given[name] for name in ("objects", "missing_share")}
    columns = [TableColumn("reason")]
    for name in sets:
        columns += [
            TableColumn(f"{name}_objects", "integer", f"{name}: objects", format=","),
            TableColumn(f"{name}_missing_share", "float", f"{name}: missing feature values", format=".1%"),
        ]
    return Table("Odd objects", columns, rows.values(), ODD_NOTES)
