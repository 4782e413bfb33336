"""Workspaces shared by the workflow tests: the expensive run is done once."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Numba sees no edits of functions that a compiled one calls in other files, so the tests keep
# their kernels in a folder named after all of the library's code. Set before numba is imported.
_code = b"".join(path.read_bytes() for path in sorted((ROOT / "scripts").rglob("*.py")))
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".pytest_cache/numba" / hashlib.sha256(_code).hexdigest()[:16])

import pytest
from workspace import Workspace, few_families


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Of several processes one runs a whole file, so that its fixtures are made once.

    The files that need the finished workspace go together.
    """
    for item in items:
        name = item.path.stem
        group = "workflow" if name in ("test_workflow", "test_readme") else name
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A workspace in which the whole workflow has run on two cores; tests must not change it."""
    workspace = Workspace.create(tmp_path_factory.mktemp("finished") / "workspace")
    workspace.first_run = workspace.snakemake("--cores", "2")
    return workspace


@pytest.fixture(scope="session")
def quick(tmp_path_factory):
    """A workspace with few families in which the whole workflow has run on two cores."""
    workspace = Workspace.create(tmp_path_factory.mktemp("quick") / "workspace")
    workspace.configure(few_families)
    workspace.snakemake("--cores", "2")
    return workspace


@pytest.fixture
def workspace(finished, tmp_path):
    """A copy of the finished workspace, to be changed at will."""
    return finished.copy(tmp_path / "workspace")


@pytest.fixture
def fresh(tmp_path):
    """A workspace in which nothing has run yet."""
    return Workspace.create(tmp_path / "workspace")
