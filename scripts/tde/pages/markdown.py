"""The little Markdown that tables need."""

from __future__ import annotations

import re
from typing import NamedTuple

MARKUP = re.compile(r"[\\|<>&*`\[\]~]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown would read as markup; an underscore within a name is none."""

SPAN = re.compile(r"`(?P<literal>[^`]+)`|\*(?P<emphasis>[^*]+)\*")


class Span(NamedTuple):
    """Part of a sentence: plain, ``literal`` or ``emphasis``."""

    kind: str
    text: str


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return MARKUP.sub(r"\\\g<0>", " ".join(text.splitlines()))


def spans(text: str) -> list[Span]:
    """A sentence of ours in its parts; what stands between backquotes is code, between asterisks emphasis."""
    parts, end = [], 0
    for found in SPAN.finditer(text):
        kind = "literal" if found["literal"] else "emphasis"
        parts += [Span("plain", text[end : found.start()]), Span(kind, found[kind])]
        end = found.end()
    return [part for part in (*parts, Span("plain", text[end:])) if part.text]
