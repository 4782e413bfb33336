"""Bytes of a JSON file to Python values, with messages for what is no JSON."""

from __future__ import annotations

import json
from typing import Any

from tde.errors import InputError
from tde.sources.parsing.damage import attempt

WORD = "record"
"""What messages call an element of a list, or a line."""


def parse_document(content: bytes, where: str) -> Any:
    """The value that a JSON text stands for; of a text with a document a line, the list of these.

    Parameters
    ----------
    content : bytes
    where : str
        The file.

    Raises
    ------
    InputError
        If the text is empty, cut off or no JSON.
    """
    text = attempt(where, content.decode, "utf-8-sig")
    if not text.strip():
        raise InputError(f"{where}: the file is empty; expected JSON")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if error.msg == "Extra data" and len(lines) > 1:
            return [attempt(f"{where}: {WORD} {k}", json.loads, line) for k, line in enumerate(lines, start=1)]
        at = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{where}: {at}: no JSON ({error.msg}); is the file cut off?") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{where}: no JSON that can be read ({error})") from None
