"""The commands of the README, run as written in a workspace where the workflow has run."""

import re
import sys
from pathlib import Path

import pytest
from mallorn_files import MALLORN_DATA
from workspace import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("   #")[0].split("  # ")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
IN_TEXT = [text for text in re.findall(r"`([^`\n]+)`", README) if text.startswith(".venv/bin/snakemake ")]

NOT_RUN = {"make test"}
"""This is what runs here."""

PLANNED_ONLY = ("--profile slurm", "/path/to/mallorn")
"""What needs a cluster or the real files is planned, not run."""


@pytest.fixture(scope="module")
def repository(finished, tmp_path_factory):
    """A clone in which `make run` has been done: the environment is the one that runs these tests."""
    workspace = finished.copy(tmp_path_factory.mktemp("readme") / "clone")
    (workspace.path / ".venv").symlink_to(Path(sys.prefix))
    (workspace.path / "Makefile").write_text((ROOT / "Makefile").read_text())
    return workspace


def test_readme_has_the_commands_promised():
    assert COMMANDS[:3] == ["make run", "make test", ".venv/bin/snakemake --cores 2"]
    assert any("--report" in command for command in COMMANDS)
    assert any("--profile slurm" in command for command in COMMANDS)
    assert IN_TEXT


@pytest.mark.parametrize("command", [c for c in [*COMMANDS, *IN_TEXT] if c not in NOT_RUN])
def test_command_works_as_written(repository, command):
    if "| dot" in command and not (repository.run("which", "dot", check=False).stdout):
        pytest.skip("graphviz is not installed")
    if any(part in command for part in PLANNED_ONLY):
        command = command.replace("--cores 2", "--cores 2 -n").replace("slurm", "slurm -n", 1)
    if "/path/to/mallorn" in command:
        if not MALLORN_DATA:
            pytest.skip("MALLORN_DATA is not set: the real files are not here")
        command = command.replace("/path/to/mallorn", MALLORN_DATA)
    repository.run("bash", "-c", command)
