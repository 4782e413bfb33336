"""The page of fitted curves shows objects chosen by its rule, with the curves of their own fits."""

import numpy as np
import pytest
from simulated_objects import COLOURS, fallback, joined, odd_objects, transients

from tde.curves import Curves
from tde.photometry import BANDS
from tde.plots.fits import (
    Fitted,
    band_curves,
    choose_examples,
    evolving_curves,
    largest_significance,
    plot_fits,
)

CONSTANT = {"u": 0.3, "g": 0.1, "i": -0.2, "z": -0.4, "y": -0.5}
SLOPES = {"u": -0.2, "g": -0.1, "i": 0.05, "z": 0.1, "y": 0.2}


def shared_curve(lightcurves, evolving=True):
    """One curve for all bands of each object, with a colour per band."""
    n = len(lightcurves)
    time = np.tile(np.arange(60000.0, 60700.0, 5.0), n)
    flux = np.tile(np.sin(np.arange(140) / 30.0), n)
    parameters = {"peak_mjd": np.full(n, 60200.0)}
    if evolving:
        parameters |= {"evolving_log_s": np.full(n, np.log(20.0)), "evolving_log_length_scale": np.full(n, 4.0)}
    for band, colour in CONSTANT.items():
        parameters[f"log_colour_{band}"] = np.full(n, colour)
        if evolving:
            parameters[f"evolving_colour_{band}"] = np.full(n, colour)
            parameters[f"evolving_slope_{band}"] = np.full(n, SLOPES[band])
    offsets = 140 * np.arange(n + 1)
    return Curves(lightcurves.object_id, parameters, offsets, time, flux[:, None], 0.1 + 0 * flux[:, None])


def test_objects_shown_are_at_the_stated_percentiles():
    classes = ["TDE"] * 101 + ["AGN"] * 21 + ["CC", "SLSN", "SLSN"]
    significance = np.concatenate([np.random.default_rng(1).permutation(101), np.arange(21), [7, 5, 6]]).astype(float)
    tde, agn, others = choose_examples(significance, classes)
    assert significance[tde].tolist() == [50, 75, 95]
    assert significance[agn].tolist() == [10, 15, 19]
    assert significance[others].tolist() == [6, 7, 7]


def test_objects_without_points_or_fits_are_not_shown():
    significance = np.array([np.nan, 3.0, np.nan, 5.0])
    assert choose_examples(significance, ["TDE", "TDE", "AGN", "Ia"]) == [[1, 1, 1], [3, 3, 3]]


def test_significance_is_that_of_the_brightest_point():
    lightcurves = joined([odd_objects()["no points"], transients(1, 2)])
    found = largest_significance(lightcurves)
    assert np.isnan(found[0])
    rows = lightcurves.rows(2)
    assert found[2] == np.max(lightcurves.flux[rows] / lightcurves.flux_err[rows])


def test_bands_of_one_shared_curve_differ_by_their_colours():
    curves = shared_curve(transients(1, 2))
    bands = band_curves(curves, 1)
    for code, band in enumerate(BANDS):
        factor = np.exp(CONSTANT.get(band, 0.0))
        np.testing.assert_allclose(bands.flux[:, code], factor * curves.flux[140:, 0])
        np.testing.assert_allclose(bands.flux_err[:, code], factor * curves.flux_err[140:, 0])


def test_curves_of_six_bands_are_drawn_as_they_are():
    one = shared_curve(transients(1, 1))
    six = Curves(one.object_id, one.parameters, one.offsets, one.mjd, np.tile(one.flux, 6), np.tile(one.flux_err, 6))
    np.testing.assert_array_equal(band_curves(six, 0).flux, six.flux)


def test_evolving_colours_change_with_clipped_rest_frame_phase():
    lightcurves = transients(1, 1)
    curves = shared_curve(lightcurves)
    bands = evolving_curves(lightcurves, curves, 0)
    stretch = 1.0 + lightcurves.z[0]
    for day, phase in ((60200.0, 0.0), (60300.0, 100.0 / stretch), (60000.0, -30.0), (60690.0, 120.0)):
        k = np.flatnonzero(curves.mjd == day)[0]
        for code, band in enumerate(BANDS):
            factor = np.exp(CONSTANT.get(band, 0.0) + SLOPES.get(band, 0.0) * phase / 50.0)
            assert bands.flux[k, code] == pytest.approx(factor * bands.flux[k, 2])
    assert evolving_curves(lightcurves, shared_curve(lightcurves, evolving=False), 0) is None


def test_evolving_curves_are_a_posterior_of_the_observations():
    lightcurves = transients(1, 1)
    colours = {band: np.full(1, np.log(10.0 ** (-0.4 * (COLOURS[b] - COLOURS[2])))) for b, band in enumerate(BANDS)}
    curves = shared_curve(lightcurves)
    for band in CONSTANT:
        curves.parameters[f"evolving_colour_{band}"] = colours[band]
        curves.parameters[f"evolving_slope_{band}"] = np.zeros(1)
    bands = evolving_curves(lightcurves, curves, 0)
    truth = 50.0 * 10.0 ** (-0.4 * COLOURS[2]) * fallback(bands.mjd)
    inside = (bands.mjd > 60250.0) & (bands.mjd < 60650.0)
    pull = (bands.flux[:, 2] - truth)[inside] / bands.flux_err[inside, 2]
    assert np.sqrt(np.mean(pull**2)) < 2.0
    assert bands.flux_err[inside, 2].max() < 2.0


def test_the_same_objects_give_the_same_bytes(tmp_path):
    lightcurves = transients(1, 3)
    curves = shared_curve(lightcurves)
    rows = [[Fitted(lightcurves, curves, i, name) for i in range(3)] for name in ("TDE", "AGN")]
    for name in ("a.png", "b.png"):
        plot_fits(rows, "title", tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
