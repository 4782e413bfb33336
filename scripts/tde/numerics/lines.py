"""Least-squares straight lines through weighted points."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit


class Line(NamedTuple):
    """What the points of a line add up to.

    Attributes
    ----------
    n : int
        Number of points.
    span : float
        Largest x less the smallest.
    weight : float
        Sum of the weights.
    mean : float
        Weighted mean of y; NaN without points.
    xx, xy, yy : float
        Weighted sums of squares of x about its mean, of its products with y about its own, and of
        squares of the latter.
    """

    n: int
    span: float
    weight: float
    mean: float
    xx: float
    xy: float
    yy: float


@njit(error_model="numpy")
def fit_line(x: np.ndarray, y: np.ndarray, weight: np.ndarray, first: float, last: float) -> Line:
    """Sums of the least-squares line through the points between two x, both included.

    Parameters
    ----------
    x, y, weight : ndarray, shape (n,)
        Points without positive weight, and those whose y is NaN, do not count.
    first, last : float
    """
    n, total, mean_x, mean = 0, 0.0, 0.0, 0.0
    lowest, highest = last, first
    for k in range(x.size):
        if first <= x[k] <= last and weight[k] > 0.0 and not math.isnan(y[k]):
            n += 1
            total += weight[k]
            mean_x += weight[k] * x[k]
            mean += weight[k] * y[k]
            lowest, highest = min(lowest, x[k]), max(highest, x[k])
    mean_x /= total
    mean /= total
    xx = xy = yy = 0.0
    for k in range(x.size):
        if first <= x[k] <= last and weight[k] > 0.0 and not math.isnan(y[k]):
            dx, dy = x[k] - mean_x, y[k] - mean
            xx += weight[k] * (dx * dx)
            xy += weight[k] * dy * dx
            yy += weight[k] * (dy * dy)
    return Line(n, highest - lowest, total, mean, xx, xy, yy)


@njit(error_model="numpy")
def slope(line: Line, least: int) -> float:
    """Slope of a line; NaN with fewer than ``least`` points or if all have one x."""
    return line.xy / line.xx if line.n >= least and line.xx > 0.0 else math.nan


class WeightedLine(NamedTuple):
    """Line through the points of a window.

    Attributes
    ----------
    mean : float
        Weighted mean of the values; NaN without any.
    variance : float
        Weighted variance about the mean.
    slope, slope_err : float
        Slope, and its error from the errors given. NaN, as is the variance, with fewer than three
        values or where they span too little.
    """

    mean: float
    variance: float
    slope: float
    slope_err: float


@njit(error_model="numpy")
def weighted_line(
    x: np.ndarray, value: np.ndarray, error: np.ndarray, floor: float, window: tuple[float, float], min_span: float
) -> WeightedLine:
    """Line through the values in a window; NaN values are skipped.

    Parameters
    ----------
    x, value, error : ndarray, shape (n,)
    floor : float
        Added to the errors in quadrature, so that the few best points do not decide alone.
    window : tuple of float
        First and last x, both included.
    min_span : float
        Smallest span of x from which a slope is read.
    """
    weight = np.empty(x.size)
    for k in range(x.size):
        weight[k] = 1.0 / (error[k] * error[k] + floor * floor)
    line = fit_line(x, value, weight, window[0], window[1])
    if line.n < 3 or line.span < min_span:
        return WeightedLine(line.mean, math.nan, math.nan, math.nan)
    return WeightedLine(line.mean, line.yy / line.weight, line.xy / line.xx, 1.0 / math.sqrt(line.xx))
