"""When an object is noticed: its second detection, as an alert stream counts them."""

from __future__ import annotations

import numpy as np

from tde.lightcurves import LightCurves

DETECTION = 5.0
"""A flux of at least this many of its errors is a detection."""

WITHIN = 30.0
"""Days within which the second detection must follow the one before it."""


def trigger_mjd(lightcurves: LightCurves) -> np.ndarray:
    """Time of the first detection that follows another one within `WITHIN` days.

    What comes later does not move it: a light curve that is cut off after its trigger has the same one.

    Parameters
    ----------
    lightcurves : LightCurves
        ``n`` objects.

    Returns
    -------
    ndarray, shape (n,)
        Modified Julian Date; NaN for objects that never trigger. Detections at the very same time, in two bands or of
        one visit given twice, count as one.
    """
    owner = lightcurves.owner
    detected = np.flatnonzero(lightcurves.flux >= DETECTION * lightcurves.flux_err)
    owner, mjd = owner[detected], lightcurves.mjd[detected]
    another = np.append(True, (np.diff(owner) != 0) | (np.diff(mjd) != 0))[: len(owner)]
    owner, mjd = owner[another], mjd[another]
    second = 1 + np.flatnonzero((np.diff(owner) == 0) & (np.diff(mjd) <= WITHIN))
    found = np.full(len(lightcurves), np.nan)
    # backwards, so that the first of each object is the last to be written
    found[owner[second][::-1]] = mjd[second][::-1]
    return found


def counted_from(lightcurves: LightCurves) -> np.ndarray:
    """When ages count from: the trigger, else the first observation, shape (n,); NaN without any."""
    first = np.full(len(lightcurves), np.nan)
    observed = np.diff(lightcurves.offsets) > 0
    first[observed] = lightcurves.mjd[lightcurves.offsets[:-1][observed]]
    trigger = trigger_mjd(lightcurves)
    return np.where(np.isnan(trigger), first, trigger)
