"""Tables as small self-contained HTML pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from tde.tables import write_atomically

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #222; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; font-variant-numeric: tabular-nums; }
td { white-space: nowrap; }
.text { text-align: left; }
td.long { white-space: normal; min-width: 20rem; }
th { border-bottom: 2px solid #222; vertical-align: bottom; }
p { max-width: 50rem; }
"""


LONG = 40
"""Columns with a cell of more characters may wrap."""

NUMBER = re.compile(r"[\d.,+\-–±% ()]*")
"""Columns in which all cells are like this are numbers, aligned to the right."""


class HtmlTable(NamedTuple):
    """One table of a page.

    Attributes
    ----------
    heading : str
        Above the table; empty for none.
    header : sequence of str
    rows : sequence of sequence of str
        Cells as they are to be shown; markup in them is escaped.
    notes : sequence of str
        Paragraphs below the table.
    """

    heading: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def write_html_table(
    path: Path | str, title: str, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> None:
    """Write one table as an HTML page that needs nothing from outside.

    Parameters
    ----------
    path : path
    title : str
    header, rows, notes
        As in `HtmlTable`.
    """
    write_html_tables(path, title, [HtmlTable("", header, rows, notes)])


def write_html_tables(path: Path | str, title: str, tables: Sequence[HtmlTable]) -> None:
    """Write several tables as one HTML page that needs nothing from outside.

    Parameters
    ----------
    path : path
    title : str
    tables : sequence of HtmlTable
    """
    body = "\n".join(_table(table) for table in tables)
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{body}
</body>
</html>
"""
    write_atomically(path, lambda name: name.write_text(page, encoding="utf-8"))


def _table(table: HtmlTable) -> str:
    heading = f"<h2>{escape(table.heading)}</h2>\n" if table.heading else ""
    classes = [_column_class([row[j] for row in table.rows]) for j in range(len(table.header))]
    head = "".join(f"<th scope='col'{c}>{escape(cell)}</th>" for c, cell in zip(classes, table.header, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{c}>{escape(cell)}</td>" for c, cell in zip(classes, row, strict=True)) + "</tr>"
        for row in table.rows
    )
    foot = "\n".join(f"<p>{escape(note)}</p>" for note in table.notes)
    return f"""{heading}<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
{foot}"""


def _column_class(cells: Sequence[str]) -> str:
    """Attribute that says how a column is set: numbers, text, or long text."""
    if all(NUMBER.fullmatch(cell) for cell in cells):
        return ""
    return " class='text long'" if max(map(len, cells)) > LONG else " class='text'"
