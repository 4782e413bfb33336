"""Plan runs with Snakemake's API, many for one start of Python: which jobs would run.

Reads a JSON list of changes from standard input: ``files``, names of files that are edited, ``config``, what
is changed in the configuration, or both. For each of them writes a JSON line: ``rerun``, the jobs that would
run; ``below``, the jobs that follow from each job, and itself; ``jobs``, rule, wildcards and input files of
each job; ``parameters`` of each job.

The rules are read again for a change with ``config`` only, be it empty: that takes most of the time of a plan.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.api import DAGApi, SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import ConfigSettings, DAGSettings, ExecutionSettings, OutputSettings, ResourceSettings


@contextmanager
def parsed(change: dict[str, Any]) -> Iterator[DAGApi]:
    """The workflow in the current folder with a changed configuration, its rules read."""
    with SnakemakeApi(OutputSettings(dryrun=True, quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=change),
            snakefile=Path("Snakefile"),
        )
        yield workflow_api.dag(DAGSettings(max_checksum_file_size=100_000_000))


def plan(dag_api: DAGApi) -> dict[str, Any]:
    """What a run would do."""
    dag_api.execute_workflow(executor="dryrun", execution_settings=ExecutionSettings(lock=False))
    dag = dag_api.workflow_api._workflow.dag
    jobs = {name_of(job): job for job in dag.jobs if not job.rule.norun}
    return {
        "rerun": sorted(name for name, job in jobs.items() if dag.needrun(job)),
        "below": jobs_below(dag, jobs),
        "jobs": {
            name: [job.rule.name, dict(job.wildcards.items()), sorted(map(str, job.input))]
            for name, job in jobs.items()
        },
        "parameters": {name: str(job.params) for name, job in jobs.items()},
    }


def name_of(job: Any) -> str:
    return " ".join([job.rule.name, *job.wildcards])


@contextmanager
def edited(names: list[str]) -> Iterator[None]:
    """Give some files a further line, be it without meaning; afterwards they are as they were."""
    before = [(Path(name), Path(name).read_bytes(), Path(name).stat()) for name in names]
    try:
        for path, content, _ in before:
            path.write_bytes(content + b"\n# edited\n" if path.suffix == ".py" else content + b"\n")
        yield
    finally:
        for path, content, times in before:
            path.write_bytes(content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def jobs_below(dag: Any, jobs: dict[str, Any]) -> dict[str, list[str]]:
    """For each job those that follow from it, directly or through others, and itself."""
    followers: dict[str, set[str]] = {name: set() for name in jobs}
    for name, job in jobs.items():
        for before, files in dag.dependencies[job].items():
            if not all(file.is_ancient for file in files):
                followers[name_of(before)].add(name)
    return {name: sorted(_reached(name, followers)) for name in jobs}


def _reached(start: str, followers: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(followers[name])
    return reached


def planned(change: dict[str, Any], unchanged: DAGApi) -> dict[str, Any]:
    """What a run would do after a change."""
    with edited(change.get("files", [])):
        if "config" not in change:
            return plan(unchanged)
        with parsed(change["config"]) as anew:
            return plan(anew)


def answer(change: dict[str, Any], unchanged: DAGApi) -> None:
    """Plan in a process of its own: Snakemake remembers the times of scripts."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        print(json.dumps(planned(change, unchanged)), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"no plan for {change}")


if __name__ == "__main__":
    with parsed({}) as unchanged:
        for change in json.load(sys.stdin):
            answer(change, unchanged)
