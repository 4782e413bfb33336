"""The interface of a reader, and what it may look at to know its own files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
    together : bool
        Whether files belong together, so that one alone may mean less or nothing; ``read`` goes through the
        others one after the other.
    """

    key: str
    title: str
    recognises: Callable[[Head], bool]
    read: Callable[[Sequence[Path]], Iterator[Batch]]
    examples: tuple[str, ...] = ()
    together: bool = False
