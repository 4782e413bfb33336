"""exp and log in compiled code against extended precision."""

import math

import numpy as np
import pytest

from tde.numerics.elementary import exp, log, log_each


def test_exp_is_within_two_units_in_the_last_place():
    x = np.concatenate([np.random.default_rng(0).uniform(-690.0, 690.0, 20000), [0.0, -0.0, 1e-300, 1.0]])
    exact = np.exp(x.astype(np.longdouble))
    assert np.max(np.abs(np.array([exp(value) for value in x]) / exact - 1.0)) < 2.0 * np.finfo(float).eps
    assert exp(0.0) == 1.0


def test_log_is_within_two_units_in_the_last_place():
    rng = np.random.default_rng(0)
    x = np.concatenate([np.exp(rng.uniform(-690.0, 690.0, 20000)), rng.uniform(0.5, 2.0, 20000)])
    exact = np.log(x.astype(np.longdouble))
    assert np.max(np.abs(log_each(x) / exact - 1.0)) < 2.0 * np.finfo(float).eps
    assert log(1.0) == 0.0


@pytest.mark.parametrize("x", [0.0, -1.0, math.inf, math.nan])
def test_log_of_what_has_none_is_nan(x):
    assert math.isnan(log(x))
