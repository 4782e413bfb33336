"""Posterior mean and standard deviation of the fitted curve at any times, in O(N + M).

The smoother is that of `tde.gp.rank_one_smoother`, with all colours 1 at the observations and 0
at the wanted times, in one sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.gp.fit import MODELS
from tde.gp.rank_one import Series
from tde.gp.rank_one_smoother import smooth_series
from tde.numerics.elementary import log


class Posterior(NamedTuple):
    """Posterior of the process at some times, in micro-Jansky."""

    mean: np.ndarray
    sd: np.ndarray


def predict(
    model: str,
    mjd: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    parameters: np.ndarray,
    mean: float,
    times: np.ndarray,
) -> Posterior:
    """Posterior mean and standard deviation of the process, without its white noise.

    Parameters and mean are taken as known.

    Parameters
    ----------
    model : str
        One of `tde.gp.fit.MODELS`.
    mjd, flux, flux_err : ndarray, shape (N,)
        The observations: days, ascending; micro-Jansky.
    parameters : ndarray, shape (2,) or (3,)
        Amplitude s (micro-Jansky), time scale (days) and, if any, the white noise's
        standard deviation w (micro-Jansky), as in `tde.gp.fit.SeriesFits`.
    mean : float
        Constant mean in micro-Jansky.
    times : ndarray, shape (M,)
        Times wanted, in any order, inside or outside the observations.

    Returns
    -------
    mean, sd : ndarray, shape (M,)
        In micro-Jansky; NaN if a parameter is NaN.
    """
    mjd, times = np.asarray(mjd, dtype=np.float64), np.asarray(times, dtype=np.float64)
    if not (np.all(np.isfinite(parameters)) and np.isfinite(mean)):
        return Posterior(np.full(times.size, np.nan), np.full(times.size, np.nan))
    white = parameters[2] if len(parameters) == 3 else 0.0
    both = np.concatenate([mjd, times])
    order = np.argsort(both, kind="stable")
    observed = (np.arange(both.size) < mjd.size)[order].astype(np.float64)
    y = np.concatenate([np.asarray(flux) - mean, np.zeros(times.size)])[order]
    noise = np.concatenate([np.asarray(flux_err) ** 2 + white**2, np.ones(times.size)])[order]
    gaps = np.diff(both[order], prepend=both[order[:1]])
    smoothed = smooth_series(
        MODELS.index(model), log(parameters[0]), log(parameters[1]), observed, Series(gaps, y, noise)
    )
    place = np.empty(both.size, dtype=np.int64)
    place[order] = np.arange(both.size)
    wanted = place[mjd.size :]
    return Posterior(mean + smoothed.mean[wanted], np.sqrt(smoothed.variance[wanted]))
