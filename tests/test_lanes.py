"""Four numbers side by side give, lane by lane, the bits that single numbers give."""

import math

import numpy as np
import pytest
from numba import njit

from tde.gp.lanes import WIDTH, lane, load, pack, positive, spread, store


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
