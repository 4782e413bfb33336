"""Kills, full disks, damaged files, clocks and rivals: afterwards the plain command ends as if nothing had been."""

import datetime
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from processes import Gate, end_started, half_written, start_snakemake, words_of

RESULTS = "results/simulated"
SHARD = f"{RESULTS}/shards/train/split_01.parquet"
INGEST = (SHARD, SHARD.replace(".parquet", ".json"), f"{RESULTS}/ingest.csv")
"""A shard, and what keeps Snakemake from seeing that it is not there."""

FIGURE = f"{RESULTS}/report/simulation.png"
"""The file of a rule that takes seconds, and that only the table of benchmarks waits for."""

LONG = 400.0
"""Seconds within which a process ends even on a busy machine."""


@pytest.fixture
def broken(quick, tmp_path):
    """A copy of an undisturbed run, to be broken."""
    yield quick.copy(tmp_path / "workspace")
    end_started()


@pytest.fixture
def check_whole(quick, count):
    """Assert that a workspace's files are those of the undisturbed run, and that nothing is left to do."""

    def check(workspace):
        assert "Nothing to be done" in said(workspace.snakemake("--cores", "2"))
        ours, theirs = workspace.checksums(RESULTS), quick.checksums(RESULTS)
        assert set(ours) == set(theirs)
        assert [name for name in ours if ours[name] != theirs[name]] == []
        count("files compared with an undisturbed run", len(ours))
        count("faults survived")

    return check


def delete(workspace, *names):
    for name in names:
        (workspace.path / name).unlink()


def said(run):
    return run.stdout + run.stderr


class TestKills:
    def test_a_job(self, broken, check_whole, count):
        delete(broken, *INGEST)
        gate = Gate(broken, "make_shard", file=Path(SHARD).name)
        run = start_snakemake(broken, "--cores", "2", "shards", **gate.environment)
        gate.held().kill()
        assert run.wait() != 0
        count("processes killed")
        assert "Error in rule make_shard" in words_of(broken)
        assert not (broken.path / SHARD).exists()
        broken.snakemake("--cores", "2", "shards")
        check_whole(broken)

    def test_snakemake_while_its_job_goes_on(self, broken, check_whole, count):
        """The orphan may end its work or not: its files are made again. The folder stays locked until --unlock."""
        delete(broken, FIGURE)
        gate = Gate(broken, "compare_simulation")
        run = start_snakemake(broken, "--cores", "2", **gate.environment)
        orphan = gate.held()
        run.kill()
        run.wait()
        count("processes killed")
        assert orphan.is_running()
        refused = broken.snakemake("--cores", "2", check=False)
        assert refused.returncode != 0
        assert "--unlock" in said(refused)
        gate.open()
        orphan.wait(LONG)
        broken.snakemake("--unlock")
        assert "rule compare_simulation" in said(broken.snakemake("--cores", "2", "-p"))
        check_whole(broken)

    def test_sigterm_in_the_middle_of_a_write(self, broken, check_whole, count):
        """Neither the file nor the temporary file it was to become is left, and the log says why."""
        delete(broken, FIGURE)
        gate = Gate(broken, "compare_simulation", file=Path(FIGURE).name)
        run = start_snakemake(broken, "--cores", "2", **gate.environment)
        job = gate.held()
        assert half_written(broken, Path(FIGURE).name)
        job.terminate()
        assert run.wait() != 0
        count("processes killed")
        assert "ended by SIGTERM" in words_of(broken)
        assert not (broken.path / FIGURE).exists()
        assert half_written(broken, "*") is None
        broken.snakemake("--cores", "2")
        check_whole(broken)


class TestDisks:
    def test_a_full_disk(self, broken, check_whole):
        """Results on a disk without room for one more figure: told so, and finished once there is room."""
        results, kept = broken.path / "results", broken.path / "kept"
        results.rename(kept)
        results.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1G", "tmpfs", str(results)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("a small disk cannot be mounted here")
        try:
            shutil.copytree(kept, results, dirs_exist_ok=True, symlinks=True)
            delete(broken, FIGURE)
            used = os.statvfs(results)
            pages = used.f_blocks - used.f_bfree + 2  # of 4 kB each; the figure has many more
            resize = ["mount", "-o", f"remount,size={pages * used.f_frsize}", str(results)]
            subprocess.run(resize, check=True)
            run = broken.snakemake("--cores", "2", check=False)
            assert run.returncode != 0
            assert "no space left on the disk" in said(run)
            assert not (broken.path / FIGURE).exists()
            assert half_written(broken, "*") is None
            subprocess.run(["mount", "-o", "remount,size=1G", str(results)], check=True)
            broken.snakemake("--cores", "2")
            check_whole(broken)
        finally:
            subprocess.run(["umount", str(results)], check=True)

    def test_a_shard_cut_off_by_a_crash(self, broken, check_whole, count):
        """The machine stops while a shard is written: Snakemake knows that the job had not ended."""
        whole = (broken.path / SHARD).read_bytes()
        delete(broken, *INGEST)
        gate = Gate(broken, "make_shard", file=Path(SHARD).name)
        run = start_snakemake(broken, "--cores", "2", "shards", **gate.environment)
        job = gate.held()
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        job.wait(LONG)
        count("processes killed", 2)
        (broken.path / SHARD).write_bytes(whole[: len(whole) // 2])
        broken.snakemake("--unlock")
        broken.snakemake("--cores", "2", "shards")
        check_whole(broken)

    def test_a_shard_damaged_later(self, broken, check_whole):
        """The first job that reads the shard names it and says what to do."""
        path = broken.path / SHARD
        path.write_bytes(path.read_bytes()[:-100])
        run = broken.snakemake("--cores", "2", f"{RESULTS}/training.parquet", check=False)
        assert run.returncode != 0
        assert f"Error: {SHARD}: damaged" in said(run)
        assert "delete it" in said(run)
        path.unlink()
        broken.snakemake("--cores", "2", f"{RESULTS}/training.parquet")
        check_whole(broken)


class TestRivals:
    def test_two_snakemakes_on_one_folder(self, broken, check_whole):
        """The second one goes away and does no harm."""
        delete(broken, FIGURE)
        gate = Gate(broken, "compare_simulation")
        first = start_snakemake(broken, "--cores", "1", **gate.environment)
        gate.held()
        second = broken.snakemake("--cores", "1", check=False)
        assert second.returncode != 0
        assert "cannot be locked" in said(second)
        gate.open()
        assert first.wait() == 0
        check_whole(broken)


class TestClocks:
    def test_a_clock_that_goes_back(self, broken, check_whole):
        """A clock a day ahead dated all results so far; what is missing is made at today's time."""
        delete(broken, FIGURE)
        tomorrow = time.time() + datetime.timedelta(days=1).total_seconds()
        for folder in ("results", ".snakemake", "logs", "benchmarks"):
            for path in [broken.path / folder, *(broken.path / folder).rglob("*")]:
                os.utime(path, (tomorrow, tomorrow))
        words = said(broken.snakemake("--cores", "2", "-p"))
        assert "rule compare_simulation" in words
        assert not re.search("rule (simulate|make_shard|compute_features|cross_validate)", words)
        check_whole(broken)
