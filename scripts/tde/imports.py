"""Which files of the library a script depends on, read from its import statements.

Snakemake sees when a script changes but not when a module that it imports does.
Rules therefore name these files as inputs.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from pathlib import Path


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


@functools.cache
def _imported_files(scripts_dir: Path, path: Path) -> tuple[Path, ...]:
    """Files that one file imports anywhere, also inside functions, and their packages."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    names = {parent for name in _imported_names(tree) for parent in _with_packages(name)}
    files = (_module_file(scripts_dir, name) for name in sorted(names))
    return tuple(file for file in files if file is not None)


def _with_packages(name: str) -> Iterator[str]:
    """``a.b.c`` gives ``a``, ``a.b`` and itself: Python runs the packages' files too."""
    parts = name.split(".")
    return (".".join(parts[: i + 1]) for i in range(len(parts)))


def _imported_names(tree: ast.AST) -> Iterator[str]:
    """Dotted names that may be modules; `from a import b` may mean module a.b."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below a node. Imports stand among these; expressions, most of a tree, need not be looked at."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, field, ()):
            yield child
            yield from _statements(child)


@functools.cache
def _module_file(scripts_dir: Path, name: str) -> Path | None:
    stem = scripts_dir.joinpath(*name.split("."))
    for path in (stem.with_name(stem.name + ".py"), stem / "__init__.py"):
        if path.is_file():
            return path
    return None
