"""Luminosities against astropy: constants, black bodies of known T, R and L, energies."""

from pathlib import Path

import astropy.constants as const
import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from astropy.cosmology import Planck18
from families import family_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from mallorn_files import MALLORN_DATA, read_split
from scipy.optimize import curve_fit
from synthetic_curves import black_body_flux, column_of, curves, objects

from tde.black_body import constants
from tde.black_body import spectrum_fit as black_body_fit
from tde.features import luminosity
from tde.photometry import EFFECTIVE_WAVELENGTH, ab_magnitude

TIME = np.arange(-120.0, 500.0, 4.0)
WIDE = (np.log(500.0), np.log(80000.0))
NODES = black_body_fit.planck_nodes()


def values_of(flux, z, flux_err=None, time=TIME):
    """Columns by name, for fluxes of shape (n, m, 6)."""
    flux_err = 1e-4 * np.abs(flux) + 1e-12 if flux_err is None else flux_err
    values = luminosity.compute(objects(z), gp2d=curves(time, flux, flux_err))
    return {column.name: values[:, j] for j, column in enumerate(luminosity.columns())}


def fading(z, temperature=20000.0, radius=5e14, temperature_slope=0.0, radius_slope=-0.003):
    """A black body whose T and R change by so many dex per rest-frame day; grid of `TIME`."""
    days = TIME / (1.0 + z)
    return black_body_flux(temperature * 10 ** (temperature_slope * days), radius * 10 ** (radius_slope * days), z)


def test_constants_are_astropys():
    assert const.h.cgs.value == constants.PLANCK
    assert const.c.cgs.value == constants.SPEED_OF_LIGHT
    assert np.isclose(constants.STEFAN_BOLTZMANN, const.sigma_sb.cgs.value, rtol=1e-12)
    second = (const.h * const.c / const.k_B).to_value(u.AA * u.K)
    assert np.isclose(constants.SECOND_RADIATION_CONSTANT, second, rtol=1e-9)
    assert np.isclose(constants.PARSEC, const.pc.cgs.value, rtol=1e-14)
    assert np.isclose(constants.MICROJANSKY, (1 * u.uJy).cgs.value, rtol=1e-14)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.001, 3.0), st.floats(4000.0, 40000.0), st.floats(13.0, 17.0))
def test_exact_fluxes_give_the_exact_black_body(z, temperature, log_radius):
    flux = black_body_flux(temperature, 10.0**log_radius, z)
    fit = black_body_fit.fit_black_body(flux, 1e-3 * flux, NODES, *WIDE)
    log_t, _, log_r, _, log_l, _ = black_body_fit.luminosity_and_radius(fit, z, Planck18.distmod(z).value)
    power = 4.0 * np.pi * (10.0**log_radius * u.cm) ** 2 * const.sigma_sb * (temperature * u.K) ** 4
    assert np.isclose(log_t, np.log10(temperature), atol=1e-6)
    assert np.isclose(log_r, log_radius, atol=1e-6)
    assert np.isclose(log_l, np.log10(power.to_value(u.erg / u.s)), atol=1e-6)


def test_errors_are_those_of_the_scatter():
    rng = np.random.default_rng(3)
    z, temperature, radius = 0.2, 15000.0, 6e14
    truth = np.log10([temperature, radius, 4 * np.pi * radius**2 * const.sigma_sb.cgs.value * temperature**4])
    clean = black_body_flux(temperature, radius, z)
    pulls = []
    for _ in range(1000):
        flux_err = clean * rng.uniform(0.05, 0.1, 6)  # far above the error of the model
        fit = black_body_fit.fit_black_body(clean + flux_err * rng.normal(size=6), flux_err, NODES, *WIDE)
        found = np.array(black_body_fit.luminosity_and_radius(fit, z, Planck18.distmod(z).value))
        pulls.append((found[::2] - truth) / found[1::2])
    assert not np.isnan(pulls).any()
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 0.15)
    assert np.all(np.abs(np.std(pulls, axis=0) - 1.0) < 0.12)


