"""Bazin function fitted to many series: a smooth rise, an exponential fall, a baseline.

    f(t) = A exp(-(t - t0) / tau_fall) / (1 + exp(-(t - t0) / tau_rise)) + B

(Bazin et al. 2009, A&A 499, 653, eq. 1, with the sign of the second exponent that its
figures have.) A and B are linear: for every (t0, tau_rise, tau_fall) their best values in
a box follow from sums over the visits, and only three parameters are searched (variable
projection; Golub & Pereyra 1973, SIAM J. Numer. Anal. 10, 413). The gradient of the
projected chi-squared is exact; its Gauss-Newton matrix is Kaufman's (1975, BIT 15, 49),
which is the Schur complement of that of all five parameters.

Chi-squared has many local minima. All cells of a grid are judged by their chi-squared
alone, then the best ones that differ are refined. The time scales of the grid are powers
of four of each other, so one exponential per visit and t0 gives all of them by squaring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from tde.numerics.elementary import exp, log
from tde.numerics.elementary_lanes import exp_lanes
from tde.numerics.lanes import WIDTH, Lanes, add_to, clip, inside, lane, load, padded, spread, store, total, total_of
from tde.numerics.optimise import make_climb, solve

MIN_POINTS = 5
"""Series with fewer points are not fitted: there are five parameters."""

AMPLITUDE_BOX = (0.0, 3.0)
BASELINE_BOX = (-1.0, 2.0)
"""Bounds of A and B in units of the highest flux."""

SHORTEST = 0.1
"""Least tau_rise and tau_fall in days. The greatest is the span of the series, which also bounds t0."""

TIME_UNIT = 40.0
"""Days in which t0 is searched, so that the optimiser's step cap means 60 d."""

TOLERANCE = 1e-3
"""Decrease of chi-squared / 2, in units of its value per point if that is above 1, not worth another step."""

LONGEST_START = 640.0
"""Longest time scale of the grid of starts in days; each of the others is a quarter of the one before."""

N_SCALES = 5
START_PAIRS = np.array([
    (4, 0), (4, 1), (4, 2), (4, 3), (4, 4),
    (3, 0), (3, 1), (3, 2), (3, 3),
    (2, 0), (2, 1), (2, 2),
    (1, 0), (1, 1),
])  # fmt: skip
"""(rise, fall) of the grid, as numbers of times the longest time scale is divided by four."""

N_PARTS = 20
"""Equal parts of the span, each of which gives one t0 of the grid."""

N_STARTS = 5
"""Starts that are refined: a wide one, whose scales are parts of the span, and the best cells of the grid."""

WIDE_START = (0.2, 0.3)
"""tau_rise and tau_fall of the wide start at the brightest point, in units of the span."""

TIME, FLUX, ROOT_WEIGHT, SHAPE, BEFORE, N_ROWS = range(6)
"""Rows of a series in the fit: the data, then work space."""

_LOG_4 = math.log(4.0)
_LOG_LONGEST = math.log(LONGEST_START)

_STEEPEST = 300.0  # largest exponent of a rise into the past (tau_rise > tau_fall): its square is still finite
_LARGEST_LOG_RATIO = 10.0  # clip of time / LONGEST_START on the grid


@dataclass(frozen=True)
class BazinFits:
    """Fits of ``n`` series.

    Attributes
    ----------
    amplitude, baseline : ndarray, shape (n,)
        A and B in micro-Jansky; NaN without a fit, as all the others.
    t0 : ndarray, shape (n,)
        In the series's own time, days.
    tau_rise, tau_fall : ndarray, shape (n,)
        Days.
    peak_flux : ndarray, shape (n,)
        Highest point of f within the series's span in micro-Jansky.
    chi2 : ndarray, shape (n,)
    error : ndarray, shape (n, 3)
        Standard errors of t0 (days), ln(tau_rise) and ln(tau_fall), with A and B free; NaN
        for a parameter on its bound.
    at_bound : ndarray of bool, shape (n, 5)
        Which of t0, tau_rise, tau_fall, A, B ended on a bound.
    n_points : ndarray of int, shape (n,)
    n_gradients : ndarray of int, shape (n,)
        Gradients evaluated, a measure of the work done.
    """

    amplitude: np.ndarray
    baseline: np.ndarray
    t0: np.ndarray
    tau_rise: np.ndarray
    tau_fall: np.ndarray
    peak_flux: np.ndarray
    chi2: np.ndarray
    error: np.ndarray
    at_bound: np.ndarray
    n_points: np.ndarray
    n_gradients: np.ndarray


