"""Four numbers side by side give, lane by lane, the bits that single numbers give."""

import math

import numpy as np
import pytest
from numba import njit

from tde.numerics.elementary import exp, log
from tde.numerics.elementary_lanes import exp_lanes, log_lanes
from tde.numerics.lanes import (
    WIDTH,
    add_to,
    clip,
    inside,
    lane,
    load,
    pack,
    padded,
    positive,
    spread,
    square_root,
    store,
    total,
    total_of,
)


@njit
def _arithmetic(a, b, number, out):
    """Sum, difference, product and quotient of lanes, and of a number with lanes."""
    x, y = load(a, 0), load(b, 0)
    store(out, 0, x + y)
    store(out, 1, x - y)
    store(out, 2, x * y)
    store(out, 3, x / y)
    store(out, 4, number * x)
    store(out, 5, spread(number) / y)


@njit
def _turn_around(a, out):
    x = load(a, 0)
    store(out, 0, pack(lane(x, 3), lane(x, 2), lane(x, 1), lane(x, 0)))


@njit
def _positive(a, out):
    store(out, 0, positive(load(a, 0)))


@pytest.mark.parametrize("seed", range(5))
def test_arithmetic_is_that_of_single_numbers(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, WIDTH)) * 10.0 ** rng.integers(-150, 150, (2, WIDTH))
    number = rng.normal()
    out = np.empty(6 * WIDTH)
    _arithmetic(a, b, number, out)
    expected = np.concatenate([a + b, a - b, a * b, a / b, number * a, number / b])
    np.testing.assert_array_equal(out, expected)


def test_lanes_keep_their_places():
    a, out = np.arange(4.0), np.empty(4)
    _turn_around(a, out)
    np.testing.assert_array_equal(out, a[::-1])


def test_not_a_number_spreads_in_its_own_lane_only():
    out = np.empty(6 * WIDTH)
    _arithmetic(np.array([1.0, math.nan, 3.0, math.inf]), np.ones(4), 2.0, out)
    assert np.isnan(out[:4]).tolist() == [False, True, False, False]


def test_positive_leaves_nothing_else():
    out = np.empty(4)
    _positive(np.array([1.0, -2.0, 0.0, math.nan]), out)
    np.testing.assert_array_equal(out, [1.0, math.nan, math.nan, math.nan])


@njit
def _elementary(a, out):
    """Exponential, logarithm and square root of lanes."""
    x = load(a, 0)
    store(out, 0, exp_lanes(x))
    store(out, 1, log_lanes(exp_lanes(x)))
    store(out, 2, square_root(exp_lanes(x)))


@pytest.mark.parametrize("scale", [1e-12, 0.3, 20.0, 300.0])
def test_elementary_functions_are_those_of_single_numbers_to_the_last_bit(scale):
    rng = np.random.default_rng(4)
    for _ in range(200):
        a, out = rng.normal(size=WIDTH) * scale, np.empty(3 * WIDTH)
        _elementary(np.clip(a, -690.0, 690.0), out)
        expected = [exp(x) for x in np.clip(a, -690.0, 690.0)]
        np.testing.assert_array_equal(out, [*expected, *map(log, expected), *np.sqrt(expected)])


def test_exponential_is_clipped_and_keeps_not_a_number():
    out = np.empty(3 * WIDTH)
    _elementary(np.array([-1e4, 1e4, math.nan, -0.0]), out)
    np.testing.assert_array_equal(out[:WIDTH], [exp(-700.0), exp(700.0), math.nan, 1.0])


@njit
def _bounds(a, out):
    x = load(a, 0)
    store(out, 0, clip(x, -1.0, 2.0))
    store(out, 1, inside(x, -1.0, 2.0))


def test_bounds_are_those_of_numpy():
    a, out = np.array([-3.0, -1.0, 1.5, math.nan]), np.empty(2 * WIDTH)
    _bounds(a, out)
    np.testing.assert_array_equal(out[:WIDTH], np.clip(a, -1.0, 2.0))
    np.testing.assert_array_equal(out[WIDTH:], [0.0, 0.0, 1.0, 0.0])


@njit
def _sums(a, out):
    add_to(out, 0, load(a, 0))
    add_to(out, 0, load(a, 1))
    return total(out, 0), total_of(load(a, 1))


def test_sums_are_over_all_places():
    a, out = np.arange(8.0), np.zeros(WIDTH)
    assert _sums(a, out) == (a.sum(), a[WIDTH:].sum())
    assert [padded(n) for n in (0, 1, 4, 5)] == [0, 4, 4, 8]
