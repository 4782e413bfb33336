"""The Bazin function and its chi-squared, with all that is linear solved for.

    f(t) = A exp(-(t - t0) / tau_fall) / (1 + exp(-(t - t0) / tau_rise)) + B

(Bazin et al. 2009, A&A 499, 653, eq. 1, with the sign of the second exponent that its
figures have.) A and B are linear: for every (t0, tau_rise, tau_fall) their best values in
a box follow from sums over the visits, and only three parameters are searched (variable
projection; Golub & Pereyra 1973, SIAM J. Numer. Anal. 10, 413). The gradient of the
projected chi-squared is exact; its Gauss-Newton matrix is Kaufman's (1975, BIT 15, 49),
which is the Schur complement of that of all five parameters.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.numerics.elementary import exp, log
from tde.numerics.elementary_lanes import exp_lanes
from tde.numerics.lanes import WIDTH, Lanes, add_to, clip, inside, lane, load, spread, store, total, total_of

AMPLITUDE_BOX = (0.0, 3.0)
BASELINE_BOX = (-1.0, 2.0)
"""Bounds of A and B in units of the highest flux."""

TIME_UNIT = 40.0
"""Days in which t0 is searched, so that the optimiser's step cap means 60 d."""

TIME, FLUX, ROOT_WEIGHT, SHAPE, BEFORE, N_ROWS = range(6)
"""Rows of a series in the fit: the data, then work space."""

STEEPEST = 300.0  # largest exponent of a rise into the past (tau_rise > tau_fall): its square is still finite


class Rates(NamedTuple):
    """1 / tau_rise and 1 / tau_fall."""

    rise: float
    fall: float


class ShapeSums(NamedTuple):
    """Weighted sums over the visits, from which A and B follow.

    Attributes
    ----------
    total : float
        Of the weights.
    mean_y, mean_f : float
        Mean flux and mean shape.
    ff, fy : float
        Sums of squares of the shape and of its products with the flux, both about their means.
    """

    total: float
    mean_y: float
    mean_f: float
    ff: float
    fy: float


class Linear(NamedTuple):
    """The best A and B, and the decrease of chi-squared by them, apart from what the mean flux alone gives."""

    A: float
    B: float
    gain: float


class Bazin(NamedTuple):
    """Shape of the outburst, and the logistic of its rise."""

    shape: Lanes
    before: Lanes


@njit(error_model="numpy")
def bazin(x: Lanes, rise_rate: float, fall_rate: float) -> Bazin:
    """Bazin function of A = 1, B = 0 at x = t - t0, and its logistic 1 / (1 + exp(x rise_rate)).

    The exponent is collected before exp is taken: far before t0 numerator and denominator
    are both huge.

    Parameters
    ----------
    x : Lanes
    rise_rate, fall_rate : float
        1 / tau_rise and 1 / tau_fall.
    """
    u = -rise_rate * x
    above, sign = clip(u, 0.0, math.inf), inside(u, 0.0, math.inf)
    q = exp_lanes(u - 2.0 * above)  # of -|u|
    per_sum = 1.0 / (1.0 + q)
    shape = exp_lanes(clip(-fall_rate * x - above, -math.inf, STEEPEST)) * per_sum
    return Bazin(shape, (sign + (1.0 - sign) * q) * per_sum)


