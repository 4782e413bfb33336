"""The compiled code of several families in one folder, so that one process can use them all."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Sequence
from pathlib import Path

INDEX, CODE = ".nbi", ".nbc"
"""Numba keeps an index per function, and machine code per signature beside it."""


def merge_compiled(folders: Sequence[Path | str], output: Path | str) -> int:
    """Copy compiled code into one folder.

    A function that several families use was compiled by each of them, for the signatures
    it was called with there. Index and code belong together, so both are taken from the
    family with the most signatures; one that only another family had is compiled when needed.

    Parameters
    ----------
    folders : sequence of path
        Compiled code of the families.
    output : path
        Emptied first.

    Returns
    -------
    int
        Number of functions.
    """
    output = Path(output)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    best: dict[Path, list[Path]] = {}
    for folder in map(Path, folders):
        for index in sorted(folder.rglob(f"*{INDEX}")):
            code = sorted(index.parent.glob(f"{glob.escape(index.stem)}.*{CODE}"))
            place = index.relative_to(folder)
            if len(code) + 1 > len(best.get(place, [])):
                best[place] = [index, *code]
    for place, files in best.items():
        target = output / place.parent
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy2(file, target / file.name)
    return len(best)
