"""How many shards a split has, their names, and the batches they are worked on in; read by the Snakefile."""

from __future__ import annotations

from collections.abc import Mapping

ROWS_PER_OBJECT = 160
"""Mean number of observations of a light curve in MALLORN and in the simulation."""

BYTES_PER_ROW = 54
"""Mean length of a row of MALLORN's light-curve files."""


def count_shards(rows: float, most_rows: int) -> int:
    """Number of shards that so many observations are divided into."""
    return max(1, -(-int(rows) // most_rows))


def shard_names(split: str, n_shards: int) -> list[str]:
    """Names of the shards of one split: that of the split if there is only one, else ``split_01-1`` and so on."""
    return [split] if n_shards == 1 else [f"{split}-{k}" for k in range(1, n_shards + 1)]


def split_of(shard: str) -> str:
    """The split that a shard belongs to."""
    return shard.partition("-")[0]


def batches(rows: Mapping[str, float], most_rows: int) -> dict[str, list[str]]:
    """Divide shards among batches, in their order.

    Parameters
    ----------
    rows : mapping of str to float
        Observations in each shard, roughly.
    most_rows : int
        Observations in a batch, unless one shard alone has more.

    Returns
    -------
    dict of str to list of str
        Shards of each batch: ``batch_01`` and so on.
    """
    groups: list[list[str]] = []
    filled = 0.0
    for shard, number in rows.items():
        if not groups or filled + number > most_rows:
            groups.append([])
            filled = 0.0
        groups[-1].append(shard)
        filled += number
    return {f"batch_{k:02d}": group for k, group in enumerate(groups, 1)}
