"""The interface of a reader, and what it may look at to know its own files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tde.sources.batch import Batch
from tde.sources.head import Head


@dataclass(frozen=True)
class Source:
    """One format: which files are its own, and how they are read.

    Attributes
    ----------
    key : str
        Name in config.yaml and in messages: ``ztf_forced``.
    title : str
        As a person says it: "ZTF forced photometry (IPAC)".
    recognises : callable
        Whether a file's beginning is of this format; looks at content, not at the name alone.
    read : callable
        All observations of some files of this format, in batches of bounded memory. Files that belong
        together (HEAD and PHOT, detections and non-detections) are among ``paths`` and are paired
        inside.
    examples : tuple of str
        Small files of the format in docs/parts/examples.
    called : tuple of str
        Names of files in the example of a command, where they are no tables of text that can be shown.
    fields : mapping of str to iterable of str
        What of such a file is read: its parts, and the fields in them.
    together : bool
        Whether files belong together, so that one alone may mean less or nothing; ``read`` goes through the
        others one after the other.
    """

    key: str
    title: str
    recognises: Callable[[Head], bool]
    read: Callable[[Sequence[Path]], Iterator[Batch]]
    examples: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    fields: Mapping[str, Iterable[str]] = field(default_factory=dict)
    together: bool = False
