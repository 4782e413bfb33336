"""Workspaces shared by the workflow tests: the expensive run is done once."""

import pytest
from workspace import Workspace


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A workspace in which the whole workflow has run on two cores; tests must not change it."""
    workspace = Workspace.create(tmp_path_factory.mktemp("finished") / "workspace")
    workspace.first_run = workspace.snakemake("--cores", "2")
    return workspace


@pytest.fixture
def workspace(finished, tmp_path):
    """A copy of the finished workspace, to be changed at will."""
    return finished.copy(tmp_path / "workspace")


@pytest.fixture
def fresh(tmp_path):
    """A workspace in which nothing has run yet."""
    return Workspace.create(tmp_path / "workspace")
