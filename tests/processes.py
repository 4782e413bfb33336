"""Start, hold, await and end the processes of a workspace, by their pids only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil
from workspace import Workspace, clean_environment

T = TypeVar("T")

STARTED: list[subprocess.Popen[str]] = []
"""Snakemakes of the current test."""

GATES: list[Gate] = []
"""Gates of the current test."""


def start_snakemake(workspace: Workspace, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start Snakemake in a workspace without waiting; its words go to run.txt there."""
    with (workspace.path / "run.txt").open("w") as words:
        run = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=workspace.path,
            env=clean_environment(workspace.path) | environment,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_listen_to_ctrl_c,
            text=True,
        )
    STARTED.append(run)
    return run


def _listen_to_ctrl_c() -> None:
    """Tests that run in the background of a shell may have been told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_started() -> None:
    """Kill what a failed test has left running: Snakemake and, in its session, its jobs; let orphans go on."""
    for run in STARTED:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
    STARTED.clear()
    for gate in GATES:
        gate.open()
    GATES.clear()


def words_of(workspace: Workspace) -> str:
    """What the last started Snakemake has said so far."""
    return (workspace.path / "run.txt").read_text()


def wait_for(what: str, find: Callable[[], T | None], seconds: float = 400.0, pause: float = 0.02) -> T:
    """Ask again until there is an answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"{what}: nothing within {seconds:g} s")


class Gate:
    """Where one job waits until the test has done what it is to be done meanwhile.

    The job itself says that it has come and stops there (gate/sitecustomize.py), so that no
    test has to be faster than a job.

    Parameters
    ----------
    workspace : Workspace
    rule : str
        The rule whose job is held.
    turn : int
        Which of the rule's jobs, in the order in which they start; 0 is the first.
    file : str
        Name of a file: the job is held when that is written under its temporary name, and
        before it gets its own. Without one the job is held before it does anything.
    """

    def __init__(self, workspace: Workspace, rule: str, turn: int = 0, file: str = "") -> None:
        self.folder = workspace.path / ".gate" / rule
        self.folder.mkdir(parents=True)
        self.rule = rule
        words = {"folder": str(self.folder), "rule": rule, "turn": turn, "file": file}
        self.environment = {"GATE": json.dumps(words), "PYTHONPATH": str(Path(__file__).parent / "gate")}
        GATES.append(self)

    def held(self) -> psutil.Process:
        """The job, once it has come."""
        held = self.folder / "held"
        wait_for(f"{self.rule} at its gate", held.exists)
        return psutil.Process(int(held.read_text()))

    def open(self) -> None:
        """Let the job go on."""
        (self.folder / "open").touch()


def half_written(workspace: Workspace, pattern: str) -> Path | None:
    """A temporary file of a write under way."""
    return next(iter((workspace.path / "results").rglob(f".{pattern}.*.part")), None)
