"""Compiled code that all copies of the workflow on a machine share.

Code is found again by its content: the function's module and every file of the library that the
module imports, numba's version, the types of the arguments and the processor. A second copy of
the repository, or one in which a family was changed, compiles what no copy has compiled before.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tde.compiled.cache import use_compiled
from tde.imports import library_files

SCRIPTS = Path(__file__).resolve().parents[2]
"""The folder that holds the library."""

KEPT_DAYS = 90
"""Code that nobody has asked for in so many days is removed."""


def store_folder() -> Path | None:
    """The user's folder of shared code, made if absent.

    Returns
    -------
    path or None
        None where it cannot be written, or where others can write: code from there would be run.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    try:
        folder = (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "mallorn-tde" / "compiled"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):
        return None
    private = status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return folder if private and os.access(folder, os.W_OK) else None


def share_compiled() -> None:
    """Take code from the shared folder from now on, and leave there what is compiled; numba must have been imported."""
    folder = store_folder()
    if folder is None:
        return
    import numba.core.caching

    caching: Any = numba.core.caching
    _remove_old(folder)

    caching.IndexDataCacheFile = _shared(caching.IndexDataCacheFile, folder)
    begin = caching.Cache.__init__

    def begin_with_source(self: Any, function: Any) -> None:
        begin(self, function)
        self._cache_file.source = Path(self._impl.locator._py_file).resolve()

    caching.Cache.__init__ = begin_with_source


@contextmanager
def compiled_or_shared(folders: Sequence[str]) -> Iterator[None]:
    """Use a family's compiled code where a job has it, and the shared code behind it or instead; before numba's import.

    Parameters
    ----------
    folders : sequence of str
        The family's folder, or none: then what the job loads or compiles lies in a folder of its own while it runs.
    """
    with TemporaryDirectory() as own:
        use_compiled(folders[0] if folders else own)
        share_compiled()
        yield


def _shared(files: Any, folder: Path) -> Any:
    """Numba's class of the files of one function, which lie in the job's folder, with the shared ones behind them."""

    class Shared(files):
        source: Path
        """The function's file."""

        def load(self, key: Any) -> Any:
            data = super().load(key)
            code = _read(self._place(key)) if data is None else None
            if code is None:
                return data
            super().save(key, code)
            return super().load(key)

        def save(self, key: Any, data: Any) -> None:
            code = self._dump(data)
            super().save(key, code)
            _write(self._place(key), code)

        def _dump(self, data: Any) -> bytes:
            return data if isinstance(data, bytes) else super()._dump(data)

        def _place(self, key: Any) -> Path:
            words = (self._version, self._index_name, digest_of_imports(self.source), repr(key))
            return folder / hashlib.sha256(repr(words).encode()).hexdigest()

    return Shared


@functools.cache
def digest_of_imports(path: Path) -> str:
    """Digest of a module of the library and of all files that it imports, directly or through others."""
    parts = path.relative_to(SCRIPTS).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    digest = hashlib.sha256(name.encode())
    for file in library_files(SCRIPTS, [name]):
        digest.update(f"{Path(file).relative_to(SCRIPTS)} {_file_digest(file)}\n".encode())
    return digest.hexdigest()


@functools.cache
def _file_digest(file: str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        code = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    return code


def _write(path: Path, code: bytes) -> None:
    """Put a file in its place whole; a full disk must not stop the work."""
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        part.write_bytes(code)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)


def _remove_old(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86400.0
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except OSError:  # another job was faster
            continue
