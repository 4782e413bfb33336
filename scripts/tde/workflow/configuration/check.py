"""Check config.yaml before any job, and fill in its defaults."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import yaml
from pydantic import ValidationError

from tde.errors import InputError
from tde.workflow.configuration.json_schema import Node, child, nested_schema
from tde.workflow.configuration.problems import dotted, problems
from tde.workflow.configuration.references import reference_errors
from tde.workflow.configuration.renamed import renamed_keys
from tde.workflow.configuration.typed_block import Block, IfGiven
from tde.workflow.configuration.whole import Configuration


def checked(config: dict[str, Any]) -> dict[str, Any]:
    """Check a configuration and fill in its defaults.

    Parameters
    ----------
    config : dict
        The content of config.yaml after the command line's changes; numbers and truth values
        may be text, as Snakemake's ``--config block={key: 1}`` gives them.

    Returns
    -------
    dict
        What was given and, after it in each block, the defaults of what was not; plain
        dictionaries, lists, text and numbers.

    Raises
    ------
    InputError
        With a line for each problem.
    """
    given = typed(config, nested_schema(Configuration))
    try:
        blocks = Configuration.model_validate(given)
    except ValidationError as error:
        raise InputError("\n".join(_say(given, error))) from None
    filled = _filled(given, blocks)
    lines = _old_names(filled) or reference_errors(filled)
    if lines:
        raise InputError("\n".join(lines))
    return filled


def typed(value: Any, node: Node) -> Any:
    """Numbers and truth values that came as text.

    Parameters
    ----------
    value
        A part of the configuration.
    node : dict
        JSON schema of it.

    Returns
    -------
    The same, with text where a number, a truth value or null belongs read as YAML; text that
    is none of these is kept, so that the check reports it.
    """
    branches = node.get("anyOf", [node])
    if isinstance(value, dict):
        block: Node = next((branch for branch in branches if branch.get("type") == "object"), {})
        return {key: typed(part, child(block, key)) for key, part in value.items()}
    if isinstance(value, list):
        entries: Node = next((branch for branch in branches if branch.get("type") == "array"), {})
        return [typed(part, child(entries, k)) for k, part in enumerate(value)]
    if isinstance(value, date):
        return value.isoformat()  # YAML reads dates without being asked; here they are text
    kinds = {branch.get("type") for branch in branches}
    if isinstance(value, str) and kinds & {"integer", "number", "boolean", "null"}:
        return _read(value)
    return value


def _read(text: str) -> Any:
    """A number, a truth value or null that was written as text; other text as it is."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # the latter for what looks like a date and is none
        return text
    return value if isinstance(value, int | float | bool | None) else text


def _say(given: dict[str, Any], error: ValidationError) -> list[str]:
    """All problems; for old names a line that gives the new one."""
    old = {renamed.path for renamed in renamed_keys(given)}
    return _old_names(given) + problems(error, nested_schema(Configuration), leave_out=old)


def _old_names(given: dict[str, Any]) -> list[str]:
    return [f"{dotted(path)}: is now called {new}" for path, new in renamed_keys(given)]


def _filled(given: Any, value: Any) -> Any:
    """What was given, as it was given, with the defaults that the blocks know.

    Parameters
    ----------
    given
        A part of the configuration.
    value
        The same after the check: a block, a dictionary of blocks, or a plain value.
    """
    if isinstance(value, Block):
        filled = {key: _filled(part, getattr(value, key)) for key, part in given.items()}
        return filled | {key: part for key, part in _defaults(value).items() if key not in filled}
    if isinstance(value, dict):
        return {key: _filled(part, value[key]) for key, part in given.items()}
    return given


def _defaults(block: Block) -> dict[str, Any]:
    """Plain defaults of the keys that were not given, except those whose absence means something."""
    if not block.fill_in:
        return {}
    left_out = {
        key: getattr(block, key)
        for key, field in type(block).model_fields.items()
        if key not in block.model_fields_set and not any(isinstance(mark, IfGiven) for mark in field.metadata)
    }
    return {key: _filled({}, part) if isinstance(part, Block) else deepcopy(part) for key, part in left_out.items()}
