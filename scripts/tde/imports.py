"""Which files of the library a script depends on, read from its import statements.

Snakemake sees when a script changes but not when a module that it imports does.
Rules therefore name these files as inputs.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

IMPORT = re.compile(r"(?:^|[;:])[ \t]*((?:from|import)\b[^\n(;]*(?:\([^)]*\))?)", re.MULTILINE)
"""What may be an import statement: other words that look like one, or a line that goes on, make no sense to Python."""


def library_files(scripts_dir: Path, roots: Iterable[str]) -> list[str]:
    """Return the library files that some modules import, directly or through others.

    The templates beside a module belong to it.

    Parameters
    ----------
    scripts_dir : path
        The folder that holds the scripts and the package.
    roots : iterable of str
        Names of scripts (``make_shard``) or modules (``tde.features.domain``).

    Returns
    -------
    list of str
        Sorted paths of the modules reached, without the scripts themselves.

    Raises
    ------
    FileNotFoundError
        If there is no such script or module.
    """
    reached: set[Path] = set()
    waiting = []
    for root in roots:
        path = _module_file(scripts_dir, root)
        if path is None:
            raise FileNotFoundError(f"no script or module {root!r} in {scripts_dir}")
        waiting.append(path)
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(_imported_files(scripts_dir, path))
    library = {path for path in reached if path.parent != scripts_dir}
    templates = (file for folder in {path.parent for path in library} for file in (folder / "templates").glob("*.*"))
    return sorted(map(str, library.union(templates)))


def import_statements(text: str) -> ast.Module:
    """Parse a module's import statements, and the rest only if there is no other way.

    To parse hundreds of files whole takes a good part of the time in which Snakemake plans a run.

    Parameters
    ----------
    text : str
        A module.

    Returns
    -------
    ast.Module
        At least the imports.
    """
    try:
        return ast.parse("\n".join(IMPORT.findall(text)))
    except SyntaxError:
        return ast.parse(text)


@functools.cache
def _imported_files(scripts_dir: Path, path: Path) -> tuple[Path, ...]:
    """Files that one file imports anywhere, also inside functions, and their packages."""
    text = path.read_text(encoding="utf-8")
    names = {parent for name in _imported_names(import_statements(text)) for parent in _with_packages(name)}
    files = (_module_file(scripts_dir, name) for name in sorted(names))
    return tuple(file for file in files if file is not None)


def _with_packages(name: str) -> Iterator[str]:
    """``a.b.c`` gives ``a``, ``a.b`` and itself: Python runs the packages' files too."""
    parts = name.split(".")
    return (".".join(parts[: i + 1]) for i in range(len(parts)))


def _imported_names(tree: ast.AST) -> Iterator[str]:
    """Dotted names that may be modules; `from a import b` may mean module a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@functools.cache
def _module_file(scripts_dir: Path, name: str) -> Path | None:
    stem = scripts_dir.joinpath(*name.split("."))
    for path in (stem.with_name(stem.name + ".py"), stem / "__init__.py"):
        if path.is_file():
            return path
    return None
