"""How far a light curve has come: the states at which a classifier is measured, and what they are told by."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.trigger import trigger_mjd
from tde.views.cut import in_bands, until, without_redshift

AGES = (5, 10, 20, 30, 50, 80, 120, 200)
"""Days since the trigger, observer frame, at which light curves are cut."""

PHASES = (-10, 0, 15, 30, 60, 100)
"""Days from the peak of the whole light curve, observer frame."""


class Moments(NamedTuple):
    """Times that the states count from, of ``n`` objects.

    Attributes
    ----------
    trigger, peak : ndarray, shape (n,)
        Modified Julian Dates; NaN where there is none, and then nothing is cut off.
    """

    trigger: np.ndarray
    peak: np.ndarray


Cut = Callable[[LightCurves, Moments], LightCurves]


class State(NamedTuple):
    """Light curves with the same things left out.

    Attributes
    ----------
    words : str
        What is left, as it stands in tables.
    counted : str
        ``trigger`` or ``peak`` for those that end some days from it, else empty.
    days : float
        How many; NaN for whole ones.
    cut : callable
        Makes such light curves of whole ones.
    """

    words: str
    counted: str
    days: float
    cut: Cut


def _whole(lightcurves: LightCurves, moments: Moments) -> LightCurves:
    return lightcurves


def _only(bands: str) -> Cut:
    return lambda lightcurves, moments: in_bands(lightcurves, [bands] * len(lightcurves))


def _cut_at(counted: str, days: float, before: Cut = _whole) -> Cut:
    def act(lightcurves: LightCurves, moments: Moments) -> LightCurves:
        return until(before(lightcurves, moments), getattr(moments, counted) + days)

    return act


def _phase_words(days: int) -> str:
    if days == 0:
        return "until the peak"
    return f"until {abs(days)} d {'after' if days > 0 else 'before'} the peak"


STATES: tuple[State, ...] = (
    State("whole", "", np.nan, _whole),
    *(State(f"until {days} d after the trigger", "trigger", days, _cut_at("trigger", days)) for days in AGES),
    *(State(_phase_words(days), "peak", days, _cut_at("peak", days)) for days in PHASES),
    State("g, r, i only", "", np.nan, _only("gri")),
    State("g, r only", "", np.nan, _only("gr")),
    State("g, r only, until 30 d after the peak", "", np.nan, _cut_at("peak", 30, _only("gr"))),
    State("without redshift", "", np.nan, lambda lightcurves, moments: without_redshift(lightcurves)),
)
"""All of them, in the order of the tables."""


RECENT = 15.0
"""Days before the last observation that say how bright an object still is."""


PROGRESS = ("log_age", "bands", "log_days_since_brightest", "share_left")
"""Names of the numbers of `progress`."""


def progress(lightcurves: LightCurves) -> np.ndarray:
    """What a light curve says of how far it has come, shape (n, 4) (`PROGRESS`); 0 throughout without observations.

    Natural logarithm of the days from the trigger to the last observation (0 if less than one, and without a trigger);
    number of bands; natural logarithm of 1 + the days from the brightest observation, by flux - flux_err, to the last;
    brightest of the last `RECENT` days as a share of the brightest of all, between 0 and 1.
    """
    found = np.zeros((len(lightcurves), 4))
    observed = np.flatnonzero(np.diff(lightcurves.offsets) > 0)
    if len(observed) == 0:
        return found
    some = lightcurves.select(observed)
    owner, starts = some.owner, some.offsets[:-1]
    last = some.mjd[some.offsets[1:] - 1]
    bands = np.zeros((len(some), len(BANDS)))
    bands[owner, some.band] = 1.0
    low = some.flux - some.flux_err
    brightest = np.maximum.reduceat(low, starts)
    peak = np.minimum.reduceat(np.where(low == brightest[owner], some.mjd, np.inf), starts)
    recent = np.where(some.mjd >= last[owner] - RECENT, low, -np.inf)
    left = np.maximum.reduceat(recent, starts) / np.where(brightest > 0.0, brightest, np.inf)
    age = np.fmax(last - trigger_mjd(some), 1.0)
    found[observed] = np.column_stack([np.log(age), bands.sum(axis=1), np.log1p(last - peak), np.clip(left, 0.0, 1.0)])
    return found
