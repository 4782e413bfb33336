"""Is the house in order? Sizes and limits of the code, read from its text (`make house`).

Prints lines and functions of each package of the library and where a limit is broken, and
ends with an error then. The same limits are asserted by test_house.py.
"""

from __future__ import annotations

import ast
import functools
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
SHORTEST_RUN = 6
NOT_FAMILIES = ("__init__", "shared", "registry", "table", "catalogue")
"""What may lie in tde/features beside the families."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root of the repository, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    def functions(self) -> list[Function]:
        """All functions, also methods and those inside others."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def classes(self) -> list[ast.ClassDef]:
        """Classes of the module, those inside functions left out."""
        return [node for node in self.tree.body if isinstance(node, ast.ClassDef)]

    def public_functions(self) -> Iterator[tuple[str, Function]]:
        """Functions and methods that others may call, with the name of their class or an empty one."""
        owners = [("", self.tree), *((owner.name, owner) for owner in self.classes())]
        for name, owner in owners:
            for node in owner.body:
                if isinstance(node, Function) and not name.startswith("_") and not node.name.startswith("_"):
                    yield name, node


class House:
    """A repository with scripts/, scripts/tde/, rules/ and tests/."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    @functools.cached_property
    def library(self) -> list[Source]:
        return [self._source(path) for path in sorted((self.root / "scripts/tde").rglob("*.py"))]

    @functools.cached_property
    def scripts(self) -> list[Source]:
        return [self._source(path) for path in sorted((self.root / "scripts").glob("*.py"))]

    def files(self, folder: str, *endings: str) -> list[Path]:
        paths = sorted((self.root / folder).rglob("*"))
        return [path for path in paths if path.suffix in endings and "__pycache__" not in path.parts]

    def _source(self, path: Path) -> Source:
        text = path.read_text(encoding="utf-8")
        return Source(str(path.relative_to(self.root)), text, ast.parse(text))


# --- sizes -------------------------------------------------------------------------------------------------------


def sizes(house: House) -> str:
    """Table of files, lines and functions of each package of the library."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for source in house.library:
        parts = Path(source.path).parts[2:]
        for package in (parts[0] if len(parts) > 1 else "(tde itself)", "all"):
            for place, number in enumerate((1, len(source.text.splitlines()), len(source.functions()))):
                counts[package][place] += number
    rows = [("package of tde", "files", "lines", "functions")]
    rows += [(package, *numbers) for package, numbers in sorted(counts.items(), key=lambda item: item[1][1])]
    return "\n".join(f"{name:16} {files:>6} {lines:>7} {functions:>10}" for name, files, lines, functions in rows)


