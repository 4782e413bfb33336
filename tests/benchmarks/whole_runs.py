"""What whole runs cost, from the first file to submission, candidates and report.

Run from the project's root, on a machine with nothing else to do; it takes half an hour of two cores::

    python tests/benchmarks/whole_runs.py --markdown docs/whole_runs.md

Every run begins in a folder of its own that holds the workflow and no result. The first also compiles; the others
take the compiled code from the user's cache, as a second copy of the repository does.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from performance_page import machine
from workspace import PARTS

from tde.workflow.benchmarks import rule_costs

MALLORN = ("all", "bundle", "--config", "dataset=mallorn")


class Run(NamedTuple):
    """One whole run.

    Attributes
    ----------
    name, command : str
    minutes, cpu_seconds : float
        Of all processes together.
    jobs : int
    memory : float
        Of the largest job in MB.
    stages : Counter
        Seconds of job time by file of rules.
    """

    name: str
    command: str
    minutes: float
    cpu_seconds: float
    jobs: int
    memory: float
    stages: Counter[str]


def stage_of_rules() -> dict[str, str]:
    """The file of rules that each rule stands in."""
    return {
        rule: path.stem
        for path in sorted((ROOT / "rules").glob("*.smk"))
        for rule in re.findall(r"^(?:use )?rule (\w+)", path.read_text(), re.MULTILINE)
    }


def run(name: str, folder: Path, cache: Path, cores: int, arguments: tuple[str, ...]) -> Run:
    """Run the workflow in a new folder and count what it took."""
    folder.mkdir()
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, folder / part)
    command = ["snakemake", "--cores", str(cores), *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed; see what it says above")
    costs = [cost for dataset in (folder / "benchmarks").iterdir() for cost in rule_costs(dataset)]
    stages: Counter[str] = Counter()
    of_rule = stage_of_rules()
    for cost in costs:
        stages["compilation" if cost.rule == "compile_family" else of_rule[cost.rule]] += cost.total_s
    return Run(
        name,
        " ".join(command),
        (time.perf_counter() - start) / 60.0,
        usage.ru_utime + usage.ru_stime,
        sum(cost.jobs for cost in costs),
        max(cost.max_memory_mb for cost in costs if cost.max_memory_mb > 0.0),
        stages,
    )


def page(command: str, cores: int, runs: list[Run]) -> str:
    """The measurements as Markdown."""
    stages = sorted({stage for one in runs for stage in one.stages}, key=lambda s: -runs[-1].stages[s])
    lines = [
        "# Whole runs",
        "",
        f"`{command}` on {machine().replace(', one core', f', {cores} cores')}.",
        "",
        "From the first file to submission, candidates and report; installation is not counted.",
        "",
        "| run | wall min | CPU s | jobs | largest job |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {one.name}: `{one.command}` | {one.minutes:.1f} | {one.cpu_seconds:.0f} | {one.jobs}"
            f" | {one.memory:.0f} MB |"
            for one in runs
        ),
        "",
        "## Where the time goes",
        "",
        "Seconds of job time, by the file of rules that the jobs stand in; side by side they take less.",
        "",
        f"| stage | {' | '.join(one.name for one in runs)} |",
        f"|---|{'---:|' * len(runs)}",
        *(f"| {stage} | {' | '.join(f'{one.stages[stage]:.0f}' for one in runs)} |" for stage in stages),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2, help="default: 2")
    parser.add_argument("--mallorn-dir", default=os.environ.get("MALLORN_DATA"), help="default: $MALLORN_DATA")
    parser.add_argument("--markdown", type=Path, help="write the page to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whole_runs_") as name:
        folder = Path(name)
        cache = folder / "cache"
        todo: list[tuple[str, tuple[str, ...]]] = [("simulated, first", ()), ("simulated, compiled", ())]
        if arguments.mallorn_dir:
            os.environ["MALLORN_DATA"] = arguments.mallorn_dir
            todo.append(("MALLORN, compiled", MALLORN))
        runs = [run(title, folder / str(k), cache, arguments.cores, more) for k, (title, more) in enumerate(todo)]
    text = page(f"python tests/benchmarks/whole_runs.py --cores {arguments.cores}", arguments.cores, runs)
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
