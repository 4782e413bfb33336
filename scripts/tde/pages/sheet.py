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

    def write(self, *, data: Path | str, page: Path | str) -> None:
        """Write JSON for the report, from which `read` makes the same tables, and a page that needs nothing else."""
        write_json(data, {"title": self.title, "tables": [table.as_json() for table in self.tables]})
        write_page(page, TEMPLATES, "sheet.html.j2", {"sheet": self})

    @classmethod
    def read(cls, path: Path | str) -> Sheet:
        """Read what `write` wrote."""
        content = read_json(path)
        return cls(content["title"], [Table.from_json(table) for table in content["tables"]])

    def markdown(self, level: int) -> str:
        """All tables in Markdown, their titles as headings of a level."""
        return "\n".join(table.markdown(level) for table in self.tables)


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
    Sheet(table.title, [table]).write(data=data, page=page)
