"""The radial process over time and wavelength against george, scikit-learn and simulated truth."""

import math

import george
import numpy as np
import pytest
from george.kernels import Matern32Kernel
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_objects import joined, odd_objects, transients
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from threadpoolctl import threadpool_limits

from tde.gp import radial
from tde.photometry import EFFECTIVE_WAVELENGTH


@st.composite
def problems(draw):
    """Fluxes of several bands, partly at the same times, and parameters."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 40))
    mjd = np.sort(
        60000.0 + rng.uniform(0.0, draw(st.sampled_from([0.0, 30.0, 2000.0])), n).round(draw(st.integers(0, 3)))
    )
    wavelength = EFFECTIVE_WAVELENGTH[rng.integers(0, draw(st.integers(1, 6)), n)]
    flux = rng.normal(draw(st.sampled_from([0.0, 3.0])), 1.0, n)
    flux_err = 10.0 ** rng.uniform(-1.5, 0.5, n)
    scales = [draw(st.floats(0.05, 20.0)), draw(st.floats(0.5, 2000.0)), draw(st.floats(300.0, 1e5))]
    return np.log(scales), mjd, wavelength, flux, flux_err


def sklearn_kernel(theta):
    s, time_scale, wave_scale = np.exp(theta)
    return ConstantKernel(s**2, (1e-6, 1e6)) * Matern([time_scale, wave_scale], (1e-2, 1e6), nu=1.5)


def simulated(theta, n_objects, n_points, seed):
    """Objects drawn from the process itself, as the arguments of `fit_objects`."""
    rng = np.random.default_rng(seed)
    s, time_scale, wave_scale = np.exp(theta)
    kernel = s**2 * Matern32Kernel([time_scale**2, wave_scale**2], ndim=2)
    mjd = np.sort(rng.uniform(60000.0, 60700.0, (n_objects, n_points)))
    band = rng.integers(0, 6, mjd.shape)
    flux_err = 0.1 * s * rng.uniform(0.5, 2.0, mjd.shape)
    flux = np.empty(mjd.shape)
    for i in range(n_objects):
        covariance = kernel.get_value(np.column_stack([mjd[i], EFFECTIVE_WAVELENGTH[band[i]]]))
        flux[i] = rng.multivariate_normal(np.zeros(n_points), covariance + np.diag(flux_err[i] ** 2))
    offsets = n_points * np.arange(n_objects + 1)
    return offsets, mjd.ravel(), band.ravel(), flux.ravel(), flux_err.ravel()


@given(problems())
@settings(max_examples=60, deadline=None)
def test_log_likelihood_is_georges(problem):
    theta, mjd, wavelength, flux, flux_err = problem
    s, time_scale, wave_scale = np.exp(theta)
    process = george.GP(s**2 * Matern32Kernel([time_scale**2, wave_scale**2], ndim=2))
    process.compute(np.column_stack([mjd, wavelength]), flux_err)
    value, _ = radial.log_likelihood(*problem)
    assert value == pytest.approx(process.log_likelihood(flux), rel=1e-8, abs=1e-8)


@given(problems())
@settings(max_examples=30, deadline=None)
def test_log_likelihood_is_scikit_learns(problem):
    theta, mjd, wavelength, flux, flux_err = problem
    process = GaussianProcessRegressor(sklearn_kernel(theta), alpha=flux_err**2, optimizer=None)
    process.fit(np.column_stack([mjd, wavelength]), flux)
    value, _ = radial.log_likelihood(*problem)
    assert value == pytest.approx(process.log_marginal_likelihood_value_, rel=1e-8, abs=1e-8)


@given(problems())
@settings(max_examples=60, deadline=None)
def test_gradient_is_the_slope_of_the_log_likelihood(problem):
    theta, *series = problem
    value, gradient = radial.log_likelihood(theta, *series)
    rounding = 1e-6 * len(series[0]) + 1e-8 * abs(value)
    step = 1e-3
    for k in range(3):
        along = step * np.eye(3)[k]
        at = {m: radial.log_likelihood(theta + m * along, *series)[0] for m in (-2, -1, 1, 2)}
        slope = (8.0 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12.0 * step)
        assert gradient[k] == pytest.approx(slope, rel=1e-5, abs=rounding)


def test_singular_covariance_has_no_likelihood():
    mjd, wavelength = np.array([60000.0, 60000.0]), np.array([4704.0, 4704.0])
    value, gradient = radial.log_likelihood(np.zeros(3), mjd, wavelength, np.array([1.0, 2.0]), np.zeros(2))
    assert value == -math.inf
    assert np.isnan(gradient).all()


def test_number_of_threads_does_not_matter():
    _, mjd, band, flux, flux_err = simulated(np.log([3.0, 40.0, 6000.0]), 1, 600, seed=4)
    problem = (np.log([2.0, 60.0, 5000.0]), mjd, EFFECTIVE_WAVELENGTH[band], flux, flux_err)
    results = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads, user_api="blas"):
            results.append(radial.log_likelihood(*problem))
    assert results[0][0] == results[1][0]
    np.testing.assert_array_equal(results[0][1], results[1][1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # at the bounds
def test_maximum_is_at_least_scikit_learns():
    lightcurves = joined([transients(5, n_objects=2, n=70), transients(6, n_objects=2, n=60, amplitude=2.0)])
    fits = radial.fit_objects(
        lightcurves.offsets, lightcurves.mjd, lightcurves.band, lightcurves.flux, lightcurves.flux_err
    )
    for i, rows in enumerate(lightcurves):
        flux = lightcurves.flux[rows]
        start = np.log([np.std(flux), 30.0, 6000.0])
        process = GaussianProcessRegressor(sklearn_kernel(start), alpha=lightcurves.flux_err[rows] ** 2)
        process.fit(
            np.column_stack([lightcurves.mjd[rows], EFFECTIVE_WAVELENGTH[lightcurves.band[rows]]]),
            flux,
        )
        assert fits.log_likelihood[i] >= process.log_marginal_likelihood_value_ - 1e-3
        value, gradient = radial.log_likelihood(
            np.log(fits.parameters[i]),
            lightcurves.mjd[rows],
            EFFECTIVE_WAVELENGTH[lightcurves.band[rows]],
            flux,
            lightcurves.flux_err[rows],
        )
        assert value == pytest.approx(fits.log_likelihood[i], abs=1e-8)
        assert np.abs(gradient[fits.determined[i]]).max() < 0.05


def test_simulated_truth_is_found():
    truth = np.log([3.0, 40.0, 6000.0])
    fits = radial.fit_objects(*simulated(truth, 20, 120, seed=3))
    found = np.log(fits.parameters)
    error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    assert fits.determined.all()
    assert (error < 0.1).all()
    assert (np.abs(found.mean(axis=0) - truth) < 3.0 * error + 0.05).all()


def test_units_of_flux_scale_the_amplitude_and_nothing_else():
    offsets, mjd, band, flux, flux_err = simulated(np.log([3.0, 40.0, 6000.0]), 2, 60, seed=8)
    small = radial.fit_objects(offsets, mjd, band, flux, flux_err)
    large = radial.fit_objects(offsets, mjd, band, 1024.0 * flux, 1024.0 * flux_err)
    np.testing.assert_allclose(large.parameters, small.parameters * [1024.0, 1.0, 1.0], rtol=1e-12)
    np.testing.assert_allclose(large.log_likelihood, small.log_likelihood - 60 * math.log(1024.0), rtol=1e-12)


def test_what_the_data_do_not_determine_is_said():
    odd = odd_objects()
    lightcurves = joined([odd["one band"], odd["one time"]])
    fits = radial.fit_objects(
        lightcurves.offsets, lightcurves.mjd, lightcurves.band, lightcurves.flux, lightcurves.flux_err
    )
    assert np.isfinite(fits.log_likelihood).all()
    assert not fits.determined[0, 2]
    assert not fits.determined[1, 1]


@pytest.mark.parametrize("spoil", ["few points", "flux nan", "flux_err nan", "flux_err negative", "flux zero"])
def test_unusable_objects_have_no_fit_and_leave_the_others_alone(spoil):
    offsets, mjd, band, flux, flux_err = simulated(np.log([3.0, 40.0, 6000.0]), 2, 30, seed=9)
    good = radial.fit_objects(offsets, mjd, band, flux, flux_err)
    if spoil == "few points":
        n_left = radial.MIN_POINTS - 1
        keep = np.r_[:n_left, 30:60]
        mjd, band, flux, flux_err = mjd[keep], band[keep], flux[keep], flux_err[keep]
        offsets = np.array([0, n_left, n_left + 30])
    elif spoil == "flux zero":
        flux[:30] = 0.0
    else:
        name, value = spoil.split()
        {"flux": flux, "flux_err": flux_err}[name][3] = {"nan": np.nan, "negative": -1.0}[value]
    fits = radial.fit_objects(offsets, mjd, band, flux, flux_err)
    assert np.isnan(fits.log_likelihood[0])
    assert np.isnan(fits.parameters[0]).all()
    assert not fits.determined[0].any()
    assert fits.log_likelihood[1] == good.log_likelihood[1]
    np.testing.assert_array_equal(fits.parameters[1], good.parameters[1])
