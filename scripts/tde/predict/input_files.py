"""Which files the user means."""

from __future__ import annotations

import glob
from pathlib import Path

from tde.errors import InputError

SUFFIXES = (".csv", ".parquet")


def files_of(given: str, key: str = "predict.lightcurves") -> list[Path]:
    """The files that a path, a folder or a pattern names, in the order of their names.

    Raises
    ------
    InputError
        If there is none.
    """
    if not given:
        raise InputError(f"{key}: got ''; allowed: a {' or '.join(SUFFIXES)} file, a folder of them, or a pattern")
    path = Path(given).expanduser()
    if path.is_file():
        files = [path]
    elif path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        if not files:
            raise InputError(
                f"{key}: got {given!r}, a folder without any {' or '.join(SUFFIXES)} file; is it the right one?"
            )
    else:
        files = [Path(name) for name in sorted(glob.glob(str(path), recursive=True)) if Path(name).is_file()]
        if not files:
            raise InputError(f"{key}: got {given!r}; allowed: a file, a folder or a pattern that exists")
    for file in files:
        if file.suffix not in SUFFIXES:
            raise InputError(f"{key}: got {file}; allowed: files that end with {' or '.join(SUFFIXES)}")
    return files
