"""Features of many light curves, computed some at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from joblib import Parallel, delayed

from tde.compiled.cache import use_compiled
from tde.lightcurves import LightCurves
from tde.predict.matrix import feature_tables

PART = 500
"""Light curves whose features are computed at a time: a part for every core, and no more in memory."""


def features_in_parts(
    lightcurves: LightCurves, families: Mapping[str, dict[str, Any]], compiled: str, threads: int
) -> dict[str, pa.Table]:
    """Features by family, as `tde.predict.matrix.feature_tables` computes them.

    Parameters
    ----------
    lightcurves : LightCurves
    families : mapping
        Options of each family.
    compiled : str
        Folder of compiled code.
    threads : int
        Parts at a time, each in a process of its own.
    """
    parts = np.array_split(np.arange(len(lightcurves)), -(-len(lightcurves) // PART))
    done = Parallel(n_jobs=threads)(delayed(_computed)(lightcurves.select(part), families, compiled) for part in parts)
    return {name: pa.concat_tables([part[name] for part in done]).combine_chunks() for name in done[0]}


def _computed(lightcurves: LightCurves, families: Mapping[str, dict[str, Any]], compiled: str) -> dict[str, pa.Table]:
    use_compiled(compiled)
    return feature_tables(lightcurves, families).tables
