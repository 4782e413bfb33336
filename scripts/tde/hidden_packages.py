"""Packages that others would load only to recognise what they never meet here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class _Refuse:
    """Import hook that pretends some packages are not installed."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in self.packages:
            raise ImportError(f"{name} is not wanted here")
        return None


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """Make packages that are not loaded yet seem absent.

    Parameters
    ----------
    *packages : str
    """
    refuse = _Refuse(packages)
    sys.meta_path.insert(0, refuse)
    try:
        yield
    finally:
        sys.meta_path.remove(refuse)


def hide_pandas() -> None:
    """Let pyarrow do without pandas, which it loads with its first array: a quarter of the time of a small job.

    It asks once and remembers the answer. To and from data frames it still goes.
    """
    with without("pandas"):
        import pyarrow

        pyarrow.array([0])
