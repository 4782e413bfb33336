"""From the user's files to observations that are used: each file by the reader of its format, and none passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tde.errors import InputError
from tde.sources.formats import formats
from tde.sources.head import Head
from tde.sources.input_files import ending_of, named_outright, without_table
from tde.sources.judge import Judge, Usable
from tde.sources.readers.long_table import KEY as LONG_TABLE
from tde.sources.readers.long_table import long_table
from tde.sources.source import Source
from tde.workflow.configuration.predict_settings import Predict

MOST_NAMED = 20
"""Files that are named one by one."""


@dataclass
class Sorted:
    """Files by their format.

    Attributes
    ----------
    by_format : dict of str to list of path
        In the order of the formats.
    sources : dict of str to Source
    tolerant : bool
        Whether a file that cannot be read is left out, and not an error.
    not_read : list of path
        Files of a folder or pattern that no reader knows.
    refused : dict of path to str
        Files that cannot be read, and why.
    """

    by_format: dict[str, list[Path]]
    sources: dict[str, Source]
    tolerant: bool = False
    not_read: list[Path] = field(default_factory=list)
    refused: dict[Path, str] = field(default_factory=dict)

    def refuse(self, file: Path, error: InputError) -> None:
        """Note that a file is to be left out and say so; an error where that is not wanted."""
        if not self.tolerant:
            raise error
        print(f"REFUSED: {error}", flush=True)
        self.refused[file] = str(error)

    def leave_out_refused(self) -> None:
        """Keep the files that were not refused; an `InputError` if there is none."""
        kept = {name: [path for path in paths if path not in self.refused] for name, paths in self.by_format.items()}
        self.by_format = {name: paths for name, paths in kept.items() if paths}
        if self.refused and not self.by_format:
            first = next(iter(self.refused.values()))
            raise InputError(f"{first}\nand so it is with all files: {len(self.refused)} refused, none read")

    def report(self) -> dict[str, Any]:
        """What is written down of the files."""
        return {
            "formats": {key: len(files) for key, files in self.by_format.items()},
            "files": [str(file) for files in self.by_format.values() for file in files],
            "files refused": {str(file): reason for file, reason in self.refused.items()},
            "files not read": [str(file) for file in self.not_read],
        }


def sort_files(settings: Predict, files: Sequence[Path]) -> Sorted:
    """Find out the format of each file, or take the one that is set.

    Raises
    ------
    InputError
        If a file cannot be read, or is of no format that is known though it is named outright or its name ends as
        that of another does, and it is the only one or `predict.refuse` says so; or if that is so of all files.
    """
    table = long_table(settings)
    sources = {source.key: source for source in (*formats(), table)}
    files = without_table(files, settings.objects)
    found = Sorted({name: [] for name in sources}, sources, settings.refuse == "file" and len(files) > 1)
    outright = set(named_outright(settings.lightcurves))
    by_format = {name: list[Path]() for name in sources}
    for file in files:
        try:
            name = _format_of(file, sources, settings)
            if not name and file in outright:
                raise InputError(_not_known(file, sources, settings))
        except InputError as error:
            found.refuse(file, error)
        else:
            (by_format[name] if name else found.not_read).append(file)
    endings = {ending_of(file) for paths in by_format.values() for file in paths} - {""}
    for file in found.not_read:
        if ending_of(file) in endings:
            found.refuse(file, InputError(_not_known(file, sources, settings)))
    found.not_read = [file for file in found.not_read if file not in found.refused]
    found.by_format = {name: paths for name, paths in by_format.items() if paths}
    found.leave_out_refused()
    if found.not_read and not found.by_format:
        raise InputError(_not_known(found.not_read[0], sources, settings))
    for name, paths in found.by_format.items():
        print(f"{len(paths)} file(s) read as {name}: {sources[name].title}", flush=True)
    for file in found.not_read[:MOST_NAMED]:
        print(f"NOT READ, of no format that is known: {file}", flush=True)
    if len(found.not_read) > MOST_NAMED:
        print(f"NOT READ: {len(found.not_read) - MOST_NAMED} more files", flush=True)
    return found


def _format_of(file: Path, sources: dict[str, Source], settings: Predict) -> str:
    """Key of the format of a file, empty if none is known."""
    key = settings.format or (LONG_TABLE if settings.describes_a_table else "")
    if settings.format not in ("", LONG_TABLE) and not sources[key].recognises(Head(file)):
        raise InputError(f"{file}: not of the format {key!r} that predict.format sets ({sources[key].title})")
    if key:
        return key
    head = Head(file)  # one for all formats: it parses a schema once
    return next((name for name, source in sources.items() if source.recognises(head)), "")


def usable_rows(files: Sorted, judge: Judge) -> Iterator[Usable]:
    """All observations of all files that are used, format by format.

    A file that cannot be read to its end and judged is refused. What it said until then has been handed on and is in
    the judge's books: once ``files.refused`` has grown, the rest is read only to find the others like it, and all is
    to be read again without them.
    """
    before = len(files.refused)
    for name in list(files.by_format):
        source, paths = files.sources[name], files.by_format[name]
        while paths:
            try:
                # readers pair files, so that they get all of a format at once
                for batch in tqdm(source.read(paths), desc=f"read as {name}", unit="batch", mininterval=5):
                    rows = judge.usable(batch)
                    if len(files.refused) == before:
                        yield rows
                break
            except InputError as error:
                file = _blamed(error, paths)
                files.refuse(file, error)
                at = paths.index(file)
                paths = [*(paths[:at] if source.together else ()), *paths[at + 1 :]]


def _blamed(error: InputError, paths: Sequence[Path]) -> Path:
    """The file that a message begins with."""
    file = next((path for path in paths if str(error).startswith(f"{path}:")), None)
    if file is None:
        raise error
    return file


def _not_known(file: Path, sources: dict[str, Source], settings: Predict) -> str:
    """What to say of a file that is of no known format."""
    start = Head(file).start
    if not start:
        return f"{file}: the file is empty"
    shown = repr(start.splitlines()[0][:80].decode("utf-8", "backslashreplace")) if start.splitlines() else "nothing"
    names = settings.columns
    wanted = ", ".join(filter(None, (names.object_id, names.time, names.value, names.error, names.band)))
    return (
        f"{file}: of no format that is known; it begins with {shown}. A table with one row per observation needs the"
        f" columns {wanted}, or others named in predict.columns; other formats: {', '.join(sources)}"
    )
