"""Tables as small self-contained HTML pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tde.tables import write_atomically

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #222; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; font-variant-numeric: tabular-nums; }
td { white-space: nowrap; }
th { border-bottom: 2px solid #222; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
p { max-width: 50rem; }
"""


def write_html_table(
    path: Path | str, title: str, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> None:
    """Write one table as an HTML page that needs nothing from outside.

    Parameters
    ----------
    path : path
    title : str
    header : sequence of str
    rows : sequence of sequence of str
        Cells as they are to be shown; markup in them is escaped.
    notes : sequence of str
        Paragraphs below the table.
    """
    head = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in header)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    foot = "\n".join(f"<p>{escape(note)}</p>" for note in notes)
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
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
{foot}
</body>
</html>
"""
    write_atomically(path, lambda name: name.write_text(page, encoding="utf-8"))
