"""Files of a night in groups that jobs read side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

ALERTS = ".avro"
"""Ending of files that each stand for themselves; readers of other formats pair files, so that these stay together."""

MEGABYTE = 1e6


def file_groups(files: Sequence[str], megabytes: float) -> list[list[str]]:
    """Divide the files of a night.

    Parameters
    ----------
    files : sequence of str
        In order.
    megabytes : float
        Most that a group holds, unless it is a single file.

    Returns
    -------
    list of list of str
        One at least; files that are no Avro alerts, all in one group, come first.
    """
    together = [file for file in files if ALERTS not in Path(file).suffixes]
    groups = [together] if together else []
    filled = float("inf")
    for file in files:
        if ALERTS not in Path(file).suffixes:
            continue
        size = Path(file).stat().st_size / MEGABYTE
        if filled + size > megabytes:
            groups.append([])
            filled = 0.0
        groups[-1].append(file)
        filled += size
    return groups or [[]]
