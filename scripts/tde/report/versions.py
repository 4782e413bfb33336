"""What a run was made with: versions of libraries, and the configuration."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet

NAME = re.compile(r"^[A-Za-z0-9_.-]+")


def library_versions(requirements: Path | str) -> dict[str, str]:
    """Installed version of each library that a requirements file names.

    Parameters
    ----------
    requirements : path
        One requirement a line, with comments.

    Returns
    -------
    dict of str to str
        Python first; libraries that are not installed here are left out.
    """
    versions = {"Python": platform.python_version()}
    for line in Path(requirements).read_text(encoding="utf-8").splitlines():
        found = NAME.match(line.partition("#")[0].strip())
        if found:
            try:
                versions[found.group()] = importlib.metadata.version(found.group())
            except importlib.metadata.PackageNotFoundError:
                continue
    return versions


def versions_sheet(versions: dict[str, str], config: dict[str, Any]) -> Sheet:
    """Tables of the libraries and of the configuration, key by key.

    Parameters
    ----------
    versions : dict of str to str
        Of `library_versions`.
    config : dict
    """
    libraries = [{"library": name, "version": version} for name, version in versions.items()]
    keys = [{"key": key, "value": _yaml(value)} for key, value in flat_keys(config)]
    tables = [
        Table("Libraries", [TableColumn("library"), TableColumn("version")], libraries),
        Table("Configuration", [TableColumn("key"), TableColumn("value")], keys),
    ]
    return Sheet("Versions and configuration", tables)


def flat_keys(config: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Keys with dots and their values; blocks of models stay whole below their name."""
    for key, value in config.items():
        if isinstance(value, dict) and value and not prefix.count("."):
            yield from flat_keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _yaml(value: Any) -> str:
    """The value on one line, as config.yaml might have it."""
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).strip().removesuffix("\n...")
