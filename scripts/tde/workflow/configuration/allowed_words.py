"""What a key may hold, in words: for messages and for the documentation alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tde.workflow.configuration.json_schema import Node, any_key

KINDS = {"string": "text", "boolean": "true or false", "integer": "integer", "number": "number", "null": "null"}
BOUNDS = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "up to"))


def allowed_words(node: Node, quote: Callable[[Any], str] = repr) -> str:
    """What a JSON schema allows in a place, in words, as in ``integer from 2 up to 20``.

    Parameters
    ----------
    node : dict
        JSON schema of the place.
    quote : function
        How a value or a pattern is written.
    """
    if "anyOf" in node:
        kinds = [branch.get("type") for branch in node["anyOf"]]
        branches = [b for b in node["anyOf"] if not ("number" in kinds and b.get("type") == "integer")]
        return " or ".join(allowed_words(branch, quote) for branch in branches)
    if "enum" in node or "const" in node:
        return ", ".join(quote(value) for value in node.get("enum", [node.get("const")]))
    kind = node.get("type")
    if kind == "array":
        return _list_words(node, quote)
    if kind == "object":
        return _block_words(node, quote)
    if kind == "string" and "pattern" in node:
        return f"text of the form {quote(node['pattern'])}"
    if kind == "string" and node.get("minLength"):
        return "text, not empty"
    if kind is None:
        return "anything"
    return " ".join([KINDS[kind], *(f"{words} {node[key]}" for key, words in BOUNDS if key in node)])


def _list_words(node: Node, quote: Callable[[Any], str]) -> str:
    """A list and what it holds."""
    entries = allowed_words(node.get("items", {}), quote)
    limits = [words for key, words in (("minItems", "at least one"), ("uniqueItems", "each once")) if node.get(key)]
    words = "list" if entries == "anything" else f"list of {entries}"
    return f"{words} ({', '.join(limits)})" if limits else words


def _block_words(node: Node, quote: Callable[[Any], str]) -> str:
    """A block: its keys, or what each of its names may hold."""
    if "properties" in node or node.get("additionalProperties") is False:
        return "{" + ", ".join(node.get("properties", ())) + "}"
    names = node.get("propertyNames", {}).get("enum", ["name"])
    words = "{" + ", ".join(names) + ": " + allowed_words(any_key(node), quote) + "}"
    return f"{words} (at least one)" if node.get("minProperties") else words
