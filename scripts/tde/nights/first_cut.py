"""The cheap first cut: which of a night's objects are worth the dear features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.lightcurves import LightCurves
from tde.trigger import DETECTION
from tde.workflow.configuration.nights_settings import FirstCut

WORDS = {
    "few_detections": "fewer detections than first_cut.fewest_detections",
    "fainter": "too few of the detections are brighter than the reference image",
    "too_old": "first detected too long ago",
    "faded": "last detected too long ago",
    "bogus": "the survey takes its detections for artefacts",
    "star": "a catalogued star stands there",
    "moving": "a known moving object passes there",
}
"""Why an object is left out; the first that holds counts."""


class Cut(NamedTuple):
    """What became of ``n`` objects.

    Attributes
    ----------
    kept : ndarray of bool, shape (n,)
    counts : dict of str to int
        Objects that are left out, by key of `WORDS`.
    reason : ndarray of str, shape (n,)
        Key of `WORDS`, empty for an object that is kept.
    """

    kept: np.ndarray
    counts: dict[str, int]
    reason: np.ndarray


class Alerts(NamedTuple):
    """What alerts say of ``n`` objects beside their fluxes; NaN where they do not, and the object then passes.

    Attributes
    ----------
    score : ndarray, shape (n,)
        Best score of an object's detections, from bogus at 0 to real at 1.
    star_score, parallax_snr, moving_arcsec : ndarray, shape (n,)
        As in `tde.sources.batch.EVIDENCE`.
    """

    score: np.ndarray
    star_score: np.ndarray
    parallax_snr: np.ndarray
    moving_arcsec: np.ndarray


def nothing_else(n: int) -> Alerts:
    """Alerts of ``n`` objects that say nothing beside their fluxes."""
    return Alerts(*np.full((4, n), np.nan))


def first_cut(lightcurves: LightCurves, alerts: Alerts, until: float | np.ndarray, limits: FirstCut) -> Cut:
    """Decide by detections and by what stands at their place.

    Parameters
    ----------
    lightcurves : LightCurves
        Of ``n`` objects.
    alerts : Alerts
    until : float or ndarray, shape (n,)
        Modified Julian Date of the end of the night, or of each light curve's own.
    limits : FirstCut
    """
    owner, n = lightcurves.owner, len(lightcurves)
    ratio = lightcurves.flux / lightcurves.flux_err
    brighter, found = ratio >= DETECTION, np.abs(ratio) >= DETECTION
    n_brighter, n_found = (np.bincount(owner, mask, minlength=n) for mask in (brighter, found))
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, owner[brighter], lightcurves.mjd[brighter])
    np.maximum.at(last, owner[brighter], lightcurves.mjd[brighter])
    fails = {
        "few_detections": n_brighter < limits.fewest_detections,
        "fainter": n_brighter < limits.brighter_share * n_found,
        "too_old": until - first > limits.oldest,
        "faded": until - last > limits.faded,
        "bogus": alerts.score < limits.least_score,
        "star": (alerts.star_score > limits.star_score) | (alerts.parallax_snr > limits.parallax),
        "moving": alerts.moving_arcsec < limits.moving,
    }
    reason = np.full(n, "", dtype=object)
    for name, mask in reversed(fails.items()):
        reason[mask] = name
    return Cut(reason == "", {name: int(np.sum(reason == name)) for name in WORDS}, reason)