def test_fit_is_scipys_least_squares_optimum():
    rng = np.random.default_rng(4)
    for temperature in (4000.0, 9000.0, 25000.0):
        clean = black_body_flux(temperature, 1e15, 0.1)
        flux_err = 0.08 * clean
        flux = clean + flux_err * rng.normal(size=6)
        log_t, log_a, variance, amplitude_variance, covariance, chi2 = black_body_fit.fit_black_body(
            flux, flux_err, NODES, *WIDE
        )
        sigma = np.hypot(flux_err, black_body_fit.MODEL_ERR * flux)

        def model(wavelength, log_t, log_a):
            x = (const.h * const.c / (wavelength * u.AA * const.k_B)).to_value(u.K) / np.exp(log_t)
            planck = 2.0 * const.h * const.c / (wavelength * u.AA) ** 3 / np.expm1(x)
            return np.exp(log_a) * planck.to_value(u.uJy)

        best, covariances = curve_fit(
            model, EFFECTIVE_WAVELENGTH, flux, p0=(log_t + 0.05, log_a - 0.05), sigma=sigma, absolute_sigma=True
        )
        np.testing.assert_allclose([log_t, log_a], best, atol=1e-4)
        np.testing.assert_allclose(
            [[variance, covariance], [covariance, amplitude_variance]], covariances, rtol=0.01
        )  # scipy's slopes are finite differences
        assert np.isclose(chi2, np.sum(((flux - model(EFFECTIVE_WAVELENGTH, *best)) / sigma) ** 2) / 4.0, rtol=1e-4)


def test_no_temperature_where_the_bands_do_not_tell():
    def fitted(flux, flux_err):
        return not np.isnan(black_body_fit.fit_black_body(flux, flux_err, NODES, *WIDE)[0])

    clean = black_body_flux(15000.0, 6e14, 0.2)
    good = 0.02 * clean
    two_bands = np.where(np.arange(6) < 2, good, clean)
    three_bands = np.where(np.arange(6) < 3, good, clean)
    assert fitted(clean, good)
    assert fitted(clean, three_bands)
    assert not fitted(clean, two_bands)
    assert not fitted(-clean, good)
    assert not fitted(np.full(6, np.nan), good)
    assert not fitted(np.zeros(6), np.zeros(6))
    assert not fitted(clean / EFFECTIVE_WAVELENGTH**2, good)  # steeper than any black body
    hot = black_body_flux(60000.0, 6e14, 0.2)
    assert fitted(hot, 0.05 * hot)
    assert not fitted(hot, 0.3 * hot)  # ln T to no better than 1


def test_magnitudes_are_the_apparent_ones_less_the_distance():
    z = np.array([0.02, 0.3, 1.2])
    flux = np.stack([fading(one) for one in z])
    values = values_of(flux, z)
    for j, band in enumerate("ugriz"):
        for name, phase in luminosity.PHASES.items():
            for i in range(3):
                at = np.interp(phase * (1.0 + z[i]), TIME, flux[i, :, j])
                expected = ab_magnitude(at) - Planck18.distmod(z[i]).value + 2.5 * np.log10(1.0 + z[i])
                assert np.isclose(values[f"{band}_abs_mag_{name}"][i], expected, atol=2e-3)
        assert np.all(values["peak_abs_mag"] <= values[f"{band}_abs_mag_0d"])


def test_flat_f_nu_at_ten_parsec_is_the_apparent_magnitude():
    flux = np.full((1, TIME.size, 6), 3631e6)
    shards = objects([1e-9])
    shards.distance_modulus[:] = 0.0
    values = luminosity.compute(shards, gp2d=curves(TIME, flux, 1.0))
    assert np.allclose(column_of(luminosity, values, "g_abs_mag_0d"), 0.0, atol=1e-3)


@pytest.mark.parametrize("slopes", [(0.0, -0.003), (0.001, -0.004), (-0.003, 0.002)])
def test_histories_of_temperature_radius_and_luminosity(slopes):
    z = 0.15
    values = values_of(fading(z, 18000.0, 4e14, *slopes)[None], [z])
    in_dex = 4.0 * slopes[0] + 2.0 * slopes[1]
    assert np.isclose(values["bb_temperature_slope"][0], slopes[0], atol=3e-5)
    assert np.isclose(values["bb_radius_slope"][0], slopes[1], atol=3e-5)
    assert np.isclose(values["bb_decline_50d"][0], -50.0 * in_dex, atol=0.005)
    assert np.isclose(values["bb_decline_100d"][0], -100.0 * in_dex, atol=0.005)
    assert np.isclose(values["bb_log_temperature_50d"][0], np.log10(18000.0) + 50.0 * slopes[0], atol=0.002)
    assert np.isclose(values["bb_log_radius_pre_20d"][0], np.log10(4e14) - 20.0 * slopes[1], atol=0.002)


