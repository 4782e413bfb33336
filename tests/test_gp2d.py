"""Curves and features of the time-wavelength process on light curves with a known truth."""

import math

import numpy as np
import pytest
from simulated_objects import COLOURS, build, joined, odd_objects, transient, transients

from tde.curves import read_curves, write_curves
from tde.features import gp2d
from tde.features.gp2d.posterior_curves import COARSEST_STEP, FINEST_STEP, epochs
from tde.photometry import BANDS

NAMES = [column.name for column in gp2d.columns()]
PEAK = 60200.0
RISE, FADE = 25.0, 50.0


def bump(time):
    """Half a Gaussian up, half a wider one down: smooth, as the process is."""
    since = np.asarray(time) - PEAK
    return np.exp(-0.5 * (since / np.where(since < 0.0, RISE, FADE)) ** 2)


@pytest.fixture(scope="module")
def objects():
    return transients(3, n_objects=20, n=300, span=(60050.0, 60500.0), shape=bump)


@pytest.fixture(scope="module")
def curves(objects):
    return gp2d.fit(objects)


@pytest.fixture(scope="module")
def features(objects, curves):
    return dict(zip(NAMES, gp2d.compute(objects, curves).T, strict=True))


def features_of(lightcurves):
    return dict(zip(NAMES, gp2d.compute(lightcurves, gp2d.fit(lightcurves)).T, strict=True))


# the grid


@pytest.mark.parametrize("span", [0.0, 1e-11, 0.5, 3.0, 100.0, 1500.0, 36525.0])
@pytest.mark.parametrize("where", [0.0, 0.3, 1.0])
def test_grid_covers_the_observations_and_ascends(span, where):
    first, last = 60000.2, 60000.2 + span
    grid = epochs(first, last, first + where * span)
    assert grid[0] == first
    assert grid[-1] == last
    assert np.all(np.diff(grid) > 0.0)
    assert grid.size < 350


def test_grid_is_dense_at_the_peak_and_coarse_far_from_it():
    grid = epochs(60000.2, 62000.7, 60500.4)
    steps = np.diff(grid)
    near = np.searchsorted(grid, 60500.2)
    np.testing.assert_allclose(steps[near - 3 : near + 3], FINEST_STEP, rtol=0.02)
    assert steps.max() <= COARSEST_STEP
    assert 100 < grid.size < 220


def test_grid_does_not_follow_the_times_of_visits():
    grid = epochs(0.0, 1000.56, 333.23)
    assert grid[np.searchsorted(grid, 333.0)] == 333.0
    np.testing.assert_array_equal(grid[1:-1], epochs(0.0, 1000.69, 332.81)[1:-1])


def test_grid_moves_with_the_observations():
    grid = epochs(0.0, 1000.5, 333.25)
    for later in (0.375, 7.125, 60000.0):
        np.testing.assert_array_equal(epochs(later, 1000.5 + later, 333.25 + later), grid + later)


# the curves


def test_curves_follow_the_truth_of_every_band(curves):
    worst, pulls = [], []
    for i in range(len(curves)):
        rows = curves.rows(i)
        truth = 50.0 * bump(curves.mjd[rows])[:, None] * 10.0 ** (-0.4 * COLOURS)
        pulls.append((curves.flux[rows] - truth) / curves.flux_err[rows])
        worst.append(np.abs(curves.flux[rows] - truth).max())
    pulls = np.concatenate(pulls)
    assert np.median(worst) < 4.0  # of 50 uJy
    assert np.mean(np.abs(pulls) < 2.0) > 0.85


def test_peak_is_found(curves):
    assert np.median(np.abs(curves.parameters["peak_mjd"] - PEAK)) < 6.0
    g, z = curves.parameters["peak_flux_g"], curves.parameters["peak_flux_z"]
    assert np.median(g) == pytest.approx(50.0, rel=0.15)
    assert np.median(z / g) == pytest.approx(10.0 ** (-0.4 * 0.3), rel=0.05)


def test_curves_come_back_from_file(curves, tmp_path):
    write_curves(tmp_path / "curves.parquet", curves)
    back = read_curves(tmp_path / "curves.parquet")
    np.testing.assert_array_equal(back.flux, curves.flux)
    np.testing.assert_array_equal(back.parameters["peak_mjd"], curves.parameters["peak_mjd"])


def test_odd_objects_have_finite_curves_or_none():
    for name, lightcurves in odd_objects().items():
        curves = gp2d.fit(lightcurves)
        known = np.isfinite(curves.flux)
        observed = np.isin(np.arange(len(BANDS)), lightcurves.band)
        assert not np.isinf(curves.flux).any(), name
        np.testing.assert_array_equal(np.isfinite(curves.flux_err), known, err_msg=name)
        assert (curves.flux_err[known] >= 0.0).all(), name
        assert not known[:, ~observed].any(), name
        assert known[:, observed].any(axis=0).all() or not len(known), name


def test_without_positive_flux_there_is_no_peak():
    curves = gp2d.fit(odd_objects()["no positive flux"])
    assert np.isnan(curves.parameters["peak_mjd"]).all()
    assert np.isnan(curves.parameters["peak_flux_r"]).all()


# the features


def test_widths_are_the_rest_frame_widths_of_the_truth(features):
    for per_cent in (75, 50, 25, 10):
        width = math.sqrt(2.0 * math.log(100.0 / per_cent)) / 1.3  # at z = 0.3
        assert np.median(features[f"rise_time_{per_cent}"]) == pytest.approx(width * RISE, rel=0.1, abs=2.0)
        assert np.median(features[f"fade_time_{per_cent}"]) == pytest.approx(width * FADE, rel=0.1, abs=2.0)
    np.testing.assert_allclose(features["fwhm"], features["rise_time_50"] + features["fade_time_50"])
    for name in ("rise_censored_50", "fade_censored_10"):
        assert not features[name].any()


