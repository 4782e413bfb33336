"""Workspaces shared by the workflow tests: the expensive run is done once."""

import hashlib
import os

import pytest
from counts import count, pytest_terminal_summary  # noqa: F401, found here by pytest
from file_costs import FileCosts
from filelock import FileLock
from hypothesis import settings
from source_files import Road
from workspace import CACHE, ROOT, Workspace, few_families, few_nights

from tde.compiled.cache import use_compiled
from tde.compiled.shared_code import share_compiled

# What all tests and workspaces compile is shared. Numba sees no edits of functions that a compiled one
# calls in other files, so each state of the library has its folder in front of the shared one.
os.environ["XDG_CACHE_HOME"] = str(CACHE)
_code = b"".join(path.read_bytes() for path in sorted((ROOT / "scripts").rglob("*.py")))
use_compiled(CACHE / "numba" / hashlib.sha256(_code).hexdigest()[:16])
share_compiled()

# A test that is slow on a busy machine is no failure.
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")

FIRST = (
    "test_slurm",  # makes the quick run, while the next three need no run
    "test_additions",
    "test_hostile_input",
    "test_invariances",
    "test_workflow",  # makes the run of all families, while the next four need the quick one alone
    "test_protocol",
    "test_faults",
    "test_reruns",
    "test_readme",
    "test_predict",
    "test_history",
    "test_collections",
    "test_nights_workflow",
    "test_early",
    "test_unfinished",
    "test_sources_hostile",
)
"""Files that take minutes: begun last they would keep one process busy alone."""


REAL_FILES = {"mallorn": "MALLORN_DATA", "formats": "FORMATS_DATA", "real_sky": "REAL_SKY_DATA"}
"""Markers of tests on real files, and the environment variables that say where these are."""


def pytest_configure(config):
    config.pluginmanager.register(FileCosts())


def pytest_collection_modifyitems(items):
    for item in items:
        for marker, variable in REAL_FILES.items():
            if item.get_closest_marker(marker) and not os.environ.get(variable):
                item.add_marker(pytest.mark.skip(reason=f"{variable} is not set: the real files are not here"))
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(FIRST)))


def made_once(tmp_path_factory, name, make):
    """A folder that is made by the first of the test processes that asks for it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    failed = shared / f"{name}.failed"
    with FileLock(shared / f"{name}.lock"):
        if failed.exists():
            pytest.fail(f"{name} could not be made: {failed.read_text()}", pytrace=False)
        if not (shared / f"{name}.done").exists():
            try:
                make(shared / name)
            except BaseException as error:
                failed.write_text(repr(error))
                raise
            (shared / f"{name}.done").touch()
    return shared / name


@pytest.fixture(scope="session")
def quick(tmp_path_factory):
    """A workspace with few families in which the whole workflow has run on two cores."""

    def make(folder):
        workspace = Workspace.create(folder / "workspace")
        workspace.configure(few_families)
        workspace.snakemake("--cores", "2")

    return Workspace(made_once(tmp_path_factory, "quick", make) / "workspace")


@pytest.fixture(scope="session")
def replayed(tmp_path_factory, quick):
    """The quick workspace with a bundle, in which nights were made from the data set and measured on two cores."""

    def make(folder):
        workspace = quick.copy(folder / "workspace")
        workspace.configure(few_nights)
        workspace.snakemake("--cores", "2", "replay")

    return Workspace(made_once(tmp_path_factory, "replayed", make) / "workspace")


@pytest.fixture(scope="session")
def finished(tmp_path_factory, quick):
    """A workspace in which the whole workflow has run on two cores; tests must not change it.

    It is made after the quick one, and finds on the machine what that has compiled.
    """

    def make(folder):
        workspace = Workspace.create(folder / "workspace")
        run = workspace.snakemake("--cores", "2")
        (folder / "first_run.txt").write_text(run.stdout + run.stderr)

    folder = made_once(tmp_path_factory, "finished", make)
    workspace = Workspace(folder / "workspace")
    workspace.first_run = (folder / "first_run.txt").read_text()
    return workspace


@pytest.fixture
def workspace(finished, tmp_path):
    """A copy of the finished workspace, to be changed at will."""
    return finished.copy(tmp_path / "workspace")


@pytest.fixture
def fresh(tmp_path):
    """A workspace in which nothing has run yet."""
    return Workspace.create(tmp_path / "workspace")


@pytest.fixture
def road(tmp_path):
    """From files to light curves, as `source_files.Road` goes it."""
    return Road(tmp_path)
