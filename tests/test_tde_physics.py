"""What the TDE physics columns find in curves of a known course."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from families import family_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from mallorn_files import MALLORN_DATA, read_split
from synthetic_curves import black_body_flux, column_of, curves, objects

from tde.curves import Curves
from tde.features import tde_physics

TIME = np.arange(-160.0, 620.0, 4.0)
NAMES = [column.name for column in tde_physics.columns()]
SEED_NAMES = [
    *(f"{colour}_color_{what}" for colour in ("g_r", "r_i") for what in ("var", "range", "trend")),
    *(f"{band}_{what}" for what in ("late_slope", "late_flux_ratio", "rebrightening") for band in "gri"),
    *(f"{band}_{what}" for what in ("rise_shape", "rise_rate") for band in "gr"),
    "temp_stability", "temp_trend", "temp_late_vs_peak", "r_decay_alpha", "r_decay_residual", "r_decay_alpha_late",
]  # fmt: skip


def values_of(flux, z=0.25, time=TIME, flux_err=1e-4):
    """Columns by name of one object; flux of shape (m,) for six equal bands, or (m, 6)."""
    flux = np.broadcast_to(np.asarray(flux).T, (6, len(time))).T
    values = tde_physics.compute(objects([z]), gp2d=curves(time, flux[None], flux_err))
    return dict(zip(NAMES, values[0], strict=True))


def fallback(time, onset=-30.0, alpha=-5.0 / 3.0):
    """Linear rise from the onset to 20 uJy at 0, then a power law of the time since onset."""
    return 20.0 * np.where(
        time < 0.0, np.maximum(1.0 - time / onset, 0.0), (np.maximum(time, 0.0) / -onset + 1) ** alpha
    )


def test_names_are_those_of_the_public_table():
    assert NAMES[:25] == SEED_NAMES
    assert NAMES[25:] == [f"{name}_rest" for name in SEED_NAMES if "rise_shape" not in name]


def test_steady_colours():
    values = values_of(fallback(TIME)[:, None] * np.array([1.2, 1.0, 0.8, 0.7, 0.6, 0.5]))
    for colour in ("g_r", "r_i"):
        for what in ("var", "range", "trend"):
            assert abs(values[f"{colour}_color_{what}"]) < 1e-5
            assert abs(values[f"{colour}_color_{what}_rest"]) < 1e-5


@pytest.mark.parametrize("rate", [0.01, -0.004])
def test_colour_that_changes_steadily(rate):
    z, reddening = 0.25, 10.0 ** (-0.4 * rate * TIME)
    flux = 100.0 * np.exp(-np.abs(TIME) / 80.0)[:, None] * np.ones(6)
    flux[:, 1] *= reddening
    values = values_of(flux, z, flux_err=1e-6)
    assert np.isclose(values["g_r_color_trend"], rate, rtol=0.01)
    assert np.isclose(values["g_r_color_trend_rest"], rate * (1.0 + z), rtol=0.01)
    assert np.isclose(values["g_r_color_range"], abs(rate) * 120.0, rtol=0.01)
    assert np.isclose(values["g_r_color_range_rest"], abs(rate) * 120.0 * (1.0 + z), rtol=0.01)
    spacing = 2.5
    phases = np.arange(-20.0, 100.1, spacing)
    assert np.isclose(values["g_r_color_var"], np.var(rate * phases), rtol=0.01)
    assert abs(values["r_i_color_trend"]) < 1e-6


def test_temperatures_of_a_black_body_that_heats_up():
    z, rate = 0.25, 0.002
    temperature = 15000.0 * np.exp(rate * TIME)
    flux = black_body_flux(temperature, 8e14 * np.exp(-0.004 * TIME), z)
    values = values_of(flux, z, flux_err=1e-4 * flux)
    epochs = np.arange(-20.0, 100.1, 10.0)
    assert np.isclose(values["temp_trend"], rate, rtol=0.03)
    assert np.isclose(values["temp_trend_rest"], rate * (1.0 + z), rtol=0.03)
    assert np.isclose(values["temp_late_vs_peak"], rate * 95.0, rtol=0.03)
    assert np.isclose(values["temp_late_vs_peak_rest"], rate * 95.0 * (1.0 + z), rtol=0.03)
    assert np.isclose(values["temp_stability"], rate * np.std(epochs), rtol=0.05)


@pytest.mark.parametrize("alpha", [-5.0 / 3.0, -4.0 / 3.0, -2.5])
def test_power_law_decline(alpha):
    values = values_of(fallback(TIME, alpha=alpha))
    assert np.isclose(values["r_decay_alpha"], alpha, atol=0.1)
    assert np.isclose(values["r_decay_alpha_late"], alpha, atol=0.1)
    assert values["r_decay_residual"] < 0.01


def test_power_law_in_the_rest_frame():
    z = 0.6
    values = values_of(fallback(TIME / (1.0 + z)), z)
    assert np.isclose(values["r_decay_alpha_rest"], -5.0 / 3.0, atol=0.1)
    assert values["r_decay_residual_rest"] < 0.01


def test_exponential_decline_is_not_a_power_law():
    power_law = values_of(fallback(TIME))
    exponential = values_of(20.0 * np.exp(-np.abs(TIME) / 30.0))
    assert exponential["r_decay_residual"] > 5.0 * power_law["r_decay_residual"]
    assert exponential["r_decay_alpha_late"] < exponential["r_decay_alpha"] < -2.0


def test_late_emission():
    z, tau = 0.25, 60.0
    values = values_of(20.0 * np.exp(-np.abs(TIME) / tau), z)
    for band in "gri":
        assert np.isclose(values[f"{band}_late_slope"], 2.5 / np.log(10.0) / tau, rtol=0.005)
        assert np.isclose(values[f"{band}_late_slope_rest"], 2.5 / np.log(10.0) / tau * (1.0 + z), rtol=0.005)
        mean = tau * (np.exp(-50.0 / tau) - np.exp(-150.0 / tau)) / 100.0
        assert np.isclose(values[f"{band}_late_flux_ratio"], mean, rtol=0.02)


@pytest.mark.parametrize(("power", "shape"), [(1.0, 2.0 / 3.0), (2.0, (1 - 0.5**0.5) / 0.5)])
def test_rise(power, shape):
    z, days = 0.25, 60.0
    flux = 20.0 * np.where(TIME < 0, np.clip(1 + TIME / days, 0, None) ** power, np.exp(-np.maximum(TIME, 0) / 80.0))
    values = values_of(flux, z)
    from_half = days * (1.0 - 0.5 ** (1.0 / power))
    for band in "gr":
        assert np.isclose(values[f"{band}_rise_shape"], shape, atol=0.02)
        assert np.isclose(values[f"{band}_rise_rate"], 0.5 / from_half, rtol=0.03)
        assert np.isclose(values[f"{band}_rise_rate_rest"], 0.5 / from_half * (1.0 + z), rtol=0.03)


def test_rebrightening():
    once = fallback(TIME)
    bump = once + 5.0 * np.exp(-0.5 * ((TIME - 150.0) / 15.0) ** 2)
    late = TIME > 0.0
    trough = np.minimum.accumulate(bump[late])
    assert values_of(once)["r_rebrightening"] < 1e-6
    assert np.isclose(values_of(bump)["r_rebrightening"], np.max(bump[late] - trough) / 20.0, atol=0.005)
    unsure = np.broadcast_to(np.where(late & (TIME > 60.0), 5.0, 1e-4)[:, None], (TIME.size, 6))
    assert values_of(bump, flux_err=unsure)["r_rebrightening"] < 1e-6


def test_faint_late_fluxes_are_not_measured():
    flux = fallback(TIME)
    values = values_of(flux, flux_err=2.0)
    for name in ("g_late_slope", "r_decay_alpha_late"):
        assert np.isnan(values[name]), name
    assert 0.0 < values["g_late_flux_ratio"] < 0.5  # a mean needs no detection at each epoch
    nothing = values_of(0.0 * flux, flux_err=2.0)
    assert all(np.isnan(value) for value in nothing.values())


def test_redshift_not_known():
    values = values_of(fallback(TIME), z=np.nan)
    for name, value in values.items():
        assert np.isnan(value) == name.endswith("_rest"), name


def test_no_curve_and_no_peak():
    flux = fallback(TIME)[None, :, None] * np.ones(6)
    some = curves(TIME, flux, 0.1)
    empty = Curves(
        some.object_id, some.parameters, np.zeros(2, np.int64), *(np.empty((0, *rest)) for rest in ((), (6,), (6,)))
    )
    lost = Curves(some.object_id, {"peak_mjd": np.array([np.nan])}, some.offsets, some.mjd, some.flux, some.flux_err)
    for one in (empty, lost):
        assert np.isnan(tde_physics.compute(objects([0.2]), gp2d=one)).all()


def cooling(z=0.2):
    """A fading black body that cools, with errors of 2 %."""
    flux = black_body_flux(20000.0 * np.exp(-0.003 * TIME), 6e14 * np.exp(-np.abs(TIME) / 200.0), z)
    return flux, 0.02 * flux.max() * np.ones_like(flux)


@settings(deadline=None, max_examples=25)
@given(st.floats(-3.0, 3.0))
def test_scale_of_the_flux_does_not_matter(log_factor):
    flux, flux_err = cooling()
    factor = 10.0**log_factor
    before, after = values_of(flux, flux_err=flux_err), values_of(factor * flux, flux_err=factor * flux_err)
    np.testing.assert_allclose(list(after.values()), list(before.values()), rtol=1e-3, atol=1e-5)


def test_own_grid_of_the_curves_does_not_matter():
    finer = np.arange(-160.0, 620.0, 1.0)
    flux, flux_err = cooling()
    fine = np.stack([np.interp(finer, TIME, band) for band in flux.T], axis=1)
    before, after = values_of(flux, flux_err=flux_err), values_of(fine, time=finer, flux_err=flux_err[0, 0])
    np.testing.assert_allclose(list(after.values()), list(before.values()), rtol=0.02, atol=1e-4)


@pytest.mark.mallorn
def test_real_disruptions_keep_their_colours_and_supernovae_do_not():
    directory = Path(MALLORN_DATA)
    kinds = pd.read_csv(directory / "train_log.csv").set_index("object_id")["SpecType"]
    splits = [f"split_{k:02d}" for k in range(1, 21)]
    lightcurves, _ = read_split(directory, "train", "split_01", splits)
    values = tde_physics.compute(lightcurves, **family_inputs("tde_physics", lightcurves))
    kinds = kinds.loc[lightcurves.object_id].to_numpy()

    def median(name, kind):
        return np.nanmedian(column_of(tde_physics, values[kinds == kind], name))

    assert abs(median("g_r_color_trend", "TDE")) < 0.003 < median("g_r_color_trend", "SN Ia")
    assert median("temp_trend", "SN Ia") < -0.005 < -0.003 < median("temp_trend", "TDE")
    assert median("temp_late_vs_peak", "SN Ia") < -0.2 < median("temp_late_vs_peak", "TDE")
