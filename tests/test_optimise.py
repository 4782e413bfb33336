"""The climb to a maximum, and the peaks of a grid it begins from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from tde.numerics.optimise import make_climb, peaks_of_grid


@njit
def skewed_hill(theta, data, g, F):
    """Negative Rosenbrock function: a curved ridge with its top at data."""
    a, b = theta[0] - data[0], theta[1] - data[1]
    c = b - a * a
    g[0], g[1] = -2.0 * a + 40.0 * a * c, -20.0 * c
    F[0, 0], F[0, 1], F[1, 0], F[1, 1] = 2.0 + 80.0 * a * a, -40.0 * a, -40.0 * a, 20.0
    return -(a * a + 10.0 * c * c)


climb_hill = make_climb(skewed_hill)


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=100, deadline=None)
def test_climb_reaches_the_top_of_a_curved_ridge(x, y, top_x, top_y):
    theta, F = np.array([x, y]), np.empty((2, 2))
    low, high = np.full(2, -10.0), np.full(2, 10.0)
    value, _ = climb_hill((top_x, top_y), theta, low, high, F, 1e-8)
    assert value > -1e-5
    np.testing.assert_allclose(theta, [top_x, top_y], atol=0.02)


def test_climb_stops_on_the_edge_of_the_box():
    theta, F = np.array([-3.0, 0.0]), np.empty((2, 2))
    value, _ = climb_hill((2.0, 0.0), theta, np.array([-5.0, -5.0]), np.array([1.0, 5.0]), F, 1e-8)
    np.testing.assert_allclose(theta, [1.0, 1.0], atol=1e-3)
    assert value == pytest.approx(-1.0, abs=1e-5)


def test_peaks_of_grid_are_the_local_maxima_in_order():
    values = np.array([[0.0, 1, 0, 0, 0], [0, 0, 0, 0, 3], [2, 0, 0, 0, 0]]).ravel()
    peaks = np.empty(3, dtype=np.int64)
    assert peaks_of_grid(values, 5, 10.0, peaks) == 3
    assert list(peaks) == [9, 10, 1]
    assert peaks_of_grid(values, 5, 1.5, peaks) == 2
    assert peaks_of_grid(values, 5, 10.0, peaks[:1]) == 1
    assert peaks[0] == 9
    assert peaks_of_grid(np.full(6, -np.inf), 3, 2.0, peaks) == 1
