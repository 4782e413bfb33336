"""Numbers that stand for a missing one, and words that stand for an empty cell."""

from __future__ import annotations

import numpy as np

EMPTY_WORDS = (
    "", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none", "N/A", "n/a", "NA", "<NA>", "--", "-", "masked",
    "undef",
)  # fmt: skip
"""Cells that hold nothing."""

SENTINELS = (-9.0, -99.0, 99.0, *(sign * float("9" * digits) for digits in range(3, 7) for sign in (1, -1)))
"""What surveys write for an unknown number, in any column."""

OFTEN_WHOLE = 0.5
"""In a column with at least this share of whole numbers (ATLAS rounds its fluxes) -9 and 99 are values like others."""

MISSING_MAGNITUDE = 90.0
"""Magnitudes (or their errors) beyond this in absolute value stand for a missing one: 99, -99, 99.9, -999."""


def is_sentinel(values: np.ndarray) -> np.ndarray:
    """Numbers that are one of `SENTINELS`, whatever the column, shape (n,)."""
    return np.isin(values, SENTINELS)


def without_sentinels(values: np.ndarray) -> np.ndarray:
    """A column of fluxes, errors or the like with NaN where a number stands for a missing one.

    Parameters
    ----------
    values : ndarray, shape (n,)
        As they stand in the file, before any conversion of units.

    Returns
    -------
    ndarray, shape (n,)
        Unchanged where whole numbers are usual in the column.
    """
    sentinel = is_sentinel(values)
    if not sentinel.any():
        return values
    others = values[~sentinel & np.isfinite(values)]
    if len(others) and np.mean(others == np.round(others)) >= OFTEN_WHOLE:
        sentinel = np.isin(values, [number for number in SENTINELS if abs(number) > 99])
    return np.where(sentinel, np.nan, values)
