"""Times as families get them: days since an object's first observation, so that none can depend on the date.

They are rounded to `TICK`. Dates near 60,000 are kept to some 1e-11 d; without the rounding, two copies
of a light curve at different dates would differ by that much, and where a feature jumps, the copies'
features would differ by the jump. Every number of ticks is exact in double precision, at any date.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tde.curves import Curves
from tde.lightcurves import LightCurves

TICKS_PER_DAY = 2.0**20
"""A tick is 0.08 s. A power of two, so that sums and differences of times are exact."""


def to_ticks(days: np.ndarray) -> np.ndarray:
    """Days rounded to whole ticks."""
    return np.rint(days * TICKS_PER_DAY) / TICKS_PER_DAY


def starts(lightcurves: LightCurves) -> np.ndarray:
    """Date of each object's first observation to a tick, shape (n,); 0 without observations."""
    first, seen = lightcurves.offsets[:-1], np.diff(lightcurves.offsets) > 0
    out = np.zeros(len(lightcurves))
    out[seen] = lightcurves.mjd[first[seen]]
    return to_ticks(out)


def on_own_clock(lightcurves: LightCurves) -> LightCurves:
    """The light curves with ``mjd`` counted from each object's first observation, in whole ticks."""
    counts = np.diff(lightcurves.offsets)
    first = np.repeat(lightcurves.offsets[:-1], counts)
    times = to_ticks(lightcurves.mjd - lightcurves.mjd[first])
    # rounding can make two times one, and the filters of one time are in order
    order = np.lexsort((lightcurves.filter, times, first))
    return replace(
        lightcurves,
        mjd=times[order],
        filter=lightcurves.filter[order],
        flux=lightcurves.flux[order],
        flux_err=lightcurves.flux_err[order],
    )


def moved(curves: Curves, days: np.ndarray) -> Curves:
    """The curves, and dates among their parameters, so many days later.

    Parameters
    ----------
    curves : Curves
    days : ndarray, shape (n,)
    """
    dates = {name: values + days for name, values in curves.parameters.items() if name.endswith("mjd")}
    mjd = curves.mjd + np.repeat(days, np.diff(curves.offsets))
    return replace(curves, parameters=curves.parameters | dates, mjd=mjd)
