"""`snakemake --profile slurm` on a real SLURM: same results, few allocations, and nothing lost with a node or a limit.

The cluster is brought up on loopback from Debian's packages (tests/slurm_cluster.py).
"""

import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock
from processes import Gate, end_started, start_snakemake, wait_for, words_of
from slurm_cluster import SlurmCluster, why_not
from workspace import Workspace, few_families, few_nights

RESULTS = "results/simulated"
FIGURE = f"{RESULTS}/report/simulation.png"
ENDED_WELL = {"COMPLETED"}

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "SLURM is here")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Three nodes of four processors each, until the last test of this file; one cluster on a machine at a time."""
    with FileLock(Path(tempfile.gettempdir()) / "slurm_loopback.lock"):
        cluster = SlurmCluster(tmp_path_factory.mktemp("slurm"))
        try:
            yield cluster.up()
        finally:
            cluster.down()


def link_profile(workspace):
    """What the README tells users to do once, and shorter waiting than suits a real cluster."""
    folder = workspace.path / ".config/snakemake"
    folder.mkdir(parents=True)
    (folder / "slurm").symlink_to(workspace.path / "profiles/slurm")
    replace(workspace, "profiles/slurm/config.yaml", "before-status-checks: 20", "before-status-checks: 3")
    with (workspace.path / "profiles/slurm/config.yaml").open("a") as file:
        file.write("\nseconds-between-status-checks: 1\n")
    return workspace


def replace(workspace, name, old, new):
    path = workspace.path / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def broken(quick, tmp_path):
    """A copy of the undisturbed local run, ready for the cluster, to be broken."""
    yield link_profile(quick.copy(tmp_path / "workspace"))
    end_started()


def allocations(cluster, workspace):
    """Number and last state of every allocation of a workspace's runs."""
    jobs = cluster.queue("--states=all", fmt="%i %T %Z")
    return {number: state for number, state, folder in jobs if folder == str(workspace.path)}


def submitted(workspace):
    """SLURM's numbers of the jobs that a run has submitted, from Snakemake's log file of it."""
    logs = sorted((workspace.path / ".snakemake/log").glob("*.log"), key=lambda path: path.name)
    return re.findall(r"has been submitted with SLURM jobid (\d+)", logs[-1].read_text()) if logs else []


def check_whole(workspace, quick, count):
    """The files are those of the local run."""
    ours, theirs = workspace.checksums(RESULTS), quick.checksums(RESULTS)
    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    count("files compared with an undisturbed run", len(ours))


def run_to_end(workspace, *arguments):
    """The literal command of the README."""
    run = start_snakemake(workspace, "--profile", "slurm", *arguments)
    assert run.wait() == 0, words_of(workspace)[-6000:]


def test_the_whole_workflow_gives_the_bytes_of_a_local_run(cluster, quick, tmp_path, count):
    workspace = Workspace.create(tmp_path / "workspace")
    workspace.configure(few_families)
    run_to_end(link_profile(workspace))
    check_whole(workspace, quick, count)
    used = allocations(cluster, workspace)
    assert set(used) == set(submitted(workspace))
    assert set(used.values()) == ENDED_WELL
    assert len(used) <= 10, "jobs share allocations"
    assert "Nothing to be done" in workspace.snakemake("-n", "--profile", "slurm").stdout
    assert not list((workspace.path / "logs/slurm").rglob("*.log")), "SLURM's logs of jobs that ended well go"
    count("SLURM allocations", len(used))


def test_nights_give_the_bytes_of_a_local_run(cluster, quick, replayed, tmp_path, count):
    workspace = quick.copy(tmp_path / "workspace")
    workspace.configure(few_nights)
    run_to_end(link_profile(workspace), "replay")
    ours, theirs = (each.checksums("results/nights") for each in (workspace, replayed))
    assert ours == theirs
    count("files compared with an undisturbed run", len(ours))
    count("SLURM allocations", len(allocations(cluster, workspace)))


