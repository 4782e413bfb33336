"""Keys that once had other names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

RENAMED = {
    "folds.n_splits": "n_folds",
    "features.rocket.n_kernels": "n_convolutions",
    "features.rocket_linear.n_kernels": "n_convolutions",
    "features.minirocket.n_kernels": "n_convolutions",
    "features.multirocket.n_kernels": "n_convolutions",
    "features.templates": "surfaces",
    "models.*.features.templates": "surfaces",
}
"""New names by the old ones; ``*`` is any key, and the last part may also be an entry of a list."""


class Renamed(NamedTuple):
    """An old name that is still in use.

    Attributes
    ----------
    path : tuple of str
        Where it is.
    new : str
        What it is called now.
    """

    path: tuple[str, ...]
    new: str


def renamed_keys(config: dict[str, Any]) -> list[Renamed]:
    """Old names in a configuration."""
    return [Renamed(path, new) for old, new in RENAMED.items() for path in _places(config, old.split("."))]


def _places(node: Any, pattern: list[str]) -> Iterator[tuple[str, ...]]:
    """Paths below a node that a pattern fits."""
    first, *rest = pattern
    if not rest:
        if isinstance(node, dict | list) and first in node:
            yield (first,)
    elif isinstance(node, dict):
        for key in node if first == "*" else [first]:
            for path in _places(node.get(key), rest):
                yield (key, *path)
