"""What ends at an edge of the range it was looked for in: NaN in all families, or the bound with a flag beside it."""

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


def at_edge(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """Flags of the values: 1 at the upper edge of their range, -1 at the lower, 0 between, NaN where there is none.

    Parameters
    ----------
    values, low, high
        As in `inside`.
    """
    flags = (values >= high) * 1.0 - (values <= low) * 1.0
    return np.where(np.isnan(values), np.nan, flags)
