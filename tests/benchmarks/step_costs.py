"""CPU time and peak memory of single processes, each of which does what a job does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Cost(NamedTuple):
    """CPU time and peak memory of one step."""

    seconds: float
    megabytes: float


def measured(command: list[str], folder: Path) -> tuple[Cost, str]:
    """Run a process to its end; its cost and its words."""
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(command, cwd=folder, stdout=words, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        words.seek(0)
        text = words.read()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)[:300]} failed:\n{text[-3000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), text


def script(name: str, arguments: dict[str, Any], folder: Path) -> Cost:
    """Run the main function of one of the workflow's scripts as a job would."""
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import {name}; {name}.main(**{arguments!r})"
    return measured([sys.executable, "-c", code], folder)[0]


def snakemake(folder: Path, *arguments: object) -> tuple[Cost, str]:
    """Run the workflow in a folder; the cost of Snakemake and its jobs, and its words."""
    for part in ("Snakefile", "rules", "scripts", "envs", "profiles", "resources", "config.yaml"):
        if not (folder / part).exists():
            (folder / part).symlink_to(ROOT / part)
    return measured([sys.executable, "-m", "snakemake", *map(str, arguments)], folder)
