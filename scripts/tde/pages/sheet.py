"""Tables that belong on one page."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tde.pages.printed_table import Table
from tde.pages.templating import write_page
from tde.tables import read_json, write_json

TEMPLATES = Path(__file__).resolve().parent / "templates"


class Sheet(NamedTuple):
    """A title and the tables below it.

    Attributes
    ----------
    title : str
    tables : list of Table
    """

    title: str
    tables: list[Table]

    def write(self, path: Path | str) -> None:
        """Write everything as JSON, from which `read` makes the same tables."""
        write_json(path, {"title": self.title, "tables": [table.as_json() for table in self.tables]})

    @classmethod
    def read(cls, path: Path | str) -> Sheet:
        """Read what `write` wrote."""
        content = read_json(path)
        return cls(content["title"], [Table.from_json(table) for table in content["tables"]])

    def markdown(self, level: int) -> str:
        """All tables in Markdown, their titles as headings of a level."""
        return "\n".join(table.markdown(level) for table in self.tables)

    def write_html(self, path: Path | str) -> None:
        """Write a page that needs nothing from outside."""
        write_page(path, TEMPLATES, "sheet.html.j2", {"sheet": self})


def write_table(table: Table, *, csv: Path | str, data: Path | str, page: Path | str) -> None:
    """Write a table that has its page for itself.

    Parameters
    ----------
    table : Table
    csv : path
        For other programs.
    data : path
        For the report.
    page : path
        HTML for people.
    """
    table.write_csv(csv)
    sheet = Sheet(table.title, [table])
    sheet.write(data)
    sheet.write_html(page)
