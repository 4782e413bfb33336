"""Nights made from a data set, so that the tool can be tried and measured.

An object is in the file of a night on which it was detected, as an alert is sent for a detection; with it comes what
was observed of it since its last alert, a year at most.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.lightcurves import LightCurves
from tde.nights.night_names import name_of_day
from tde.predict.prefixes import Prefixes, by_night
from tde.sources.visits import NIGHT_BEGINS
from tde.tables import write_parquet
from tde.trigger import DETECTION
from tde.views.cut import keep_rows
from tde.workflow.configuration.nights_settings import Replay

YEAR = 365.0
"""Days before an alert that it tells of."""


def chosen_objects(names: np.ndarray, most: int) -> np.ndarray:
    """Indices of some objects, in order: the same ones of a set whenever it is asked.

    Parameters
    ----------
    names : ndarray of str, shape (n,)
    most : int
    """
    keys = np.array([zlib.crc32(str(name).encode()) for name in names], dtype=np.int64)
    return np.sort(np.argsort(keys, kind="stable")[:most])


def days_to_move(first: np.ndarray, period: int) -> np.ndarray:
    """By how many days objects have to come later so that all first alerts fall into one period, shape (n,).

    Parameters
    ----------
    first : ndarray, shape (n,)
        Day of each object's first alert; NaN for one without, which stays.
    period : int
        Days; all objects are moved by whole ones, into the last.
    """
    number = np.floor(first / period)
    return np.nan_to_num((np.nanmax(number, initial=-np.inf) - number) * period).astype(np.int64)


def moved_together(lightcurves: LightCurves, period: int) -> LightCurves:
    """A set that came over years as one that came within some days: nights as full as those of a survey.

    Parameters
    ----------
    lightcurves : LightCurves
    period : int
        As for `days_to_move`.
    """
    detected = np.where(lightcurves.flux >= DETECTION * lightcurves.flux_err, lightcurves.mjd, np.inf)
    first = np.full(len(lightcurves), np.inf)
    np.minimum.at(first, lightcurves.owner, detected)
    moved = days_to_move(np.where(np.isinf(first), np.nan, np.floor(first - NIGHT_BEGINS)), period)
    return replace(lightcurves, mjd=lightcurves.mjd + moved[lightcurves.owner])


def write_nights(lightcurves: LightCurves, settings: Replay, folder: Path) -> list[str]:
    """Write a file for each night on which an object was detected.

    Parameters
    ----------
    lightcurves : LightCurves
        As they are in the workflow: extinction is undone.
    settings : Replay
    folder : path
        Gets ``{night}/alerts.parquet``.

    Returns
    -------
    list of str
        The nights.

    Raises
    ------
    InputError
        If nothing was detected on any of them.
    """
    written = []
    for night, rows in _rows_by_night(lightcurves, settings):
        table = pa.table(
            {
                "object_id": pa.array(lightcurves.object_id, pa.string()).take(pa.array(lightcurves.owner[rows])),
                "mjd": lightcurves.mjd[rows],
                "band": pa.array(lightcurves.filters.names, pa.string()).take(pa.array(lightcurves.filter[rows])),
                "flux": lightcurves.flux[rows],
                "flux_err": lightcurves.flux_err[rows],
            }
        )
        write_parquet(folder / night / "alerts.parquet", table)
        written.append(night)
    if not written:
        raise InputError(
            "nights.replay: nothing was detected on any of the nights; allowed: other start, step, n_nights"
        )
    return written


def _rows_by_night(lightcurves: LightCurves, settings: Replay) -> Iterator[tuple[str, np.ndarray]]:
    """The rows of the alerts of each night, by its name."""
    owner, mjd = lightcurves.owner, lightcurves.mjd
    detected = lightcurves.flux >= DETECTION * lightcurves.flux_err
    day = np.floor(mjd - NIGHT_BEGINS).astype(np.int64)
    start = settings.start if settings.start is not None else _busiest(day[detected], settings)
    night = (day - start) // settings.step
    told_until = np.full(len(lightcurves), -np.inf)
    for number in range(settings.n_nights):
        alerting = np.zeros(len(lightcurves), dtype=bool)
        alerting[owner[detected & (night == number)]] = True
        if not alerting.any():
            continue
        end = start + (number + 1) * settings.step + NIGHT_BEGINS
        since = np.maximum(told_until, end - YEAR)
        yield (
            name_of_day(start + (number + 1) * settings.step - 1),
            np.flatnonzero(alerting[owner] & (mjd > since[owner]) & (mjd <= end)),
        )
        told_until[alerting] = end


class AllAlerts(NamedTuple):
    """All alerts of some objects, as if nobody had missed a night.

    Attributes
    ----------
    lightcurves : LightCurves
        What the alerts tell of ``n`` objects: all but what was older than a year when the next alert came.
    prefixes : Prefixes
        How much of it was known at the end of the night of each of ``m`` alerts.
    night : ndarray of int64, shape (m,)
        The nights, as whole Modified Julian Dates (`tde.nights.night_names.name_of_day`).
    """

    lightcurves: LightCurves
    prefixes: Prefixes
    night: np.ndarray

    @property
    def end(self) -> np.ndarray:
        """Modified Julian Dates at which the nights are over, shape (m,)."""
        return self.night + 1.0 + NIGHT_BEGINS


def all_alerts(lightcurves: LightCurves) -> AllAlerts:
    """What `write_nights` would write night by night, for nights from before the first to after the last observation.

    Parameters
    ----------
    lightcurves : LightCurves
    """
    night = np.floor(lightcurves.mjd - NIGHT_BEGINS).astype(np.int64)
    first, span = (night.min(), np.ptp(night) + 1) if len(night) else (0, 1)
    key = lightcurves.owner * span + night - first
    alerting = np.unique(key[lightcurves.flux >= DETECTION * lightcurves.flux_err])
    # the alert that comes with an observation or first after it, if there is one of the same object
    after = np.searchsorted(alerting, key)
    following = np.append(alerting, len(lightcurves) * span)[after]
    end = following % span + first + 1 + NIGHT_BEGINS
    told = keep_rows(lightcurves, (following // span == lightcurves.owner) & (lightcurves.mjd > end - YEAR))
    prefixes = by_night(told)
    prefixes = prefixes.take(~np.isnan(prefixes.mjd))
    of_prefix = np.floor(prefixes.mjd - NIGHT_BEGINS).astype(np.int64)
    sent = np.isin(prefixes.owner * span + of_prefix - first, alerting)
    return AllAlerts(told, prefixes.take(sent), of_prefix[sent])


def _busiest(day: np.ndarray, settings: Replay) -> int:
    """The first day of so many nights that most detections fall into."""
    if not len(day):
        return 0
    days, count = np.unique(day, return_counts=True)
    total = np.concatenate([[0], np.cumsum(count)])
    inside = total[np.searchsorted(days, days + settings.n_nights * settings.step)] - total[:-1]
    return int(days[np.argmax(inside)])
