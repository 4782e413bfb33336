"""State-space fits against dense references, finite differences and simulated truth."""

import hashlib
import math

import numpy as np
import pytest
from dense_process import dense_covariance, dense_log_likelihood, unit_covariance
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from tde.gp import drw, matern32
from tde.gp.fit import AMPLITUDE_BOX, MIN_POINTS, MODELS, TIME_BOX, WHITE_BOX, fit_series
from tde.gp.predict import predict
from tde.gp.process_recovery import cadence, simulate

MODULE = {"drw": drw, "matern32": matern32}
both_models = pytest.mark.parametrize("model", MODELS)


def series_of(mjd, flux, variance, free_mean):
    return np.diff(mjd, prepend=mjd[:1]), flux, variance, free_mean


@st.composite
def problems(draw, smallest_variance=1e-3, largest_amplitude=20.0):
    """A series with gaps, repeated times and mixed errors, and parameters."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 40))
    gaps = 10.0 ** rng.uniform(-2.0, 2.5, n) * (rng.random(n) > draw(st.sampled_from([0.0, 0.4, 1.0])))
    mjd = 60000.0 + np.cumsum(gaps)
    flux = rng.normal(draw(st.sampled_from([0.0, 3.0])), 1.0, n)
    variance = 10.0 ** rng.uniform(math.log10(smallest_variance), 1.0, n)
    theta = np.log([draw(st.floats(0.05, largest_amplitude)), draw(st.floats(0.5, 2000.0)), draw(st.floats(0.01, 2.0))])
    return mjd, flux, variance, theta[: draw(st.sampled_from([2, 3]))], draw(st.booleans())


def simulated_series(n_series, n_points, seed, model="drw", white=0.1):
    """Flat arrays of simulated series of unit amplitude."""
    rng = np.random.default_rng(seed)
    mjd = np.array([cadence(rng, n_points, 4) for _ in range(n_series)])
    flux_err = 0.05 * 10.0 ** rng.uniform(0.0, 1.0, mjd.shape)
    scales = 10.0 ** rng.uniform(1.0, 2.5, n_series)
    flux = np.array(
        [
            simulate(rng, model, t, e, np.array([1.0, scale, white]))
            for t, e, scale in zip(mjd, flux_err, scales, strict=True)
        ]
    )
    return n_points * np.arange(n_series + 1), mjd.ravel(), flux.ravel(), flux_err.ravel()


# likelihoods


@both_models
@given(problem=problems())
@settings(max_examples=150, deadline=None)
def test_log_likelihood_and_mean_equal_the_dense_ones(model, problem):
    mjd, flux, variance, theta, free_mean = problem
    value, mean = MODULE[model].log_likelihood(theta, series_of(mjd, flux, variance, free_mean))
    expected, expected_mean = dense_log_likelihood(model, theta, mjd, flux, variance, free_mean)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)
    assert mean == pytest.approx(expected_mean, rel=1e-8, abs=1e-8)


@both_models
def test_log_likelihood_equals_george(model):
    george = pytest.importorskip("george")
    rng = np.random.default_rng(5)
    mjd, flux, flux_err = np.sort(rng.uniform(0.0, 900.0, 60)), rng.normal(size=60), rng.uniform(0.1, 0.4, 60)
    if model == "drw":
        kernel = 1.5**2 * george.kernels.ExpKernel(metric=40.0**2)
    else:
        kernel = 1.5**2 * george.kernels.Matern32Kernel(metric=40.0**2)
    process = george.GP(kernel)
    process.compute(mjd, np.sqrt(flux_err**2 + 0.2**2))
    value, _ = MODULE[model].log_likelihood(np.log([1.5, 40.0, 0.2]), series_of(mjd, flux, flux_err**2, False))
    assert value == pytest.approx(process.log_likelihood(flux), rel=1e-8)


def dense_slopes(model, theta, mjd, variance):
    """Derivatives of the covariance with the parameters."""
    process = dense_covariance(model, theta[:2], mjd, np.zeros(mjd.size))
    u = np.abs(mjd[:, None] - mjd) / np.exp(theta[1]) * (1.0 if model == "drw" else math.sqrt(3.0))
    stretch = np.exp(2.0 * theta[0]) * np.exp(-u) * (u if model == "drw" else u**2)
    white = 2.0 * np.exp(2.0 * theta[-1]) * np.eye(mjd.size)
    return [2.0 * process, stretch, white][: theta.size]


@both_models
@given(problem=problems())
@settings(max_examples=100, deadline=None)
def test_gradient_equals_the_dense_one(model, problem):
    mjd, flux, variance, theta, free_mean = problem
    g, F = np.empty(theta.size), np.empty((theta.size, theta.size))
    value = MODULE[model].gradient(theta, series_of(mjd, flux, variance, free_mean), g, F)
    expected, mean = dense_log_likelihood(model, theta, mjd, flux, variance, free_mean)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)
    factor = cho_factor(dense_covariance(model, theta, mjd, variance), lower=True)
    alpha = cho_solve(factor, flux - mean)
    for i, slope in enumerate(dense_slopes(model, theta, mjd, variance)):
        parts = alpha @ slope @ alpha, np.trace(cho_solve(factor, slope))
        assert g[i] == pytest.approx(0.5 * (parts[0] - parts[1]), rel=1e-6, abs=1e-7 * (1.0 + sum(map(abs, parts))))


@both_models
@given(problem=problems(smallest_variance=0.03, largest_amplitude=3.0))
@settings(max_examples=60, deadline=None)
def test_gradient_equals_finite_differences(model, problem):
    mjd, flux, variance, theta, free_mean = problem
    n = theta.size
    g, F = np.empty(n), np.empty((n, n))
    MODULE[model].gradient(theta, series_of(mjd, flux, variance, free_mean), g, F)
    step = 1e-3
    for i in range(n):
        values = [
            dense_log_likelihood(model, theta + k * step * np.eye(n)[i], mjd, flux, variance, free_mean)[0]
            for k in (-2, -1, 1, 2)
        ]
        numeric = (values[0] - 8.0 * values[1] + 8.0 * values[2] - values[3]) / (12.0 * step)
        assert g[i] == pytest.approx(numeric, rel=1e-5, abs=1e-5 * (1.0 + np.abs(g).max()))


@both_models
@pytest.mark.parametrize("n_parameters", [2, 3])
def test_expected_fisher_matrix_equals_the_dense_formula(model, n_parameters):
    # F depends on the fluxes as a constant plus a quadratic form, so its expectation over
    # fluxes of covariance K = L L^T is F(0) + sum over columns l of L of (F(l) - F(0)).
    rng = np.random.default_rng(3)
    mjd = np.sort(rng.uniform(0.0, 300.0, 30))
    mjd[7] = mjd[6]
    variance = rng.uniform(0.05, 0.5, 30) ** 2
    theta = np.log([1.3, 45.0, 0.2])[:n_parameters]

    def fisher(flux):
        g, F = np.empty(n_parameters), np.empty((n_parameters, n_parameters))
        MODULE[model].gradient(theta, series_of(mjd, flux, variance, False), g, F)
        return F

    K = dense_covariance(model, theta, mjd, variance)
    at_zero = fisher(np.zeros(30))
    expected = at_zero + sum(fisher(column) - at_zero for column in np.linalg.cholesky(K).T)
    slopes = dense_slopes(model, theta, mjd, variance)
    ratios = [np.linalg.solve(K, slope) for slope in slopes]
    dense = 0.5 * np.array([[np.trace(a @ b) for b in ratios] for a in ratios])
    np.testing.assert_allclose(expected, dense, rtol=1e-7, atol=1e-8)


@both_models
@given(problem=problems())
@settings(max_examples=30, deadline=None)
def test_grid_equals_the_single_likelihood(model, problem):
    mjd, flux, variance, _, free_mean = problem
    amplitudes, scales = np.array([0.3, 1.0, 4.0]), np.array([1.0, 10.0, 100.0, 1000.0])
    out = np.empty(12)
    series = series_of(mjd, flux, variance, free_mean)
    MODULE[model].values_on_grid(amplitudes, scales, 0.2, series, out)
    for k, value in enumerate(out):
        theta = np.log([amplitudes[k // 4], scales[k % 4], 0.2])
        assert value == pytest.approx(MODULE[model].log_likelihood(theta, series)[0], rel=1e-9, abs=1e-9)


@both_models
def test_covariance_and_transition_agree_with_the_definition(model):
    for dt in (0.0, 0.3, 17.0, 400.0):
        expected = unit_covariance(model, dt, 25.0)
        assert MODULE[model].covariance(dt, 25.0) == pytest.approx(float(expected), rel=1e-12)
        assert MODULE[model].transition(dt, 25.0)[0] == pytest.approx(float(expected), rel=1e-12)


# the optimiser


@both_models
@pytest.mark.parametrize("white_noise", [False, True])
def test_no_fit_is_worse_than_scipy_from_many_starts(model, white_noise):
    offsets, mjd, flux, flux_err = simulated_series(8, 30, seed=11, model=model, white=0.3 * white_noise)
    fits = fit_series(model, offsets, mjd, flux, flux_err, white_noise=white_noise)
    p = 3 if white_noise else 2
    rng = np.random.default_rng(2)
    for i in range(offsets.size - 1):
        rows = slice(offsets[i], offsets[i + 1])
        series = series_of(mjd[rows], flux[rows], flux_err[rows] ** 2, True)
        scatter = flux[rows].std()
        box = np.log([[scatter * b for b in AMPLITUDE_BOX], TIME_BOX, [scatter * b for b in WHITE_BOX]][:p])
        best = math.inf
        for _ in range(6):
            start = np.log([scatter, 10.0, 0.1 * scatter][:p]) + rng.uniform(-1.0, [1.0, 4.0, 2.0][:p])
            # that the likelihood itself is right is tested against the dense one above
            found = minimize(
                lambda theta: -MODULE[model].log_likelihood(theta, series)[0],  # noqa: B023
                start,
                method="L-BFGS-B",
                bounds=box,
            )
            best = min(best, found.fun)
        assert fits.log_likelihood[i] >= -best - 1e-3


# fits of many series


@both_models
def test_reported_likelihood_is_that_of_the_reported_parameters(model):
    offsets, mjd, flux, flux_err = simulated_series(6, 25, seed=4, model=model)
    fits = fit_series(model, offsets, mjd, 7.0 * flux + 3.0, 7.0 * flux_err)
    for i in range(6):
        rows = slice(offsets[i], offsets[i + 1])
        value, mean = dense_log_likelihood(
            model, np.log(fits.parameters[i]), mjd[rows], 7.0 * flux[rows] + 3.0, (7.0 * flux_err[rows]) ** 2, True
        )
        assert fits.log_likelihood[i] == pytest.approx(value, rel=1e-8)
        assert fits.mean[i] == pytest.approx(mean, rel=1e-6)


@both_models
@given(factor=st.floats(1e-3, 1e3), shift=st.floats(-50.0, 50.0))
@settings(max_examples=20, deadline=None)
def test_scale_and_shift_of_the_fluxes(model, factor, shift):
    offsets, mjd, flux, flux_err = simulated_series(4, 30, seed=8, model=model)
    plain = fit_series(model, offsets, mjd, flux, flux_err)
    other = fit_series(model, offsets, mjd - 60000.0, factor * flux + factor * shift, factor * flux_err)
    unit = np.array([factor, 1.0, factor])
    np.testing.assert_allclose(other.parameters[:, :2], (plain.parameters * unit)[:, :2], rtol=1e-3)
    np.testing.assert_allclose(other.log_likelihood, plain.log_likelihood - 30 * math.log(factor), rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(other.mean, factor * (plain.mean + shift), rtol=1e-3, atol=1e-3 * factor)


@both_models
def test_a_given_mean_is_kept(model):
    offsets, mjd, flux, flux_err = simulated_series(3, 30, seed=9, model=model)
    fits = fit_series(model, offsets, mjd, flux, flux_err, mean=np.array([0.4, np.nan, -2.0]))
    free = fit_series(model, offsets, mjd, flux, flux_err)
    assert fits.mean[0] == 0.4
    assert fits.mean[2] == -2.0
    assert fits.mean[1] == free.mean[1]
    assert np.all(fits.log_likelihood <= free.log_likelihood + 1e-4)
    value, _ = dense_log_likelihood(
        model, np.log(fits.parameters[2]), mjd[60:], flux[60:] + 2.0, flux_err[60:] ** 2, False
    )
    assert fits.log_likelihood[2] == pytest.approx(value, rel=1e-8)


N = 12
TIMES = np.linspace(60000.0, 60300.0, N)
NOISE = np.random.default_rng(0).normal(size=N)


@both_models
@pytest.mark.parametrize(
    ("name", "mjd", "flux", "flux_err", "fitted"),
    [
        ("too few points", TIMES[: MIN_POINTS - 1], NOISE[: MIN_POINTS - 1], np.ones(MIN_POINTS - 1), False),
        ("no point", TIMES[:0], NOISE[:0], NOISE[:0], False),
        ("missing flux", TIMES, np.where(np.arange(N) == 3, np.nan, NOISE), np.ones(N), False),
        ("infinite flux", TIMES, np.where(np.arange(N) == 3, np.inf, NOISE), np.ones(N), False),
        ("negative error", TIMES, NOISE, np.where(np.arange(N) == 3, -1.0, 1.0), False),
        ("nothing but zeros", TIMES, np.zeros(N), np.zeros(N), False),
        ("constant flux", TIMES, np.full(N, 5.0), np.ones(N), True),
        ("one time", np.full(N, 60000.0), NOISE, np.full(N, 0.1), True),
        ("no positive flux", TIMES, -10.0 - NOISE, np.full(N, 0.1), True),
        ("errors of zero", TIMES, NOISE, np.zeros(N), True),
        ("errors over nine decades", TIMES, NOISE, np.logspace(-6, 3, N), True),
        ("a million sigma", TIMES, np.where(np.arange(N) == 6, 1e6, NOISE), np.ones(N), True),
        ("tiny units", TIMES, 1e-20 * NOISE, np.full(N, 1e-21), True),
        ("huge units", TIMES, 1e20 * NOISE, np.full(N, 1e19), True),
    ],
)
def test_odd_series_give_nan_or_a_finite_fit(name, model, mjd, flux, flux_err, fitted):
    fits = fit_series(model, np.array([0, len(mjd)]), mjd, flux, flux_err)
    assert np.isfinite(fits.log_likelihood[0]) == fitted, name
    assert np.isfinite(fits.parameters).all() == fitted, name
    assert np.isfinite(fits.mean[0]) == fitted, name
    if not fitted:
        assert not fits.determined.any()


def test_what_the_data_do_not_determine_is_marked():
    offsets = np.array([0, N, 2 * N, 3 * N])
    mjd = np.concatenate([np.full(N, 60000.0), TIMES, TIMES])
    ramp = 10.0 * np.linspace(-1.0, 1.0, N)
    fits = fit_series("drw", offsets, mjd, np.concatenate([NOISE, np.full(N, 5.0), ramp]), np.full(3 * N, 0.1))
    assert not fits.determined[0, 1]  # all points at one time say nothing about tau
    assert not fits.determined[1, :2].any()  # a constant has neither amplitude nor time scale
    assert fits.parameters[2, 1] > 300.0  # a ramp only says that tau is longer than the series


def test_series_do_not_depend_on_their_neighbours():
    offsets, mjd, flux, flux_err = simulated_series(5, 20, seed=3)
    together = fit_series("matern32", offsets, mjd, flux, flux_err)
    for i in range(5):
        rows = slice(offsets[i], offsets[i + 1])
        alone = fit_series("matern32", np.array([0, 20]), mjd[rows], flux[rows], flux_err[rows])
        assert alone.log_likelihood[0] == together.log_likelihood[i]
        np.testing.assert_array_equal(alone.parameters[0], together.parameters[i])


def test_results_have_the_same_bits_on_every_machine():
    # Inputs from exact integer arithmetic, so that only the fits themselves are tested.
    k = np.arange(240)
    mjd = np.concatenate([np.cumsum((7 * np.arange(40) * np.arange(40)) % 11) for _ in range(6)]).astype(float)
    flux = ((k * k * 37 + 11 * k) % 101) / 64.0 + ((k // 5) % 7)
    flux_err = 0.25 + ((k * 13) % 17) / 32.0
    digest = hashlib.sha256()
    for model in MODELS:
        fits = fit_series(model, 40 * np.arange(7), mjd, flux, flux_err)
        for array in (fits.log_likelihood, fits.mean, fits.parameters, fits.log_error):
            digest.update(np.nan_to_num(array, nan=-1.0).tobytes())
        assert np.isfinite(fits.log_likelihood).all()
    assert digest.hexdigest() == EXPECTED_DIGEST


EXPECTED_DIGEST = "9ffd5b711fb9bcc52b57165e53dffbcafa5d2335dfda3d7715d9d5aeb15e1497"


# prediction


@both_models
def test_prediction_equals_the_dense_posterior(model):
    rng = np.random.default_rng(6)
    mjd = np.sort(rng.uniform(0.0, 200.0, 40))
    mjd[4] = mjd[5]
    flux, flux_err = rng.normal(size=40), rng.uniform(0.01, 0.4, 40)
    times = np.concatenate([rng.uniform(-80.0, 300.0, 60), mjd[:6]])
    mean, sd = predict(model, mjd, flux, flux_err, np.array([1.3, 25.0, 0.2]), 0.4, times)
    K = dense_covariance(model, np.log([1.3, 25.0, 0.2]), mjd, flux_err**2)
    cross = 1.3**2 * unit_covariance(model, times[:, None] - mjd, 25.0)
    np.testing.assert_allclose(mean, 0.4 + cross @ np.linalg.solve(K, flux - 0.4), rtol=1e-9, atol=1e-9)
    variance = 1.3**2 - np.einsum("ij,ji->i", cross, np.linalg.solve(K, cross.T))
    np.testing.assert_allclose(sd, np.sqrt(variance), rtol=1e-8, atol=1e-9)


@both_models
def test_prediction_without_observations_is_the_prior(model):
    none = np.empty(0)
    mean, sd = predict(model, none, none, none, np.array([2.0, 25.0]), 1.5, np.array([10.0, 5.0]))
    np.testing.assert_allclose(mean, 1.5)
    np.testing.assert_allclose(sd, 2.0)


@both_models
def test_prediction_of_an_undetermined_fit_is_nan(model):
    mean, sd = predict(model, TIMES, NOISE, np.ones(N), np.array([1.0, np.nan, 0.1]), 0.0, TIMES[:3])
    assert np.isnan(mean).all()
    assert np.isnan(sd).all()
