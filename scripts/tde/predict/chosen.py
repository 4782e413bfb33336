"""A few objects' light curves out of many shards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.lightcurves import LightCurves, joined, read_shard


def read_chosen(shards: Sequence[str], objects: pa.Table, wanted: Sequence[str]) -> LightCurves:
    """Light curves of some objects, one shard in memory at a time.

    Parameters
    ----------
    shards : sequence of str
        Named after the column ``shard`` of the object table.
    objects : pyarrow.Table
    wanted : sequence of str
        Object identifiers; they set the order.
    """
    parts: list[LightCurves] = []
    for path in shards:
        mine = objects.filter(pc.equal(objects["shard"], Path(path).stem)).combine_chunks()
        names = mine["object_id"].to_pylist()
        kept = np.flatnonzero(np.isin(np.array(names, dtype=object), np.array(wanted, dtype=object)))
        if len(kept) or not parts:  # one part at least, be it empty
            parts.append(read_shard(path, mine).select(kept))
    place = {name: k for k, name in enumerate(wanted)}
    together = joined(parts)
    return together.select(np.argsort([place[name] for name in together.object_id], kind="stable"))
