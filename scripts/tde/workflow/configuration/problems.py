"""What is wrong with a configuration, a line for each problem: the key, what was found, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tde.errors import InputError
from tde.workflow.configuration.allowed_words import allowed_words
from tde.workflow.configuration.json_schema import Node, nested_schema, node_at
from tde.workflow.configuration.typed_block import CONTRADICTION, Block

AnyBlock = TypeVar("AnyBlock", bound=Block)

Path = tuple[str | int, ...]
"""Keys from the top down to a place in the configuration."""

OF_A_NAME = "[key]"
"""How pydantic marks an error of a key, not of what it holds."""


def read_block(block: type[AnyBlock], content: Any, where: str) -> AnyBlock:
    """Check a part of config.yaml.

    Parameters
    ----------
    block : class
    content
        What config.yaml holds there.
    where : str
        The part's key, as in ``models.mine``.

    Returns
    -------
    block

    Raises
    ------
    InputError
        With a line for each problem.
    """
    try:
        return block.model_validate(content)
    except ValidationError as error:
        raise InputError("\n".join(problems(error, nested_schema(block), (where,)))) from None


def problems(error: ValidationError, schema: Node, above: Path = (), leave_out: Collection[Path] = ()) -> list[str]:
    """Say what pydantic found, a line for each problem.

    Parameters
    ----------
    error : ValidationError
    schema : dict
        JSON schema of what was checked.
    above : tuple of str
        Keys above it.
    leave_out : collection of tuple of str
        Places that have been reported already.
    """
    details = (detail for detail in error.errors() if detail["loc"] not in leave_out)
    return [line for detail in details for line in _lines(detail, schema, above)]


def _lines(detail: ErrorDetails, schema: Node, above: Path) -> Iterator[str]:
    *parents, last = detail["loc"] or ("",)
    if detail["type"] == "invalid_key":
        yield f"{dotted((*above, *parents))}: got the name {last}; allowed: names that are text"
    elif last == OF_A_NAME:
        yield _about_a_name(tuple(parents), schema, above)
    elif detail["type"] == "extra_forbidden":
        yield unknown_key((*above, *parents, last), list(node_at(schema, parents)["properties"]))
    elif detail["type"] == "missing":
        yield f"{dotted((*above, *parents))}: the key {last} is missing"
    elif detail["type"] == CONTRADICTION:
        for key, words in detail["ctx"]["found"]:
            yield f"{dotted((*above, *detail['loc'], *([key] if key else [])))}: {words}"
    else:
        allowed = allowed_words(node_at(schema, detail["loc"]))
        yield f"{dotted((*above, *detail['loc']))}: got {detail['input']!r}; allowed: {allowed}"


def _about_a_name(path: Path, schema: Node, above: Path) -> str:
    """One line about a name of the wrong form, or that is none of those allowed."""
    *parents, name = path
    names = node_at(schema, parents).get("propertyNames", {})
    if "enum" in names:
        return unknown_key((*above, *path), names["enum"])
    return f"{dotted((*above, *parents))}: got the name {name!r}; allowed: {allowed_words({'type': 'string'} | names)}"


def unknown_key(path: Path, known: list[str]) -> str:
    """One line about an unknown key: the nearest one, and all that are allowed."""
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{dotted(path)}: unknown key; {hint}allowed here: {', '.join(known) or 'no keys'}"


def dotted(path: Path) -> str:
    """The path as it is written in messages."""
    return ".".join(map(str, path)) or "(top level)"