@njit(error_model="numpy")
def fill_shape(theta: np.ndarray, series: np.ndarray) -> Rates:
    """Fill the rows `SHAPE` and `BEFORE` of a series with what `bazin` gives."""
    t0 = TIME_UNIT * theta[0]
    rise_rate = exp(-theta[1])
    fall_rate = exp(-theta[2])
    for k in range(series.shape[1] // WIDTH):
        shape, before = bazin(-t0 + load(series[TIME], k), rise_rate, fall_rate)
        store(series[SHAPE], k, shape)
        store(series[BEFORE], k, before)
    return Rates(rise_rate, fall_rate)


@njit(error_model="numpy")
def _gain(A: float, B: float, sums: ShapeSums) -> float:
    """Decrease of chi-squared by A and B, apart from what the mean flux alone gives."""
    total, mean_y, mean_f, ff, fy = sums
    offset = B - mean_y + A * mean_f
    return 2.0 * A * fy - A * A * ff - total * offset * offset


@njit(error_model="numpy")
def box_minimum(sums: ShapeSums) -> Linear:
    """A and B of the least chi-squared in their box."""
    total, mean_y, mean_f, ff, fy = sums
    square = ff + total * mean_f * mean_f
    if ff > 1e-14 * square:
        A = fy / ff
        B = mean_y - A * mean_f
        if AMPLITUDE_BOX[0] <= A <= AMPLITUDE_BOX[1] and BASELINE_BOX[0] <= B <= BASELINE_BOX[1]:
            return Linear(A, B, A * fy)
    best_A = best_B = 0.0
    best = -math.inf
    for side in range(4):
        if side < 2:
            A = AMPLITUDE_BOX[side]
            B = min(max(mean_y - A * mean_f, BASELINE_BOX[0]), BASELINE_BOX[1])
        else:
            B = BASELINE_BOX[side - 2]
            A = (fy - total * mean_f * (B - mean_y)) / square
            A = min(max(A, AMPLITUDE_BOX[0]), AMPLITUDE_BOX[1])
        gain = _gain(A, B, sums)
        if gain > best:
            best, best_A, best_B = gain, A, B
    return Linear(best_A, best_B, best)


@njit(error_model="numpy")
def best_linear(series: np.ndarray) -> Linear:
    """Best A and B in their box for the row `SHAPE` of a series."""
    total_w = sum_y = sum_f = spread(0.0)
    for k in range(series.shape[1] // WIDTH):
        root, shape = load(series[ROOT_WEIGHT], k), load(series[SHAPE], k)
        weight = root * root
        total_w = total_w + weight
        sum_y = sum_y + weight * load(series[FLUX], k)
        sum_f = sum_f + weight * shape
    total = total_of(total_w)
    mean_y, mean_f = total_of(sum_y) / total, total_of(sum_f) / total
    sum_ff = sum_fy = spread(0.0)
    for k in range(series.shape[1] // WIDTH):
        root = load(series[ROOT_WEIGHT], k)
        offset = -mean_f + load(series[SHAPE], k)
        weighted = root * root * offset
        sum_ff = sum_ff + weighted * offset
        sum_fy = sum_fy + weighted * (-mean_y + load(series[FLUX], k))
    return box_minimum(ShapeSums(total, mean_y, mean_f, total_of(sum_ff), total_of(sum_fy)))


# Vectors over the points whose products `gradient` sums: the three derivatives, what B and A multiply, the residual.
_B_COLUMN, _A_COLUMN, _RESIDUAL, _N_VECTORS = 3, 4, 5, 6
_N_PRODUCTS = _N_VECTORS * (_N_VECTORS + 1) // 2

_INDEPENDENT = 1e-13  # share of a vector's square that must be left for it to have a direction of its own


@njit(error_model="numpy")
def _products(theta: np.ndarray, A: float, B: float, rates: Rates, series: np.ndarray, gram: np.ndarray) -> None:
    """Fill the lower triangle of the products of the vectors at A and B."""
    rise_rate, fall_rate = rates
    t0 = TIME_UNIT * theta[0]
    vectors, sums = np.empty(WIDTH * _N_VECTORS), np.zeros(WIDTH * _N_PRODUCTS)
    for k in range(series.shape[1] // WIDTH):
        root, shape = load(series[ROOT_WEIGHT], k), load(series[SHAPE], k)
        x = -t0 + load(series[TIME], k)
        scaled = root * shape
        slope = A * scaled
        rise = rise_rate * load(series[BEFORE], k)
        store(vectors, 0, TIME_UNIT * slope * (fall_rate + -1.0 * rise))
        store(vectors, 1, -1.0 * slope * x * rise)
        store(vectors, 2, fall_rate * (slope * x))
        store(vectors, _B_COLUMN, root)
        store(vectors, _A_COLUMN, scaled)
        store(vectors, _RESIDUAL, root * (-B + load(series[FLUX], k) - A * shape))
        place = 0
        for i in range(_N_VECTORS):
            for j in range(i + 1):
                add_to(sums, place, load(vectors, i) * load(vectors, j))
                place += 1
    place = 0
    for i in range(_N_VECTORS):
        for j in range(i + 1):
            gram[i, j] = gram[j, i] = total(sums, place)
            place += 1


@njit(error_model="numpy")
def _remove(column: int, square: float, gram: np.ndarray) -> None:
    """Project the other vectors onto what is orthogonal to one, whose square was once ``square``."""
    left = gram[column, column]
    if not left > _INDEPENDENT * square:
        return
    for i in range(_A_COLUMN + 1):
        for j in range(i + 1):
            if i != column and j != column:
                gram[i, j] -= gram[i, column] * gram[j, column] / left
                gram[j, i] = gram[i, j]


@njit(error_model="numpy")
def gradient(theta: np.ndarray, series: np.ndarray, g: np.ndarray, F: np.ndarray) -> float:
    """Minus half the projected chi-squared, its gradient and its Gauss-Newton matrix.

    Four points are computed side by side (`tde.numerics.lanes`).

    Parameters
    ----------
    theta : ndarray, shape (3,)
        t0 / `TIME_UNIT`, ln(tau_rise), ln(tau_fall).
    series : ndarray, shape (`N_ROWS`, m)
        Of `tde.parametric.bazin_fit.standardise`.
    g : ndarray, shape (3,)
        Filled with the exact gradient.
    F : ndarray, shape (3, 3)
        Filled with Kaufman's approximation of the matrix: derivatives of the shape less
        their projection on A's and B's columns, unless these are on their bounds.
    """
    rates = fill_shape(theta, series)
    A, B, _ = best_linear(series)
    gram = np.empty((_N_VECTORS, _N_VECTORS))
    _products(theta, A, B, rates, series, gram)
    square = gram[_A_COLUMN, _A_COLUMN]
    if BASELINE_BOX[0] < B < BASELINE_BOX[1]:
        _remove(_B_COLUMN, gram[_B_COLUMN, _B_COLUMN], gram)
    if AMPLITUDE_BOX[0] < A < AMPLITUDE_BOX[1]:
        _remove(_A_COLUMN, square, gram)
    for i in range(3):
        g[i] = gram[_RESIDUAL, i]
        for j in range(3):
            F[i, j] = gram[i, j]
        F[i, i] = max(F[i, i], 0.0)
    return -0.5 * gram[_RESIDUAL, _RESIDUAL]


@njit(error_model="numpy")
def peak_height(theta: np.ndarray, span: float) -> float:
    """Highest value of the function of A = 1, B = 0 within the span.

    Its slope is zero where the logistic is tau_rise / tau_fall; it falls throughout if
    tau_rise >= tau_fall.
    """
    rise_rate = exp(-theta[1])
    fall_rate = exp(-theta[2])
    time = 0.0
    if rise_rate > fall_rate:
        time = TIME_UNIT * theta[0] + log(rise_rate / fall_rate - 1.0) / rise_rate
    time = min(max(time, 0.0), span) if math.isfinite(time) else 0.0
    return lane(bazin(spread(time - TIME_UNIT * theta[0]), rise_rate, fall_rate)[0], 0)
