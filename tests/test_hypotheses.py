"""Hypotheses about colours: likelihoods against dense references, truth recovered, the right one wins."""

import math

import numpy as np
import pytest
from families import family_inputs, family_values
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from simulated_objects import build, joined, odd_objects

from tde.black_body.cooling import make_design, wavelength_terms
from tde.features import hypotheses
from tde.features.hypotheses.hypothesis_fits import outburst_range
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.gp.rank_one_black_body import LOG_TEMPERATURE_PRIOR, SLOPE_PRIOR, gradient, log_posterior, priors
from tde.gp.rank_one_colours import REFERENCE, TIME_SCALE_PRIOR
from tde.numerics.lanes import padded
from tde.photometry import EFFECTIVE_WAVELENGTH

Z = 0.3
WAVELENGTH = EFFECTIVE_WAVELENGTH / (1.0 + Z)
NAMES = [column.name for column in hypotheses.columns()]


def black_body_colours(band, log_temperature, z=Z):
    """B_nu at the bands over B_nu at r, from the Planck function."""
    wavelength = EFFECTIVE_WAVELENGTH / (1.0 + z)

    def planck(b):
        return wavelength[b] ** -3.0 / np.expm1(1.438776877e8 / (wavelength[b] * np.exp(log_temperature)))

    return planck(band) / planck(np.full_like(band, 2))


def matern(lag, s, scale):
    u = math.sqrt(3.0) * np.abs(lag) / scale
    return s**2 * (1.0 + u) * np.exp(-u)


def problem(rng, n=40, n_parameters=4, window=False):
    mjd = np.sort(rng.uniform(0.0, 300.0, n))
    band = rng.integers(0, 6, n).astype(np.int8)
    coloured = (mjd < 200.0) if window else np.ones(n, dtype=bool)
    term = rng.uniform(-0.6, 2.4, n)
    design = make_design(term, wavelength_terms(WAVELENGTH[band], coloured, WAVELENGTH[REFERENCE]))
    series = (np.diff(mjd, prepend=mjd[:1]), rng.normal(size=n), rng.uniform(0.1, 1.0, n))
    data = (design, priors(n_parameters), np.empty((2, padded(n))), np.zeros((n, padded(n_parameters))), series)
    return (mjd, band, term, coloured), data


THETA = np.array([0.3, 3.3, 9.5, -0.2])


@pytest.mark.parametrize("n_parameters", [3, 4])
@pytest.mark.parametrize("window", [False, True])
def test_log_posterior_is_that_of_a_dense_covariance(n_parameters, window):
    (mjd, band, term, coloured), data = problem(np.random.default_rng(0), n_parameters=n_parameters, window=window)
    slope = THETA[3] if n_parameters == 4 else 0.0
    colour = np.where(coloured, black_body_colours(band, THETA[2] + slope * term), 1.0)
    covariance = np.outer(colour, colour) * matern(mjd[:, None] - mjd, np.exp(THETA[0]), np.exp(THETA[1]))
    expected = multivariate_normal(cov=covariance + np.diag(data[4][2])).logpdf(data[4][1])
    expected -= 0.5 * ((THETA[1] - TIME_SCALE_PRIOR[0]) / TIME_SCALE_PRIOR[1]) ** 2
    expected -= 0.5 * ((THETA[2] - LOG_TEMPERATURE_PRIOR[0]) / LOG_TEMPERATURE_PRIOR[1]) ** 2
    expected -= 0.5 * (slope / SLOPE_PRIOR[1]) ** 2
    assert np.isclose(log_posterior(THETA[:n_parameters], data), expected, rtol=1e-8)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n_parameters=st.sampled_from([3, 4]), window=st.booleans())
def test_gradient_is_the_slope_of_the_log_posterior(seed, n_parameters, window):
    rng = np.random.default_rng(seed)
    _, data = problem(rng, n_parameters=n_parameters, window=window)
    theta = (THETA + rng.uniform(-0.4, 0.4, 4))[:n_parameters]
    g, F = np.empty(n_parameters), np.empty((n_parameters, n_parameters))
    assert np.isclose(gradient(theta, data, g, F), log_posterior(theta, data), rtol=1e-12)
    for j in range(n_parameters):
        up, down = theta.copy(), theta.copy()
        up[j] += 1e-5
        down[j] -= 1e-5
        difference = (log_posterior(up, data) - log_posterior(down, data)) / 2e-5
        assert np.isclose(g[j], difference, rtol=1e-5, atol=1e-5)
    assert np.all(np.linalg.eigvalsh(F) > 0.0)


