"""Rank-one process against dense references, finite differences and simulated truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy.linalg import cho_factor, cho_solve

from tde.gp import drw, rank_one
from tde.gp import rank_one_colours as colour_models
from tde.gp.rank_one import DRW, MATERN32
from tde.gp.rank_one_colours import COLOUR_BANDS, N_COLOURS, REFERENCE
from tde.gp.rank_one_curve import MAX_GRID
from tde.gp.rank_one_fit import PARAMETERS, fit_objects
from tde.gp.rank_one_smoother import smooth
from tde.numerics.optimise import make_climb
from tde.photometry import BANDS

both_processes = pytest.mark.parametrize("process", [DRW, MATERN32])


def unit_covariance(process, lag, time_scale):
    if process == DRW:
        return np.exp(-np.abs(lag) / time_scale)
    u = math.sqrt(3.0) * np.abs(lag) / time_scale
    return (1.0 + u) * np.exp(-u)


def dense_covariance(process, theta, colour, mjd, variance):
    F = np.exp(2.0 * theta[0]) * unit_covariance(process, mjd[:, None] - mjd, np.exp(theta[1]))
    return colour[:, None] * F * colour + np.diag(variance)


def dense_log_likelihood(process, theta, colour, mjd, flux, variance):
    factor = cho_factor(dense_covariance(process, theta, colour, mjd, variance), lower=True)
    log_det = 2.0 * np.sum(np.log(np.diag(factor[0])))
    return -0.5 * (flux @ cho_solve(factor, flux) + log_det + flux.size * math.log(2.0 * math.pi))


def gaps(mjd):
    return np.diff(mjd, prepend=mjd[:1])


@st.composite
def problems(draw, smallest_variance=1e-3):
    """Observations with gaps, repeated times and mixed errors, colours, and log s, log time scale."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 40))
    gap = 10.0 ** rng.uniform(-2.0, 2.5, n) * (rng.random(n) > draw(st.sampled_from([0.0, 0.4, 1.0])))
    mjd = 60000.0 + np.cumsum(gap)
    flux = rng.normal(draw(st.sampled_from([0.0, 3.0])), 1.0, n)
    variance = 10.0 ** rng.uniform(math.log10(smallest_variance), 1.0, n)
    theta = np.log([draw(st.floats(0.05, 20.0)), draw(st.floats(0.5, 2000.0))])
    return theta, np.exp(rng.uniform(-1.5, 1.5, n)), mjd, flux, variance, rng.integers(0, len(BANDS), n).astype(np.int8)


@both_processes
@given(problem=problems())
@settings(max_examples=100, deadline=None)
def test_log_likelihood_equals_the_dense_one(process, problem):
    theta, colour, mjd, flux, variance, _ = problem
    value = rank_one.log_likelihood(process, theta[0], theta[1], colour, (gaps(mjd), flux, variance))
    expected = dense_log_likelihood(process, theta, colour, mjd, flux, variance)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)


@both_processes
@given(problem=problems())
@settings(max_examples=30, deadline=None)
def test_four_log_likelihoods_are_those_of_each(process, problem):
    theta, colour, mjd, flux, variance, _ = problem
    series = (gaps(mjd), flux, variance)
    s, scale = np.exp(theta[0]) * np.array([0.5, 1.0, 2.0, 3.0]), np.exp(theta[1]) * np.array([1.0, 0.3, 2.0, 7.0])
    out = np.empty(4)
    rank_one.log_likelihoods(process, s, scale, colour, series, out)
    expected = [
        rank_one.log_likelihood(process, np.log(a), np.log(b), colour, series) for a, b in zip(s, scale, strict=True)
    ]
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-9)