def test_a_job_killed_for_memory_or_time_is_tried_again_with_more(cluster, quick, broken, count):
    """The list of objects hangs until its minute is over; a shard does not fit into the memory it asks for first."""
    set_limit(broken, "read_object_list", "runtime", 1)
    set_limit(broken, "make_shard", "mem_mb", 40)
    for name in ("objects/train", "shards/train/split_01"):
        delete(broken, f"{RESULTS}/{name}.parquet", f"{RESULTS}/{name}.json")
    delete(broken, f"{RESULTS}/ingest.csv")
    gate = Gate(broken, "read_object_list")
    run = start_snakemake(broken, "--profile", "slurm", "--retries", "6", "--", "shards", **gate.environment)
    assert run.wait() == 0, words_of(broken)[-6000:]
    jobs = [cluster.job(number) for number in submitted(broken)]
    limits = {
        rule: [job for job in jobs if f"_{rule}/" in job["StdOut"]] for rule in ("read_object_list", "make_shard")
    }
    states = {rule: [job["JobState"] for job in tried] for rule, tried in limits.items()}
    assert states["read_object_list"][0] == "TIMEOUT"
    minutes = [job["TimeLimit"] for job in limits["read_object_list"]]
    assert minutes == [f"00:{attempt:02d}:00" for attempt in range(1, len(minutes) + 1)]
    assert "exceeded memory limit" in words_of(broken)
    memory = [int(job["MinMemoryNode"].removesuffix("M")) for job in limits["make_shard"]]
    assert len(memory) > 1
    assert memory == [memory[0] * attempt for attempt in range(1, len(memory) + 1)]
    for tried in states.values():
        assert "COMPLETED" not in tried[:-1]
        assert tried[-1] == "COMPLETED"
    count("jobs killed by SLURM for memory or time", len(minutes) + len(memory) - 2)
    check_whole(broken, quick, count)


def test_a_node_lost_with_its_job_loses_nothing(cluster, quick, broken, count):
    """The daemon is killed, the job hangs: SLURM starts it again elsewhere. Later the first copy goes on, too."""
    delete(broken, FIGURE)
    gate = Gate(broken, "compare_simulation")
    run = start_snakemake(broken, "--profile", "slurm", **gate.environment)
    orphan = gate.held()
    number, _, node = next(job for job in cluster.queue() if job[0] in submitted(broken))
    cluster.kill_node_daemon(node)
    count("processes killed")
    try:
        wait_for("the job queued again", lambda: [number, "PENDING"] in [job[:2] for job in cluster.queue()], pause=0.5)
        cluster.start_now(number)
        assert run.wait() == 0, words_of(broken)[-6000:]
        assert cluster.job(number)["Restarts"] == "1"
        assert cluster.job(number)["NodeList"] != node
    finally:
        gate.open()
        orphan.wait(400)
        cluster.start_node(node)
        cluster.wait_idle()
    check_whole(broken, quick, count)
    count("faults survived")


def test_ctrl_c_cancels_what_is_queued_and_what_runs(cluster, quick, broken, count):
    """All nodes but one take no jobs; what that has no memory for has to wait."""
    delete(broken, f"{RESULTS}/objects/train.parquet", f"{RESULTS}/objects/train.json", f"{RESULTS}/ingest.csv")
    shutil.rmtree(broken.path / "results/compiled/gp2d")
    for node in cluster.nodes:
        cluster.set_state(node, "DRAIN")
    cluster.set_state(cluster.nodes[0], "RESUME")
    replace(broken, "profiles/slurm/config.yaml", "\ncores: 4", "\ncores: 1")
    set_limit(broken, "compile_family", "mem_mb", 15000)
    set_limit(broken, "read_object_list", "mem_mb", 15000)
    try:
        gate = Gate(broken, "compile_family")
        run = start_snakemake(broken, "--profile", "slurm", "results/compiled/gp2d", "shards", **gate.environment)
        wait_for("a job that runs and one that waits", lambda: {"RUNNING", "PENDING"} <= states(cluster, broken))
        os.kill(run.pid, signal.SIGINT)
        assert run.wait() != 0
        wait_for("an empty queue", lambda: not states(cluster, broken), pause=0.2)
    finally:
        for node in cluster.nodes[1:]:
            cluster.set_state(node, "RESUME")
    assert {cluster.job(number)["JobState"] for number in submitted(broken)} == {"CANCELLED"}
    count("jobs cancelled by Ctrl-C", len(submitted(broken)))


def states(cluster, workspace):
    """States of the queued jobs of a run."""
    mine = submitted(workspace)
    return {state for number, state, *_ in cluster.queue() if number in mine}


def set_limit(workspace, rule, resource, amount):
    """Another memory or time of one rule than the profile's default."""
    path = next(path for path in (workspace.path / "rules").glob("*.smk") if f"rule {rule}:" in path.read_text())
    head, name, rest = path.read_text().partition(f"rule {rule}:")
    assert "resources:" not in rest.partition("\nrule ")[0]
    limit = f"    resources:\n        {resource}=growing({amount}),\n    script:"
    path.write_text(head + name + rest.replace("    script:", limit, 1))


def delete(workspace, *names):
    for name in names:
        (workspace.path / name).unlink()
