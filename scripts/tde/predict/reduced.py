"""Light curves with something left out: bands, the decline, the redshift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS


def keep_rows(lightcurves: LightCurves, kept: np.ndarray) -> LightCurves:
    """The same objects with some of their observations, ``kept`` of shape (N,)."""
    owner = np.repeat(np.arange(len(lightcurves)), np.diff(lightcurves.offsets))
    counts = np.bincount(owner[kept], minlength=len(lightcurves))
    return replace(
        lightcurves,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        mjd=lightcurves.mjd[kept],
        band=lightcurves.band[kept],
        flux=lightcurves.flux[kept],
        flux_err=lightcurves.flux_err[kept],
    )


def in_bands(bands: str) -> Callable[[LightCurves, np.ndarray], LightCurves]:
    """Keep only observations in some bands."""
    codes = [BANDS.index(band) for band in bands]
    return lambda lightcurves, peak_mjd: keep_rows(lightcurves, np.isin(lightcurves.band, codes))


def until_after_peak(days: float) -> Callable[[LightCurves, np.ndarray], LightCurves]:
    """Leave out observations more than some days (observer frame) after the peak of the whole light curve."""

    def act(lightcurves: LightCurves, peak_mjd: np.ndarray) -> LightCurves:
        last = np.repeat(np.where(np.isnan(peak_mjd), np.inf, peak_mjd + days), np.diff(lightcurves.offsets))
        return keep_rows(lightcurves, lightcurves.mjd <= last)

    return act


def without_redshift(lightcurves: LightCurves, peak_mjd: np.ndarray) -> LightCurves:
    """Forget the redshifts; they are averaged over the population as for any object without one."""
    nothing = np.full(len(lightcurves), np.nan)
    return replace(lightcurves, z=nothing, distance_modulus=nothing)


VARIANTS: dict[str, Callable[[LightCurves, np.ndarray], LightCurves]] = {
    "whole": lambda lightcurves, peak_mjd: lightcurves,
    "g, r, i only": in_bands("gri"),
    "g, r only": in_bands("gr"),
    "up to 30 days after the peak": until_after_peak(30.0),
    "up to the peak": until_after_peak(0.0),
    "without redshift": without_redshift,
}
"""What is left out, by the words for it; ``peak_mjd`` is that of the fitted curves, shape (n,)."""
