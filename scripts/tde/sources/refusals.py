"""How the files are told of that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def refusal_words(report: Mapping[str, Any]) -> str:
    """How many files were refused, and how many are of no known format, in words; empty if all were read.

    Parameters
    ----------
    report : mapping
        As `tde.sources.chunks.write_chunks` gives it.
    """
    refused, unknown = len(report["files refused"]), len(report["files not read"])
    n = len(report["files"]) + refused + unknown
    words = [f"{refused} of {n} files REFUSED: nothing in them was used"] if refused else []
    words += [f"{unknown} of {n} files NOT READ: of no format that is known"] if unknown else []
    return "; ".join(words)
