"""The code keeps to the limits of `make house`, and a break of any of them is found."""

import pytest
from house import LIMITS, House, sizes

OUT_OF_ORDER = {
    "scripts/tde/__init__.py": "",
    "scripts/tde/features/__init__.py": "",
    "scripts/tde/features/registry.py": 'FAMILIES = (Family("known"), Family(reads=("known",), name="other"))\n',
    "scripts/tde/features/known.py": "",
    "scripts/tde/features/other/__init__.py": "from tde.features.other import steps\n",
    "scripts/tde/features/other/steps.py": "",
    "scripts/tde/features/forgotten.py": "",
    "scripts/tde/one/__init__.py": "",
    "scripts/tde/one/same.py": "def late():\n    from tde.two import same\n    return same\n",
    "scripts/tde/two/__init__.py": "",
    "scripts/tde/two/same.py": "from ..one.same import late\n",
    "scripts/long.py": "x = 1\n" * 401,
    "rules/long.smk": "# a rule\n" * 401,
    "tests/just_right.py": "x = 1\n" * 400,
}
"""A repository in which most limits are broken."""

SIGNATURES = '''
from typing import NamedTuple


class Pair(NamedTuple):
    first: int
    second: int


class Base:
    def fit(self, x, y, z):
        """Fit.

        Parameters
        ----------
        x, y, z : float
        """

    def check(self, x, y, z):
        """Check."""


class Derived(Base):
    def fit(self, x, y, z):
        """Fit otherwise."""

    def both(self) -> "list[int] | None":
        """No tuple."""

    def _inside(self, a, b, c) -> tuple[int, int]:
        return a, b


def pair() -> tuple[int, int]: ...
def perhaps() -> None | tuple: ...
def named() -> Pair: ...
def series() -> tuple[int, ...]: ...
def options(a, *, b, **more): ...
def few(a, b): ...
def _many(a, b, c): ...
'''

SIX = ["a = 1", "b = 2", "c = [", "    3,", "]", "d = 4", "e = 5"]
"""Six lines of code and one of a bracket."""


@pytest.fixture
def house(tmp_path):
    """Makes a repository of some files."""

    def make(files):
        for name, text in ({"scripts/tde/features/registry.py": ""} | files).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return House(tmp_path)

    return make


@pytest.fixture(scope="module")
def ours():
    """This repository, read once."""
    return House()


def places(what, house):
    return next(limit for limit in LIMITS if what in limit.what).places(house)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.what)
def test_limits_are_kept(limit, ours):
    found = limit.places(ours)
    assert len(found) <= limit.allowed, "\n".join(found)


def test_sizes_are_counted_by_package(house):
    table = sizes(house(OUT_OF_ORDER)).splitlines()
    assert [line.split() for line in table if line.startswith(("features", "two", "all"))] == [
        ["two", "2", "1", "0"],
        ["features", "6", "2", "0"],
        ["all", "11", "6", "1"],
    ]


def test_long_files_are_found(house):
    assert places("files above", house(OUT_OF_ORDER)) == ["scripts/long.py: 401 lines", "rules/long.smk: 401 lines"]


@pytest.mark.parametrize(("length", "found"), [(60, 0), (61, 1)])
def test_long_functions_are_found(house, length, found):
    text = "class A:\n    def f(self):\n" + "        x = 1\n" * (length - 1)
    assert len(places("functions above", house({"scripts/tde/a.py": text}))) == found


def test_circles_are_found_through_functions_and_relative_imports(house):
    """A package that imports its own module is no circle."""
    (circle,) = places("circles", house(OUT_OF_ORDER))
    assert set(circle.split(" > ")) == {"tde.one.same", "tde.two.same"}


def test_strangers_among_the_features_are_found(house):
    assert places("no family", house(OUT_OF_ORDER)) == ["scripts/tde/features/forgotten.py"]


def test_repeated_file_names_are_found(house):
    assert places("occur twice", house(OUT_OF_ORDER)) == ["same.py in scripts/tde/one, scripts/tde/two"]


def test_repeated_runs_are_found_whatever_their_layout(house):
    one = "\n".join(SIX)
    two = "def f():\n" + "\n\n".join(f"    {line}  # why" for line in SIX) + "\n    return a\n"
    (run,) = places("runs", house({"scripts/tde/a.py": one, "scripts/tde/b.py": two}))
    assert run == "scripts/tde/a.py:1 and scripts/tde/b.py:2: 6 lines"


def test_longer_runs_count_once(house):
    text = "\n".join(f"x{i} = {i}" for i in range(20))
    (run,) = places("runs", house({"scripts/tde/a.py": text, "scripts/tde/b.py": text}))
    assert run.endswith(": 20 lines")


def test_imports_docstrings_and_heads_of_functions_may_be_alike(house):
    docstring = '"""One.\n\nTwo.\n\nThree.\n"""\n'
    text = f"{docstring}import a\nimport b\ndef f(\n    a,\n    b,\n    c,\n    d,\n):\n    {docstring}"
    files = {f"scripts/tde/{name}.py": f"{text}    return {name}\n" for name in "pq"}
    assert places("runs", house(files)) == []


def test_bare_tuples_are_found(house):
    found = places("bare tuple", house({"scripts/tde/a.py": SIGNATURES}))
    assert [place.split(" ", 1)[1] for place in found] == [
        "pair returns tuple[int, int]",
        "perhaps returns None | tuple",
    ]


def test_undescribed_arguments_are_found(house):
    """Descriptions of a method hold for those that take its place."""
    found = places("Parameters", house({"scripts/tde/a.py": SIGNATURES}))
    assert [place.split()[1] for place in found] == ["options", "Base.check"]
