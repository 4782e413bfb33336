"""Plan runs with Snakemake's API, many for one start of Python: which jobs would run.

Reads a JSON list of changes from standard input, of the configuration (a mapping) or of files (their
names). For each of them writes a JSON line: ``rerun``, the jobs that would run; ``below``, the jobs that
follow from each job, and itself; ``jobs``, rule, wildcards and input files of each job.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness
from snakemake.settings.types import ConfigSettings, DAGSettings, ExecutionSettings, OutputSettings, ResourceSettings


def plan(change: dict[str, Any]) -> dict[str, Any]:
    """What a run in the current folder would do with a changed configuration."""
    with SnakemakeApi(OutputSettings(dryrun=True, quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=change),
            snakefile=Path("Snakefile"),
        )
        dag_api = workflow_api.dag(DAGSettings(max_checksum_file_size=100_000_000))
        dag_api.execute_workflow(executor="dryrun", execution_settings=ExecutionSettings(lock=False))
        dag = workflow_api._workflow.dag
        jobs = {name_of(job): job for job in dag.jobs if not job.rule.norun}
        return {
            "rerun": sorted(name for name, job in jobs.items() if dag.needrun(job)),
            "below": jobs_below(dag, jobs),
            "jobs": {
                name: [job.rule.name, dict(job.wildcards.items()), sorted(map(str, job.input))]
                for name, job in jobs.items()
            },
        }


def name_of(job: Any) -> str:
    return " ".join([job.rule.name, *job.wildcards])


def plan_edited(names: list[str]) -> dict[str, Any]:
    """What a run would do if some files had a further line, be it without meaning; afterwards they are as they were."""
    before = [(Path(name), Path(name).read_bytes(), Path(name).stat()) for name in names]
    try:
        for path, content, _ in before:
            path.write_bytes(content + b"\n# edited\n" if path.suffix == ".py" else content + b"\n")
        return plan({})
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


def answer(change: dict[str, Any] | list[str]) -> None:
    """Plan in a process of its own: Snakemake remembers the times of scripts."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        planned = plan_edited(change) if isinstance(change, list) else plan(change)
        print(json.dumps(planned), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"no plan for {change}")


if __name__ == "__main__":
    for change in json.load(sys.stdin):
        answer(change)
