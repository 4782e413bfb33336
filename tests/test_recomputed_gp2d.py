"""The process in time and wavelength, fitted and smoothed again by dense matrices: family `gp2d`."""

import numpy as np
import pytest
from astropy.cosmology import FlatLambdaCDM
from recomputed import joint_shape
from recomputed.chosen_objects import curves, tables  # noqa: F401
from recomputed.comparison import Column, Within, check_column
from recomputed.joint_process import JointFit

STORED = {"relative": 2e-5, "absolute": 2e-5}
"""Curves are stored in single precision, to 6e-8 of the flux; shapes are differences of such fluxes."""

LEVELS = (75, 50, 25, 10)
PAIRS = {"ug": (0, 1), "gr": (1, 2), "ri": (2, 3), "iz": (3, 4)}

SHAPE = [
    Column("g_peak_snr", joint_shape.g_peak_snr, **STORED),
    Column("g_peak_lag", joint_shape.g_peak_lag),
    *(Column(f"rise_time_{level}", joint_shape.width(-1, level), absolute=1e-3) for level in LEVELS),
    *(Column(f"fade_time_{level}", joint_shape.width(1, level), absolute=1e-3) for level in LEVELS),
    *(Column(f"rise_censored_{level}", joint_shape.censored(-1, level)) for level in LEVELS),
    *(Column(f"fade_censored_{level}", joint_shape.censored(1, level)) for level in LEVELS),
    Column("fwhm", joint_shape.fwhm, absolute=1e-3),
    Column("rise_fade_ratio", joint_shape.rise_fade_ratio, **STORED),
    Column("compactness", joint_shape.compactness, **STORED),
    Column("robust_duration", joint_shape.robust_duration, absolute=1e-2),
    Column("rise_slope", joint_shape.line(-30.0, 0.0), **STORED),
    Column("linear_decay_slope", joint_shape.line(0.0, 100.0), **STORED),
    Column("tde_power_law_error", joint_shape.tde_power_law_error, **STORED),
    Column("rise_fireball_error", joint_shape.rise_fireball_error, **STORED),
    Column("template_chisq_tde", joint_shape.template_chisq_tde, **STORED),
    Column("fade_shape_correlation", joint_shape.fade_shape_correlation, **STORED),
    Column("flux_skew", joint_shape.flux_skew, **STORED),
    Column("flux_kurtosis", joint_shape.flux_kurtosis, **STORED),
    *(Column(f"percentile_ratio_{part}_max", joint_shape.percentile(part), **STORED) for part in (20, 50, 80)),
    Column("duty_cycle", joint_shape.duty_cycle, **STORED),
    Column("duty_cycle_50", joint_shape.duty_cycle_50, **STORED),
    Column("n_excursions", joint_shape.n_excursions),
    Column("baseline_ratio", joint_shape.baseline_ratio, **STORED),
    Column("pre_peak_var", joint_shape.pre_peak_var, **STORED),
    Column("post_peak_var", joint_shape.post_peak_var, **STORED),
    Column("total_variation", joint_shape.total_variation, **STORED),
]

COLOURS = [
    *(
        Column(f"color_{pair}_{name}", joint_shape.colour_at(*bands, phase), **STORED)
        for pair, bands in PAIRS.items()
        for name, phase in (("minus20d", -20.0), ("0d", 0.0), ("20d", 20.0), ("50d", 50.0), ("100d", 100.0))
    ),
    *(
        Column(f"color_{pair}_slope_{end:.0f}d", joint_shape.colour_slope(*bands, end), **STORED)
        for pair, bands in PAIRS.items()
        for end in (50.0, 100.0)
    ),
    Column("ur_peak", joint_shape.colour_at(0, 2, 0.0), **STORED),
    Column("mean_color_gr", joint_shape.mean_color_gr, **STORED),
    Column("std_color_gr", joint_shape.std_color_gr, **STORED),
    Column("mean_color_gr_pre", joint_shape.mean_color_gr_pre, **STORED),
    Column("color_slope_gr_pre", joint_shape.color_slope_gr_pre, **STORED),
    Column("color_slope_gr", joint_shape.color_slope_gr, **STORED),
    Column("color_monotonicity", joint_shape.color_monotonicity, **STORED),
    Column("spectral_slope_peak", joint_shape.spectral_slope_peak, **STORED),
    Column("spectral_slope_mean", joint_shape.spectral_slope_mean, **STORED),
    Column("spectral_slope_std", joint_shape.spectral_slope_std, **STORED),
    Column("color_cooling_rate", joint_shape.color_cooling_rate, **STORED),
    Column("blue_energy_fraction", joint_shape.blue_energy_fraction, **STORED),
    Column("reduced_chi_square", lambda curve: curve.chi2, relative=1e-6),
]

