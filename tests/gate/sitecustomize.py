"""Run by every Python that starts below a held Snakemake: the job that is meant waits (processes.Gate)."""

import itertools
import json
import os
import sys
import time
from pathlib import Path

PATIENCE = 1800.0
"""Seconds after which a job that was forgotten ends by itself."""


def my_turn(folder):
    """How many jobs of the rule came before this one; two that come together do not get one number."""
    for turn in itertools.count():
        try:
            (folder / f"turn_{turn}").touch(exist_ok=False)
        except FileExistsError:
            continue
        return turn


def hold(folder):
    """Tell the test that the job is here, and wait until it opens the gate."""
    note = folder / f"note_{os.getpid()}"
    note.write_text(str(os.getpid()))
    note.rename(folder / "held")
    deadline = time.monotonic() + PATIENCE
    while not (folder / "open").exists():
        if time.monotonic() > deadline:
            sys.exit("nobody opened the gate")
        time.sleep(0.05)


def hold_when_written(folder, name):
    """Hold the job as soon as a file is written under its temporary name and before it gets its own."""
    replace = os.replace

    def replace_later(source, target, **options):
        if Path(target).name == name:
            hold(folder)
        replace(source, target, **options)

    os.replace = replace_later


def come_to_the_gate(folder, rule, turn, file):
    is_job = len(sys.orig_argv) > 1 and sys.orig_argv[1].endswith(f".{rule}.py")
    if is_job and my_turn(Path(folder)) == turn:
        if file:
            hold_when_written(Path(folder), file)
        else:
            hold(Path(folder))


if "GATE" in os.environ:
    come_to_the_gate(**json.loads(os.environ["GATE"]))