def test_energies_are_the_integrals_of_the_luminosities():
    z = 0.25
    values = values_of(fading(z)[None], [z])
    days = np.linspace(-20.0, 100.0, 10001)
    power = 4.0 * np.pi * (5e14 * 10 ** (-0.003 * days)) ** 2 * const.sigma_sb.cgs.value * 20000.0**4
    assert np.isclose(values["bb_log_energy"][0], np.log10(np.trapezoid(power, days * 86400.0)), atol=0.005)
    days = np.linspace(-50.0, 150.0, 2001)
    flux = black_body_flux(np.full(days.size, 20000.0), 5e14 * 10 ** (-0.003 * days), z)
    frequency = const.c.value / (EFFECTIVE_WAVELENGTH[::-1] * 1e-10)
    area = (4.0 * np.pi * Planck18.luminosity_distance(z) ** 2).to_value(u.cm**2)
    power = area * 1e-29 * np.trapezoid(flux[:, ::-1], frequency, axis=1)
    assert np.isclose(values["band_log_energy"][0], np.log10(np.trapezoid(power, days * 86400.0)), atol=0.005)
    at = np.log10(np.interp([0.0, 50.0, 100.0], days, power))
    assert np.isclose(values["band_log_luminosity"][0], at[0], atol=0.005)
    assert np.isclose(values["band_decline_50d"][0], at[0] - at[1], atol=0.005)
    assert np.isclose(values["band_decline_100d"][0], at[0] - at[2], atol=0.005)


@settings(deadline=None, max_examples=25)
@given(st.floats(-2.0, 2.0))
def test_brighter_by_a_factor(log_factor):
    before, after = (values_of(fading(0.2)[None] * factor, [0.2]) for factor in (1.0, 10.0**log_factor))
    for name, value in before.items():
        if "abs_mag" in name:
            expected = value - 2.5 * log_factor
        elif ("log_luminosity" in name and "err" not in name) or "energy" in name:
            expected = value + log_factor
        elif "log_radius" in name and "err" not in name:
            expected = value + 0.5 * log_factor
        elif "chi2" in name:
            continue  # of the rounding of single precision
        else:
            expected = value
        np.testing.assert_allclose(after[name], expected, atol=1e-4, err_msg=name)


def test_noise_alone_has_no_luminosity():
    rng = np.random.default_rng(5)
    values = values_of(rng.normal(size=(20, TIME.size, 6)), np.full(20, 0.2), flux_err=1.0)
    for name, value in values.items():
        assert np.isnan(value).mean() >= 0.8, name


def test_small_and_unknown_redshifts():
    z = np.array([1e-3, 0.0, np.nan, 0.2])
    flux = np.stack([fading(0.2)] * 4)
    values = np.stack(list(values_of(flux, z).values()), axis=1)
    assert np.isnan(values[1:3]).all()
    assert not np.isnan(values[[0, 3]]).any()
    magnitudes = [j for j, column in enumerate(luminosity.columns()) if "abs_mag" in column.name]
    assert np.all((values[0, magnitudes] > -15.0) & (values[0, magnitudes] < 0.0))


def test_a_curve_that_ends_early():
    short = (TIME > -10.0) & (TIME < 40.0)
    values = values_of(fading(0.1)[None][:, short], [0.1], time=TIME[short])
    for name in ("g_abs_mag_pre_20d", "g_abs_mag_50d", "bb_log_luminosity_100d", "bb_decline_50d", "bb_log_energy"):
        assert np.isnan(values[name][0]), name
    assert not np.isnan(values["g_abs_mag_0d"][0] + values["bb_log_luminosity_20d"][0])


@pytest.mark.mallorn
def test_real_classes_have_the_luminosities_of_the_literature():
    directory = Path(MALLORN_DATA)
    log = pd.read_csv(directory / "train_log.csv").set_index("object_id")
    splits = [f"split_{k:02d}" for k in range(1, 21)]
    values, kinds = [], []
    for split in splits[:2]:
        lightcurves, _ = read_split(directory, "train", split, splits)
        values.append(luminosity.compute(lightcurves, **family_inputs("luminosity", lightcurves)))
        kinds.append(log.loc[lightcurves.object_id, "SpecType"])
    values, kinds = np.concatenate(values), np.concatenate(kinds)

    def median(name, kind):
        return np.nanmedian(column_of(luminosity, values[kinds == kind], name))

    assert -19.9 < median("peak_abs_mag", "SN Ia") < -18.7
    assert -22.0 < median("g_abs_mag_0d", "TDE") < -17.0
    assert 10000.0 < 10.0 ** median("bb_log_temperature_0d", "TDE") < 40000.0
    assert median("bb_temperature_slope", "SN Ia") < -0.001 < median("bb_temperature_slope", "TDE")
