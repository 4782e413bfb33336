"""What the files of chunks are called, and what is asked of them once they are written."""

from __future__ import annotations

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS

OBJECTS_FILE = "objects.parquet"
"""Beside the chunks: all objects, with the chunk of each as ``shard``."""


def chunk_name(index: int) -> str:
    """Name of a chunk, in which the object table and the shard's file agree."""
    return f"chunk_{index:05d}"


def bands_used(lightcurves: LightCurves) -> np.ndarray:
    """Number of bands each object was observed in, shape (n,)."""
    counts = np.zeros((len(lightcurves), len(BANDS)), dtype=bool)
    owner = lightcurves.owner
    counts[owner, lightcurves.band] = True
    return counts.sum(axis=1)
