"""Columns of a table: what a value is, and how it is shown."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

Value = str | int | float | bool | None
"""What a cell holds; None where nothing is known."""

KINDS: dict[str, type] = {"text": str, "integer": int, "float": float, "boolean": bool}

MISSING = "–"
"""Shown where a value is not known."""

SHORT = "short"
"""Number format of columns that mix quantities: two decimals or three digits, thousands without decimals."""


WORDS = "words"
"""Format of texts that are names in the files, with underscores, and words on pages."""


class Beside(NamedTuple):
    """A value of another column shown in the same cell, left out where it is missing.

    Attributes
    ----------
    name : str
        The other column, whose number format holds.
    pattern : str
        Text around the value, which stands for ``{}``.
    strong : bool
        Shown in bold.
    """

    name: str
    pattern: str
    strong: bool = False


class Piece(NamedTuple):
    """Part of a cell as it is shown."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class TableColumn:
    """One column of a `tde.pages.printed_table.Table`.

    Attributes
    ----------
    name : str
        Key in the rows and header of the CSV file.
    kind : str
        One of `KINDS`.
    heading : str
        Shown above the column; the name by default.
    unit : str
    format : str
        How values are shown on pages: a number format, `SHORT` or `WORDS`. Files have all digits.
    beside : tuple of Beside
        What else its cells show: an error, say.
    shown : bool
        False for columns that only the files have.
    """

    name: str
    kind: str = "text"
    heading: str = ""
    unit: str = ""
    format: str = ""
    beside: tuple[Beside, ...] = ()
    shown: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name!r}: kind is {self.kind!r}; expected one of {', '.join(KINDS)}")

    @property
    def label(self) -> str:
        """Heading and unit."""
        heading = self.heading or self.name.replace("_", " ")
        return f"{heading} [{self.unit}]" if self.unit else heading

    def cast(self, value: Any) -> Value:
        """The value as its column holds it: numbers of NumPy become those of Python.

        Raises
        ------
        ValueError
            If the column's kind cannot hold the value without loss.
        """
        if value is None:
            return None
        try:
            held = KINDS[self.kind](value)
        except (TypeError, ValueError):
            held = None
        if held is None or (self.kind in ("integer", "boolean") and held != value):
            raise ValueError(f"column {self.name!r}: got {value!r}; allowed: {self.kind}")
        return held

    def text(self, value: Value) -> str:
        """The value for people; empty where it is missing."""
        if value is None or is_missing(value):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return value.replace("_", " ") if self.format == WORDS else value
        return short(value) if self.format == SHORT else format(value, self.format)

    def as_json(self) -> dict[str, Any]:
        """The declaration as JSON can hold it."""
        return asdict(self) | {"beside": [list(other) for other in self.beside]}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> TableColumn:
        """What `as_json` gave."""
        return cls(**content | {"beside": tuple(Beside(*other) for other in content["beside"])})


def is_missing(value: Value) -> bool:
    """Whether a cell holds nothing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def short(value: float) -> str:
    """A number of any size in few digits."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 10 else f"{value:.2f}"
