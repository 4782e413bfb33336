"""What a family may learn from training objects, kept honest by halves.

What has seen an object fits it too well. The training objects are therefore divided into
two halves, real events kept together, and a family learns from each half on its own: an
object's features come from the half it is not in, those of any other object from both.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from tde.tables import write_npz

N_HALVES = 2

OUTSIDE = -1
"""Half of an object that nothing was learnt from."""

Learnt = dict[str, np.ndarray]
"""What a family has learnt: arrays by name, as they lie on file."""


class Sample(NamedTuple):
    """Objects to learn from, in the order of their light curves.

    Attributes
    ----------
    spec_type : ndarray of str, shape (n,)
        Spectroscopic types.
    half : ndarray of int, shape (n,)
        0 or 1; `OUTSIDE` for objects that must not be learnt from.
    """

    spec_type: np.ndarray
    half: np.ndarray


def draw_halves(parents: np.ndarray, seed: int) -> np.ndarray:
    """Half of each object, 0 or 1; objects of one parent share theirs, shape (n,)."""
    names, index = np.unique(parents, return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % N_HALVES)[index]


def mean_of_unseen(values: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Mean over the halves that an object is not in.

    Parameters
    ----------
    values : ndarray, shape (2, n, ...)
        From what was learnt from each half; NaN where that says nothing.
    half : ndarray of int, shape (n,)
        The half that each object was in, or `OUTSIDE`.

    Returns
    -------
    ndarray, shape (n, ...)
        NaN where neither half says anything.
    """
    own = half == np.arange(N_HALVES)[:, None]
    own = own.reshape(own.shape + (1,) * (values.ndim - 2))
    known = np.isfinite(values) & ~own
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def write_learnt(path: Path | str, learnt: Learnt) -> None:
    """Write what a family has learnt, atomically, in NumPy's npz format, which cannot run code when it is read."""
    write_npz(path, **learnt)


def read_learnt(path: Path | str) -> Learnt:
    """Read what `write_learnt` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
