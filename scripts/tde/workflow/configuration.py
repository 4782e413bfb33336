"""Check config.yaml: what JSON Schema can say, and the references between its blocks.

Every complaint has one form: key, got, allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from tde.features.registry import curves_read
from tde.models.extra_packages import missing_package


def schema_errors(config: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """List what a configuration has against its schema.

    Parameters
    ----------
    config : dict
        The content of config.yaml after the command line's changes.
    schema : dict
        The JSON schema (draft 2020-12).

    Returns
    -------
    list of str
        One line per problem; empty if all is well.
    """
    problems = sorted(Draft202012Validator(schema).iter_errors(config), key=lambda p: [str(k) for k in p.absolute_path])
    return [line for problem in problems for line in _say(problem)]


def typed(value: Any, schema: dict[str, Any]) -> Any:
    """Numbers and truth values that came as text, as Snakemake's ``--config block={key: 1}`` gives them.

    Parameters
    ----------
    value
        A part of the configuration.
    schema : dict
        The part of the schema that describes it.

    Returns
    -------
    The same, with text in the place of a number, a truth value or null read as YAML; text that
    is none of these stays, so that the check names it.
    """
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties", {})
        other = other if isinstance(other, dict) else {}
        return {key: typed(part, known.get(key, other)) for key, part in value.items()}
    if isinstance(value, str) and {"integer", "number", "boolean", "null"} & set(kinds):
        read = yaml.safe_load(value)
        return read if isinstance(read, int | float | bool | None) else value
    return value


def reference_errors(config: dict[str, Any]) -> list[str]:
    """List the names that point to a block or a package that is not there.

    Parameters
    ----------
    config : dict
        A configuration without schema errors, defaults filled in.

    Returns
    -------
    list of str
        One line per problem; empty if all is well.
    """
    return list(_dangling_names(config))


def _say(problem: ValidationError) -> Iterator[str]:
    """Say one schema violation in words."""
    key = ".".join(map(str, problem.absolute_path)) or "(top level)"
    got = problem.instance
    if problem.validator == "additionalProperties":
        allowed = sorted(problem.schema.get("properties", {}))
        for name in sorted(set(got) - set(allowed)):
            full = name if key == "(top level)" else f"{key}.{name}"
            yield f"{full}: unknown key; allowed here: {', '.join(allowed)}"
    elif problem.validator == "required":
        missing = [name for name in problem.validator_value if name not in got]
        yield f"{key}: the key {', '.join(missing)} is missing"
    else:
        yield f"{key}: got {got!r}; allowed: {_allowed(problem)}"


def _allowed(problem: ValidationError) -> str:
    value = problem.validator_value
    words = {
        "enum": lambda: ", ".join(map(repr, value)),
        "type": lambda: value if isinstance(value, str) else " or ".join(value),
        "minimum": lambda: f"at least {value}",
        "maximum": lambda: f"at most {value}",
        "exclusiveMinimum": lambda: f"above {value}",
        "exclusiveMaximum": lambda: f"below {value}",
        "minItems": lambda: f"at least {value} entries",
        "minProperties": lambda: f"at least {value} keys",
        "minLength": lambda: "some text",
        "uniqueItems": lambda: "each entry only once",
        "pattern": lambda: f"text of the form {value}",
        "propertyNames": lambda: f"names of the form {value.get('pattern', value)}",
        "oneOf": lambda: " or ".join(_alternative(branch) for branch in value),
    }
    return words.get(problem.validator, lambda: problem.message)()


def _alternative(branch: dict[str, Any]) -> str:
    if "enum" in branch:
        return ", ".join(map(repr, branch["enum"]))
    return repr(branch["const"]) if "const" in branch else branch.get("description", branch.get("type", "?"))


def _dangling_names(config: dict[str, Any]) -> Iterator[str]:
    families = list(config["features"])
    for family in families:
        for needed in curves_read(family):
            if needed not in families:
                yield f"features: got {family!r} without {needed!r}, whose curves it reads; allowed: both or neither"
    for name, model in config["models"].items():
        for family in model["features"]:
            if family not in families:
                yield f"models.{name}.features: got {family!r}; allowed: the keys of features: {', '.join(families)}"
        missing = missing_package(model["estimator"])
        if missing:
            yield f"models.{name}.estimator: got {model['estimator']!r}; it needs {missing}"
    yield from _dangling_blends(config)
    yield from _dangling_reports(config)


def _dangling_blends(config: dict[str, Any]) -> Iterator[str]:
    models = ", ".join(config["models"])
    for blend, block in config["blends"].items():
        for name in block["models"]:
            if name not in config["models"]:
                yield f"blends.{blend}.models: got {name!r}; allowed: the keys of models: {models}"
        weights = block.get("weights", "mean")
        if isinstance(weights, dict) and set(weights) != set(block["models"]):
            yield f"blends.{blend}.weights: got weights of {', '.join(weights)}; allowed: one for each of its models"


def _dangling_reports(config: dict[str, Any]) -> Iterator[str]:
    submitted, reported = config["submission"]["blend"], config["report"]["blends"]
    blends = ", ".join(config["blends"])
    for key, names in (("submission.blend", [submitted]), ("report.blends", reported)):
        for name in names:
            if name not in config["blends"]:
                yield f"{key}: got {name!r}; allowed: the keys of blends: {blends}"
    if submitted not in reported:
        yield f"report.blends: got no {submitted!r}, which is submitted; allowed: it and others"
    ablated = config["ablation"]["model"]
    if ablated not in config["models"]:
        yield f"ablation.model: got {ablated!r}; allowed: the keys of models: {', '.join(config['models'])}"
    for name in config["leaderboard"]["only"]:
        if name not in config["models"] and name not in config["blends"]:
            known = ", ".join([*config["blends"], *config["models"]])
            yield f"leaderboard.only: got {name!r}; allowed: the keys of blends and models: {known}"