def test_area_over_peak_is_the_equivalent_width(features):
    width = math.sqrt(math.pi / 2.0) * (RISE + FADE) / 1.3
    assert np.median(features["compactness"]) == pytest.approx(width, rel=0.1)


def test_colours_are_those_of_the_truth(features):
    for pair in ("ug", "gr", "ri", "iz"):
        expected = COLOURS[BANDS.index(pair[0])] - COLOURS[BANDS.index(pair[1])]
        for phase in ("0d", "20d"):
            assert np.nanmedian(features[f"color_{pair}_{phase}"]) == pytest.approx(expected, abs=0.06)
        assert np.nanmedian(features[f"color_{pair}_slope_50d"]) == pytest.approx(0.0, abs=0.004)
    assert np.nanmedian(features["mean_color_gr"]) == pytest.approx(-0.2, abs=0.05)
    assert np.nanmedian(features["color_cooling_rate"]) == pytest.approx(0.0, abs=0.004)


def test_a_fallback_curve_obeys_the_fallback_law_better_than_a_plateau():
    rng = np.random.default_rng(4)

    def plateau(time):
        return np.where((time > 60170.0) & (time < 60450.0), 1.0, 0.0)

    both = features_of(build([transient(rng), transient(rng, shape=plateau)]))
    for name in ("tde_power_law_error", "template_chisq_tde"):
        assert both[name][0] < both[name][1], name
    assert both["fade_shape_correlation"][0] > 0.9
    assert both["duty_cycle_50"][0] < both["duty_cycle_50"][1]


def test_cooling_reddens():
    rng = np.random.default_rng(5)
    time, band, flux, flux_err = transient(rng, amplitude=200.0, n=400, span=(60050.0, 60500.0), shape=bump)
    phase = np.clip(time - PEAK, -30.0, 150.0)
    reddening = 10.0 ** (-0.4 * phase / 400.0 * (2.0 - band))  # bluer bands fade faster
    values = features_of(build([(time, band, flux * reddening, flux_err)]))
    for name in ("color_slope_gr", "color_cooling_rate", "color_gr_slope_50d"):
        assert values[name][0] > 0.0, name
    assert values["color_gr_slope_50d"][0] == pytest.approx(1.3 / 400.0, rel=0.4)


def test_a_curve_that_is_cut_off_is_censored():
    rng = np.random.default_rng(6)
    spans = ((60150.0, 60215.0), (60188.0, 60700.0), (60205.0, 60700.0))
    values = features_of(build([transient(rng, span=span) for span in spans]))
    assert values["fade_censored_10"][0] == 1.0
    assert values["fade_time_10"][0] < 25.0
    assert values["rise_censored_10"][1] == 1.0
    assert values["rise_time_10"][1] < 15.0
    assert values["rise_censored_10"][2] == 1.0
    assert np.isnan(values["rise_time_10"][2])


def test_shapes_do_not_depend_on_brightness_or_date():
    rng = np.random.default_rng(8)
    time, band, flux, flux_err = transient(rng)
    values = features_of(build([(time, band, flux, flux_err), (time + 512.0, band, 8.0 * flux, 8.0 * flux_err)]))
    for name in NAMES:
        if name in ("amplitude", "log_likelihood", "log_likelihood_per_point", "total_radiated_energy_proxy"):
            continue
        np.testing.assert_allclose(values[name][0], values[name][1], rtol=2e-3, atol=2e-3, err_msg=name)
    assert values["amplitude"][1] == pytest.approx(8.0 * values["amplitude"][0], rel=1e-3)
    energy = values["total_radiated_energy_proxy"]
    assert energy[1] - energy[0] == pytest.approx(math.log(8.0), abs=1e-3)


def test_times_stretch_with_redshift():
    rng = np.random.default_rng(9)
    curve = transient(rng)
    values = features_of(build([curve, curve], z=[0.0, 1.0]))
    for name in ("rise_time_25", "fade_time_25", "compactness", "robust_duration", "time_scale_rest"):
        assert values[name][0] == pytest.approx(2.0 * values[name][1], rel=1e-6), name
    assert values["duty_cycle"][0] == pytest.approx(values["duty_cycle"][1])


def test_without_redshift_only_what_needs_none_remains():
    values = {name: value[0] for name, value in features_of(odd_objects()["z not known"]).items()}
    for name in ("rise_time_50", "color_gr_20d", "total_radiated_energy_proxy", "time_scale_rest"):
        assert math.isnan(values[name]), name
    for name in ("time_scale", "duty_cycle", "flux_skew", "n_excursions", "reduced_chi_square"):
        assert math.isfinite(values[name]), name


def test_noise_has_no_shape():
    rng = np.random.default_rng(10)
    time, band, _, flux_err = transient(rng)
    values = features_of(build([(time, band, flux_err * rng.normal(size=time.size), flux_err)]))
    assert np.isnan(values["rise_time_50"][0])
    for name in ("color_ug_20d", "color_gr_20d", "color_iz_20d"):
        assert np.isnan(values[name][0]), name
    assert 0.5 < values["reduced_chi_square"][0] < 1.3
    assert 0.05 < values["negative_flux_fraction"][0] < 0.3


def test_same_bytes_again():
    lightcurves = joined([transients(11, n_objects=3), *odd_objects().values()])
    first, again = (gp2d.compute(lightcurves, gp2d.fit(lightcurves)) for _ in range(2))
    assert first.tobytes() == again.tobytes()