def test_constant_colours_are_a_plain_matern_process_in_george():
    george = pytest.importorskip("george")
    rng = np.random.default_rng(3)
    mjd = np.sort(rng.uniform(60000.0, 60300.0, 60))
    band = rng.integers(0, len(BANDS), 60)
    colour = np.exp(rng.normal(0.0, 0.5, len(BANDS)))[band]
    flux, flux_err = rng.normal(0.0, 2.0, 60), rng.uniform(0.2, 1.0, 60)
    s, scale = 1.7, 35.0
    gp = george.GP(s**2 * george.kernels.Matern32Kernel(scale**2))
    gp.compute(mjd, flux_err / colour)
    value = rank_one.log_likelihood(MATERN32, math.log(s), math.log(scale), colour, (gaps(mjd), flux, flux_err**2))
    assert value == pytest.approx(gp.log_likelihood(flux / colour) - np.log(colour).sum(), rel=1e-8)


def test_colours_of_one_are_the_plain_damped_random_walk():
    rng = np.random.default_rng(4)
    mjd = np.sort(rng.uniform(0.0, 500.0, 50))
    flux, variance, theta = rng.normal(size=50), rng.uniform(0.01, 1.0, 50), np.array([0.3, 4.0])
    expected, _ = drw.log_likelihood(theta, (gaps(mjd), flux, variance, False))
    value = rank_one.log_likelihood(DRW, theta[0], theta[1], np.ones(50), (gaps(mjd), flux, variance))
    assert value == pytest.approx(expected, rel=1e-12)


def evolving_problem(problem, n_slopes):
    """theta and data of `colour_models.gradient` for constant (0) or evolving colours."""
    process_theta, _, mjd, flux, variance, band = problem
    rng = np.random.default_rng(band.size)
    n_colour = N_COLOURS + n_slopes
    term = np.linspace(-0.6, 2.4, band.size)
    design = colour_models.evolving_design(band, term) if n_slopes else colour_models.constant_design(band)
    theta = np.concatenate([process_theta, rng.normal(0.0, 0.5, n_colour)])
    prior = colour_models.priors(theta.size)
    return theta, (design, prior, np.empty(band.size), (gaps(mjd), flux, variance))


@both_processes
@pytest.mark.parametrize("n_slopes", [0, N_COLOURS])
@given(problem=problems(smallest_variance=0.05))
@settings(max_examples=15, deadline=None)
def test_gradient_equals_finite_differences(process, n_slopes, problem):
    theta, rest = evolving_problem(problem, n_slopes)
    data = (process, *rest)
    g, F = np.empty(theta.size), np.empty((theta.size, theta.size))
    value = colour_models.gradient(theta, data, g, F)
    assert value == pytest.approx(colour_models.log_posterior(theta, data), rel=1e-12)
    np.testing.assert_array_equal(F, F.T)
    for j in range(theta.size):
        step = np.zeros(theta.size)
        step[j] = 1e-5
        difference = colour_models.log_posterior(theta + step, data) - colour_models.log_posterior(theta - step, data)
        assert g[j] == pytest.approx(difference / 2e-5, rel=1e-5, abs=1e-4 * (1.0 + abs(value)) * 0.1)


def test_log_posterior_is_log_likelihood_and_normal_priors():
    rng = np.random.default_rng(5)
    band = rng.integers(0, 6, 30).astype(np.int8)
    mjd = np.sort(rng.uniform(0.0, 100.0, 30))
    series = (gaps(mjd), rng.normal(size=30), np.full(30, 0.1))
    theta = np.array([0.2, 4.0, 0.3, -0.2, 0.1, 0.5, -0.4])
    log_colour = np.insert(theta[2:], REFERENCE, 0.0)
    prior = -0.5 * ((4.0 - 3.5) / 1.5) ** 2 - 0.5 * np.sum(theta[2:] ** 2)
    design = colour_models.constant_design(band)
    value = colour_models.log_posterior(theta, (MATERN32, design, colour_models.priors(7), np.empty(30), series))
    likelihood = rank_one.log_likelihood(MATERN32, 0.2, 4.0, np.exp(log_colour)[band], series)
    assert value == pytest.approx(likelihood + prior, rel=1e-12)


