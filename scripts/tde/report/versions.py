"""What a run was made with: versions of libraries, and the configuration."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from pathlib import Path

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
