"""Series of unit scatter, as the fits of Gaussian processes read them, and what these fits share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.numerics.elementary import log

AMPLITUDE_BOX = (1e-3, 1e3)
"""Bounds of a process's standard deviation in units of the series's own scatter."""

TIME_BOX = (1e-2, 1e5)
"""Bounds of a time scale in days."""

ERROR_FLOOR = 1e-6
"""Least measurement error in units of the series's scatter: double precision ends there."""

CONSTANT = 1e-9
"""Scatter in units of the mean error below which a flux is constant but for rounding."""


LARGEST_LOG_ERROR = 5.0
"""A parameter known to no better than a factor e^5 = 148 counts as undetermined."""


@dataclass(frozen=True)
class Fits:
    """Maximum-likelihood fits of ``n`` series with ``p`` parameters.

    Attributes
    ----------
    log_likelihood : ndarray, shape (n,)
        Maximum of the log-likelihood of the fluxes in micro-Jansky; NaN without a fit.
    parameters : ndarray, shape (n, p)
        The model says which, and in which units.
    log_error : ndarray, shape (n, p)
        Standard errors of the logarithms of the parameters from the Fisher matrix.
    at_bound : ndarray of bool, shape (n, p)
        Parameters that ended on the edge of their box.
    n_points : ndarray of int, shape (n,)
    n_gradients : ndarray of int, shape (n,)
        Gradients evaluated, a measure of the work done.
    """

    log_likelihood: np.ndarray
    parameters: np.ndarray
    log_error: np.ndarray
    at_bound: np.ndarray
    n_points: np.ndarray
    n_gradients: np.ndarray

    @property
    def determined(self) -> np.ndarray:
        """Parameters the data say something about, shape (n, p).

        Not on the edge of the box, and with a standard error of the logarithm below
        `LARGEST_LOG_ERROR`.
        """
        return ~self.at_bound & (self.log_error < LARGEST_LOG_ERROR)


def no_fits(n_points: np.ndarray, n_parameters: int) -> dict[str, np.ndarray]:
    """Attributes of `Fits` before any fit, for series with so many points, shape (n,)."""
    shape = (len(n_points), n_parameters)
    return {
        "log_likelihood": np.full(len(n_points), np.nan),
        "parameters": np.full(shape, np.nan),
        "log_error": np.full(shape, np.nan),
        "at_bound": np.zeros(shape, dtype=np.bool_),
        "n_points": n_points,
        "n_gradients": np.zeros(len(n_points), dtype=np.int64),
    }


class Standardised(NamedTuple):
    """A series in units of its scatter.

    Attributes
    ----------
    gap : ndarray, shape (n,)
        Days since the previous point, 0 for the first.
    flux, variance : ndarray, shape (n,)
        (flux - centre) / scale and the square of the floored error / scale.
    scale : float
        Root mean square of flux - centre, or the mean error where that is constant; NaN for a
        series that cannot be fitted.
    """

    gap: np.ndarray
    flux: np.ndarray
    variance: np.ndarray
    scale: float


@njit(error_model="numpy")
def standardise(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, centre: float) -> Standardised:
    """Bring a series to unit scatter, so that fits do not depend on the unit of flux.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (n,)
    centre : float
        Taken off the fluxes.
    """
    n = mjd.size
    square = error = 0.0
    usable = True
    for k in range(n):
        square += (flux[k] - centre) * (flux[k] - centre) / n
        error += flux_err[k] / n
        usable = usable and flux_err[k] >= 0.0
    scale = math.sqrt(square)
    if not scale > CONSTANT * error:
        scale = error
    if not (usable and 1e-100 < scale < 1e100):
        scale = math.nan
    gap, y, variance = np.zeros(n), np.empty(n), np.empty(n)
    for k in range(n):
        if k > 0:
            gap[k] = mjd[k] - mjd[k - 1]
        y[k] = (flux[k] - centre) / scale
        relative_error = max(flux_err[k] / scale, ERROR_FLOOR)
        variance[k] = relative_error * relative_error
    return Standardised(gap, y, variance, scale)


@njit(error_model="numpy")
def log_box(boxes: tuple[tuple[float, float], ...], low: np.ndarray, high: np.ndarray) -> None:
    """Logarithms of the bounds of as many parameters as ``low`` and ``high`` have.

    Parameters
    ----------
    boxes : tuple of tuple of float
        Lower and upper bound of each parameter.
    low, high : ndarray, shape (n,)
        Filled.
    """
    for p in range(low.size):
        low[p] = log(boxes[p][0])
        high[p] = log(boxes[p][1])
