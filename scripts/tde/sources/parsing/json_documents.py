"""JSON files, one document each or one a line, compressed or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tde.errors import InputError
from tde.sources.head import open_bytes
from tde.sources.parsing.damage import attempt
from tde.sources.parsing.json_text import WORD, parse_document


def read_document(path: Path) -> Any:
    """The content of a JSON file; errors as in `parse_document`."""
    with open_bytes(path) as file:
        return parse_document(attempt(str(path), file.read), str(path))


def read_elements(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a file: the elements of a list, or the one there is.

    Parameters
    ----------
    path : path

    Raises
    ------
    InputError
        As in `read_document`, and where an element has no fields.
    """
    content = read_document(path)
    for number, element in enumerate(content if isinstance(content, list) else [content], start=1):
        if not isinstance(element, dict):
            kind = type(element).__name__
            raise InputError(f"{path}: {WORD} {number} is of type {kind}; allowed: an object with fields")
        yield element
