"""Draw the terminal of a run as SVG: python tests/picture_of_run.py OUT.svg SHARE COMMAND ...

The command runs in a terminal of 80 columns; the picture is what stands there when SHARE of the jobs is done, and
the run goes on to its end.
"""

import fcntl
import html
import itertools
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

COLUMNS, ROWS = 80, 40
WIDTH, HEIGHT, MARGIN = 8.4, 18, 16  # of a character, of a line, around all, in pixels
COLOURS = {"": "#d8dee9", "1": "#ffffff", "31": "#e06c75", "32": "#7fb069", "33": "#e5c07b"}
CONTROL = re.compile(r"\x1b\[(\d*)([A-Za-z])")

Line = list[tuple[str, str]]


class Screen:
    """What a terminal shows that knows the few controls of the run's display."""

    def __init__(self) -> None:
        self.lines: list[Line] = [[]]
        self.row = 0
        self.column = 0
        self.colour = ""

    def write(self, text: str) -> None:
        """Take up a piece of output."""
        place = 0
        while place < len(text):
            control = CONTROL.match(text, place)
            if control:
                self._control(control[2], control[1])
                place = control.end()
            else:
                self._character(text[place])
                place += 1

    def _control(self, letter: str, number: str) -> None:
        if letter == "A":
            self.row = max(self.row - int(number or 1), 0)
        elif letter == "K":
            del self.lines[self.row][self.column :]
        elif letter == "J":
            del self.lines[self.row][self.column :]
            del self.lines[self.row + 1 :]
        elif letter == "m":
            self.colour = number if number in COLOURS else ""

    def _character(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append([])
        else:
            line = self.lines[self.row]
            line.extend([(" ", "")] * (self.column + 1 - len(line)))
            line[self.column] = (character, self.colour)
            self.column += 1

    def svg(self) -> str:
        """The screen as a picture."""
        lines = [
            line for line in self.lines if line and not "".join(c for c, _ in line).startswith(("Using ", "Assum"))
        ]
        rows = []
        for number, line in enumerate(lines):
            y = MARGIN + HEIGHT * (number + 0.75)
            for colour, word, start in _words(line):
                place = f'x="{MARGIN + start * WIDTH:.1f}" y="{y}" textLength="{len(word) * WIDTH:.1f}"'
                rows.append(f'<text {place} fill="{COLOURS[colour]}">{html.escape(word)}</text>')
        width = max((len(line) for line in lines), default=0) * WIDTH + 2 * MARGIN
        height = len(lines) * HEIGHT + 2 * MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" font-family="monospace" '
            f'font-size="14"><rect width="100%" height="100%" rx="8" fill="#20242c"/>\n'
            + "\n".join(rows)
            + "\n</svg>\n"
        )


def _words(line: Line) -> Iterator[tuple[str, str, int]]:
    """Words of one colour and where they begin: each is put in its own place, so that columns stay where they are."""
    start = 0
    for (colour, blank), group in itertools.groupby(line, key=lambda one: (one[1], one[0] == " ")):
        word = "".join(character for character, _ in group)
        if not blank:
            yield colour, word, start
        start += len(word)


def record(out: Path, share: float, command: list[str]) -> int:
    """Run the command, and draw its terminal once the share of its jobs is done."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"}
    run = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    screen, drawn, rest = Screen(), False, b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        os.write(1, piece)
        *whole, rest = (rest + piece).split(b"\x1b[J")  # the end of a drawing
        for part in whole:
            screen.write(part.decode(errors="replace") + "\x1b[J")
            done = re.findall(
                r"(\d+) of (\d+) jobs? in", "\n".join("".join(c for c, _ in line) for line in screen.lines)
            )
            if done and not drawn and int(done[-1][0]) >= share * int(done[-1][1]):
                out.write_text(screen.svg(), encoding="utf-8")
                drawn = True
    return run.wait()


if __name__ == "__main__":
    sys.exit(record(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
