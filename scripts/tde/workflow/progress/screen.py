"""The lines that a run shows, and how they stay at the foot of a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO

from tde.workflow.progress.tally import Stage, Tally, TimeLeft

WIDEST = 100
LONGEST_BAR = 30
SHORTEST_BAR = 5
GREEN, RED, BOLD = "32", "31", "1"


def duration(seconds: float) -> str:
    """A time as one says it: ``41 s``, ``1 min 32 s``, ``1 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def time_left(left: TimeLeft | None) -> str:
    """How long it will take, no more exactly than is known; empty if nothing is."""
    if left is None:
        return ""
    minutes = max(1, round(left.seconds / 60))
    amount = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
    if left.at_least:
        return f"more than {amount} left" if left.seconds >= 60 else ""
    return f"about {amount} left" if left.seconds >= 45 else "less than a minute left"


def jobs(number: int) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{number} job" if number == 1 else f"{number} jobs"


def shortened(text: str, width: int) -> str:
    """A text that is cut where it would wrap."""
    return text if len(text) <= width else text[: max(width - 3, 0)] + "..."


def begins(stage: Stage) -> str:
    """The line about a stage that begins, for files and pipes."""
    return f"{stage.name}: {jobs(stage.total)} to do"


def ends(stage: Stage, now: float) -> str:
    """The line about a stage that is done, for files and pipes."""
    line = f"{stage.name}: {stage.done} of {jobs(stage.total)} done in {duration(stage.seconds(now) or 0)}"
    if stage.longest is not None and stage.total > 1:
        line += f", the longest {stage.longest.label} ({duration(stage.longest.seconds)})"
    return line


class Painter:
    """Draws a tally as lines of a terminal.

    Parameters
    ----------
    blocks : bool
        Whether the terminal has the characters of a smooth bar.
    colour : bool
    """

    def __init__(self, blocks: bool = True, colour: bool = False) -> None:
        self.full, self.empty = ("█", "░") if blocks else ("#", ".")
        self.colour = colour

    def lines(self, tally: Tally, columns: int, rows: int) -> list[str]:
        """One line per stage, then the whole and what runs longest; none is wider than the terminal.

        Parameters
        ----------
        tally : Tally
        columns, rows : int
            Size of the terminal. Where it is too low, stages that are not under way are left out.
        """
        width = min(columns - 1, WIDEST)
        foot = self._foot(tally, width)
        stages = list(tally.stages.values())
        room = max(rows - 1 - len(foot), 0)
        if len(stages) > room:
            stages = [stage for stage in stages if stage.running or stage.failed][:room]
        return [*(self._stage(stage, tally, width) for stage in stages), *foot]

    def _stage(self, stage: Stage, tally: Tally, width: int) -> str:
        name = max(len(each) for each in tally.stages)
        digits = max(len(str(each.total)) for each in tally.stages.values())
        seconds = stage.seconds(tally.clock())
        counts = f" {stage.done:>{digits}}/{stage.total:<{digits}}"
        words = f"  {duration(seconds):<11}" if seconds is not None else " " * 13
        if stage.failed:
            words = f"  {len(stage.failed)} failed   "
        length = min(width - name - 1 - len(counts) - len(words), LONGEST_BAR)
        if length < SHORTEST_BAR:
            return shortened(f"{stage.name:<{name}}{counts}{words}".rstrip(), width)
        full = length * stage.done // stage.total
        bar = self.full * full + self.empty * (length - full)
        painted = self._paint(bar, RED if stage.failed else GREEN)
        return f"{stage.name:<{name}} {painted}{counts}{words}".rstrip()

    def _foot(self, tally: Tally, width: int) -> list[str]:
        whole = f"{tally.done} of {jobs(len(tally.jobs))} in {duration(tally.elapsed)}"
        left = time_left(tally.time_left())
        lines = [self._paint(shortened(f"{whole}, {left}" if left else whole, width), BOLD)]
        longest = tally.longest()
        if longest is not None:
            seconds = f", {duration(longest.seconds)}"
            head = "longest now: "
            label = shortened(longest.label, width - len(head) - len(seconds))
            lines.append(shortened(head + label + seconds, width))
        return lines

    def _paint(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self.colour else text


class Foot:
    """Lines that stay at the foot of a terminal while others pass above them.

    The cursor always waits at the start of the line below and is never hidden, so that a
    process killed at any moment leaves the terminal as it should be.

    Parameters
    ----------
    stream : text file
        The terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._drawn = 0

    def size(self) -> os.terminal_size:
        """Columns and rows of the terminal at this moment."""
        try:
            size = os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):
            return os.terminal_size((80, 24))
        return size if size.columns and size.lines else os.terminal_size((80, 24))

    def draw(self, lines: Sequence[str]) -> None:
        """Put these lines where the last ones were."""
        up = f"\033[{self._drawn}A" if self._drawn else ""
        self.stream.write("\r" + up + "".join(f"{line}\033[K\n" for line in lines) + "\033[J")
        self.stream.flush()
        self._drawn = len(lines)

    def clear(self) -> None:
        """Take the lines away, so that others can be written in their place."""
        if self._drawn:
            self.stream.write(f"\r\033[{self._drawn}A\033[J")
            self.stream.flush()
            self._drawn = 0

    def leave(self) -> None:
        """Let the lines stand; what is drawn next comes below."""
        self._drawn = 0


def is_terminal(stream: TextIO) -> bool:
    """Whether lines can be drawn again there."""
    return bool(getattr(stream, "isatty", lambda: False)()) and os.environ.get("TERM", "") not in ("", "dumb")


def has_blocks(stream: TextIO) -> bool:
    """Whether a stream can show the characters of a smooth bar."""
    try:
        "█░".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