def outburst(time, peak=60300.0, rise=20.0, fall=50.0):
    d = time - peak
    return 1.0 / (np.exp(d / fall) + np.exp(-d / rise))


PEAK = 60300.0 + np.log(2.5) * 20.0 * 50.0 / 70.0
"""Where `outburst` is brightest."""


def simulated(seed, colours, n=160, amplitude=60.0, error=0.5):
    """One transient with colours(band, rest-frame phase)."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(60150.0, 60700.0, n))
    band = rng.integers(0, 6, n).astype(np.int8)
    flux = amplitude * outburst(time) * colours(band, (time - PEAK) / (1.0 + Z))
    return time, band, flux + error * rng.normal(size=n), np.full(n, error)


def features(colours):
    return fitted([simulated(seed, colours) for seed in range(12)])


def fitted(objects):
    """Features by name of objects whose peak is `PEAK`."""
    lightcurves = build(objects)
    curves = family_inputs("hypotheses", lightcurves)
    curves["rank1"].parameters["peak_mjd"] = np.full(len(lightcurves), PEAK)  # phases are known
    values = hypotheses.compute(lightcurves, **curves)
    return dict(zip(NAMES, values.T, strict=True))


def changing(log_temperature, slope):
    return lambda band, phase: black_body_colours(band, log_temperature + slope * np.clip(phase, -30, 120) / 50)


def windowed(colours):
    return lambda band, phase: np.where((phase > -50) & (phase < 150), colours(band, phase), 1.0)


@pytest.fixture(scope="module")
def hot():
    return features(changing(np.log(18000.0), 0.0))


@pytest.fixture(scope="module")
def cooling():
    return features(changing(np.log(12000.0), -0.4))


@pytest.fixture(scope="module")
def window():
    return features(windowed(changing(np.log(18000.0), 0.0)))


@pytest.fixture(scope="module")
def strange():
    """Colours of no black body: faint where both neighbours are bright."""
    colour = np.array([1.0, 0.4, 1.0, 0.4, 1.0, 0.4])
    return features(lambda band, phase: colour[band])


def pulls(found, name, truth):
    return (found[name] - truth) / found[name + "_err"]


def drawn_from_the_model(rng, colours, n=160, s=30.0, scale=40.0, error=1.0):
    """A curve drawn from the Matern-3/2 process times colours."""
    time = np.sort(rng.uniform(60150.0, 60700.0, n))
    band = rng.integers(0, 6, n).astype(np.int8)
    covariance = matern(time[:, None] - time, s, scale) + 1e-8 * np.eye(n)
    F = np.linalg.cholesky(covariance) @ rng.normal(size=n)
    return time, band, F * colours(band, (time - PEAK) / (1.0 + Z)) + error * rng.normal(size=n), np.full(n, error)


@pytest.mark.parametrize("slope", [0.0, -0.3])
def test_temperatures_of_the_model_are_recovered_within_their_errors(slope):
    rng = np.random.default_rng(8)
    colours = changing(np.log(12000.0), slope)
    found = fitted([drawn_from_the_model(rng, colours) for _ in range(40)])
    names = {"cooling_log_temperature": np.log10(12000.0), "cooling_slope": slope / np.log(10.0)}
    if slope == 0.0:
        names["bb_log_temperature"] = np.log10(12000.0)
    for name, truth in names.items():
        pull = pulls(found, name, truth)
        assert abs(pull.mean()) < 0.5, name
        assert 0.7 < pull.std() < 1.4, name


def test_temperature_of_an_outburst_is_recovered_within_its_error(hot):
    for prefix in ("", "outburst_"):
        pull = pulls(hot, f"{prefix}bb_log_temperature", np.log10(18000.0))
        assert abs(pull.mean()) < 1.0
        assert np.abs(pull).max() < 4.0


def test_cooling_of_an_outburst_is_recovered_within_its_errors(cooling):
    for name, truth in (("log_temperature", np.log10(12000.0)), ("slope", -0.4 / np.log(10.0))):
        pull = pulls(cooling, f"outburst_cooling_{name}", truth)
        assert abs(pull.mean()) < 1.2, name
        assert np.abs(pull).max() < 4.5, name


def test_window_fits_recover_the_temperature_that_the_window_hides(window):
    pull = pulls(window, "window_bb_log_temperature", np.log10(18000.0))
    assert np.abs(pull).max() < 4.5
    assert np.median(window["window_bb_minus_all_bb"]) > 1.0
    assert np.median(window["window_bb_minus_all_free"]) > 1.0


def test_a_black_body_is_as_good_as_free_colours_where_it_is_the_truth_and_only_there(hot, strange):
    # five free colours follow the noise where one temperature cannot: 2 are expected
    assert np.all(np.abs(hot["bb_minus_free"]) < 8.0)
    assert np.abs(np.median(hot["bb_minus_free"])) < 3.0
    assert np.all(strange["bb_minus_free"] < -50.0)
    assert np.all(strange["outburst_bb_minus_free"] < -50.0)


def test_cooling_wins_where_it_is_the_truth_and_only_there(hot, cooling):
    assert np.all(cooling["cooling_minus_bb"] > 5.0)
    assert np.all(hot["cooling_minus_bb"] < 5.0)
    assert np.all(hot["cooling_minus_bb"] > -1e-3)  # the start of the climb


def test_no_colours_lose_where_there_are_some(hot):
    assert np.all(hot["bb_minus_grey"] > 50.0)
    assert np.all(hot["free_minus_grey"] > 50.0)


def test_parametric_fits_recover_the_light_curve(hot):
    assert np.allclose(np.median(hot["bazin_bb_log_tau_fall"]), np.log(50.0 / 1.3), atol=0.1)
    rise = -np.log(1.3 / 20.0 + 1.3 / 50.0)
    assert np.allclose(np.median(hot["bazin_bb_log_tau_rise"]), rise, atol=0.15)
    assert np.abs(pulls(hot, "bazin_bb_log_temperature", np.log10(18000.0))).max() < 4.5
    assert np.all(hot["power_minus_bazin"] < 0.0)  # the truth is exponential


def test_the_unit_of_flux_does_not_matter():
    curve = simulated(1, changing(9.8, -0.1))
    scaled = (*curve[:2], 1e3 * curve[2], 1e3 * curve[3])
    values = family_values("hypotheses", build([curve, scaled]))
    np.testing.assert_allclose(values[0], values[1], rtol=2e-2, atol=2e-2)


def test_window_columns_are_generator_aware_and_only_they():
    for column in hypotheses.columns():
        assert column.label == (GENERATOR if "window" in column.name else PHYSICS), column.name


def test_outburst_ends_where_the_curve_is_faint_or_uncertain():
    mjd = np.arange(11.0)
    flux = np.array([0.5, 2.0, 0.5, 3.0, 7.0, 10.0, 8.0, 4.0, 2.0, 1.5, 1.2])
    flux_err = np.full(11, 0.1)
    assert outburst_range(mjd, flux, flux_err, 5.0, 10.0) == (3.0, 10.0)
    flux_err[8] = 1.5
    assert outburst_range(mjd, flux, flux_err, 5.0, 10.0) == (3.0, 7.0)
    assert outburst_range(mjd, flux, np.full(11, 9.0), 5.0, 10.0) == (5.0, 5.0)


def test_without_a_redshift_only_what_needs_none_is_known():
    objects = odd_objects()
    values = dict(zip(NAMES, family_values("hypotheses", objects["z not known"])[0], strict=True))
    known = {name for name, value in values.items() if np.isfinite(value)}
    assert known == {"free_minus_grey", "grey_minus_free_per_point", "outburst_log_power", "outburst_n_points",
                     "outburst_n_bands"}  # fmt: skip


@pytest.mark.parametrize("name", ["no points", "one point", "one time"])
def test_objects_that_cannot_be_fitted_are_nan(name):
    assert np.isnan(family_values("hypotheses", odd_objects()[name])).all()


def test_odd_objects_that_can_be_fitted_have_a_temperature():
    odd = odd_objects()
    names = ["each time twice", "one wild point", "a point a century later", "z = 0", "a million sigma"]
    values = family_values("hypotheses", joined([odd[name] for name in names]))
    temperature = values[:, NAMES.index("bb_log_temperature")]
    at_edge = np.isnan(values[:, NAMES.index("bb_log_temperature_err")])
    np.testing.assert_array_equal(np.isnan(temperature), at_edge)
    assert at_edge.sum() <= 1
    assert np.isfinite(values[:, NAMES.index("bb_minus_free")]).all()
