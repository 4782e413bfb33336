"""The JSON schema of a block of config.yaml, from its class: for editors, for messages and for the documentation."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from tde.workflow.configuration.typed_block import Block

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Node = dict[str, Any]
"""A part of a JSON schema: what one key may hold."""


class _WithoutNoise(GenerateJsonSchema):
    """No titles beside the names of keys, no null for a key that may be left out, one pattern for free names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Node:
        inner = self.generate_inner(schema["schema"])
        written = super().default_schema(schema)
        nullable = {"type": "null"} in inner.get("anyOf", [])
        return written if nullable or written.get("default", ...) is not None else inner

    def dict_schema(self, schema: core_schema.DictSchema) -> Node:
        written = super().dict_schema(schema)
        for pattern, node in written.pop("patternProperties", {}).items():
            written |= {"propertyNames": {"pattern": pattern}, "additionalProperties": node}
        return written


def json_schema(block: type[Block]) -> Node:
    """The JSON schema of a block for editors, with a definition for each kind of block inside it."""
    return {"$schema": DIALECT, **block.model_json_schema(schema_generator=_WithoutNoise)}


@functools.cache
def nested_schema(block: type[Block]) -> Node:
    """The JSON schema of a block with the blocks inside it written out, instead of references to definitions."""
    schema = json_schema(block)
    return _written_out(schema, schema.get("$defs", {}))


def _written_out(part: Any, definitions: Node) -> Any:
    if isinstance(part, list):
        return [_written_out(entry, definitions) for entry in part]
    if not isinstance(part, dict):
        return part
    own = {key: _written_out(value, definitions) for key, value in part.items() if key not in ("$ref", "$defs")}
    if "$ref" not in part:
        return own
    return _written_out(definitions[part["$ref"].removeprefix("#/$defs/")], definitions) | own


def child(node: Node, key: str | int) -> Node:
    """What an entry of a block or a list may hold; empty if the schema does not say."""
    if isinstance(key, int):
        return node.get("items", {})
    named = node.get("properties", {}).get(key)
    return named if named is not None else any_key(node)


def any_key(node: Node) -> Node:
    """What a key may hold whose name is free, as below ``models``; empty if no name is free."""
    further = node.get("additionalProperties")
    return further if isinstance(further, dict) else {}


def node_at(schema: Node, path: Sequence[str | int]) -> Node:
    """What the key at a path may hold."""
    return functools.reduce(child, path, schema)


class Key(NamedTuple):
    """A key of config.yaml.

    Attributes
    ----------
    name : str
        Dotted, with ``<name>`` where the name is free.
    node : dict
        JSON schema of what it holds.
    required : bool
        Whether its block must have it.
    """

    name: str
    node: Node
    required: bool


def config_keys(node: Node, prefix: str = "") -> Iterator[Key]:
    """All keys that are described.

    Parameters
    ----------
    node : dict
        Schema of a block, written out.
    prefix : str
        What the names begin with.
    """
    children = dict(node.get("properties", {}))
    if "properties" in any_key(node):
        children["<name>"] = any_key(node)
    for name, described in children.items():
        key = f"{prefix}{name}"
        if "description" in described:
            yield Key(key, described, name in node.get("required", []))
        yield from config_keys(described, f"{key}.")
