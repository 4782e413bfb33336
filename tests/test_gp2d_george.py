"""Features of the radial process: the published names, and values that hold what they say."""

import numpy as np
import pytest
from scipy.linalg import cho_factor, cho_solve
from simulated_objects import COLOURS, build, odd_objects, transients

from tde.features import gp2d_george
from tde.gp import radial
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

PUBLISHED = [
    "gp2d_amplitude", "gp2d_time_scale", "gp2d_wave_scale", "gp2d_log_likelihood", "gp2d_time_wave_ratio",
    "gp_flux_g_0d", "gp_flux_r_0d", "gp_flux_i_0d", "gp_gr_color_0d", "gp_ri_color_0d", "gp_flux_g_20d",
    "gp_flux_r_20d", "gp_flux_i_20d", "gp_gr_color_20d", "gp_ri_color_20d", "gp_flux_g_50d", "gp_flux_r_50d",
    "gp_flux_i_50d", "gp_gr_color_50d", "gp_ri_color_50d", "gp_flux_g_100d", "gp_flux_r_100d",
    "gp_flux_i_100d", "gp_gr_color_100d", "gp_ri_color_100d", "gp_gr_slope_50d", "gp_gr_slope_100d",
]  # fmt: skip


def slow_rise_and_fall(time):
    return np.exp(-0.5 * ((time - 60300.0) / 80.0) ** 2)


def named(lightcurves):
    """Features of the objects by name."""
    return dict(zip(PUBLISHED, gp2d_george.compute(lightcurves).T, strict=True))


def test_columns_are_the_published_ones_in_their_order():
    assert [column.name for column in gp2d_george.columns()] == PUBLISHED
    assert len(PUBLISHED) == 27


def test_process_is_the_fit():
    lightcurves = transients(31, n_objects=2, n=60)
    found = named(lightcurves)
    fits = radial.fit_objects(
        lightcurves.offsets, lightcurves.mjd, lightcurves.band, lightcurves.flux, lightcurves.flux_err
    )
    np.testing.assert_array_equal(found["gp2d_log_likelihood"], fits.log_likelihood)
    parameters = np.where(fits.determined, fits.parameters, np.nan)
    np.testing.assert_array_equal(found["gp2d_amplitude"], parameters[:, 0])
    np.testing.assert_array_equal(found["gp2d_time_scale"], parameters[:, 1])
    np.testing.assert_array_equal(found["gp2d_wave_scale"], parameters[:, 2])
    np.testing.assert_array_equal(found["gp2d_time_wave_ratio"], parameters[:, 1] / parameters[:, 2])


def test_fluxes_are_the_posterior_mean_after_the_highest_visit():
    """Against the textbook's formula, K* K^-1 y, evaluated here."""
    lightcurves = transients(32, n_objects=1, n=120)
    found = named(lightcurves)
    s, time_scale, wave_scale = (found[f"gp2d_{name}"][0] for name in ("amplitude", "time_scale", "wave_scale"))

    def covariance(one, other):
        r = np.sqrt(3.0) * np.hypot(
            (one[:, None, 0] - other[:, 0]) / time_scale, (one[:, None, 1] - other[:, 1]) / wave_scale
        )
        return s**2 * (1.0 + r) * np.exp(-r)

    plane = np.column_stack([lightcurves.mjd, EFFECTIVE_WAVELENGTH[lightcurves.band]])
    factor = cho_factor(covariance(plane, plane) + np.diag(lightcurves.flux_err**2))
    weights = cho_solve(factor, lightcurves.flux)

    def flux(time, band):
        where = np.column_stack([np.atleast_1d(time), np.full(np.size(time), EFFECTIVE_WAVELENGTH[BANDS.index(band)])])
        return covariance(where, plane) @ weights

    peak = lightcurves.mjd[np.argmax(sum(flux(lightcurves.mjd, band) for band in "gri"))]
    for days in (0, 20, 50, 100):
        for band in "gri":
            assert found[f"gp_flux_{band}_{days}d"][0] == pytest.approx(flux(peak + days, band)[0], rel=1e-6)


def test_colours_and_slopes_of_a_well_measured_transient():
    found = named(
        transients(33, n_objects=6, amplitude=100.0, n=200, span=(60000.0, 60600.0), shape=slow_rise_and_fall)
    )
    g, r, i = COLOURS[1:4]
    for days in (0, 20, 50, 100):
        np.testing.assert_allclose(found[f"gp_gr_color_{days}d"], g - r, atol=0.1)
        np.testing.assert_allclose(found[f"gp_ri_color_{days}d"], r - i, atol=0.1)
        ratio = found[f"gp_flux_g_{days}d"] / found[f"gp_flux_r_{days}d"]
        np.testing.assert_allclose(found[f"gp_gr_color_{days}d"], -2.5 * np.log10(ratio), rtol=1e-12)
    for days in (50, 100):
        change = found[f"gp_gr_color_{days}d"] - found["gp_gr_color_0d"]
        np.testing.assert_allclose(found[f"gp_gr_slope_{days}d"], change / days, rtol=1e-12)
    np.testing.assert_allclose(found["gp_flux_g_0d"], 100.0, rtol=0.03)


def test_no_flux_where_the_light_curve_has_ended():
    """A transient that is watched until 30 d after its peak has no flux at 100 d."""
    found = named(transients(34, n_objects=3, span=(60100.0, 60230.0)))
    assert np.isfinite(found["gp_flux_g_20d"]).all()
    for name in ("gp_flux_g_100d", "gp_flux_r_100d", "gp_gr_color_100d", "gp_gr_slope_100d"):
        assert np.isnan(found[name]).all()


def test_no_colour_of_a_flux_that_is_not_significant():
    rng = np.random.default_rng(35)
    n = 150
    time = np.sort(rng.uniform(60000.0, 60300.0, n))
    band = rng.integers(1, 4, n)
    flux = np.where(band == 1, -5.0, 20.0) * np.exp(-(((time - 60150.0) / 60.0) ** 2))  # g goes below the template
    found = named(build([(time, band, flux + 0.1 * rng.normal(size=n), np.full(n, 0.1))]))
    assert found["gp_flux_g_0d"][0] < -3.0
    assert np.isnan(found["gp_gr_color_0d"][0])
    assert found["gp_ri_color_0d"][0] == pytest.approx(0.0, abs=0.05)


def test_scale_without_data_is_not_reported():
    odd = odd_objects()
    assert np.isnan(named(odd["one band"])["gp2d_wave_scale"][0])
    assert np.isnan(named(odd["one time"])["gp2d_time_scale"][0])
    assert np.isnan(gp2d_george.compute(odd["two points"])).all()
