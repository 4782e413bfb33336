"""Parametric light curves times a black body: gradient, published form, truth recovered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tde.parametric.bazin_black_body import (
    BASELINE,
    EXPONENTIAL,
    HIGH,
    LOW,
    N_PARAMETERS,
    POWER_LAW,
    STARTS,
    T0_UNIT,
    fit,
    gradient,
)
from tde.photometry import EFFECTIVE_WAVELENGTH

both_declines = pytest.mark.parametrize("decline", [EXPONENTIAL, POWER_LAW])
TRUTH = np.array([1.6, 0.3, 1.6, 3.7, 9.7, -0.2, 0.02])


def problem(rng, n=150, decline=EXPONENTIAL, error=0.03, window=False):
    """Data without any flux yet: residuals of a model are the model's fluxes in errors."""
    phase = np.sort(rng.uniform(-150.0, 300.0, n))
    coloured = (phase > -50.0) & (phase < 150.0) if window else np.ones(n, dtype=bool)
    design = (rng.integers(0, 6, n).astype(np.int8), np.empty(n), coloured, EFFECTIVE_WAVELENGTH / 1.3)
    return phase, np.zeros(n), np.full(n, error), design, decline, np.empty(n)


def value_and_gradient(theta, data):
    g, F = np.empty(N_PARAMETERS), np.empty((N_PARAMETERS, N_PARAMETERS))
    return gradient(theta, data, g, F), g, F


def model(theta, data):
    value_and_gradient(theta, data)
    return data[1] + data[5] * data[2]


def observed(theta, data, rng):
    return data[0], model(theta, data) + data[2] * rng.normal(size=data[0].size), *data[2:5], np.empty(data[0].size)


def fitted(data, n_climbs=2):
    theta, errors = np.full(N_PARAMETERS, np.nan), np.full(N_PARAMETERS, np.nan)
    return fit(data, STARTS, n_climbs, theta, errors), theta, errors


@both_declines
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_gradient_is_the_slope_of_the_value(decline, seed):
    rng = np.random.default_rng(seed)
    theta = TRUTH + rng.uniform(-0.3, 0.3, N_PARAMETERS)
    data = observed(TRUTH, problem(rng, n=40, decline=decline, window=seed % 2 == 1), rng)
    _, g, F = value_and_gradient(theta, data)
    step = 1e-6
    for j in range(N_PARAMETERS):
        up, down = theta.copy(), theta.copy()
        up[j] += step
        down[j] -= step
        difference = (value_and_gradient(up, data)[0] - value_and_gradient(down, data)[0]) / (2.0 * step)
        assert np.isclose(g[j], difference, rtol=1e-4, atol=1e-4 * np.sqrt(F[j, j]))
    assert np.all(np.linalg.eigvalsh(F) > -1e-8 * F.max())


def test_r_band_is_the_published_function():
    phase, flux, flux_err, design, decline, room = problem(np.random.default_rng(0))
    design[0][:] = 2
    amplitude, t0, log_rise, log_fall = TRUTH[:4]
    fall = np.exp(log_fall)
    tau_rise = 1.0 / (np.exp(-log_rise) + 1.0 / fall)
    d = phase - T0_UNIT * t0
    expected = amplitude * np.exp(-d / fall) / (1.0 + np.exp(-d / tau_rise)) + TRUTH[BASELINE]
    np.testing.assert_allclose(model(TRUTH, (phase, flux, flux_err, design, decline, room)), expected, rtol=1e-10)


def test_colours_are_planck_ratios_within_the_window_and_one_outside():
    data = problem(np.random.default_rng(1), window=True)
    band, _, coloured, wavelength = data[3]
    d = data[0] - T0_UNIT * TRUTH[1]
    temperature = np.exp(TRUTH[4] + TRUTH[5] * np.clip(d, -30.0, 120.0) / 50.0)

    def planck(b):
        return wavelength[b] ** -3.0 / np.expm1(1.438776877e8 / (wavelength[b] * temperature))

    ratio = np.where(coloured, planck(band) / planck(np.full_like(band, 2)), 1.0)
    flux = model(TRUTH, data)
    band[:] = 2
    np.testing.assert_allclose(flux - TRUTH[BASELINE], (model(TRUTH, data) - TRUTH[BASELINE]) * ratio, rtol=1e-9)


@both_declines
def test_truth_is_recovered_within_the_errors(decline):
    pulls = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        _, theta, errors = fitted(observed(TRUTH, problem(rng, decline=decline, window=seed % 2 == 1), rng))
        pulls.append((theta - TRUTH) / errors)
    pulls = np.array(pulls)
    assert np.isfinite(pulls).all()
    assert np.all(np.abs(np.median(pulls, axis=0)) < 0.6)
    spread = 1.4826 * np.median(np.abs(pulls - np.median(pulls, axis=0)), axis=0)
    assert np.all((spread > 0.5) & (spread < 1.6)), spread


def test_outliers_hardly_move_the_fit():
    rng = np.random.default_rng(3)
    data = observed(TRUTH, problem(rng), rng)
    _, clean, errors = fitted(data)
    data[1][::30] += 100.0 * data[2][::30]
    _, spoilt, _ = fitted(data)
    assert np.all(np.abs(spoilt - clean)[1:6] < 3.0 * errors[1:6])


def test_the_right_decline_wins():
    gains = []
    for seed in range(10):
        rng = np.random.default_rng(100 + seed)
        for truth in (EXPONENTIAL, POWER_LAW):
            data = observed(TRUTH, problem(rng, decline=truth), rng)
            losses = [-fitted((*data[:4], decline, data[5]))[0] for decline in (EXPONENTIAL, POWER_LAW)]
            gains.append(losses[1 - truth] - losses[truth])
    assert np.mean(np.array(gains) > 0.0) >= 0.9


def test_residuals_are_left_where_the_fit_ended():
    rng = np.random.default_rng(4)
    data = observed(TRUTH, problem(rng), rng)
    _, theta, _ = fitted(data)
    left = data[5].copy()
    value_and_gradient(theta, data)
    np.testing.assert_array_equal(left, data[5])
    assert np.all((theta >= LOW) & (theta <= HIGH))


def test_nothing_finite_is_no_fit():
    data = problem(np.random.default_rng(5))
    data[1][:] = np.nan
    value, theta, errors = fitted(data)
    assert np.isnan(value)
    assert np.isnan(theta).all()
    assert np.isnan(errors).all()