@njit(error_model="numpy")
def _bazin(x: Lanes, rise_rate: float, fall_rate: float) -> tuple:
    """Bazin function of A = 1, B = 0 at x = t - t0, and its logistic 1 / (1 + exp(x rise_rate)).

    The exponent is collected before exp is taken: far before t0 numerator and denominator
    are both huge.
    """
    u = -rise_rate * x
    above, sign = clip(u, 0.0, math.inf), inside(u, 0.0, math.inf)
    q = exp_lanes(u - 2.0 * above)  # of -|u|
    per_sum = 1.0 / (1.0 + q)
    shape = exp_lanes(clip(-fall_rate * x - above, -math.inf, _STEEPEST)) * per_sum
    return shape, (sign + (1.0 - sign) * q) * per_sum


@njit(error_model="numpy")
def _shape(theta: np.ndarray, series: np.ndarray) -> tuple:
    """Fill the rows `SHAPE` and `BEFORE` of a series with what `_bazin` gives.

    Returns
    -------
    rise_rate, fall_rate : float
        1 / tau_rise and 1 / tau_fall.
    """
    t0 = TIME_UNIT * theta[0]
    rise_rate = exp(-theta[1])
    fall_rate = exp(-theta[2])
    for k in range(series.shape[1] // WIDTH):
        shape, before = _bazin(-t0 + load(series[TIME], k), rise_rate, fall_rate)
        store(series[SHAPE], k, shape)
        store(series[BEFORE], k, before)
    return rise_rate, fall_rate


@njit(error_model="numpy")
def _gain(A: float, B: float, sums: tuple) -> float:
    """Decrease of chi-squared by A and B, apart from what the mean flux alone gives."""
    total, mean_y, mean_f, ff, fy = sums
    offset = B - mean_y + A * mean_f
    return 2.0 * A * fy - A * A * ff - total * offset * offset


@njit(error_model="numpy")
def _box_minimum(sums: tuple) -> tuple:
    """A and B of the least chi-squared in their box.

    Parameters
    ----------
    sums : tuple
        Total weight; mean flux and mean shape; sums of squares of the shape and of its
        products with the flux, both about their means; all weighted.

    Returns
    -------
    A, B, gain : float
        The last as in `_gain`.
    """
    total, mean_y, mean_f, ff, fy = sums
    square = ff + total * mean_f * mean_f
    if ff > 1e-14 * square:
        A = fy / ff
        B = mean_y - A * mean_f
        if AMPLITUDE_BOX[0] <= A <= AMPLITUDE_BOX[1] and BASELINE_BOX[0] <= B <= BASELINE_BOX[1]:
            return A, B, A * fy
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
    return best_A, best_B, best


@njit(error_model="numpy")
def _linear(series: np.ndarray) -> tuple:
    """Best A and B in their box for the row `SHAPE` of a series."""
    total_w = sum_y = sum_f = spread(0.0)
    for k in range(series.shape[1] // WIDTH):
        root, shape = load(series[ROOT_WEIGHT], k), load(series[SHAPE], k)
        weight = root * root
        total_w = total_w + weight
        sum_y = sum_y + weight * load(series[FLUX], k)
        sum_f = sum_f + weight * shape
    weight = total_of(total_w)
    mean_y, mean_f = total_of(sum_y) / weight, total_of(sum_f) / weight
    sum_ff = sum_fy = spread(0.0)
    for k in range(series.shape[1] // WIDTH):
        root = load(series[ROOT_WEIGHT], k)
        offset = -mean_f + load(series[SHAPE], k)
        weighted = root * root * offset
        sum_ff = sum_ff + weighted * offset
        sum_fy = sum_fy + weighted * (-mean_y + load(series[FLUX], k))
    A, B, _ = _box_minimum((weight, mean_y, mean_f, total_of(sum_ff), total_of(sum_fy)))
    return A, B


# Vectors over the points whose products `gradient` sums: the three derivatives, what B and A multiply, the residual.
_B_COLUMN, _A_COLUMN, _RESIDUAL, _N_VECTORS = 3, 4, 5, 6
_N_PRODUCTS = _N_VECTORS * (_N_VECTORS + 1) // 2

_INDEPENDENT = 1e-13  # share of a vector's square that must be left for it to have a direction of its own


@njit(error_model="numpy")
def _products(theta: np.ndarray, A: float, B: float, rates: tuple, series: np.ndarray, gram: np.ndarray) -> None:
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
        See `standardise`.
    g : ndarray, shape (3,)
        Filled with the exact gradient.
    F : ndarray, shape (3, 3)
        Filled with Kaufman's approximation of the matrix: derivatives of the shape less
        their projection on A's and B's columns, unless these are on their bounds.
    """
    rates = _shape(theta, series)
    A, B = _linear(series)
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


_climb = make_climb(gradient)


@njit(error_model="numpy")
def standardise(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, series: np.ndarray) -> float:
    """Bring a series to days since its first point and a highest flux of 1.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (n,)
    series : ndarray, shape (`N_ROWS`, m)
        n rounded up to a multiple of four. The rows `TIME`, `FLUX` and `ROOT_WEIGHT`
        (1 / error) are filled; the last point is repeated without weight.

    Returns
    -------
    float
        The highest flux; NaN for a series that cannot be fitted.
    """
    scale = -math.inf
    usable = mjd[-1] - mjd[0] > 2.0 * SHORTEST
    for k in range(mjd.size):
        scale = max(scale, flux[k])
        usable = usable and flux_err[k] > 0.0 and abs(flux[k]) < 1e100
    for k in range(mjd.size):
        series[TIME, k] = mjd[k] - mjd[0]
        series[FLUX, k] = flux[k] / scale
        series[ROOT_WEIGHT, k] = scale / flux_err[k]
    for k in range(mjd.size, series.shape[1]):
        series[TIME, k], series[FLUX, k] = series[TIME, mjd.size - 1], series[FLUX, mjd.size - 1]
        series[ROOT_WEIGHT, k] = 0.0
    return scale if usable and scale > 0.0 else math.nan


@njit(error_model="numpy")
def _start_times(series: np.ndarray, t0: np.ndarray) -> int:
    """Fill the t0 of the grid: the brightest point of each of equal parts of the span.

    Returns
    -------
    int
        Number of parts that hold a point.
    """
    n = series.shape[1]
    span = series[TIME, n - 1]
    found = 0
    part = -1.0
    brightest = 0.0
    for k in range(n):
        here = math.floor(t0.size * min(series[TIME, k] / span, 0.999999))
        if here > part:
            part = here
            found += 1
            brightest = -math.inf
        if series[FLUX, k] > brightest:
            brightest = series[FLUX, k]
            t0[found - 1] = series[TIME, k]
    return found


@njit(error_model="numpy")
def _grid_gain(t0: np.ndarray, series: np.ndarray, gain: np.ndarray) -> None:
    """Decrease of chi-squared against a constant flux on the grid of starts.

    Parameters
    ----------
    t0 : ndarray, shape (m,)
    series : ndarray, shape (`N_ROWS`, n)
    gain : ndarray, shape (number of `START_PAIRS`, m)
        Filled.
    """
    n_pairs = START_PAIRS.shape[0]
    sums = np.zeros((3 * n_pairs, t0.size))
    decay = np.empty((N_SCALES, t0.size))
    rise = np.empty((N_SCALES, t0.size))
    total = sum_y = 0.0
    for k in range(series.shape[1]):
        w = series[ROOT_WEIGHT, k] * series[ROOT_WEIGHT, k]
        wy = w * series[FLUX, k]
        total += w
        sum_y += wy
        for j in range(t0.size):
            decay[0, j] = exp(min((t0[j] - series[TIME, k]) / LONGEST_START, _LARGEST_LOG_RATIO))
        for s in range(1, N_SCALES):
            for j in range(t0.size):
                square = decay[s - 1, j] * decay[s - 1, j]
                decay[s, j] = square * square
                rise[s, j] = 1.0 / (1.0 + decay[s, j])
        for p in range(n_pairs):
            for j in range(t0.size):
                shape = decay[START_PAIRS[p, 1], j] * rise[START_PAIRS[p, 0], j]
                sums[3 * p, j] += w * shape
                sums[3 * p + 1, j] += w * shape * shape
                sums[3 * p + 2, j] += wy * shape
    for p in range(n_pairs):
        for j in range(t0.size):
            mean_f = sums[3 * p, j] / total
            ff = sums[3 * p + 1, j] - total * mean_f * mean_f
            fy = sums[3 * p + 2, j] - sum_y * mean_f
            gain[p, j] = _box_minimum((total, sum_y / total, mean_f, ff, fy))[2]


@njit(error_model="numpy")
def _wide_start(series: np.ndarray, theta: np.ndarray) -> None:
    """Move a start at the brightest point, with the scales `WIDE_START`, into ``theta``."""
    brightest = 0
    for k in range(series.shape[1]):
        if series[FLUX, k] > series[FLUX, brightest]:
            brightest = k
    span = series[TIME, series.shape[1] - 1]
    theta[0] = series[TIME, brightest] / TIME_UNIT
    theta[1] = log(WIDE_START[0] * span)
    theta[2] = log(WIDE_START[1] * span)


@njit(error_model="numpy")
def _next_start(t0: np.ndarray, gain: np.ndarray, theta: np.ndarray) -> bool:
    """Move the best cell of the grid into ``theta`` and strike out those like it."""
    best = -1.0
    pair = column = 0
    for p in range(gain.shape[0]):
        for j in range(t0.size):
            if gain[p, j] > best:
                best, pair, column = gain[p, j], p, j
    rise, fall = START_PAIRS[pair]
    theta[0] = t0[column] / TIME_UNIT
    theta[1] = _LOG_LONGEST - rise * _LOG_4
    theta[2] = _LOG_LONGEST - fall * _LOG_4
    for p in range(gain.shape[0]):
        if START_PAIRS[p, 0] == rise or START_PAIRS[p, 1] == fall:
            gain[p, column] = -1.0
    return best >= 0.0


@njit(error_model="numpy")
def _fit_one(series: np.ndarray, n: int, low: np.ndarray, high: np.ndarray, theta: np.ndarray, F: np.ndarray) -> tuple:
    """Refine the best starts for ``n`` points; ``theta`` and ``F`` are those of the least chi-squared.

    Returns
    -------
    chi2 : float
    n_gradients : int
    """
    t0 = np.empty(N_PARTS)
    t0 = t0[: _start_times(series, t0)]
    gain = np.empty((START_PAIRS.shape[0], t0.size))
    _grid_gain(t0, series, gain)
    best = -math.inf
    n_gradients = 0
    trial = np.empty(3)
    F_trial = np.empty((3, 3))
    for start in range(N_STARTS):
        if start == 0:
            _wide_start(series, trial)
        elif not _next_start(t0, gain, trial):
            break
        for i in range(3):
            trial[i] = min(max(trial[i], low[i]), high[i])
        tolerance = TOLERANCE if start == 0 else TOLERANCE * max(1.0, -2.0 * best / n)
        value, n_steps = _climb(series, trial, low, high, F_trial, tolerance)
        n_gradients += n_steps
        if value > best:
            best = value
            for i in range(3):
                theta[i] = trial[i]
                for j in range(3):
                    F[i, j] = F_trial[i, j]
    return -2.0 * best, n_gradients


@njit(error_model="numpy")
def _peak(theta: np.ndarray, span: float) -> float:
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
    return lane(_bazin(spread(time - TIME_UNIT * theta[0]), rise_rate, fall_rate)[0], 0)


@njit(error_model="numpy")
def _errors(F: np.ndarray, at_bound: np.ndarray, errors: np.ndarray) -> None:
    """Square roots of the diagonal of the inverse of F; NaN for what is on a bound or not determined."""
    A = np.empty((3, 3))
    unit = np.empty(3)
    x = np.empty(3)
    free = np.empty(3, np.bool_)
    for i in range(3):
        free[i] = F[i, i] > 0.0 and not at_bound[i]
    for i in range(3):
        for j in range(3):
            unit[j] = 1.0 if i == j else 0.0
            for k in range(3):
                A[j, k] = F[j, k]
        errors[i] = math.sqrt(x[i]) if free[i] and solve(A, unit, free, x) else math.nan
    errors[0] *= TIME_UNIT


@njit(cache=True, error_model="numpy")
def _fit_all(data: tuple, values: np.ndarray, error: np.ndarray, at_bound: np.ndarray, n_gradients: np.ndarray) -> None:
    """Fit all series: ``values`` are the rows `VALUES`, the others arrays of `BazinFits`."""
    offsets, mjd, flux, flux_err = data
    theta = np.empty(3)
    F = np.empty((3, 3))
    low = np.array([0.0, log(SHORTEST), log(SHORTEST)])
    high = np.empty(3)
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        n = offsets[i + 1] - offsets[i]
        if n < MIN_POINTS:
            continue
        series = np.empty((N_ROWS, padded(n)))
        scale = standardise(mjd[rows], flux[rows], flux_err[rows], series)
        if math.isnan(scale):
            continue
        span = series[TIME, n - 1]
        high[0] = span / TIME_UNIT
        high[1] = high[2] = log(span)
        chi2, n_gradients[i] = _fit_one(series, n, low, high, theta, F)
        if not math.isfinite(chi2):
            continue
        _shape(theta, series)
        A, B = _linear(series)
        values[0, i] = A * scale
        values[1, i] = mjd[offsets[i]] + TIME_UNIT * theta[0]
        values[2, i] = exp(theta[1])
        values[3, i] = exp(theta[2])
        values[4, i] = B * scale
        values[5, i] = (A * _peak(theta, span) + B) * scale
        values[6, i] = chi2
        at_bound[i, 3] = not AMPLITUDE_BOX[0] < A < AMPLITUDE_BOX[1]
        at_bound[i, 4] = not BASELINE_BOX[0] < B < BASELINE_BOX[1]
        for p in range(3):
            at_bound[i, p] = theta[p] <= low[p] or theta[p] >= high[p]
        _errors(F, at_bound[i], error[i])


VALUES = ("amplitude", "t0", "tau_rise", "tau_fall", "baseline", "peak_flux", "chi2")


def fit_series(offsets: np.ndarray, mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> BazinFits:
    """Fit the Bazin function to many series.

    Parameters
    ----------
    offsets : ndarray of int, shape (n + 1,)
        Series ``i`` owns the rows ``offsets[i]:offsets[i + 1]``.
    mjd, flux, flux_err : ndarray, shape (N,)
        Times in days, ascending within a series; fluxes and errors in micro-Jansky.

    Returns
    -------
    BazinFits
        NaN for series with fewer than `MIN_POINTS` points, without a positive flux, with a
        span below twice `SHORTEST`, with a flux that is not finite or an error that is not
        positive.
    """
    n = len(offsets) - 1
    values = np.full((len(VALUES), n), np.nan)
    error = np.full((n, 3), np.nan)
    at_bound = np.zeros((n, 5), dtype=np.bool_)
    n_gradients = np.zeros(n, dtype=np.int64)
    data = (
        np.ascontiguousarray(offsets, dtype=np.int64),
        *(np.ascontiguousarray(column, dtype=np.float64) for column in (mjd, flux, flux_err)),
    )
    _fit_all(data, values, error, at_bound, n_gradients)
    return BazinFits(
        **dict(zip(VALUES, values, strict=True)),
        error=error,
        at_bound=at_bound,
        n_points=np.diff(offsets),
        n_gradients=n_gradients,
    )
