"""The process in time and wavelength against dense references, george, and many starts."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from tde.gp import separable
from tde.gp.separable_fit import BOXES, MIN_POINTS, fit_objects
from tde.gp.separable_posterior import posterior
from tde.photometry import EFFECTIVE_WAVELENGTH

ZTF_AND_ATLAS = np.array([4722.7, 5330.0, 6339.6, 6790.0, 7886.1, 10056.0])
"""Slots of an object with five filters of two surveys; the last is empty."""


def matern32(x):
    x = math.sqrt(3.0) * np.abs(x)
    return (1.0 + x) * np.exp(-x)


def covariance(parameters, mjd, wavelength, other_mjd=None, other_wavelength=None):
    """The kernel from its definition."""
    s, time_scale, wave_scale = parameters
    other_mjd = mjd if other_mjd is None else other_mjd
    other_wavelength = wavelength if other_wavelength is None else other_wavelength
    in_time = matern32((mjd[:, None] - other_mjd) / time_scale)
    return s**2 * in_time * matern32((wavelength[:, None] - other_wavelength) / wave_scale)


def dense_log_likelihood(theta, mjd, wavelength, flux, variance):
    factor = cho_factor(covariance(np.exp(theta), mjd, wavelength) + np.diag(variance), lower=True)
    log_det = 2.0 * np.sum(np.log(np.diag(factor[0])))
    return -0.5 * (flux @ cho_solve(factor, flux) + log_det + flux.size * math.log(2.0 * math.pi))


@st.composite
def problems(draw):
    """A series with gaps, repeated times, mixed errors and some bands missing, and parameters."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 40))
    gaps = 10.0 ** rng.uniform(-2.0, 2.5, n) * (rng.random(n) > draw(st.sampled_from([0.0, 0.4, 1.0])))
    band = rng.choice(rng.permutation(6)[: draw(st.integers(1, 6))], n)
    variance = 10.0 ** rng.uniform(-3.0, 1.0, n)
    theta = np.log([draw(st.floats(0.05, 20.0)), draw(st.floats(0.5, 2000.0)), draw(st.floats(200.0, 1e5))])
    mjd = 60000.0 + np.cumsum(gaps)
    return theta, mjd, band, rng.normal(size=n), variance


def series_of(mjd, band, flux, variance):
    return np.diff(mjd, prepend=mjd[:1]), band, flux, variance, EFFECTIVE_WAVELENGTH


def value_and_gradient(theta, series):
    g, F = np.empty(3), np.empty((3, 3))
    return separable.gradient(theta, series, g, F), g, F