def test_fisher_matrix_is_the_expected_one():
    rng = np.random.default_rng(6)
    n = 25
    mjd, variance = np.sort(rng.uniform(0.0, 120.0, n)), rng.uniform(0.05, 0.3, n)
    band = rng.integers(0, 6, n).astype(np.int8)
    theta = np.array([0.1, 3.2, 0.2, -0.3, 0.1, 0.4, -0.2])
    design = colour_models.constant_design(band)

    def covariance(values):
        return dense_covariance(MATERN32, values, np.exp(design[:, 2:7] @ values[2:]), mjd, variance)

    K = covariance(theta)
    changes = []
    for j in range(theta.size):
        step = 1e-5 * np.eye(theta.size)[j]
        changes.append(np.linalg.solve(K, (covariance(theta + step) - covariance(theta - step)) / 2e-5))
    expected = 0.5 * np.array([[np.trace(a @ b) for b in changes] for a in changes])
    root = np.linalg.cholesky(K)
    total = np.zeros((theta.size, theta.size))
    g, F = np.empty(theta.size), np.empty((theta.size, theta.size))
    flat = np.zeros((theta.size, 2))
    n_draws = 4000
    for _ in range(n_draws):
        series = (gaps(mjd), root @ rng.normal(size=n), variance)
        colour_models.gradient(theta, (MATERN32, design, flat, np.empty(n), series), g, F)
        total += F / n_draws
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(total / size, expected / size, atol=0.05)


@both_processes
@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_smoother_equals_dense_regression(process, problem):
    theta, colour, mjd, flux, variance, _ = problem
    hidden = np.arange(mjd.size) % 3 == 1
    shown = ~hidden
    mean, spread = np.empty(mjd.size), np.empty(mjd.size)
    smooth(process, theta[0], theta[1], np.where(hidden, 0.0, colour), (gaps(mjd), flux, variance), mean, spread)
    s2 = np.exp(2.0 * theta[0])
    cross = s2 * unit_covariance(process, mjd[:, None] - mjd[shown], np.exp(theta[1])) * colour[shown]
    factor = cho_factor(dense_covariance(process, theta, colour[shown], mjd[shown], variance[shown]))
    np.testing.assert_allclose(mean, cross @ cho_solve(factor, flux[shown]), atol=1e-6 * (1.0 + np.abs(flux).max()))
    np.testing.assert_allclose(spread, s2 - np.sum(cross.T * cho_solve(factor, cross.T), axis=0), atol=1e-6 * s2)


# fits


def simulate(rng, n=300, s=20.0, scale=60.0, colours=None, error=0.3, span=400.0):
    """One object with a Matern-3/2 F and constant colours."""
    mjd = 60000.0 + np.sort(rng.uniform(0.0, span, n))
    band = rng.integers(0, len(BANDS), n).astype(np.int8)
    K = s**2 * unit_covariance(MATERN32, mjd[:, None] - mjd, scale) + 1e-9 * np.eye(n)
    F = np.linalg.cholesky(K) @ rng.normal(size=n)
    log_colour = np.insert(np.zeros(N_COLOURS) if colours is None else colours, REFERENCE, 0.0)
    c = np.exp(log_colour[band])
    flux_err = error * rng.uniform(0.5, 2.0, n)
    return mjd, band, c * F + flux_err * rng.normal(size=n), flux_err


def fit_all(objects, z=0.2):
    """Parameters by name, each of shape (n_objects,), and the curves."""
    offsets = np.concatenate([[0], np.cumsum([len(o[0]) for o in objects])])
    mjd, band, flux, flux_err = (np.concatenate([o[k] for o in objects]) for k in range(4))
    results = np.full((len(objects), len(PARAMETERS)), np.nan)
    sizes, curves = np.zeros(len(objects), np.int64), np.zeros((3, len(objects), MAX_GRID))
    z = np.broadcast_to(z, len(objects)).astype(float)
    fit_objects(offsets, mjd, band.astype(np.int8), flux, flux_err, z, results, sizes, curves)
    return dict(zip(PARAMETERS, results.T, strict=True)), sizes, curves


def names(prefix):
    return [f"{prefix}_{band}" for band in COLOUR_BANDS]


