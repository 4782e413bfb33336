"""How far a run is: jobs done of each stage, what takes longest, the time that is left."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SURE_AFTER = 10.0
"""Seconds after which a run's own pace corrects the times of earlier runs."""

PACES = (0.2, 5.0)
"""Bounds of that correction."""


class PlannedJob(NamedTuple):
    """A job of this run.

    Attributes
    ----------
    number : int
    rule, stage : str
    threads : int
    past_s : float or None
        How long it took in an earlier run, if that is known.
    """

    number: int
    rule: str
    stage: str
    threads: int = 1
    past_s: float | None = None


class TimeLeft(NamedTuple):
    """Seconds until the end; ``at_least`` if there are jobs of which nothing is known."""

    seconds: float
    at_least: bool


class RunningJob(NamedTuple):
    """A job under way and for how long."""

    label: str
    seconds: float


@dataclass
class Stage:
    """Counts of one stage, and the clock at its first start and last end."""

    name: str
    total: int = 0
    done: int = 0
    failed: set[int] = field(default_factory=set)
    running: set[int] = field(default_factory=set)
    begun: float | None = None
    ended: float | None = None
    longest: RunningJob | None = None

    @property
    def finished(self) -> bool:
        """Whether all its jobs are done."""
        return self.done == self.total

    def seconds(self, now: float) -> float | None:
        """From its first start to now or to its last end; None before it has begun."""
        if self.begun is None:
            return None
        return (self.ended if self.ended is not None and not self.running else now) - self.begun


class Tally:
    """Counts what a run has done.

    Parameters
    ----------
    jobs : iterable of PlannedJob
        All jobs of the run, the stages in the order in which they are to be shown.
    cores : int or None
        Cores of this machine that the run may use; None on a cluster, where no time is foretold.
    clock : callable
        Seconds.
    """

    def __init__(
        self, jobs: Iterable[PlannedJob], cores: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.jobs = {job.number: job for job in jobs}
        self.cores = cores
        self.clock = clock
        self.begun = clock()
        self.stages: dict[str, Stage] = {}
        for job in self.jobs.values():
            self.stages.setdefault(job.stage, Stage(job.stage)).total += 1
        self._running: dict[int, tuple[str, float]] = {}
        self._took: dict[int, float] = {}
        self._ended: set[int] = set()

    @property
    def done(self) -> int:
        """Jobs that are done."""
        return sum(stage.done for stage in self.stages.values())

    @property
    def finished(self) -> bool:
        """Whether all jobs are done."""
        return self.done == len(self.jobs)

    @property
    def elapsed(self) -> float:
        """Seconds since the first job was planned."""
        return self.clock() - self.begun

    def start(self, number: int, label: str) -> Stage | None:
        """A job starts; its stage is returned if it is the first of it."""
        job = self.jobs.get(number)
        if job is None:
            return None
        stage, now = self.stages[job.stage], self.clock()
        self._running[number] = (label, now)
        stage.running.add(number)
        stage.failed.discard(number)
        first = stage.begun is None
        stage.begun = now if stage.begun is None else stage.begun
        return stage if first else None

    def finish(self, number: int) -> Stage | None:
        """A job is done; its stage is returned if it was the last of it."""
        job = self.jobs.get(number)
        if job is None or number in self._ended:
            return None
        stage, now = self.stages[job.stage], self.clock()
        label, begun = self._running.pop(number, (job.rule, now))
        stage.running.discard(number)
        stage.done += 1
        stage.ended = now
        self._ended.add(number)
        self._took[number] = now - begun
        if stage.longest is None or now - begun > stage.longest.seconds:
            stage.longest = RunningJob(label, now - begun)
        return stage if stage.finished else None

    def fail(self, number: int) -> str:
        """A job has failed; what it was called is returned."""
        job = self.jobs.get(number)
        if job is None:
            return ""
        stage = self.stages[job.stage]
        label, _ = self._running.pop(number, (job.rule, 0.0))
        stage.running.discard(number)
        stage.failed.add(number)
        stage.ended = self.clock()
        return label

    def longest(self) -> RunningJob | None:
        """The job that has run longest of those under way."""
        if not self._running:
            return None
        label, begun = min(self._running.values(), key=lambda item: item[1])
        return RunningJob(label, self.clock() - begun)

    def time_left(self) -> TimeLeft | None:
        """From what jobs took, in this run or an earlier one; None where nothing is known."""
        if self.cores is None or self.finished:
            return None
        usual = self._usual_seconds()
        now = self.clock()
        left, longest, known, at_least = 0.0, 0.0, bool(self._took), False
        running = 0.0
        for number in self.jobs.keys() - self._ended:
            job = self.jobs[number]
            expected = job.past_s if job.past_s is not None else usual.get(job.rule)
            if expected is None:
                at_least = True
                continue
            known = True
            threads = min(job.threads, self.cores)
            begun = self._running[number][1] if number in self._running else now
            done = min(now - begun, expected)
            running += done * threads
            left += (expected - done) * threads
            longest = max(longest, expected - done)
        if not known or (at_least and not left):
            return None
        return TimeLeft(max(left * self._pace(running) / self.cores, longest), at_least)

    def _usual_seconds(self) -> dict[str, float]:
        """Mean time of each rule's jobs: in this run, or else in an earlier one."""
        took: dict[str, list[float]] = {}
        past: dict[str, list[float]] = {}
        for number, job in self.jobs.items():
            if number in self._took:
                took.setdefault(job.rule, []).append(self._took[number])
            if job.past_s is not None:
                past.setdefault(job.rule, []).append(job.past_s)
        return {rule: sum(times) / len(times) for rule, times in (past | took).items()}

    def _pace(self, running: float) -> float:
        """Core-seconds that have gone by for each second of work: idle cores, a slower machine, more data."""
        worked = running
        for number, took in self._took.items():
            past = self.jobs[number].past_s
            worked += (took if past is None else past) * min(self.jobs[number].threads, self.cores or 1)
        if self.elapsed < SURE_AFTER or worked <= 0:
            return 1.0
        low, high = PACES
        return min(max(self.elapsed * (self.cores or 1) / worked, low), high)


def past_seconds(benchmark: Path | str | None) -> float | None:
    """How long a job took when its benchmark file was written.

    Returns
    -------
    float or None
        None if there is no such file, or it tells no time.
    """
    if benchmark is None or not Path(benchmark).is_file():
        return None
    try:
        with Path(benchmark).open(encoding="utf-8", newline="") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (StopIteration, KeyError, ValueError, OSError):
        return None
