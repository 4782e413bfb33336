"""What ends at an edge of the range it was looked for in is not determined: NaN, in all families."""

from __future__ import annotations

import numpy as np


def inside(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """The values, NaN where they are at an edge of their range or beyond it.

    Parameters
    ----------
    values : ndarray
    low, high : ndarray or float
        Edges of the range, broadcast against ``values``.
    """
    return np.where((values > low) & (values < high), values, np.nan)
