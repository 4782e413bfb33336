"""docs/configuration.md: every key of config.yaml, block by block."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tde.workflow.configuration.allowed_words import allowed_words
from tde.workflow.configuration.json_schema import Key, Node, any_key, config_keys, nested_schema
from tde.workflow.configuration.whole import Configuration

HEAD = """\
# Configuration

`config.yaml` is the only file to edit. A run stops before its first job if a key is unknown, has the wrong type or is
out of range, and says for each what it found and what is allowed.

To change a few keys for one run, put them in a file of your own, which is laid over `config.yaml`
(`snakemake --cores 2 --configfile mine.yaml`), or on the command line
(`snakemake --cores 2 --config dataset=mallorn 'folds={n_repeats: 2}'`). The examples below are such files. Editors that
know YAML schemas complete and check the keys by means of [config.schema.json](config.schema.json).

This page is made by `make docs`. In names of keys, `<name>` is a name of your choice.
"""

PLAIN_KEYS = "What the run works on."
PLAIN_EXAMPLE = "dataset: mallorn"


def key_page() -> str:
    """The page in Markdown."""
    blocks = nested_schema(Configuration)["properties"]
    plain = [Key(key, node, required=False) for key, node in blocks.items() if node["type"] != "object"]
    names = [key.name for key in plain]
    heading = "## " + " and ".join(map(_code, names))
    parts = [HEAD.strip(), heading, PLAIN_KEYS, _fenced(PLAIN_EXAMPLE), _table(plain)]
    for key, node in blocks.items():
        if key not in names:
            parts += _section(key, node)
    return "\n\n".join(parts) + "\n"


def _section(key: str, node: Node) -> list[str]:
    """One block: heading, what it is for, example and table; below ``models`` and ``blends`` names are free."""
    named = any_key(node)
    inner, prefix = (named, f"{key}.<name>.") if named else (node, f"{key}.")
    (example,) = inner["examples"]
    return [f"## `{key}`", _one_line(node["description"]), _fenced(example), _table(config_keys(inner, prefix))]


def _fenced(example: str) -> str:
    return f"```yaml\n{example.strip()}\n```"


def _table(keys: Iterable[Key]) -> str:
    """A row for each key: dotted name, allowed values, default, meaning."""
    return "\n".join(["| key | allowed | default | meaning |", "|---|---|---|---|", *map(_row, keys)])


def _row(key: Key) -> str:
    cells = (_code(key.name), allowed_words(key.node, _code), _default(key), key.node["description"])
    return f"| {' | '.join(map(_cell, cells))} |"


def _code(value: Any) -> str:
    return f"`{value}`"


def _default(key: Key) -> str:
    if key.required:
        return "must be given"
    return _code(json.dumps(key.node["default"])) if "default" in key.node else ""


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())