@given(problem=problems())
@settings(max_examples=100)
def test_both_filters_give_the_dense_log_likelihood(problem):
    theta, mjd, band, flux, variance = problem
    series = series_of(mjd, band, flux, variance)
    expected = dense_log_likelihood(theta, mjd, EFFECTIVE_WAVELENGTH[band], flux, variance)
    assert value_and_gradient(theta, series)[0] == pytest.approx(expected, rel=1e-8, abs=1e-8)
    others = theta[:, None] + np.array([0.0, 0.3, -0.5, 0.1, -0.2, 0.6, 1.0, -1.0])
    values = np.empty(8)
    separable.log_likelihoods(others, series, values)
    dense = [dense_log_likelihood(column, mjd, EFFECTIVE_WAVELENGTH[band], flux, variance) for column in others.T]
    np.testing.assert_allclose(values, dense, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("theta", [[0.2, 3.0, 8.0], [-0.5, 5.0, 6.0], [0.0, 4.0, 11.0]])
def test_filters_of_other_surveys_give_the_dense_log_likelihood(theta):
    rng = np.random.default_rng(8)
    mjd, flux, flux_err = np.sort(rng.uniform(0.0, 400.0, 60)), rng.normal(size=60), rng.uniform(0.1, 0.4, 60)
    slot = rng.integers(0, 5, 60)
    series = (*series_of(mjd, slot, flux, flux_err**2)[:4], ZTF_AND_ATLAS)
    expected = dense_log_likelihood(np.array(theta), mjd, ZTF_AND_ATLAS[slot], flux, flux_err**2)
    assert value_and_gradient(np.array(theta), series)[0] == pytest.approx(expected, rel=1e-8)
    values = np.empty(4)
    separable.log_likelihoods(np.tile(theta, (4, 1)).T.copy(), series, values)
    np.testing.assert_allclose(values, expected, rtol=1e-8)


def test_log_likelihood_equals_george():
    george = pytest.importorskip("george")
    rng = np.random.default_rng(5)
    mjd, band, flux = np.sort(rng.uniform(0.0, 900.0, 80)), rng.integers(0, 6, 80), rng.normal(size=80)
    flux_err = rng.uniform(0.1, 0.4, 80)
    kernel = 1.5**2 * george.kernels.Matern32Kernel(40.0**2, ndim=2, axes=0)
    kernel *= george.kernels.Matern32Kernel(3000.0**2, ndim=2, axes=1)
    process = george.GP(kernel)
    process.compute(np.column_stack([mjd, EFFECTIVE_WAVELENGTH[band]]), flux_err)
    series = series_of(mjd, band, flux, flux_err**2)
    value = value_and_gradient(np.log([1.5, 40.0, 3000.0]), series)[0]
    assert value == pytest.approx(process.log_likelihood(flux), rel=1e-8)


def dense_slopes(theta, mjd, wavelength):
    """Derivatives of the covariance with the parameters."""
    s, time_scale, wave_scale = np.exp(theta)
    dt, dw = (mjd[:, None] - mjd) / time_scale, (wavelength[:, None] - wavelength) / wave_scale
    stretch_time, stretch_wave = (3.0 * d**2 * np.exp(-math.sqrt(3.0) * np.abs(d)) for d in (dt, dw))
    whole = covariance(np.exp(theta), mjd, wavelength)
    return [2.0 * whole, s**2 * stretch_time * matern32(dw), s**2 * matern32(dt) * stretch_wave]


@given(problem=problems())
@settings(max_examples=60)
def test_gradient_equals_the_dense_one(problem):
    theta, mjd, band, flux, variance = problem
    _, g, _ = value_and_gradient(theta, series_of(mjd, band, flux, variance))
    inverse = np.linalg.inv(covariance(np.exp(theta), mjd, EFFECTIVE_WAVELENGTH[band]) + np.diag(variance))
    alpha = inverse @ flux
    expected = [
        0.5 * (alpha @ dK @ alpha - np.sum(inverse * dK)) for dK in dense_slopes(theta, mjd, EFFECTIVE_WAVELENGTH[band])
    ]
    np.testing.assert_allclose(g, expected, rtol=1e-5, atol=1e-5 * (1.0 + np.max(flux**2 / variance) ** 0.5))


def test_gradient_equals_finite_differences():
    (_, mjd, band, flux, flux_err), truth = simulated_objects(1, seed=3)
    series = series_of(mjd, band, flux, flux_err**2)
    theta = np.log(truth[0]) + 0.2
    steps = 1e-4 * np.eye(3)
    higher, lower = ([value_and_gradient(end, series)[0] for end in theta + sign * steps] for sign in (1.0, -1.0))
    np.testing.assert_allclose(value_and_gradient(theta, series)[1], np.subtract(higher, lower) / 2e-4, rtol=1e-6)


def test_fisher_matrix_is_the_expected_curvature():
    rng = np.random.default_rng(8)
    mjd, band = np.sort(rng.uniform(0.0, 300.0, 40)), rng.integers(0, 6, 40)
    variance, theta = np.full(40, 0.04), np.log([1.0, 30.0, 4000.0])
    K = covariance(np.exp(theta), mjd, EFFECTIVE_WAVELENGTH[band])
    noisy = K + np.diag(variance)
    slopes = dense_slopes(theta, mjd, EFFECTIVE_WAVELENGTH[band])
    inverse = np.linalg.inv(noisy)
    expected = [[0.5 * np.trace(inverse @ a @ inverse @ b) for b in slopes] for a in slopes]
    draws = np.linalg.cholesky(noisy) @ rng.normal(size=(40, 1000))
    matrices = [value_and_gradient(theta, series_of(mjd, band, y, variance))[2] for y in draws.T]
    np.testing.assert_allclose(np.mean(matrices, axis=0), expected, atol=0.06 * np.max(expected))


def simulated_objects(n_objects, seed, n_points=120):
    """Flat arrays of draws from the process, two bands at each time."""
    rng = np.random.default_rng(seed)
    columns = []
    for _ in range(n_objects):
        mjd = 60000.0 + np.repeat(np.sort(rng.uniform(0.0, 1000.0, n_points // 2)), 2)
        band = np.concatenate([np.sort(rng.choice(6, 2, replace=False)) for _ in range(n_points // 2)])
        truth = np.exp(rng.uniform(np.log([0.5, 15.0, 2000.0]), np.log([20.0, 100.0, 15000.0])))
        flux_err = 0.1 * truth[0] * 10.0 ** rng.uniform(0.0, 0.7, n_points)
        K = covariance(truth, mjd, EFFECTIVE_WAVELENGTH[band])
        flux = rng.multivariate_normal(np.zeros(n_points), K, method="eigh") + flux_err * rng.normal(size=n_points)
        columns.append((mjd, band, flux, flux_err, truth))
    mjd, band, flux, flux_err = (np.concatenate([column[k] for column in columns]) for k in range(4))
    return (n_points * np.arange(n_objects + 1), mjd, band, flux, flux_err), np.array([c[4] for c in columns])


def test_no_random_start_ends_higher():
    (offsets, *data), _ = simulated_objects(12, seed=2, n_points=40)
    fits = fit_objects(offsets, *data)
    starts = np.random.default_rng(0).uniform(np.log([0.2, 2.0, 500.0]), np.log([5.0, 800.0, 50000.0]), (15, 3))
    for i in range(12):
        mjd, band, flux, flux_err = (column[offsets[i] : offsets[i + 1]] for column in data)
        scale = np.sqrt(np.mean(flux**2))
        series = series_of(mjd, band, flux / scale, (flux_err / scale) ** 2)

        def minus(theta, series=series):
            value, g, _ = value_and_gradient(theta, series)
            return -value, -g

        ends = [minimize(minus, start, jac=True, bounds=np.log(BOXES), method="L-BFGS-B") for start in starts]
        reference = -min(end.fun for end in ends) - mjd.size * math.log(scale)
        assert fits.log_likelihood[i] > reference - 2e-3


def test_simulated_truth_is_recovered():
    data, truth = simulated_objects(60, seed=4)
    fits = fit_objects(*data)
    pulls = (np.log(fits.parameters) - np.log(truth)) / fits.log_error
    assert np.isfinite(fits.log_error).mean() > 0.95
    assert np.all(np.abs(np.nanmedian(pulls, axis=0)) < 0.5)
    assert np.all(np.nanstd(pulls, axis=0) < 1.5)
    assert np.nanstd(np.log(fits.parameters[:, 1] / truth[:, 1])) < 0.2


def test_likelihood_and_parameters_carry_the_fluxes_unit():
    (offsets, mjd, band, flux, flux_err), _ = simulated_objects(3, seed=5, n_points=60)
    one = fit_objects(offsets, mjd, band, flux, flux_err)
    thousand = fit_objects(offsets, mjd, band, 1000.0 * flux, 1000.0 * flux_err)
    np.testing.assert_allclose(thousand.log_likelihood, one.log_likelihood - 60 * math.log(1000.0), rtol=1e-8)
    np.testing.assert_allclose(thousand.parameters, one.parameters * [1000.0, 1.0, 1.0], rtol=1e-3)


def test_the_fit_maximises_the_likelihood_it_reports():
    (offsets, mjd, band, flux, flux_err), _ = simulated_objects(1, seed=6, n_points=50)
    fits = fit_objects(offsets, mjd, band, flux, flux_err)
    wavelength = EFFECTIVE_WAVELENGTH[band]
    expected = dense_log_likelihood(np.log(fits.parameters[0]), mjd, wavelength, flux, flux_err**2)
    assert fits.log_likelihood[0] == pytest.approx(expected, rel=1e-8)


N = 12
TIMES = 60000.0 + np.arange(N) ** 2.0
NOISE = np.random.default_rng(1).normal(size=N)
BAND = np.arange(N) % 6


@pytest.mark.parametrize(
    ("mjd", "band", "flux", "flux_err", "fitted"),
    [
        (TIMES[: MIN_POINTS - 1], BAND[: MIN_POINTS - 1], NOISE[: MIN_POINTS - 1], np.ones(MIN_POINTS - 1), False),
        (TIMES, BAND, NOISE, np.ones(N), True),
        (TIMES, np.full(N, 3), NOISE, np.ones(N), True),
        (np.full(N, 60000.0), BAND, NOISE, np.ones(N), True),
        (TIMES, BAND, np.zeros(N), np.ones(N), True),
        (TIMES, BAND, np.zeros(N), np.zeros(N), False),
        (TIMES, BAND, np.where(np.arange(N) == 2, np.nan, NOISE), np.ones(N), False),
        (TIMES, BAND, NOISE, np.where(np.arange(N) == 2, -1.0, 1.0), False),
        (TIMES, BAND, NOISE, 10.0 ** np.linspace(-6.0, 3.0, N), True),
        (TIMES, BAND, 1e6 * NOISE, np.ones(N), True),
    ],
    ids=["too few", "ordinary", "one band", "one time", "no flux", "no flux, no error", "NaN", "negative error",
         "nine decades", "a million sigma"],
)  # fmt: skip
def test_odd_objects_give_nan_or_a_finite_fit(mjd, band, flux, flux_err, fitted):
    fits = fit_objects(np.array([0, len(mjd)]), mjd, band, flux, flux_err)
    assert np.isfinite(fits.log_likelihood[0]) == fitted
    assert np.isfinite(fits.parameters).all() == fitted


def test_what_the_data_do_not_determine_has_no_error():
    fits = fit_objects(np.array([0, N, 2 * N]), np.tile(TIMES, 2), np.full(2 * N, 3), np.append(NOISE, 0 * NOISE),
                       np.full(2 * N, 0.1))  # fmt: skip
    undetermined = ~(fits.log_error < 5.0)
    assert undetermined[0, 2]  # one band says nothing about the wavelength scale
    assert undetermined[1].any()


def test_results_have_the_same_bits_on_every_machine():
    # Inputs from exact integer arithmetic, so that only the fits themselves are tested.
    k = np.arange(240)
    mjd = np.concatenate([np.cumsum((7 * np.arange(40) * np.arange(40)) % 11) for _ in range(6)]).astype(float)
    band = (k * k + k // 7) % 6
    flux = ((k * k * 37 + 11 * k) % 101) / 64.0 + ((k // 5) % 7)
    flux_err = 0.25 + ((k * 13) % 17) / 32.0
    fits = fit_objects(40 * np.arange(7), mjd, band, flux, flux_err)
    assert np.isfinite(fits.log_likelihood).all()
    digest = hashlib.sha256()
    for array in (fits.log_likelihood, fits.parameters, fits.log_error):
        digest.update(np.nan_to_num(array, nan=-1.0).tobytes())
    rows = slice(0, 40)
    for array in posterior(mjd[rows], band[rows].astype(np.int8), flux[rows], flux_err[rows], EFFECTIVE_WAVELENGTH,
                           fits.parameters[0], np.arange(-5.0, 250.0, 5.0)):  # fmt: skip
        digest.update(array.tobytes())
    assert digest.hexdigest() == EXPECTED_DIGEST


EXPECTED_DIGEST = "1c3237690e6f90082667dd48d9c95315f8f37308d85025283b00475ace7331dd"


# posterior


@pytest.mark.parametrize("wavelengths", [EFFECTIVE_WAVELENGTH, ZTF_AND_ATLAS])
@pytest.mark.parametrize("seen", [[0, 1, 2, 3, 4, 5], [1, 3, 4], [2]])
def test_posterior_equals_the_dense_one(seen, wavelengths):
    rng = np.random.default_rng(6)
    mjd = np.sort(rng.uniform(0.0, 200.0, 60))
    mjd[4:7] = mjd[5]
    band = rng.choice(seen, 60).astype(np.int8)
    flux, flux_err = rng.normal(size=60), rng.uniform(0.01, 0.4, 60)
    times = np.sort(np.concatenate([rng.uniform(-80.0, 300.0, 50), mjd[:9]]))
    parameters = np.array([1.3, 25.0, 4000.0])
    mean, sd, fitted = posterior(mjd, band, flux, flux_err, wavelengths, parameters, times)
    wavelength = wavelengths[band]
    K = covariance(parameters, mjd, wavelength)
    noisy = K + np.diag(flux_err**2)
    for b in range(6):
        cross = covariance(parameters, times, np.full(times.size, wavelengths[b]), mjd, wavelength)
        np.testing.assert_allclose(mean[:, b], cross @ np.linalg.solve(noisy, flux), rtol=1e-8, atol=1e-8)
        variance = 1.3**2 - np.einsum("ij,ji->i", cross, np.linalg.solve(noisy, cross.T))
        np.testing.assert_allclose(sd[:, b], np.sqrt(variance), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(fitted, K @ np.linalg.solve(noisy, flux), rtol=1e-8, atol=1e-8)


def test_posterior_far_from_all_data_is_the_prior():
    mean, sd, _ = posterior(TIMES, BAND.astype(np.int8), NOISE, np.ones(N), EFFECTIVE_WAVELENGTH,
                            np.array([2.0, 5.0, 4000.0]), np.array([50000.0, 70000.0]))  # fmt: skip
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)
    np.testing.assert_allclose(sd, 2.0)
