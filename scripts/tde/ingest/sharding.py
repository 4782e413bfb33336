"""How many shards a split has, and their names; read by the Snakefile, so it imports nothing."""

from __future__ import annotations

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
