"""Features of the rank-one curve against light curves whose shape and colours are known."""

import os

import numpy as np
import pytest
import scipy.stats
from mallorn_sample import read_objects
from simulated_objects import build, joined, odd_objects

from tde.black_body.spectra import log_colours
from tde.curves import read_curves, write_curves
from tde.features import rank1
from tde.gp.rank_one_colours import COLOUR_BANDS, REFERENCE
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

PEAK = 60300.0
Z = 0.25

AGREED = (
    ["log_s", "log_length_scale", "log_likelihood", "log_posterior", "log_posterior_drw", "log_posterior_evolving"]
    + ["evolving_log_s", "evolving_log_length_scale", "peak_mjd", "peak_flux", "peak_flux_err"]
    + [f"{name}_{band}" for name in ("log_colour", "evolving_colour", "evolving_slope") for band in COLOUR_BANDS]
)


def observed(shape, log_colour=None, slope=None, n=500, span=(60000.0, 60800.0), amplitude=60.0, error=0.4, seed=1):
    """Points of amplitude x c_b x shape(days since PEAK), with noise."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(*span, n))
    band = rng.integers(0, len(BANDS), n)
    log_colour = np.zeros(len(BANDS)) if log_colour is None else log_colour
    slope = np.zeros(len(BANDS)) if slope is None else slope
    phase = (time - PEAK) / (1.0 + Z)
    c = np.exp(log_colour[band] + slope[band] * np.clip(phase, -30.0, 120.0) / 50.0)
    flux_err = error * rng.uniform(0.5, 1.5, n)
    return time, band, amplitude * c * shape(time - PEAK) + flux_err * rng.normal(size=n), flux_err


def features(*objects, z=Z):
    lightcurves = build(list(objects), z=np.full(len(objects), z))
    values = rank1.compute(lightcurves, rank1.fit(lightcurves))
    return {column.name: values[:, j] for j, column in enumerate(rank1.columns())}


def bell(sigma):
    return lambda t: np.exp(-0.5 * (t / sigma) ** 2)


def black_body(temperature):
    colour, slope = np.empty(len(BANDS)), np.empty(len(BANDS))
    log_colours(EFFECTIVE_WAVELENGTH / (1.0 + Z), REFERENCE, np.log(temperature), colour, slope)
    return colour


@pytest.fixture(scope="module")
def bells():
    """Gaussians of rest-frame width 20 d and 50 d."""
    return features(observed(bell(20.0 * (1.0 + Z))), observed(bell(50.0 * (1.0 + Z))))


def test_curves_have_the_agreed_parameters():
    curves = rank1.fit(build([observed(bell(30.0))]))
    assert set(AGREED) <= set(curves.parameters)
    assert curves.flux.shape[1] == 1
    assert abs(curves.parameters["peak_mjd"][0] - PEAK) < 3.0
    assert abs(curves.parameters["peak_flux"][0] - 60.0) < 4.0 * curves.parameters["peak_flux_err"][0]


def test_curve_is_that_of_the_r_band():
    log_colour = np.array([1.0, 0.5, 0.0, -0.3, -0.6, -0.9])
    curves = rank1.fit(build([observed(bell(40.0), log_colour)]))
    pull = (curves.flux[:, 0] - 60.0 * bell(40.0)(curves.mjd - PEAK)) / curves.flux_err[:, 0]
    assert np.sqrt(np.mean(pull**2)) < 1.5


@pytest.mark.parametrize(("level", "width"), [(75, 0.7585), (50, 1.1774), (25, 1.6651), (10, 2.1460)])
def test_rise_and_fade_times_are_rest_frame_ones(bells, level, width):
    for k, sigma in enumerate((20.0, 50.0)):
        assert bells[f"rise_{level}"][k] == pytest.approx(width * sigma, rel=0.1, abs=3.0)
        assert bells[f"fade_{level}"][k] == pytest.approx(width * sigma, rel=0.1, abs=3.0)
        assert bells[f"rise_{level}_censored"][k] == bells[f"fade_{level}_censored"][k] == 0.0
        assert bells[f"n_excursions_{level}"][k] == 1.0


def test_symmetric_curve_has_no_asymmetry(bells):
    assert np.all(np.abs(bells["asymmetry_50"]) < 0.25)


def test_curve_cut_off_is_censored():
    late_start = features(observed(bell(60.0), span=(PEAK + 5.0, PEAK + 400.0)))
    assert late_start["rise_50_censored"][0] == 1.0
    assert late_start["fade_50_censored"][0] == 0.0
    early_end = features(observed(bell(60.0), span=(PEAK - 400.0, PEAK - 5.0)))
    assert early_end["fade_50_censored"][0] == 1.0


def test_two_outbursts_are_two_excursions():
    twice = features(observed(lambda t: bell(20.0)(t) + 0.8 * bell(20.0)(t - 250.0)))
    assert twice["n_excursions_50"][0] == 2.0
    assert twice["rises_after_peak"][0] == pytest.approx(0.8, abs=0.2)
    assert twice["falls_before_peak"][0] < 0.2


def test_moments_of_the_curve_are_those_of_its_shape(bells):
    time = np.linspace(60000.0, 60800.0, 20001)
    for k, sigma in enumerate((20.0 * (1.0 + Z), 50.0 * (1.0 + Z))):
        shape = bell(sigma)(time - PEAK)
        assert bells["skewness"][k] == pytest.approx(scipy.stats.skew(shape), rel=0.1)
        assert bells["kurtosis"][k] == pytest.approx(
            scipy.stats.kurtosis(shape), abs=0.15 * scipy.stats.kurtosis(shape, fisher=False)
        )
        assert bells["std"][k] == pytest.approx(shape.std(), rel=0.1)


def test_absolute_magnitude():
    log_colour = np.array([0.5, 0.2, 0.0, -0.2, -0.4, -0.5])
    values = features(observed(bell(40.0), log_colour, amplitude=100.0))
    modulus = build([observed(bell(40.0))], z=[Z]).distance_modulus[0]
    for band in "ugriz":
        flux = 100.0 * np.exp(log_colour[BANDS.index(band)])
        expected = 23.9 - 2.5 * np.log10(flux) - modulus + 2.5 * np.log10(1.0 + Z)
        assert values[f"absolute_magnitude_{band}"][0] == pytest.approx(expected, abs=0.15)


def test_colours_and_slopes_are_recovered():
    log_colour = np.array([0.5, 0.2, 0.0, -0.2, -0.4, -0.5])
    slope = np.array([-0.4, -0.2, 0.0, 0.1, 0.2, 0.3])
    lightcurves = build([observed(bell(40.0), log_colour, slope, n=600, error=4.0)], z=[Z])
    fits = rank1.fit(lightcurves).parameters
    offset = (fits["peak_mjd"][0] - PEAK) / (1.0 + Z)  # colours are those at the peak found
    assert abs(offset) < 15.0
    for b, band in enumerate(BANDS):
        if band != "r":
            expected = log_colour[b] + slope[b] * offset / 50.0
            assert fits[f"evolving_colour_{band}"][0] == pytest.approx(expected, abs=0.15)
            assert fits[f"evolving_slope_{band}"][0] == pytest.approx(slope[b], abs=0.15)
    assert fits["log_posterior_evolving"][0] - fits["log_posterior"][0] > 50.0


def test_colours_switched_off_outside_the_window_prefer_the_windowed_model():
    log_colour = np.array([0.8, 0.4, 0.0, -0.3, -0.6, -0.8])
    time, band, _, flux_err = observed(bell(40.0), n=600, error=4.0)
    phase = (time - PEAK) / (1.0 + Z)
    inside = (phase > -50.0) & (phase < 150.0)
    shape = 0.3 + bell(40.0)(time - PEAK)  # a host that stays visible
    noise = flux_err * np.random.default_rng(2).normal(size=time.size)
    switched = 60.0 * shape * np.exp(np.where(inside, log_colour[band], 0.0)) + noise
    constant = 60.0 * shape * np.exp(log_colour[band]) + noise
    values = features((time, band, switched, flux_err), (time, band, constant, flux_err))
    assert values["window_over_evolving"][0] > 10.0
    assert values["window_over_evolving"][1] < -10.0
    assert values["colour_ratio_g_160_to_600"][1] == pytest.approx(1.0, abs=0.15)
    assert values["colour_ratio_g_160_to_600"][0] < values["colour_ratio_g_at_peak"][0]


@pytest.mark.parametrize("temperature", [8000.0, 15000.0, 25000.0])
def test_temperature_of_a_black_body_is_recovered(temperature):
    values = features(observed(bell(60.0), black_body(temperature), error=0.2))
    for name in ("temperature", "temperature_0d", "temperature_50d"):
        assert values[name][0] == pytest.approx(np.log10(temperature), abs=0.03)
        assert values[f"{name}_misfit"][0] < 0.01
    assert abs(values["temperature_change"][0]) < 0.05


def test_decline_laws_prefer_the_true_one():
    def rest(t):
        return np.maximum(t, 0.0) / (1.0 + Z)

    def rise(t):
        return np.where(t < 0.0, np.exp(t / 8.0), 1.0)

    fallback = observed(lambda t: rise(t) * (1.0 + rest(t) / 30.0) ** (-5.0 / 3.0), amplitude=200.0)
    exponential = observed(lambda t: rise(t) * np.exp(-rest(t) / 35.0), amplitude=200.0)
    values = features(fallback, exponential)
    assert values["power_law_53_over_exponential"][0] < 0.8
    assert values["power_law_53_over_exponential"][1] > 1.2
    assert values["power_law_53_onset"][0] in (20.0, 30.0, 45.0)
    assert values["exponential_time"][1] == 35.0
    assert values["power_law_53"][0] < 1.3


def test_phase_bins_follow_the_shape(bells):
    for k, sigma in enumerate((20.0, 50.0)):
        for name, low, high in (("m10_to_10", -10.0, 10.0), ("25_to_50", 25.0, 50.0), ("100_to_150", 100.0, 150.0)):
            expected = bell(sigma)(np.linspace(low, high, 1001)).mean()
            assert bells[f"flux_{name}"][k] == pytest.approx(expected, abs=0.1)
    assert np.all(bells["n_points_before_m200"] > 10.0)
    assert np.all(np.abs(bells["significance_before_m200"]) < 4.0)
    assert np.all(bells["early_chi2"] < 1000.0)
    assert bells["residual_chi2"] == pytest.approx(np.ones(2), abs=0.25)


def test_shift_in_time_changes_nothing():
    time, band, flux, flux_err = observed(bell(40.0))
    time = np.round(time * 1024.0) / 1024.0  # so that a shift by days is exact
    values = features((time, band, flux, flux_err), (time + 1024.0, band, flux, flux_err))
    for name, (first, second) in values.items():
        assert first == pytest.approx(second, rel=1e-6, abs=1e-6, nan_ok=True), name


def test_curves_from_file_give_the_same_features(tmp_path):
    lightcurves = joined([build([observed(bell(40.0))]), *odd_objects().values()])
    curves = rank1.fit(lightcurves)
    write_curves(tmp_path / "curves.parquet", curves)
    again = rank1.compute(lightcurves, read_curves(tmp_path / "curves.parquet"))
    np.testing.assert_array_equal(rank1.compute(lightcurves, curves), again)


def test_object_without_a_fit_has_an_empty_curve():
    odd = odd_objects()
    for name in ("one point", "two points", "no points", "one time"):
        curves = rank1.fit(odd[name])
        assert curves.offsets[-1] == 0, name
        assert all(np.isnan(values[0]) for values in curves.parameters.values()), name


def test_parameters_are_never_infinite():
    curves = rank1.fit(joined(odd_objects().values()))
    for name, values in curves.parameters.items():
        assert not np.isinf(values).any(), name
    assert np.isfinite(curves.flux).all()
    assert np.isfinite(curves.flux_err).all()


def test_without_redshift_only_what_needs_it_is_missing():
    values = features(observed(bell(40.0)), z=np.nan)
    for name in ("log_length_scale", "skewness", "drw_gain", "fraction_above_50", "g_max_snr", "peak_snr"):
        assert np.isfinite(values[name][0]), name
    for name in ("log_length_scale_rest", "rise_50", "evolving_gain", "n_points_m10_to_10", "temperature",
                 "absolute_magnitude_r"):  # fmt: skip
        assert np.isnan(values[name][0]), name


@pytest.mark.mallorn
def test_real_objects_all_have_a_fit():
    lightcurves = read_objects(os.environ["MALLORN_DATA"], 300, seed=3)
    curves = rank1.fit(lightcurves)
    assert np.all(np.diff(curves.offsets) > 250)
    for name, values in curves.parameters.items():
        assert np.isfinite(values).all(), name
    gain = curves.parameters["log_posterior_evolving"] - curves.parameters["log_posterior"]
    assert np.all(gain > -1e-4)
