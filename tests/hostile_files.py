"""Small real-like files, and ways to spoil them: cells, rows, bytes, encodings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tde.simulation.data_set import simulate

NUMBERS = (
    "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e-400", "0", "-0.0", "1e308", "-1e308",
    "5e-324", "+1", "1_000", "0x1p3", "1,5", "1.5.2", "1e", ".5", "5.", " 7 ", "\t3", "−4", "１２", "1d5", "NULL",
    "N/A", "-9999", "2461000.5", "99999999999999999999999", "1e+05", "TRUE", "", "''", "--1",
)  # fmt: skip
"""What may stand where a number should."""

NAMES = (
    "../../etc/passwd", "/etc/passwd", "C:\\windows", "~root", "-rf", "--help", "--config=x", "=1+1", "+1",
    "@SUM(A1)", "-1+1", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "$(touch pwned)", "`touch pwned`", "; touch pwned", "a|b", "{wildcards.set}", "{{x}}", "%s%n", "$\\frac{1}{2}$",
    "${HOME}", "\x00", "a\x00b", "\x1b[31m", "\u202egnp.exe", "\ufeffelm", "a\nb", "a\rb", " elm", "elm ", "", "nan",
    "NaN", "null", "None", "é", "e\u0301", "𝔘", "a" * 101, "a" * 200_000, '"', '""', "a,b", "'", "CON", ".", "..",
    "split_01", "object_id",
)  # fmt: skip
"""Names that mean something to a file system, a shell, a spreadsheet, a browser or a terminal."""

BYTES = (
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b",",
    b",,,,,,,,",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"PAR1",
    b"\x1a",
    b"#",
)

Mutation = Callable[[bytes, np.random.Generator], bytes]


def real_like_files(folder: Path) -> tuple[bytes, bytes, bytes]:
    """A training log, a test log and the light curves of a few objects of the training log."""
    simulate(folder, 20, 1, 3)
    parts = ("train_log.csv", "test_log.csv", "split_01/train_full_lightcurves.csv")
    log, test_log, curves = (folder.joinpath(part).read_bytes() for part in parts)
    # few rows of each object: ten thousand cases are to be read
    rows = curves.decode().splitlines()
    few: dict[str, list[str]] = {}
    for row in rows[1:]:
        few.setdefault(row.split(",")[0], []).append(row)
    return log, test_log, "\n".join([rows[0], *(r for many in few.values() for r in many[:4]), ""]).encode()


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """The file with one to three things wrong with it."""
    for _ in range(rng.integers(1, 4)):
        data = MUTATIONS[rng.integers(len(MUTATIONS))](data, rng)
    return data


def _cell(data: bytes, rng: np.random.Generator) -> bytes:
    """Another content of one cell."""
    lines = data.split(b"\n")
    row = int(rng.integers(len(lines)))
    cells = lines[row].split(b",")
    texts = NUMBERS if rng.random() < 0.5 else NAMES
    text = texts[rng.integers(len(texts))]
    if rng.random() < 0.3:
        text = '"' + text.replace('"', '""') + '"'
    cells[rng.integers(len(cells))] = text.encode()
    lines[row] = b",".join(cells)
    return b"\n".join(lines)


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    """Other bytes here and there."""
    spoilt = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        if spoilt:
            spoilt[rng.integers(len(spoilt))] = rng.integers(256)
    return bytes(spoilt)


def _insert(data: bytes, rng: np.random.Generator) -> bytes:
    """Bytes with a meaning, anywhere."""
    at = int(rng.integers(len(data) + 1))
    return data[:at] + BYTES[rng.integers(len(BYTES))] + data[at:]


def _truncate(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data) + 1)]


def _lose(data: bytes, rng: np.random.Generator) -> bytes:
    """A piece is missing, as after a broken transfer."""
    first, last = sorted(rng.integers(len(data) + 1, size=2))
    return data[:first] + data[last:]


def _repeat_rows(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.split(b"\n")
    at = int(rng.integers(len(lines)))
    return b"\n".join(lines[:at] + [lines[rng.integers(len(lines))]] * int(rng.integers(1, 4)) + lines[at:])


def _swap_columns(data: bytes, rng: np.random.Generator) -> bytes:
    """Two columns change places, with their names or without."""
    lines = data.split(b"\n")
    first, last = rng.integers(5, size=2)
    for row in range(int(rng.integers(2)), len(lines)):
        cells = lines[row].split(b",")
        if max(first, last) < len(cells):
            cells[first], cells[last] = cells[last], cells[first]
            lines[row] = b",".join(cells)
    return b"\n".join(lines)


def _shuffle(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join([lines[k] for k in rng.permutation(len(lines))])


def _encode(data: bytes, rng: np.random.Generator) -> bytes:
    """Another encoding or other line ends."""
    text = data.decode("utf-8", errors="replace")
    ways = (
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32"),
        lambda: text.encode("latin-1", errors="replace"),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: data.replace(b"\n", b"\r"),
        lambda: data.replace(b"\n", b"\n\n"),
        lambda: data.replace(b",", b";"),
        lambda: data.replace(b",", b", "),
        lambda: b"\n" + data,
    )
    return ways[rng.integers(len(ways))]()


MUTATIONS: tuple[Mutation, ...] = (
    _cell, _cell, _cell, _cell, _flip, _insert, _truncate, _lose, _repeat_rows, _swap_columns, _shuffle, _encode,
)  # fmt: skip
