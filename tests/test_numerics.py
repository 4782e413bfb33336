"""Each numerical primitive against numpy, scipy or its definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tde.gp.unit_series import ERROR_FLOOR, standardise
from tde.numerics.crossings import crossing, time_to_level
from tde.numerics.lines import fit_line, slope, weighted_line
from tde.numerics.moments import known_mean_and_std, moments, quantiles
from tde.numerics.normal_priors import add_log_prior, log_prior
from tde.numerics.peaks import surest_peak
from tde.numerics.smoothing import biweight, local_average
from tde.numerics.standard_errors import hold_unknown, mark_bounds, standard_errors

seeds = settings(deadline=None, max_examples=25)  # the first case compiles


def points(seed, n=12):
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0.0, 100.0, n)), rng.normal(size=n), rng.uniform(0.5, 2.0, n)


class TestMoments:
    @given(st.lists(st.floats(-100.0, 100.0), min_size=3, max_size=40))
    @settings(max_examples=60, deadline=None)
    def test_equal_weights_give_the_usual_ones(self, values):
        values = np.array(values)
        found = moments(values, np.ones(values.size))
        assert found.mean == pytest.approx(values.mean(), abs=1e-9)
        assert found.std == pytest.approx(values.std(), abs=1e-9)
        if found.std > 1e-3:
            assert found.skewness == pytest.approx(stats.skew(values), rel=1e-6, abs=1e-6)
            assert found.kurtosis == pytest.approx(stats.kurtosis(values, fisher=False), rel=1e-6)
        out = np.empty(3)
        quantiles(values, np.ones(values.size), (0.1, 0.5, 0.9), out)
        np.testing.assert_allclose(out, np.quantile(values, [0.1, 0.5, 0.9], method="hazen"), atol=1e-9)

    def test_integer_weights_repeat_values(self):
        _, values, _ = points(1)
        weights = np.arange(1.0, 13.0)
        repeated = np.repeat(values, np.arange(1, 13))
        np.testing.assert_allclose(moments(values, weights), moments(repeated, np.ones(repeated.size)), rtol=1e-9)

    def test_a_constant_has_no_shape(self):
        found = moments(np.full(5, 3.0), np.ones(5))
        assert found.mean == 3.0
        assert np.isnan([found.skewness, found.kurtosis]).all()

    @pytest.mark.parametrize("ddof", [0, 1])
    def test_rows_are_numpys_without_what_is_not_finite(self, ddof):
        values = np.random.default_rng(2).normal(size=(50, 6))
        values[np.random.default_rng(3).random(values.shape) < 0.4] = np.nan
        values[0], values[1, 1:] = np.nan, np.inf
        found = known_mean_and_std(values, ddof=ddof)
        for row, mean, std in zip(values, *found, strict=True):
            known = row[np.isfinite(row)]
            np.testing.assert_allclose(mean, known.mean() if known.size else np.nan, rtol=1e-12)
            np.testing.assert_allclose(std, known.std(ddof=ddof) if known.size > 1 else np.nan, rtol=1e-12)


class TestLines:
    @seeds
    @given(st.integers(0, 10_000))
    def test_sums_and_windows_are_numpys_polyfit(self, seed):
        x, y, error = points(seed)
        expected = np.polyfit(x, y, 1, w=1.0 / error)[0]
        assert slope(fit_line(x, y, error**-2.0, 0.0, 100.0), 3) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        line = weighted_line(x, y, error, 0.0, (0.0, 100.0), 0.0)
        _, covariance = np.polyfit(x, y, 1, w=1.0 / error, cov="unscaled")
        assert line.slope == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert line.slope_err == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-9)
        assert line.mean == pytest.approx(np.average(y, weights=error**-2.0), rel=1e-9, abs=1e-12)

    def test_sums_are_about_the_means_of_what_counts(self):
        x, y, weight = points(5)
        y[3], weight[4] = np.nan, 0.0
        line = fit_line(x, y, weight, x[1], x[10])
        used = np.setdiff1d(np.arange(1, 11), [3, 4])
        dx = x[used] - np.average(x[used], weights=weight[used])
        dy = y[used] - np.average(y[used], weights=weight[used])
        assert (line.n, line.span) == (8, x[10] - x[1])
        expected = [(weight[used] * a * b).sum() for a, b in ((dx, dx), (dx, dy), (dy, dy))]
        np.testing.assert_allclose([line.xx, line.xy, line.yy], expected, rtol=1e-9)
        assert math.isnan(slope(fit_line(np.ones(4), y[5:9], np.ones(4), 0.0, 2.0), 3))

    def test_a_slope_needs_three_values_and_a_span(self):
        x, y, error = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]), np.ones(3)
        assert weighted_line(x, y, error, 0.0, (0.0, 2.0), 2.0).slope == pytest.approx(1.0)
        assert math.isnan(weighted_line(x, y, error, 0.0, (0.0, 2.0), 2.5).slope)
        assert math.isnan(weighted_line(x, np.array([1.0, np.nan, 3.0]), error, 0.0, (0.0, 2.0), 0.0).slope)
        assert math.isnan(weighted_line(x, y, error, 0.0, (5.0, 9.0), 0.0).mean)


class TestCrossings:
    TIME = np.array([0.0, 1.0, 3.0, 4.0])
    VALUE = np.array([0.0, 4.0, 2.0, 1.0])

    def test_the_first_fall_is_interpolated(self):
        assert crossing(self.TIME, self.VALUE, 1, 1, 3.0) == (1.0, True)
        assert crossing(self.TIME, self.VALUE, 1, -1, 3.0) == (0.25, True)
        assert time_to_level(self.TIME, self.VALUE, 1, 1, 1.5) == 2.5

    def test_touching_the_level_is_reaching_it(self):
        assert crossing(self.TIME, self.VALUE, 1, 1, 2.0) == (2.0, True)

    def test_without_a_fall_the_curve_ends(self):
        assert crossing(self.TIME, self.VALUE, 1, 1, 0.5) == (3.0, False)
        assert math.isnan(time_to_level(self.TIME, self.VALUE, 1, 1, 0.5))


class TestPeaks:
    def test_brightness_counts_less_its_error(self):
        assert surest_peak(np.array([5.0, 9.0, 6.0]), np.array([0.1, 8.0, 0.1])) == 2

    def test_the_first_of_equals_and_no_nan(self):
        assert surest_peak(np.array([np.nan, 3.0, 3.0]), np.zeros(3)) == 1
        assert surest_peak(np.full(2, np.nan), np.zeros(2)) == -1
        assert surest_peak(np.empty(0), np.empty(0)) == -1


class TestStandardErrors:
    def test_they_are_those_of_the_inverse(self):
        root = np.random.default_rng(6).normal(size=(4, 4))
        F, errors = root @ root.T, np.empty(4)
        standard_errors(F, np.zeros(4, dtype=np.bool_), errors)
        np.testing.assert_allclose(errors, np.sqrt(np.diag(np.linalg.inv(F))), rtol=1e-9)

    def test_a_parameter_on_its_bound_is_held(self):
        F, errors, at_bound = np.array([[2.0, 1.0], [1.0, 2.0]]), np.empty(2), np.empty(2, np.bool_)
        mark_bounds(np.array([0.5, 1.0]), np.zeros(2), np.ones(2), at_bound)
        standard_errors(F, at_bound, errors)
        np.testing.assert_array_equal(at_bound, [False, True])
        np.testing.assert_allclose(errors, [math.sqrt(0.5), np.nan])

    def test_a_parameter_without_information_spoils_all_unless_held(self):
        F, errors, held = np.diag([4.0, 0.0]), np.empty(2), np.zeros(2, dtype=np.bool_)
        standard_errors(F, held, errors)
        assert np.isnan(errors).all()
        hold_unknown(F, np.zeros(2, dtype=np.bool_), held)
        standard_errors(F, held, errors)
        np.testing.assert_allclose(errors, [0.5, np.nan])


def test_normal_priors_have_the_gradient_of_their_density():
    theta, prior = np.array([0.3, -1.0]), np.array([[1.0, 4.0], [0.0, 0.0]])
    g, F = np.zeros(2), np.zeros((2, 2))
    assert add_log_prior(theta, prior, g, F) == log_prior(theta, prior) == pytest.approx(-0.5 * 4.0 * 0.7**2)
    np.testing.assert_allclose(g, [2.8, 0.0])
    np.testing.assert_array_equal(F, np.diag([4.0, 0.0]))


def test_local_averages_have_biweight_weights():
    time, flux, error = points(7)
    value, sigma = np.empty(12), np.empty(12)
    local_average(time, flux, error, np.ones(12), value, sigma)
    u = (time - time[5]) / 15.0
    weights = np.where(np.abs(u) < 1.0, [biweight(x) for x in u], 0.0)
    assert value[5] == pytest.approx(np.average(flux, weights=weights / error**2), rel=1e-9)
    variance = (weights**2 / error**2).sum() / (weights / error**2).sum() ** 2
    assert sigma[5] == pytest.approx(math.sqrt(variance), rel=1e-9)


class TestStandardise:
    def test_a_series_has_unit_scatter(self):
        time, flux, error = points(8)
        found = standardise(time, flux, error, flux.mean())
        assert found.scale == pytest.approx(flux.std(), rel=1e-12)
        np.testing.assert_allclose(found.flux, (flux - flux.mean()) / flux.std(), rtol=1e-9)
        np.testing.assert_allclose(found.variance, (error / flux.std()) ** 2, rtol=1e-9)
        np.testing.assert_array_equal(found.gap, np.diff(time, prepend=time[0]))

    def test_a_constant_takes_its_errors_for_scale(self):
        found = standardise(np.arange(3.0), np.zeros(3), np.full(3, 2.0), 0.0)
        assert found.scale == 2.0
        assert math.isnan(standardise(np.arange(3.0), np.zeros(3), np.array([1.0, -1.0, 3.0]), 0.0).scale)

    def test_errors_have_a_floor(self):
        assert standardise(np.arange(3.0), np.array([1.0, -1.0, 1.0]), np.zeros(3), 0.0).variance[0] == ERROR_FLOOR**2