TRUE_COLOURS = np.array([0.4, 0.2, -0.1, -0.3, -0.5])
TRUE_SLOPES = np.array([-0.4, -0.2, 0.1, 0.15, 0.2])

_climb = make_climb(colour_models.gradient)


@njit
def climb_from(data, starts, low, high, theta, F):
    """Highest optimum from any of the starts; leaves its parameters and Fisher matrix."""
    best = -math.inf
    trial_F = np.empty_like(F)
    for k in range(starts.shape[0]):
        value, _ = _climb(data, starts[k], low, high, trial_F, 1e-6)
        if value > best:
            best = value
            theta[:] = starts[k]
            F[:] = trial_F
    return best


@pytest.fixture(scope="module")
def population():
    rng = np.random.default_rng(11)
    return [simulate(rng, n=150, colours=TRUE_COLOURS) for _ in range(25)]


def test_evolving_colours_are_recovered_within_their_errors():
    rng = np.random.default_rng(15)
    truth = np.concatenate([np.log([20.0, 60.0]), TRUE_COLOURS, TRUE_SLOPES])
    term = np.clip((np.linspace(0.0, 400.0, 200) - 150.0) / 1.2, -30.0, 120.0) / 50.0
    mjd = np.linspace(0.0, 400.0, 200)
    root = np.linalg.cholesky(20.0**2 * unit_covariance(MATERN32, mjd[:, None] - mjd, 60.0) + 1e-9 * np.eye(200))
    low, high = np.full(12, -3.0), np.full(12, 9.0)
    pulls = []
    for _ in range(30):
        band = rng.integers(0, len(BANDS), mjd.size).astype(np.int8)
        design = colour_models.evolving_design(band, term)
        colour = np.exp(design[:, 2:12] @ truth[2:])
        flux = colour * (root @ rng.normal(size=mjd.size)) + 0.5 * rng.normal(size=mjd.size)
        series = (gaps(mjd), flux, np.full(mjd.size, 0.25))
        theta, F = np.empty(12), np.empty((12, 12))
        data = (MATERN32, design, colour_models.priors(12), np.empty(mjd.size), series)
        climb_from(data, np.array([[2.5, 3.5] + 10 * [0.0]]), low, high, theta, F)
        pulls.append((theta - truth) / np.sqrt(np.diag(np.linalg.inv(F))))
    pulls = np.array(pulls)
    assert 0.85 < pulls[:, 2:].std() < 1.15
    assert np.all(np.abs(pulls.mean(axis=0)) < 4.0 / math.sqrt(len(pulls)))


def test_constant_colours_are_recovered_within_their_errors(population):
    objects = population
    fits, _, _ = fit_all(objects)
    pulls = []
    for i, (mjd, band, flux, flux_err) in enumerate(objects):
        theta = np.array([fits[key][i] for key in ["log_s", "log_length_scale", *names("log_colour")]])
        design = colour_models.constant_design(band)
        g, F = np.empty(7), np.empty((7, 7))
        series = (gaps(mjd), flux, flux_err**2)
        colour_models.gradient(theta, (MATERN32, design, colour_models.priors(7), np.empty(mjd.size), series), g, F)
        truth = np.concatenate([np.log([20.0, 60.0]), TRUE_COLOURS])
        pulls.append((theta - truth) / np.sqrt(np.diag(np.linalg.inv(F))))
    pulls = np.array(pulls)
    assert 0.85 < pulls[:, 2:].std() < 1.15
    assert np.all(np.abs(pulls.mean(axis=0)) < 4.0 / math.sqrt(len(objects)))


def test_smooth_process_is_preferred_where_it_is_true(population):
    fits, _, _ = fit_all(population)
    assert np.mean(fits["log_posterior"] > fits["log_posterior_drw"]) > 0.9
    assert np.all(fits["log_posterior_evolving"] > fits["log_posterior"] - 1e-4)


