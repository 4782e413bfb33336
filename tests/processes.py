"""Find, await and end the processes of a workspace, by their pids only."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil
from workspace import Workspace, clean_environment

T = TypeVar("T")


def start_snakemake(workspace: Workspace, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start Snakemake in a workspace without waiting; its words go to run.txt there."""
    with (workspace.path / "run.txt").open("w") as words:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=workspace.path,
            env=clean_environment(workspace.path) | environment,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


def words_of(workspace: Workspace) -> str:
    """What the last started Snakemake has said so far."""
    return (workspace.path / "run.txt").read_text()


def wait_for(what: str, find: Callable[[], T | None], seconds: float = 120.0, pause: float = 0.02) -> T:
    """Ask again until there is an answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"{what}: nothing within {seconds:g} s")


def job_process(workspace: Workspace, rule: str) -> psutil.Process | None:
    """The Python process that runs a rule's script, if it is there."""
    folder = str(workspace.path / ".snakemake/scripts")
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if len(command) > 1 and command[1].startswith(folder) and command[1].endswith(f".{rule}.py"):
            return process
    return None


def half_written(workspace: Workspace, pattern: str) -> Path | None:
    """A temporary file of a write under way."""
    return next(iter((workspace.path / "results").rglob(f".{pattern}.*.part")), None)
