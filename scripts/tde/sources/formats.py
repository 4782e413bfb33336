"""All formats, in the order in which a file is tried on them; and which of them a file is of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tde.errors import InputError
from tde.sources.head import Head
from tde.sources.source import Source

FORMATS: tuple[Source, ...] = ()
"""The more particular before the more general; a table with one row per observation comes after them all."""

LONG_TABLE = "long_table"

FORMAT_KEYS = (*(source.key for source in FORMATS), LONG_TABLE)


def recognise(path: Path, sources: Sequence[Source] = FORMATS) -> Source | None:
    """The format that a file is of, by what is in it, or None.

    Parameters
    ----------
    path : path
    sources : sequence of Source
        Tried in this order.
    """
    head = Head(path)
    return next((source for source in sources if source.recognises(head)), None)


def by_key(key: str, sources: Sequence[Source] = FORMATS) -> Source:
    """A format by its name."""
    for source in sources:
        if source.key == key:
            return source
    raise InputError(f"predict.format: got {key!r}; allowed: {', '.join(source.key for source in sources)}")
