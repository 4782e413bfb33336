"""The README's table of keys, made from the schema of config.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

BEGIN, END = "<!-- begin: table of keys (make docs) -->", "<!-- end: table of keys -->"


def config_table(schema: dict[str, Any]) -> str:
    """Render the keys of a configuration schema as a Markdown table.

    Parameters
    ----------
    schema : dict
        JSON schema of config.yaml.

    Returns
    -------
    str
        One row per key: dotted name, allowed values, default, meaning.
    """
    rows = ["| key | allowed | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{key}` | {_allowed(node)} | {_default(node)} | {_meaning(node)} |" for key, node in config_keys(schema)
    ]
    return "\n".join(rows)


def replace_table(text: str, schema: dict[str, Any]) -> str:
    """Put the table between its two marks in a Markdown text.

    Raises
    ------
    ValueError
        If the marks are not there.
    """
    before, mark, rest = text.partition(BEGIN)
    _, end_mark, after = rest.partition(END)
    if not mark or not end_mark:
        raise ValueError(f"the text has no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{config_table(schema)}\n{END}{after}"


def config_keys(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the keys of a configuration schema: dotted name and description of each.

    Parameters
    ----------
    node : dict
        JSON schema, of all of config.yaml or of one block.
    prefix : str
        What the names begin with.
    """
    children = dict(node.get("properties", {}))
    anonymous = node.get("additionalProperties")
    if isinstance(anonymous, dict) and "properties" in anonymous:
        children["<name>"] = anonymous
    for name, child in children.items():
        key = f"{prefix}{name}"
        if "description" in child:
            yield key, child
        yield from config_keys(child, f"{key}.")


def _allowed(node: dict[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "oneOf" in node:
        return " or ".join(_allowed(branch) for branch in node["oneOf"])
    if "const" in node:
        return f"`{node['const']}`"
    if node.get("type") == "array":
        items = node["items"]
        return "list of " + (_allowed(items) if "enum" in items else items["type"] + "s")
    kinds = [node["type"]] if isinstance(node["type"], str) else node["type"]
    return " or ".join(kinds) + _range(node)


def _range(node: dict[str, Any]) -> str:
    bounds = [
        f"{words} {node[key]}"
        for key, words in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if key in node
    ]
    return " " + " ".join(bounds) if bounds else ""


def _default(node: dict[str, Any]) -> str:
    return f"`{json.dumps(node['default'])}`" if "default" in node and node["default"] != {} else ""


def _meaning(node: dict[str, Any]) -> str:
    return " ".join(node["description"].split()).replace("|", "\\|")
