"""What a user sees of Snakemake's log: stages instead of jobs, warnings and errors in full."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tde.workflow.progress.screen import Foot, Painter, begins, ends, has_blocks, is_terminal, jobs
from tde.workflow.progress.tally import PlannedJob, Tally

REDRAWN_EVERY = 0.5
"""Seconds between two drawings."""

SAID = ("Nothing to be done", "Will exit after finishing", "Shutting down", "Cancelling", "Terminating")
"""Beginnings of Snakemake's own remarks that a user wants to see."""

EXIT_OF_A_SCRIPT = re.compile(r"returned non-zero exit status 1\.?\s*$")
"""The end of Snakemake's remark on a script that has ended with an error; its log says which."""


def show_stages(logger: logging.Logger, planned: Callable[[], Iterable[PlannedJob]]) -> None:
    """Let the screen show stages from now on; the log file stays as it is.

    Parameters
    ----------
    logger : logging.Logger
        Snakemake's. If its handler of the screen is not found, nothing is changed.
    planned : callable
        All jobs of the run, once Snakemake knows them.
    """
    usual = next((each for each in logger.handlers if each.name == "DefaultStreamHandler"), None)
    if usual is not None:
        logger.removeHandler(usual)
        logger.addHandler(RunDisplay(logger, usual, planned))


