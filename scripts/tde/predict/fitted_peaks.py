"""Where fitted curves are highest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tde.curves import Curves, read_curves


def fitted_peaks(paths: Sequence[str], object_id: np.ndarray) -> np.ndarray:
    """Time of the peak of each object, MJD, shape (n,); NaN without a peak, and without files of curves.

    Parameters
    ----------
    paths : sequence of str
        Files of fitted curves that hold the objects between them.
    object_id : ndarray of str, shape (n,)
    """
    if not paths:
        return np.full(len(object_id), np.nan)
    parts = [read_curves(path) for path in paths]
    names = np.concatenate([part.object_id for part in parts])
    peaks = np.concatenate([part.parameters["peak_mjd"] for part in parts])
    known = dict(zip(names, peaks, strict=True))
    return np.array([known[name] for name in object_id])


def first_peaks(curves: Mapping[str, Curves]) -> np.ndarray | None:
    """Time of the peak of the first family's curves, MJD, shape (n,); None if no family fits curves."""
    return next((fitted.parameters["peak_mjd"] for fitted in curves.values()), None)
