"""Parametric light curves times a black body: gradient, published form, truth recovered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tde.black_body.cooling import wavelength_terms
from tde.parametric.bazin_black_body import (
    BASELINE,
    EXPONENTIAL,
    HIGH,
    LOG_TEMPERATURE,
    LOG_TEMPERATURE_PRIOR,
    LOW,
    N_PARAMETERS,
    POWER_LAW,
    SLOPE,
    SLOPE_PRIOR,
    STARTS,
    T0_UNIT,
    fit,
    gradient,
    make_data,
    residuals,
)
from tde.photometry import EFFECTIVE_WAVELENGTH

both_declines = pytest.mark.parametrize("decline", [EXPONENTIAL, POWER_LAW])
WAVELENGTH = EFFECTIVE_WAVELENGTH / 1.3
TRUTH = np.array([1.6, 0.3, 1.6, 3.7, 9.7, -0.2, 0.02])


def problem(rng, n=150, decline=EXPONENTIAL, error=0.03, window=False):
    """Phases, fluxes (none yet), errors, bands, whether there are colours, and the decline."""
    phase = np.sort(rng.uniform(-150.0, 300.0, n))
    coloured = (phase > -50.0) & (phase < 150.0) if window else np.ones(n, dtype=bool)
    return phase, np.zeros(n), np.full(n, error), rng.integers(0, 6, n).astype(np.int8), coloured, decline


def data_of(problem):
    phase, flux, flux_err, band, coloured, decline = problem
    return make_data(phase, flux, flux_err, wavelength_terms(WAVELENGTH[band], coloured, WAVELENGTH[2]), decline)


def value_and_gradient(theta, data):
    g, F = np.empty(N_PARAMETERS), np.empty((N_PARAMETERS, N_PARAMETERS))
    return gradient(theta, data, g, F), g, F


def model(theta, problem):
    """Fluxes of the model: flux + residual * error."""
    data = data_of(problem)
    value_and_gradient(theta, data)
    return problem[1] + residuals(data, len(problem[1])) * problem[2]


def observed(theta, problem, rng):
    flux = model(theta, problem) + problem[2] * rng.normal(size=len(problem[1]))
    return problem[0], flux, *problem[2:]


def fitted(problem):
    theta, errors = np.full(N_PARAMETERS, np.nan), np.full(N_PARAMETERS, np.nan)
    return fit(data_of(problem), STARTS, theta, errors), theta, errors


@both_declines
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_gradient_is_the_slope_of_the_value(decline, seed):
    rng = np.random.default_rng(seed)
    theta = TRUTH + rng.uniform(-0.3, 0.3, N_PARAMETERS)
    data = data_of(observed(TRUTH, problem(rng, n=40, decline=decline, window=seed % 2 == 1), rng))
    _, g, F = value_and_gradient(theta, data)
    step = 1e-6
    for j in range(N_PARAMETERS):
        up, down = theta.copy(), theta.copy()
        up[j] += step
        down[j] -= step
        difference = (value_and_gradient(up, data)[0] - value_and_gradient(down, data)[0]) / (2.0 * step)
        assert np.isclose(g[j], difference, rtol=1e-4, atol=1e-4 * np.sqrt(F[j, j]))
    assert np.all(np.linalg.eigvalsh(F) > -1e-8 * F.max())


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 41])
def test_sums_are_those_over_all_observations_and_no_others(n):
    """Against differences of the residuals: value, gradient and Gauss-Newton matrix, whatever is left over by fours."""
    rng = np.random.default_rng(n)
    mine = observed(TRUTH, problem(rng, n=n), rng)
    theta = TRUTH + rng.uniform(-0.2, 0.2, N_PARAMETERS)
    value, g, F = value_and_gradient(theta, data_of(mine))

    def residual(theta):
        return (model(theta, mine) - mine[1]) / mine[2]

    J = np.array([(residual(theta + h) - residual(theta - h)) / 2e-6 for h in 1e-6 * np.eye(N_PARAMETERS)])
    r, root = residual(theta), np.sqrt(1.0 + residual(theta) ** 2)
    precision = np.zeros(N_PARAMETERS)
    precision[LOG_TEMPERATURE], precision[SLOPE] = LOG_TEMPERATURE_PRIOR[1] ** -2, SLOPE_PRIOR[1] ** -2
    off = np.zeros(N_PARAMETERS)
    off[LOG_TEMPERATURE] = theta[LOG_TEMPERATURE] - LOG_TEMPERATURE_PRIOR[0]
    off[SLOPE] = theta[SLOPE] - SLOPE_PRIOR[0]
    assert value == pytest.approx(-(root - 1.0).sum() - 0.5 * (precision * off**2).sum(), rel=1e-9)
    np.testing.assert_allclose(g, -J @ (r / root) - precision * off, rtol=1e-5, atol=1e-6 * np.abs(g).max())
    np.testing.assert_allclose(F, (J / root) @ J.T + np.diag(precision), rtol=1e-4, atol=1e-6 * F.max())


def test_r_band_is_the_published_function():
    mine = problem(np.random.default_rng(0))
    mine[3][:] = 2
    amplitude, t0, log_rise, log_fall = TRUTH[:4]
    fall = np.exp(log_fall)
    tau_rise = 1.0 / (np.exp(-log_rise) + 1.0 / fall)
    d = mine[0] - T0_UNIT * t0
    expected = amplitude * np.exp(-d / fall) / (1.0 + np.exp(-d / tau_rise)) + TRUTH[BASELINE]
    np.testing.assert_allclose(model(TRUTH, mine), expected, rtol=1e-10)


def test_power_law_declines_as_published():
    mine = problem(np.random.default_rng(0), decline=POWER_LAW)
    mine[3][:] = 2
    d = mine[0] - T0_UNIT * TRUTH[1]
    decline = np.where(d > 0.0, (1.0 + np.maximum(d, 0.0) / np.exp(TRUTH[3])) ** (5.0 / 3.0), 1.0)
    expected = TRUTH[0] / (decline + np.exp(-d / np.exp(TRUTH[2]))) + TRUTH[BASELINE]
    np.testing.assert_allclose(model(TRUTH, mine), expected, rtol=1e-10)


def test_colours_are_planck_ratios_within_the_window_and_one_outside():
    mine = problem(np.random.default_rng(1), window=True)
    phase, band, coloured = mine[0], mine[3], mine[4]
    d = phase - T0_UNIT * TRUTH[1]
    temperature = np.exp(TRUTH[4] + TRUTH[5] * np.clip(d, -30.0, 120.0) / 50.0)

    def planck(b):
        return WAVELENGTH[b] ** -3.0 / np.expm1(1.438776877e8 / (WAVELENGTH[b] * temperature))

    ratio = np.where(coloured, planck(band) / planck(np.full_like(band, 2)), 1.0)
    flux = model(TRUTH, mine)
    band[:] = 2
    np.testing.assert_allclose(flux - TRUTH[BASELINE], (model(TRUTH, mine) - TRUTH[BASELINE]) * ratio, rtol=1e-9)


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
            losses = [-fitted((*data[:5], decline))[0] for decline in (EXPONENTIAL, POWER_LAW)]
            gains.append(losses[1 - truth] - losses[truth])
    assert np.mean(np.array(gains) > 0.0) >= 0.9


def test_residuals_are_left_where_the_fit_ended():
    rng = np.random.default_rng(4)
    data = data_of(observed(TRUTH, problem(rng), rng))
    theta, errors = np.empty(N_PARAMETERS), np.empty(N_PARAMETERS)
    fit(data, STARTS, theta, errors)
    left = residuals(data, 150).copy()
    value_and_gradient(theta, data)
    np.testing.assert_array_equal(left, residuals(data, 150))
    assert np.all((theta >= LOW) & (theta <= HIGH))


def test_nothing_finite_is_no_fit():
    data = problem(np.random.default_rng(5))
    data[1][:] = np.nan
    value, theta, errors = fitted(data)
    assert np.isnan(value)
    assert np.isnan(theta).all()
    assert np.isnan(errors).all()
