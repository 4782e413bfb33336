"""What a run shows: stages in a pipe and in a terminal, a failed job once and in full, the summary last."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios

import pytest
from processes import wait_for
from workspace import ROOT, clean_environment

from tde.workflow.progress.screen import Painter, time_left
from tde.workflow.progress.tally import PlannedJob, Tally, TimeLeft

SNAKEFILE = f"""
import sys
from pathlib import Path
sys.path.insert(0, "{ROOT}/scripts")
include: "first.smk"
include: "second.smk"
include: "{ROOT}/rules/display.smk"
rule all:
    default_target: True
    input: expand("out/b{{i}}.txt", i=range(3))
onsuccess:
    print("the summary")
"""
FIRST = """
rule write_first:
    output: "out/a{i}.txt"
    log: "logs/write_first/{i}.log"
    shell: "touch {output}"
"""
SECOND = """
rule write_second:
    input: "out/a{i}.txt"
    output: "out/b{i}.txt"
    log: "logs/write_second/{i}.log"
    shell: "echo 'line one of the log' > {log}; echo 'line two' >> {log}; [ ! -e bad_{wildcards.i} ]; touch {output}"
"""
BLOCK = re.compile(r"^\s*(local)?rule \w+:", re.MULTILINE)


@pytest.fixture
def toy(tmp_path):
    for name, text in {"Snakefile": SNAKEFILE, "first.smk": FIRST, "second.smk": SECOND}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def command(*arguments):
    return [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]


def words(toy, *arguments):
    """Both streams in one pipe, as CI has them."""
    run = subprocess.run(
        command(*arguments),
        cwd=toy,
        env=clean_environment(toy),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.stdout


class Terminal:
    """A run in a terminal of 60 columns."""

    def __init__(self, toy, *arguments, **environment):
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))
        self.before = termios.tcgetattr(self.leader)
        variables = {key: value for key, value in clean_environment(toy).items() if key != "NO_COLOR"}
        self.run = subprocess.Popen(
            command(*arguments),
            cwd=toy,
            env=variables | {"TERM": "xterm"} | environment,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(follower)

    def text(self):
        """All that was written, once the run has ended."""
        parts = []
        while True:
            try:
                parts.append(os.read(self.leader, 65536))
            except OSError:
                break
            if not parts[-1]:
                break
        self.run.wait()
        return b"".join(parts).decode()


def bare(text):
    return re.sub(r"\x1b\[\d*[A-Za-z]", "", text).replace("\r", "")


def test_a_pipe_gets_a_line_when_a_stage_begins_and_ends(toy):
    said = words(toy)
    assert "\x1b" not in said
    assert "\r" not in said
    assert "first: 3 jobs to do\n" in said
    assert re.search(r"^second: 3 of 3 jobs done in \d+ s, the longest write_second \d", said, re.MULTILINE)
    assert not BLOCK.search(said)
    assert said.rstrip().endswith("the summary")


def test_the_log_file_has_every_job(toy):
    words(toy)
    (log,) = (toy / ".snakemake/log").glob("*.log")
    assert len(BLOCK.findall(log.read_text())) == 7


@pytest.mark.parametrize("flag", ["-p", "--verbose"])
def test_a_flag_brings_the_jobs_back(toy, flag):
    said = words(toy, flag)
    assert len(BLOCK.findall(said)) == 7
    assert "jobs to do" not in said


def test_a_dry_run_names_every_job(toy):
    said = words(toy, "-n")
    assert len(BLOCK.findall(said)) == 7
    assert "jobs to do" not in said


def test_nothing_to_do_is_said(toy):
    words(toy)
    assert "Nothing to be done" in words(toy)


def test_a_failed_job_is_shown_once_and_in_full(toy):
    (toy / "bad_1").touch()
    said = words(toy, "--keep-going")
    assert said.count("Error in rule write_second") == 1
    assert "wildcards: i=1" in said
    assert "log: logs/write_second/1.log" in said
    assert said.count("line one of the log\n    line two") == 1
    assert "the summary" not in said


def test_a_terminal_of_60_columns_wraps_no_line(toy):
    said = bare(Terminal(toy).text())
    lines = said.splitlines()
    assert max(len(line) for line in lines if "Using workflow specific" not in line) < 60
    assert re.search(r"^first +█+ 3/3", said, re.MULTILINE)
    assert "6 of 6 jobs in" in said
    assert lines[-1] == "the summary"


def test_without_colour(toy):
    said = Terminal(toy, NO_COLOR="1").text()
    assert not re.search(r"\x1b\[[\d;]*m", said)


def test_ctrl_c_leaves_the_terminal_as_it_was(toy):
    (toy / "first.smk").write_text(FIRST.replace("touch {output}", "touch started; sleep 600"))
    terminal = Terminal(toy)
    wait_for("a job that runs", (toy / "started").exists)
    os.killpg(terminal.run.pid, signal.SIGINT)
    said = terminal.text()
    assert terminal.run.returncode != 0
    assert said.endswith("\n")
    assert "\x1b[?25l" not in said  # the cursor is never hidden
    assert termios.tcgetattr(terminal.leader) == terminal.before


class TestTimeLeft:
    def tally(self, past, cores=2):
        self.now = 0.0
        jobs = [PlannedJob(number, "fit", "features", past_s=seconds) for number, seconds in enumerate(past)]
        return Tally(jobs, cores, lambda: self.now)

    def test_from_an_earlier_run(self):
        assert self.tally([60.0] * 4).time_left() == TimeLeft(120.0, False)

    def test_no_shorter_than_the_longest_job(self):
        assert self.tally([300.0, 1.0]).time_left() == TimeLeft(300.0, False)

    def test_unknown_until_a_job_is_done(self):
        tally = self.tally([None, None], cores=1)
        assert tally.time_left() is None
        tally.start(0, "fit 0")
        self.now = 8.0
        tally.finish(0)
        assert tally.time_left() == TimeLeft(8.0, False)

    def test_not_foretold_on_a_cluster(self):
        assert self.tally([60.0], cores=None).time_left() is None

    def test_words(self):
        assert time_left(TimeLeft(125.0, False)) == "about 2 min left"
        assert time_left(TimeLeft(125.0, True)) == "more than 2 min left"
        assert time_left(TimeLeft(20.0, False)) == "less than a minute left"


@pytest.mark.parametrize("columns", [20, 40, 60, 200])
@pytest.mark.parametrize("rows", [3, 6, 40])
def test_lines_fit_the_terminal(columns, rows):
    tally = Tally([PlannedJob(n, "rule", f"stage{n % 9}") for n in range(300)], 2, lambda: 0.0)
    tally.start(0, "rule with a long name " * 5)
    lines = Painter().lines(tally, columns, rows)
    assert len(lines) < rows
    assert max(map(len, lines)) < columns