def long_files(house: House) -> list[str]:
    """Python and Snakemake files of the library, scripts, rules and tests above 400 lines."""
    paths = [path for folder in ("scripts", "rules", "tests") for path in house.files(folder, ".py", ".smk")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return [
        f"{path.relative_to(house.root)}: {length} lines" for path, length in lengths.items() if length > LONGEST_FILE
    ]


def long_functions(house: House) -> list[str]:
    """Functions above 60 lines, from ``def`` to the last line, docstring included."""
    return [
        f"{source.path}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for source in house.library + house.scripts
        for node in source.functions()
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]


# --- structure ---------------------------------------------------------------------------------------------------


def import_circles(house: House) -> list[str]:
    """Modules of the library that import each other in a circle, imports inside functions included."""
    modules = {_module_name(source): source for source in house.library}
    graph = {name: set(_imports(source, name, modules)) for name, source in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" > ".join(reversed(error.args[1]))]
    return []


def _module_name(source: Source) -> str:
    parts = Path(source.path).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(source: Source, name: str, modules: Iterable[str]) -> Iterator[str]:
    """Modules that one imports. That a module's package is run before it is no import of the package."""
    package = name if source.path.endswith("__init__.py") else name.rpartition(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield from (found for found in [inner if inner in modules else base] if found in modules)


def strangers_among_features(house: House) -> list[str]:
    """Modules of tde/features that the registry names in no ``Family(name, ...)`` row, and that are no machinery."""
    folder = house.root / "scripts/tde/features"
    registry = next(source for source in house.library if source.path.endswith("features/registry.py"))
    known = {*NOT_FAMILIES, *_family_names(registry.tree)}
    entries = [path for path in sorted(folder.iterdir()) if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return [str(path.relative_to(house.root)) for path in entries if path.stem not in known]


def _family_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Family":
            names = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
            yield from (name.value for name in names if isinstance(name, ast.Constant))


def repeated_names(house: House) -> list[str]:
    """File names that occur more than once in the library."""
    places = defaultdict(list)
    for path in sorted((house.root / "scripts/tde").rglob("*")):
        if path.is_file() and path.name != "__init__.py" and "__pycache__" not in path.parts:
            places[path.name].append(str(path.parent.relative_to(house.root)))
    return [f"{name} in {', '.join(folders)}" for name, folders in places.items() if len(folders) > 1]


# --- repeated lines ----------------------------------------------------------------------------------------------


def repeated_runs(house: House) -> list[str]:
    """Runs of six or more consecutive lines of code that two files of the library share.

    Indentation, blank lines, comments, docstrings and imports do not count, nor do the
    heads of functions (those that keep to one interface must look alike) and lines of
    brackets and commas alone, which ruff sets. All these are passed over, so that a run may
    reach across them. A run is as long as the two files agree and counts once, however
    many windows of six lines it holds; runs of the same two files that overlap in either
    of them are one. Lines that three files share are three runs, one for each pair.
    """
    found: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    lines = [_code_lines(source) for source in house.library]
    for file, numbered in enumerate(lines):
        for start in range(len(numbered) - SHORTEST_RUN + 1):
            found[tuple(text for _, text in numbered[start : start + SHORTEST_RUN])].append((file, start))
    windows: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    for places in found.values():
        for (file, start), (other, other_start) in combinations(places, 2):
            if file != other:
                windows[file, other].add((start, other_start))
    runs = []
    for (file, other), starts in sorted(windows.items()):
        for (first, last), (other_first, _) in _merged(starts):
            one = f"{house.library[file].path}:{lines[file][first][0]}"
            two = f"{house.library[other].path}:{lines[other][other_first][0]}"
            runs.append(f"{one} and {two}: {last - first + 1} lines")
    return runs


def _merged(starts: set[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """First and last line in both files of the runs that equal windows add up to."""
    runs: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for window in sorted(starts):
        pair = [(start, start + SHORTEST_RUN - 1) for start in window]
        apart = []
        for run in runs:
            if any(mine[0] <= its[1] and its[0] <= mine[1] for mine, its in zip(pair, run, strict=True)):
                pair = [(min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(pair, run, strict=True)]
            else:
                apart.append(run)
        runs = [*apart, (pair[0], pair[1])]
    return runs


def _code_lines(source: Source) -> list[tuple[int, str]]:
    """Lines that count, stripped, with their numbers."""
    ignored = {number for node in ast.walk(source.tree) for number in _ignored_lines(node)}
    lines = dict(enumerate(source.text.splitlines(), start=1))
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            number, column = token.start
            lines[number] = lines[number][:column]
    return [
        (number, text.strip())
        for number, text in lines.items()
        if number not in ignored and any(letter.isalnum() for letter in text)
    ]


def _ignored_lines(node: ast.AST) -> range:
    """Lines of an import, a docstring, a string that describes a constant, or the head of a function."""
    if isinstance(node, Function):
        return range(node.lineno, max(node.body[0].lineno, node.lineno + 1))
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    if text or isinstance(node, ast.Import | ast.ImportFrom):
        return range(node.lineno, node.end_lineno + 1)
    return range(0)


# --- signatures --------------------------------------------------------------------------------------------------


def bare_tuples(house: House) -> list[str]:
    """Public functions of the library that return a tuple whose places have no names.

    ``tuple[str, ...]``, of any length, is a sequence and may be returned.
    """
    return [
        f"{source.path}:{node.lineno} {_full_name(owner, node)} returns {ast.unparse(node.returns)}"
        for source in house.library
        for owner, node in source.public_functions()
        if node.returns and _is_bare_tuple(node.returns)
    ]


def _is_bare_tuple(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.BinOp):
        return _is_bare_tuple(annotation.left) or _is_bare_tuple(annotation.right)
    if isinstance(annotation, ast.Subscript):
        inner = annotation.slice
        endless = isinstance(inner, ast.Tuple) and ast.unparse(inner.elts[-1]) == "..."
        return _is_bare_tuple(annotation.value) and not endless
    return isinstance(annotation, ast.Name) and annotation.id == "tuple"


def without_parameters(house: House) -> list[str]:
    """Public functions of the library that take three or more arguments and have no Parameters section.

    A method that takes another's place is described where the first of its kind is.
    """
    bases = {
        owner.name: [getattr(base, "id", "") for base in owner.bases]
        for source in house.library
        for owner in source.classes()
    }
    described = {
        (owner, node.name)
        for source in house.library
        for owner, node in source.public_functions()
        if re.search(r"^Parameters\n-+$", ast.get_docstring(node) or "", re.MULTILINE)
    }
    return [
        f"{source.path}:{node.lineno} {_full_name(owner, node)}"
        for source in house.library
        for owner, node in source.public_functions()
        if _n_arguments(node) >= 3
        and described.isdisjoint((each, node.name) for each in _line_of_descent(owner, bases))
    ]


def _line_of_descent(owner: str, bases: dict[str, list[str]]) -> list[str]:
    """A class of the library and all classes of the library that it derives from, by their names."""
    return [owner, *(each for base in bases.get(owner, []) for each in _line_of_descent(base, bases))]


def _full_name(owner: str, node: Function) -> str:
    return f"{owner}.{node.name}" if owner else node.name


def _n_arguments(node: Function) -> int:
    """Arguments without ``self`` and ``cls``; ``*args`` and ``**options`` count one each."""
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return sum(each.arg not in ("self", "cls") for each in named) + sum(bool(a) for a in (given.vararg, given.kwarg))


# --- limits ------------------------------------------------------------------------------------------------------


class Limit(NamedTuple):
    """What is counted, how many there may be, and the function that finds the places."""

    what: str
    allowed: int
    places: Callable[[House], list[str]]


LIMITS = (
    Limit("files above 400 lines", 0, long_files),
    Limit("functions above 60 lines", 0, long_functions),
    Limit("import circles", 0, import_circles),
    Limit("modules of features/ that are no family", 0, strangers_among_features),
    Limit("file names that occur twice", 0, repeated_names),
    Limit("runs of six or more lines in two files", 9, repeated_runs),
    Limit("public functions that return a bare tuple", 0, bare_tuples),
    Limit("public functions without Parameters", 0, without_parameters),
)


def main() -> int:
    """Print the sizes and what breaks a limit; the number of broken limits is returned."""
    house = House()
    print(sizes(house), end="\n\n")
    broken = 0
    for limit in LIMITS:
        places = limit.places(house)
        over = len(places) > limit.allowed
        broken += over
        print(f"{'TOO MANY' if over else 'ok':8} {len(places):4} (at most {limit.allowed}) {limit.what}")
        for place in places:
            print(f"{'':14}{place}")
    return broken


if __name__ == "__main__":
    sys.exit(main())
