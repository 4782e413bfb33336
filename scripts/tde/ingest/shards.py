"""Which objects share a shard: those of one file, divided so that no shard has too many rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.ingest.sharding import shard_names, split_of
from tde.tables import read_rows


def place_in_shards(objects: pa.Table, n_shards: dict[str, int], object_list: str) -> pa.Table:
    """Replace the split of each object by its shard.

    The objects of a split are divided evenly among its shards, in the order of the table.

    Parameters
    ----------
    objects : pyarrow.Table
        Object table whose column ``split`` names the split of each object.
    n_shards : dict of str to int
        Number of shards of each split.
    object_list : str
        File the objects come from, for messages.

    Raises
    ------
    InputError
        If a split has fewer objects than shards.
    """
    splits = objects["split"].to_numpy(zero_copy_only=False)
    shards = splits.astype(object)
    for split, number in n_shards.items():
        if number == 1:
            continue
        mine = np.flatnonzero(splits == split)
        if len(mine) < number:
            raise InputError(
                f"{object_list}: {split} has {len(mine)} objects, fewer than the {number} shards that its files"
                " are divided into; set shards.rows higher"
            )
        names = np.array(shard_names(split, number), dtype=object)
        shards[mine] = names[np.arange(len(mine)) * number // len(mine)]
    column = objects.column_names.index("split")
    return objects.set_column(column, objects.schema.field(column).with_name("shard"), pa.array(shards, pa.string()))


def same_file(path: Path | str, shard: str) -> pa.Array:
    """Identifiers of all objects whose observations lie in the same file as those of a shard.

    Parameters
    ----------
    path : path
        The object table.
    shard : str
    """
    split = split_of(shard)

    def keep(rows: pa.Table) -> pa.ChunkedArray:
        return pc.or_(pc.equal(rows["shard"], split), pc.starts_with(rows["shard"], f"{split}-"))

    return read_rows(path, ["object_id", "shard"], keep)["object_id"].combine_chunks()
