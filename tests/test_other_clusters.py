"""Batch systems and storage other than SLURM and the folder itself: by configuration alone."""

import os
import re

import pytest
from workspace import few_families

QSUB = """#!/bin/sh
# Stands in for a batch system: notes the command, starts the jobscript, prints a number.
echo "$@" >> submitted.txt
for last; do :; done
sh "$last" > /dev/null 2>&1 &
echo $!
"""


@pytest.fixture
def few(fresh):
    fresh.configure(few_families)
    return fresh


def test_generic_profile_submits_jobs_with_their_needs(few):
    command = few.path / "bin/qsub"
    command.parent.mkdir()
    command.write_text(QSUB)
    command.chmod(0o755)
    objects = "results/simulated/objects/train.parquet"
    path = f"{command.parent}:{os.environ['PATH']}"
    few.snakemake("--profile", "profiles/generic", "--seconds-between-status-checks", "1", "--", objects, PATH=path)
    assert (few.path / objects).is_file()
    submitted = (few.path / "submitted.txt").read_text()
    assert re.findall(r"-N (\w+)", submitted) == ["simulate", "read_object_list"]
    assert re.search(r"-N read_object_list .*ppn=1,mem=\d+mb,walltime=00:\d+:00", submitted)


def test_results_may_lie_in_another_storage(few, tmp_path):
    """Files of the repository stay where they are; results are looked for in the storage."""
    storage = ("--default-storage-provider", "fs", "--default-storage-prefix", str(tmp_path / "shared"))
    planned = few.planned_rules(*storage, "--local-storage-prefix", str(tmp_path / "scratch"))
    assert {"simulate", "compute_features", "blend_models", "write_report"} <= planned
    plan = few.snakemake("-n", *storage).stdout
    assert f"{tmp_path}/shared/results/simulated/submission.csv (send to storage)" in plan
    assert "scripts/tde/tables.py" in plan
    assert f"{tmp_path}/shared/scripts" not in plan
