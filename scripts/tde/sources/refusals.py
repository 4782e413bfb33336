"""How the files are told of that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def refusal_words(report: Mapping[str, Any]) -> str:
    """How many files were refused, in a sentence; empty if none was.

    Parameters
    ----------
    report : mapping
        As `tde.sources.chunks.write_chunks` gives it.
    """
    refused, read = len(report["files refused"]), len(report["files"])
    return f"{refused} of {refused + read} files REFUSED: nothing in them was used" if refused else ""
