"""Which files the user means."""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from tde.errors import InputError

COMPRESSION = re.compile(r"\.(gz|bz2|xz)$")


def files_of(given: str | Sequence[str], key: str = "predict.lightcurves") -> list[Path]:
    """The files that a path, a folder, a pattern, or a list of these names, each once.

    Those of a folder or pattern are in the order of their names, hidden ones left out.

    Raises
    ------
    InputError
        If there is none.
    """
    entries = [given] if isinstance(given, str) else list(given)
    if not entries or "" in entries:
        raise InputError(f"{key}: got {given!r}; allowed: a file, a folder of them, a pattern, or a list of these")
    files = dict.fromkeys(file for entry in entries for file in _files_of_one(entry, key))
    for file in files:
        if any(mark in str(file) for mark in "{}"):
            raise InputError(f"{key}: got {file}; allowed: names without braces, which mean something to Snakemake")
    return list(files)


def files_of_folder(given: str, key: str) -> list[Path]:
    """The files of a folder, which there must be, in the order of their names.

    Parameters
    ----------
    given : str
    key : str
        Key of config.yaml, for messages.

    Raises
    ------
    InputError
        If it is no folder or there is no file in it.
    """
    if not Path(given).expanduser().is_dir():
        raise InputError(f"{key}: got {given!r}; allowed: a folder that exists")
    return files_of(given, key)


def without_table(files: Sequence[Path], objects: str) -> list[Path]:
    """The files but for the table of objects, which may lie among them; empty if there is no table."""
    table = Path(objects).expanduser().resolve() if objects else None
    return [file for file in files if table is None or file.resolve() != table]


def named_outright(given: str | Sequence[str]) -> list[Path]:
    """The files that are named themselves, not by a folder or a pattern."""
    entries = [given] if isinstance(given, str) else given
    return [path for path in (Path(entry).expanduser() for entry in entries) if path.is_file()]


def ending_of(file: Path) -> str:
    """The ending of a file's name in small letters, that of a compression left out: ``.csv``."""
    return Path(COMPRESSION.sub("", file.name.lower())).suffix


def _files_of_one(given: str, key: str) -> list[Path]:
    path = Path(given).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if _is_visible(file, path) and file.is_file()]
        if not files:
            raise InputError(f"{key}: got {given!r}, a folder without any file; is it the right one?")
        return files
    files = [Path(name) for name in sorted(glob.glob(str(path), recursive=True)) if Path(name).is_file()]
    if not files:
        raise InputError(f"{key}: got {given!r}; allowed: a file, a folder or a pattern that exists")
    return files


def _is_visible(file: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in file.relative_to(folder).parts)
