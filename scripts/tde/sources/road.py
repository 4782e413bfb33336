"""From the user's files to batches of observations: each file by the reader of its format, and none passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tde.errors import InputError
from tde.sources.batch import Batch
from tde.sources.formats import formats
from tde.sources.head import Head
from tde.sources.input_files import named_outright
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
    not_read : list of path
        Files of a folder or pattern that no reader knows.
    """

    by_format: dict[str, list[Path]]
    sources: dict[str, Source]
    not_read: list[Path] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """What is written down of the files."""
        return {
            "formats": {key: len(files) for key, files in self.by_format.items()},
            "files": [str(file) for files in self.by_format.values() for file in files],
            "files not read": [str(file) for file in self.not_read],
        }


def sort_files(settings: Predict, files: Sequence[Path]) -> Sorted:
    """Find out the format of each file, or take the one that is set.

    Raises
    ------
    InputError
        If a file that is named outright, or every file, is of no format that is known.
    """
    table = long_table(settings)
    sources = {source.key: source for source in (*formats(), table)}
    key = settings.format or (LONG_TABLE if settings.describes_a_table else "")
    found: dict[str, list[Path]] = {name: [] for name in sources}
    objects = Path(settings.objects).expanduser().resolve() if settings.objects else None
    unknown: list[Path] = []
    for file in files:
        if objects is not None and file.resolve() == objects:
            continue
        if settings.format not in ("", LONG_TABLE) and not sources[key].recognises(Head(file)):
            raise InputError(f"{file}: not of the format {key!r} that predict.format sets ({sources[key].title})")
        name = key or next((name for name, source in sources.items() if source.recognises(Head(file))), "")
        (found[name] if name else unknown).append(file)
    by_format = {name: paths for name, paths in found.items() if paths}
    outright = set(named_outright(settings.lightcurves))
    for file in unknown:
        if file in outright or not by_format:
            raise InputError(_not_known(file, sources, settings))
    for name, paths in by_format.items():
        print(f"{len(paths)} file(s) read as {name}: {sources[name].title}", flush=True)
    for file in unknown[:MOST_NAMED]:
        print(f"NOT READ, of no format that is known: {file}", flush=True)
    if len(unknown) > MOST_NAMED:
        print(f"NOT READ: {len(unknown) - MOST_NAMED} more files", flush=True)
    return Sorted(by_format, sources, unknown)


def all_batches(files: Sorted) -> Iterator[Batch]:
    """All observations of all files, format by format."""
    for name, paths in files.by_format.items():
        # readers pair files, so that they get all of a format at once
        yield from tqdm(files.sources[name].read(paths), desc=f"read as {name}", unit="batch", mininterval=5)


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
