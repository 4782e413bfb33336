"""One table: its columns, rows and words, for files and for pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tde.pages.columns import MISSING, Piece, TableColumn, Value
from tde.pages.markdown import escape_markdown
from tde.tables import write_csv

LONG = 40
"""Text columns with a cell of more characters may wrap."""


class Table:
    """A table that is declared once and written as CSV, Markdown and HTML.

    Parameters
    ----------
    title : str
        Above the table; empty for none.
    columns : sequence of TableColumn
        In the order of the files.
    rows : iterable of mapping
        Values by name of the column; names left out are missing values.
    notes, introduction : sequence of str
        Paragraphs below and above the table. Between backquotes they are code, between asterisks
        emphasis; the title, too.

    Raises
    ------
    ValueError
        If a row has a value without a column, two columns share their name, or a cell is to show a column that
        is not there.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[TableColumn],
        rows: Iterable[Mapping[str, Any]],
        notes: Sequence[str] = (),
        introduction: Sequence[str] = (),
    ) -> None:
        self.title = title
        self.columns = tuple(columns)
        self.notes = tuple(notes)
        self.introduction = tuple(introduction)
        self._by_name = {column.name: column for column in self.columns}
        if len(self._by_name) < len(self.columns):
            raise ValueError(f"table {title!r}: columns share a name")
        named = {other.name for column in self.columns for other in column.beside}
        if strangers := named - self._by_name.keys():
            raise ValueError(f"table {title!r}: no column {', '.join(sorted(strangers))} to show beside another")
        self.rows: list[dict[str, Value]] = [self._checked(row) for row in rows]

    def _checked(self, row: Mapping[str, Any]) -> dict[str, Value]:
        if strangers := row.keys() - self._by_name.keys():
            raise ValueError(f"table {self.title!r}: no column for {', '.join(sorted(strangers))}")
        return {name: column.cast(row.get(name)) for name, column in self._by_name.items()}

    @property
    def shown(self) -> list[TableColumn]:
        """The columns that pages show."""
        return [column for column in self.columns if column.shown]

    def cell(self, row: Mapping[str, Value], column: TableColumn) -> list[Piece]:
        """What a cell shows: the value, then what stands beside it, or that nothing is known."""
        own = column.text(row[column.name])
        pieces = [Piece(own)] if own or row[column.name] == "" else []
        for name, pattern, strong in column.beside:
            if text := self._by_name[name].text(row[name]):
                # the space before a bold word is not bold
                blank, around = (" ", pattern.lstrip()) if strong and pattern.startswith(" ") else ("", pattern)
                pieces += [Piece(blank)] if blank else []
                pieces.append(Piece(around.replace("{}", text), strong))
        return pieces or [Piece(MISSING)]

    def styles(self) -> dict[str, str]:
        """Class of the cells of each shown column: numbers have none and stand to the right."""
        return {column.name: self._style(column) for column in self.shown}

    def _style(self, column: TableColumn) -> str:
        if column.kind in ("integer", "float"):
            return ""
        lengths = (sum(len(piece.text) for piece in self.cell(row, column)) for row in self.rows)
        return "text long" if max(lengths, default=0) > LONG else "text"

    def write_csv(self, path: Path | str) -> None:
        """Write all columns with all digits; what is not known is empty, what is not a number ``nan``."""
        names = list(self._by_name)
        write_csv(path, names, ([row[name] for name in names] for row in self.rows))

    def markdown(self, level: int = 0) -> str:
        """The table in Markdown.

        Parameters
        ----------
        level : int
            Of the heading; 0 for none.
        """
        lines = [
            [escape_markdown(column.label) for column in self.shown],
            ["---"] * len(self.shown),
            *([self._markdown_cell(row, column) for column in self.shown] for row in self.rows),
        ]
        heading = [f"{'#' * level} {self.title}"] if level else []
        grid = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return "\n\n".join([*heading, *self.introduction, grid, *self.notes]) + "\n"

    def _markdown_cell(self, row: Mapping[str, Value], column: TableColumn) -> str:
        pieces = ((escape_markdown(text), strong) for text, strong in self.cell(row, column))
        return "".join(f"**{text}**" if strong else text for text, strong in pieces)

    def as_json(self) -> dict[str, Any]:
        """The whole table as JSON can hold it, see `from_json`."""
        return {
            "title": self.title,
            "columns": [column.as_json() for column in self.columns],
            "rows": [[_encoded(value) for value in row.values()] for row in self.rows],
            "notes": list(self.notes),
            "introduction": list(self.introduction),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Table:
        """The table that `as_json` gave; the kinds of the columns bring back NaN and infinity."""
        columns = [TableColumn.from_json(column) for column in content["columns"]]
        names = [column.name for column in columns]
        rows = [dict(zip(names, values, strict=True)) for values in content["rows"]]
        return cls(content["title"], columns, rows, content["notes"], content["introduction"])


def _encoded(value: Value) -> Value:
    """JSON has no word for what is not finite: text, which `float` reads."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value