@both_processes
def test_no_random_start_finds_a_higher_optimum(process):
    rng = np.random.default_rng(13)
    objects = [
        simulate(rng, n=60, s=s, scale=scale, colours=rng.normal(0.0, 0.5, N_COLOURS), error=1.0)
        for s in (0.5, 2.0, 10.0)
        for scale in (10.0, 40.0, 150.0, 600.0)
    ]
    fits, _, _ = fit_all(objects)
    found = fits["log_posterior_drw" if process == DRW else "log_posterior"]
    low, high = colour_models.box(7)
    for i, (mjd, band, flux, flux_err) in enumerate(objects):
        scale = math.sqrt(np.mean(flux**2))
        series = (gaps(mjd), flux / scale, (flux_err / scale) ** 2)
        starts = np.column_stack(
            [rng.uniform(-2.0, 2.0, 10), rng.uniform(1.5, 7.0, 10), rng.normal(0.0, 0.6, (10, N_COLOURS))]
        )
        data = (process, colour_models.constant_design(band), colour_models.priors(7), np.empty(mjd.size), series)
        best = climb_from(data, starts, low, high, np.empty(7), np.empty((7, 7))) - mjd.size * math.log(scale)
        assert found[i] > best - 1e-3


def test_unit_of_flux_does_not_matter(population):
    small, sizes, curves = fit_all(population[:3])
    large, _, large_curves = fit_all([(t, b, 4096.0 * f, 4096.0 * e) for t, b, f, e in population[:3]])
    n = len(population[0][0])
    for name in PARAMETERS:
        if name.endswith("log_s"):
            np.testing.assert_allclose(large[name], small[name] + math.log(4096.0), rtol=1e-12)
        elif name.startswith("log_posterior") or name.startswith("log_likelihood"):
            np.testing.assert_allclose(large[name], small[name] - n * math.log(4096.0), rtol=1e-10)
        elif name in ("peak_flux", "peak_flux_err"):
            np.testing.assert_allclose(large[name], 4096.0 * small[name], rtol=1e-12)
        else:
            np.testing.assert_array_equal(large[name], small[name])
    np.testing.assert_allclose(large_curves[1], 4096.0 * curves[1], rtol=1e-12)
    assert np.all(sizes > 257)


def test_colour_of_a_band_without_points_is_the_priors():
    rng = np.random.default_rng(14)
    mjd, band, flux, flux_err = simulate(rng, colours=TRUE_COLOURS)
    keep = band != BANDS.index("u")
    fits, _, _ = fit_all([(mjd[keep], band[keep], flux[keep], flux_err[keep])])
    assert fits["log_colour_u"][0] == pytest.approx(0.0, abs=1e-3)
    without_r = band != REFERENCE
    fits, _, _ = fit_all([(mjd[without_r], band[without_r], flux[without_r], flux_err[without_r])])
    colours = np.array([fits[name][0] for name in names("log_colour")])
    assert colours - colours.mean() == pytest.approx(TRUE_COLOURS - TRUE_COLOURS.mean(), abs=0.05)


def test_curve_ends_with_the_observations_and_is_finest_at_the_peak(population):
    fits, sizes, curves = fit_all(population[:2])
    for i in range(2):
        grid = curves[0, i, : sizes[i]]
        assert grid[0] == population[i][0][0]
        assert grid[-1] == population[i][0][-1]
        assert np.all(np.diff(grid) >= 0.0)
        k = np.flatnonzero(grid == fits["peak_mjd"][i])[0]
        assert np.diff(grid[max(k - 3, 0) : k + 4]).max() <= 1.5 + 1e-9
        lower = curves[1, i, : sizes[i]] - curves[2, i, : sizes[i]]
        assert lower.argmax() == k


@pytest.mark.parametrize("z", [math.nan])
def test_without_redshift_there_are_no_phases(population, z):
    fits, sizes, _ = fit_all(population[:1], z=z)
    assert sizes[0] > 0
    assert np.isfinite(fits["log_posterior"][0])
    assert np.isnan(fits["log_posterior_evolving"][0])
    assert np.isnan(fits["window_slope_g"][0])