PLANCK = FlatLambdaCDM(H0=67.66, Om0=0.30966, Tcmb0=2.7255, Neff=3.046, m_nu=[0.0, 0.0, 0.06], Ob0=0.04897)
"""Flat cosmology of the Planck 2018 results, with one neutrino of 0.06 eV."""


def radiated_energy(curve):
    """Between two nodes the mean is that of the bands with a curve at both."""
    level = curve.mean.clip(0.0)
    pieces = np.nanmean(0.5 * (level[1:] + level[:-1]), axis=1)
    power = (pieces * np.diff(curve.time)).sum() / (1.0 + curve.z)
    return np.log(power) + 0.4 * np.log(10.0) * PLANCK.distmod(curve.z).value - np.log(1.0 + curve.z)


ENERGY = [Column("total_radiated_energy_proxy", radiated_energy, **STORED)]


@pytest.mark.parametrize("column", [*SHAPE, *COLOURS, *ENERGY], ids=lambda column: column.name)
def test_curve_shows_what_the_catalogue_says(column, tables, curves):
    check_column(column, tables.table("gp2d"), curves)


@pytest.fixture(scope="module")
def fits(tables):
    return {o: JointFit(o) for o in tables.objects}


HIGHEST = 0.02
"""The library stops climbing at gains below 1e-4; on a flat ridge that may be short of the maximum by more."""


def scale(place):
    """A scale to a tenth of its error; where that is beyond a factor of two its value is chance."""

    def known(fit, o):
        vague = fit.at_edge[place] or not fit.log_error[place] < 0.7
        value = fit.parameters[place]
        return Within(value, np.inf if vague else (0.002 + 0.1 * fit.log_error[place]) * value)

    return known


def ratio(fit, o):
    both = fit.log_error[1] + fit.log_error[2]
    value = fit.parameters[1] / fit.parameters[2]
    return Within(value, np.inf if not both < 0.7 else (0.002 + 0.1 * both) * value)


def divided(function):
    def rest(fit, o):
        found = function(fit, o)
        return Within(found.value / (1.0 + o.z), found.tolerance / (1.0 + o.z))

    return rest


FIT = [
    ("log_likelihood", lambda fit, o: Within(fit.highest, HIGHEST)),
    ("log_likelihood_per_point", lambda fit, o: Within(fit.highest / len(o.mjd), HIGHEST / len(o.mjd))),
    ("amplitude", scale(0)),
    ("time_scale", scale(1)),
    ("wavelength_scale", scale(2)),
    ("time_scale_rest", divided(scale(1))),
    ("wavelength_scale_rest", divided(scale(2))),
    ("time_wave_ratio", ratio),
    ("negative_flux_fraction", lambda fit, o: (o.flux < -o.flux_err).mean()),
]


@pytest.mark.parametrize(("name", "function"), FIT, ids=[name for name, _ in FIT])
def test_fit_is_as_the_catalogue_says(name, function, tables, fits):
    check_column(Column(name, lambda o: function(fits[o], o)), tables.table("gp2d"), tables.objects)


def test_curves_are_the_posterior(tables, curves):
    """Means to a thousandth of the deviation, deviations to a thousandth, wherever bands have a curve."""
    stored = tables.curves("gp2d")
    mean, sd = (np.concatenate([getattr(curve, name) for curve in curves]) for name in ("mean", "sd"))
    assert np.isnan(mean).any()
    np.testing.assert_array_equal(np.isnan(stored.flux), np.isnan(mean))
    np.testing.assert_array_equal(np.isnan(stored.flux_err), np.isnan(mean))
    assert np.nanmax(np.abs((stored.flux - mean) / sd)) < 1e-3
    assert np.nanmax(np.abs(stored.flux_err / sd - 1.0)) < 1e-3
    own_start = np.repeat([o.start for o in tables.objects], np.diff(stored.offsets))
    assert np.allclose(np.concatenate([curve.time for curve in curves]), stored.mjd - own_start)