class RunDisplay(logging.Handler):
    """Takes the place of Snakemake's handler of the screen, and gives it back if anything is amiss.

    Until a run starts, all records go to the usual handler.

    Parameters
    ----------
    logger : logging.Logger
        Snakemake's.
    usual : logging.Handler
        Snakemake's handler of the screen.
    planned : callable
        All jobs of the run.
    """

    def __init__(
        self, logger: logging.Logger, usual: logging.Handler, planned: Callable[[], Iterable[PlannedJob]]
    ) -> None:
        super().__init__()
        self.stream = getattr(usual, "stream", sys.stderr)
        self._logger, self._usual, self._planned = logger, usual, planned
        self._events: dict[str, Callable[[Any], None]] = {
            "workflow_started": self._nothing,
            "resources_info": self._resources,
            "run_info": self._begin,
            "job_info": self._start,
            "job_started": self._nothing,
            "job_finished": self._finish,
            "job_error": self._fail,
            "group_info": self._nothing,
            "group_error": self._fail_group,
            "progress": self._nothing,
            "shellcmd": self._nothing,
            "error": self._error,
        }
        self._tally: Tally | None = None
        self._cores: int | None = None
        self._labels: dict[int, str] = {}
        self._shown: set[str] = set()
        self._started = False
        self._over = threading.Event()
        colour = not getattr(usual, "nocolor", True) and not os.environ.get("NO_COLOR")
        if not colour and hasattr(usual, "nocolor"):
            usual.nocolor = True
        self._painter = Painter(has_blocks(self.stream), colour)
        self._foot = Foot(self.stream) if is_terminal(self.stream) else None

    # --- what logging calls ---

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record, or what follows from it."""
        try:
            event = str(getattr(record, "event", None) or "")
            self._started = self._started or event == "workflow_started"
            if not self._started:
                self._usual.handle(record)
            else:
                self._events.get(event, self._remark)(record)
        except Exception:
            self._give_back(record)

    def close(self) -> None:
        """Leave the last lines where they are."""
        # the terminal may be gone
        with self.lock or threading.RLock(), contextlib.suppress(OSError, ValueError):
            self._stop()
        super().close()

    def _give_back(self, record: logging.LogRecord) -> None:
        """The display must never stop a run: Snakemake's own goes on."""
        self._over.set()
        self._foot = None
        self._logger.removeHandler(self)
        self._logger.addHandler(self._usual)
        self._usual.handle(record)

    # --- events of a run ---

    def _nothing(self, record: Any) -> None:
        pass

    def _resources(self, record: Any) -> None:
        self._cores = getattr(record, "cores", self._cores)

    def _begin(self, record: Any) -> None:
        self._tally = Tally(self._planned(), self._cores)
        where = f", {self._cores} core{'s' * (self._cores != 1)}" if self._cores else ""
        lines = [f"{jobs(len(self._tally.jobs))}{where}. Each of them: snakemake -p, or"]
        files = [Path(each.baseFilename) for each in self._logger.handlers if isinstance(each, logging.FileHandler)]
        self._write([*lines, *(os.path.relpath(file) for file in files)])
        if self._foot is not None:
            threading.Thread(target=self._keep_drawing, daemon=True).start()

    def _start(self, record: Any) -> None:
        label = " ".join([record.rule_name, *(str(value) for value in record.wildcards.values())])
        self._labels[record.jobid] = ", ".join(f"{key}={value}" for key, value in record.wildcards.items())
        stage = self._tally.start(record.jobid, label) if self._tally else None
        if stage is not None and self._foot is None:
            self._write([begins(stage)])

    def _finish(self, record: Any) -> None:
        stage = self._tally.finish(record.job_id) if self._tally else None
        if self._tally is None or stage is None:
            return
        if self._foot is None:
            self._write([ends(stage, self._tally.clock())])
        if self._tally.finished:
            self._stop()

    def _fail(self, record: Any) -> None:
        if self._tally is not None:
            self._tally.fail(record.jobid)
        logs = list(record.log or [])
        if getattr(record, "indent", False) and not any(map(_content, logs)):
            return  # a job of a group that has failed elsewhere, or before this one
        lines = ["", f"Error in rule {record.rule_name}"]
        lines += [f"  wildcards: {self._labels[record.jobid]}"] if self._labels.get(record.jobid) else []
        lines += [f"  message: {record.rule_msg}"] if record.rule_msg else []
        lines += [f"  {key}: {value}" for key, value in (record.aux or {}).items()]
        lines += [f"  shell: {record.shellcmd}"] if record.shellcmd else []
        self._write([*lines, *self._logs(logs)], error=True)

    def _fail_group(self, record: Any) -> None:
        names = sorted({str(info["rule_name"]) for info in record.job_error_info})
        self._write(["", f"Error in a group of jobs: {', '.join(names)}", *self._logs(record.aux_logs)], error=True)

    def _logs(self, paths: Iterable[Any]) -> list[str]:
        """The first log that says anything, in full, and where further ones are."""
        lines: list[str] = []
        told = False
        for path in map(str, paths):
            content = _content(path)
            lines.append(f"  log: {path}" + ("" if content else " (empty or not there)"))
            if content and not told and path not in self._shown:
                lines += [*(f"    {line}" for line in content.splitlines()), ""]
                told = True
                self._shown.add(path)
        return lines

    def _error(self, record: Any) -> None:
        """Snakemake's remark on an exception, unless the job's log that follows says it all."""
        if not (getattr(record, "exception", "") == "RuleException" and EXIT_OF_A_SCRIPT.search(record.getMessage())):
            self._pass_on(record)

    def _remark(self, record: logging.LogRecord) -> None:
        text = str(record.msg or "")
        again = re.match(r"Trying to restart job (\d+)", text)
        if again:
            self._shown.clear()
            self._write([f"Job {again[1]} is tried again."])
        elif record.levelno >= logging.WARNING or text.startswith(SAID):
            self._pass_on(record)
        elif text.startswith("Complete log") and self._tally is not None and not self._tally.finished:
            self._stop()

    # --- the screen ---

    def _pass_on(self, record: logging.LogRecord) -> None:
        if self._foot is not None:
            self._foot.clear()
        self._usual.handle(record)
        self._draw()

    def _write(self, lines: Iterable[str], error: bool = False) -> None:
        if self._foot is not None:
            self._foot.clear()
        text = "\n".join(lines)
        self.stream.write(f"\033[31m{text}\033[0m\n" if error and self._painter.colour else f"{text}\n")
        self.stream.flush()
        self._draw()

    def _draw(self) -> None:
        if self._foot is not None and self._tally is not None and not self._over.is_set():
            self._foot.draw(self._painter.lines(self._tally, *self._foot.size()))

    def _keep_drawing(self) -> None:
        while not self._over.wait(REDRAWN_EVERY):
            with self.lock or threading.RLock():
                try:
                    self._draw()
                except (OSError, ValueError):  # the terminal is gone
                    return

    def _stop(self) -> None:
        """The last state stays on the screen, and the cursor below it."""
        if not self._over.is_set():
            self._draw()
            self._over.set()
            if self._foot is not None:
                self._foot.leave()


def _content(path: Any) -> str:
    try:
        return Path(str(path)).read_text(encoding="utf-8", errors="replace").strip("\n")
    except OSError:
        return ""
