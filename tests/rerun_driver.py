"""Plan runs with Snakemake's API, many in one process: which jobs would run, and why.

Reads a JSON list of changes from standard input, of the configuration (a mapping) or of a file (its
name). For each of them writes a JSON line: ``rerun``, the rules that would run; ``below``, the rules that
follow from each rule; ``jobs``, rule, wildcards and input files of all jobs.
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
        jobs = [job for job in dag.jobs if not job.rule.norun]
        return {
            "rerun": sorted({job.rule.name for job in jobs if dag.needrun(job)}),
            "below": rules_below(dag),
            "jobs": [[job.rule.name, dict(job.wildcards.items()), sorted(map(str, job.input))] for job in jobs],
        }


def plan_edited(name: str) -> dict[str, Any]:
    """What a run would do if one file had a further line; afterwards the file is as it was."""
    path = Path(name)
    content, times = path.read_bytes(), path.stat()
    try:
        path.write_bytes(content + b"\n")
        return plan({})
    finally:
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def rules_below(dag: Any) -> dict[str, list[str]]:
    """For each rule those whose jobs follow from its jobs, directly or through others, and itself."""
    followers: dict[str, set[str]] = {}
    for job in dag.jobs:
        followers.setdefault(job.rule.name, set())
        for before, files in dag.dependencies[job].items():
            if not job.rule.norun and not all(file.is_ancient for file in files):
                followers.setdefault(before.rule.name, set()).add(job.rule.name)
    return {rule: sorted(_reached(rule, followers)) for rule in followers}


def _reached(rule: str, followers: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [rule]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(followers[name])
    return reached


if __name__ == "__main__":
    changes = json.load(sys.stdin)
    answers = [plan_edited(change) if isinstance(change, str) else plan(change) for change in changes]
    print("\n".join(map(json.dumps, answers)))
