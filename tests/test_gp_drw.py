"""The family of damped random walk and Matern-3/2 features."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mallorn_sample import read_objects

from tde.errors import InputError
from tde.features import gp_drw
from tde.features.shared.labels import PHYSICS
from tde.features.shared.own_clock import to_ticks
from tde.features.table import compute_table
from tde.gp.fewest_points import MIN_POINTS
from tde.gp.fit import fit_series
from tde.lightcurves import from_rows
from tde.photometry import BANDS
from tde.workflow.configuration.family_options import GpDrwOptions
from tde.workflow.configuration.problems import read_block

OPTIONS = GpDrwOptions().model_dump()

PER_SERIES = [
    "drw_tau",
    "drw_sigma",
    "drw_SF_inf",
    "drw_log_likelihood",
    "gp_matern_length_scale",
    "gp_matern_amplitude",
    "gp_log_likelihood",
    "likelihood_ratio_drw_vs_gp",
    "drw_ll_per_point",
    "gp_ll_per_point",
    "lr_per_point",
    "delta_aic_drw_minus_gp",
]
REST = ["tau_rest", "gp_length_scale_rest"]
ACROSS = [
    "tau_mean_across_bands",
    "tau_std_across_bands",
    "tau_cv_across_bands",
    "sigma_cv_across_bands",
    "sf_inf_cv_across_bands",
    "lr_mean",
    "lr_std",
    "lr_max",
    "lr_sign_agreement",
    "delta_tau_combined_minus_mean",
    "abs_delta_lr_combined_minus_lr_mean",
    "combined_prefers_drw",
    "log1p_z",
]
PUBLIC = {f"{p}_{name}" for p in ["g", "r", "i", "combined"] for name in PER_SERIES + REST} | set(ACROSS)


def objects(*rows, z=0.3):
    """Light curves from (mjd, band, flux, flux_err) per object; ``z`` may be a list."""
    n = len(rows)
    columns = [np.concatenate([np.asarray(row[k], dtype=float) for row in rows]) for k in (0, 2, 3)]
    band = np.concatenate([[BANDS.index(b) for b in row[1]] for row in rows]).astype(np.int8)
    index = np.repeat(np.arange(n), [len(row[0]) for row in rows])
    names = np.array([f"object_{k}" for k in range(n)])
    redshift = np.broadcast_to(np.asarray(z, dtype=float), n)
    return from_rows(names, redshift, np.zeros(n), index, columns[0], band, columns[1], columns[2])


def transient(seed=0, n=90, bands="ugrizy"):
    """A flare of other brightness in each band."""
    rng = np.random.default_rng(seed)
    mjd = np.sort(rng.uniform(60000.0, 60400.0, n))
    band = rng.choice(list(bands), n)
    brightness = np.array([4.0, 8.0, 10.0, 9.0, 7.0, 5.0])[[BANDS.index(b) for b in band]]
    flux = brightness * np.exp(-0.5 * ((mjd - 60150.0) / 40.0) ** 2) + rng.normal(0.0, 0.3, n)
    return mjd, band, flux, np.full(n, 0.3)


def features(lightcurves, **options):
    table = compute_table("gp_drw", lightcurves, OPTIONS | options)
    return {name: table[name].to_numpy() for name in table.column_names[1:]}


def test_default_columns_are_the_69_public_ones_and_14_of_u():
    names = [column.name for column in gp_drw.columns(**OPTIONS)]
    assert len(PUBLIC) == 69
    assert set(names[:69]) == PUBLIC
    assert set(names[69:]) == {f"u_{name}" for name in PER_SERIES + REST}
    assert len(set(names)) == 83


def test_columns_are_described():
    for column in gp_drw.columns(**OPTIONS):
        assert column.label == PHYSICS
        assert len(column.meaning) > 15
        assert column.unit or any(part in column.name for part in ("l", "c"))
    units = {column.name: column.unit for column in gp_drw.columns(**OPTIONS)}
    assert units["r_drw_tau"] == "d"
    assert units["r_drw_SF_inf"] == "uJy"


def test_units_are_astropy_units():
    astropy_units = pytest.importorskip("astropy.units")
    for column in gp_drw.columns(**OPTIONS):
        astropy_units.Unit(column.unit)
    sigma = next(column for column in gp_drw.columns(**OPTIONS) if column.name == "r_drw_sigma")
    assert astropy_units.Unit(sigma.unit) == astropy_units.Unit("uJy") / astropy_units.Unit("d") ** 0.5


def test_values_follow_from_the_fits():
    mjd, band, flux, flux_err = transient()
    values = features(objects((mjd, band, flux, flux_err), z=0.5))
    mine = band == "r"
    series = (np.array([0, mine.sum()]), to_ticks(mjd - mjd.min())[mine], flux[mine], flux_err[mine])
    drw, gp = fit_series("drw", *series), fit_series("matern32", *series)
    s, tau, _ = drw.parameters[0]
    ratio = drw.log_likelihood[0] - gp.log_likelihood[0]
    expected = {
        "r_drw_tau": tau,
        "r_drw_sigma": s * np.sqrt(2.0 / tau),
        "r_drw_SF_inf": np.sqrt(2.0) * s,
        "r_drw_log_likelihood": drw.log_likelihood[0],
        "r_gp_matern_length_scale": gp.parameters[0, 1],
        "r_gp_matern_amplitude": gp.parameters[0, 0],
        "r_gp_log_likelihood": gp.log_likelihood[0],
        "r_likelihood_ratio_drw_vs_gp": ratio,
        "r_lr_per_point": ratio / mine.sum(),
        "r_drw_ll_per_point": drw.log_likelihood[0] / mine.sum(),
        "r_gp_ll_per_point": gp.log_likelihood[0] / mine.sum(),
        "r_delta_aic_drw_minus_gp": -2.0 * ratio,
        "r_tau_rest": tau / 1.5,
        "r_gp_length_scale_rest": gp.parameters[0, 1] / 1.5,
        "log1p_z": np.log(1.5),
    }
    for name, value in expected.items():
        assert values[name][0] == pytest.approx(value, rel=1e-10), name


def test_columns_across_bands():
    values = {name: column[0] for name, column in features(objects(transient(2))).items()}
    taus = np.array([values[f"{b}_drw_tau"] for b in "gri"])
    sigmas = np.array([values[f"{b}_drw_sigma"] for b in "gri"])
    ratios = np.array([values[f"{b}_likelihood_ratio_drw_vs_gp"] for b in "gri"])
    combined = values["combined_likelihood_ratio_drw_vs_gp"]
    assert values["tau_mean_across_bands"] == pytest.approx(np.mean(taus))
    assert values["tau_std_across_bands"] == pytest.approx(np.std(taus))
    assert values["tau_cv_across_bands"] == pytest.approx(np.std(taus) / np.mean(taus))
    assert values["sigma_cv_across_bands"] == pytest.approx(np.std(sigmas) / np.mean(sigmas))
    assert values["lr_mean"] == pytest.approx(np.mean(ratios))
    assert values["lr_std"] == pytest.approx(np.std(ratios))
    assert values["lr_max"] == np.max(ratios)
    assert values["lr_sign_agreement"] == pytest.approx(np.mean(ratios > 0))
    assert values["delta_tau_combined_minus_mean"] == pytest.approx(values["combined_drw_tau"] - np.mean(taus))
    assert values["abs_delta_lr_combined_minus_lr_mean"] == pytest.approx(abs(combined - np.mean(ratios)))
    assert values["combined_prefers_drw"] == float(combined > 0)


def test_likelihood_ratio_tells_random_walks_from_smooth_curves():
    rng = np.random.default_rng(1)
    mjd = np.tile(np.linspace(60000.0, 60400.0, 80), 3)
    band = np.repeat(list("gri"), 80)
    walk = np.cumsum(rng.normal(0.0, 1.0, 80))
    rough = (mjd, band, np.tile(walk, 3) + rng.normal(0.0, 0.05, 240), np.full(240, 0.05))
    smooth = (mjd, band, 10.0 * np.sin(mjd / 25.0) + rng.normal(0.0, 0.05, 240), np.full(240, 0.05))
    values = features(objects(rough, smooth))
    assert values["lr_mean"][0] > 3.0
    assert values["lr_mean"][1] < -3.0
    assert list(values["combined_prefers_drw"]) == [1.0, 0.0]
    assert list(values["lr_sign_agreement"]) == [1.0, 0.0]


def test_combined_bands_are_brought_to_one_scale():
    # One noise-free curve seen through six colour terms: merged it is one smooth curve again.
    mjd = np.sort(np.concatenate([np.linspace(60000.0, 60300.0, 40)] * 6))
    band = np.tile(list(BANDS), 40)
    curve = np.exp(-0.5 * ((mjd - 60150.0) / 50.0) ** 2)
    colour = np.array([1.0, 3.0, 9.0, 6.0, 2.0, 0.5])[[BANDS.index(b) for b in band]]
    grey = features(objects((mjd, band, curve, np.full(240, 0.002))))
    coloured = features(objects((mjd, band, curve * colour, 0.002 * colour)))
    name = "combined_gp_matern_length_scale"
    assert coloured[name][0] == pytest.approx(grey[name][0], rel=0.02)
    ratio = coloured["combined_gp_matern_amplitude"][0] / grey["combined_gp_matern_amplitude"][0]
    assert ratio == pytest.approx(np.mean([1.0, 3.0, 9.0, 6.0, 2.0, 0.5]), rel=0.02)


@given(factor=st.floats(0.01, 100.0), later=st.floats(-1000.0, 1000.0))
@settings(max_examples=15, deadline=None)
def test_units_of_flux_and_origin_of_time_do_not_matter(factor, later):
    mjd, band, flux, flux_err = transient(3)
    plain = features(objects((mjd, band, flux, flux_err)))
    other = features(objects((mjd + later, band, factor * flux, factor * flux_err)))
    for name in ("r_drw_tau", "combined_drw_tau", "r_gp_matern_length_scale", "i_likelihood_ratio_drw_vs_gp"):
        assert other[name][0] == pytest.approx(plain[name][0], rel=2e-3, abs=1e-3)
    for name in ("r_drw_sigma", "combined_drw_SF_inf", "g_gp_matern_amplitude"):
        assert other[name][0] == pytest.approx(factor * plain[name][0], rel=2e-3)


def test_a_shift_of_a_band_changes_nothing_in_it():
    mjd, band, flux, flux_err = transient(4)
    plain = features(objects((mjd, band, flux, flux_err)))
    shifted = features(objects((mjd, band, flux + 25.0, flux_err)))
    for name in ("r_drw_tau", "r_drw_sigma", "r_gp_matern_length_scale", "r_likelihood_ratio_drw_vs_gp"):
        assert shifted[name][0] == pytest.approx(plain[name][0], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(("n_points", "fitted"), [(14, False), (15, True)])
def test_an_optional_band_is_fitted_from_its_number_of_points(n_points, fitted):
    mjd, _, flux, flux_err = transient(5, n=60)
    band = np.array(["u"] * n_points + ["r"] * (60 - n_points))
    values = features(objects((mjd, band, flux, flux_err)))
    assert np.isfinite(values["u_drw_log_likelihood"][0]) == fitted
    assert values["lr_mean"][0] == values["r_likelihood_ratio_drw_vs_gp"][0]  # u takes no part


def test_any_bands_can_be_configured():
    values = features(objects(transient(6)), bands=["z"], optional_bands={"y": 5, "g": 6})
    assert np.isfinite(values["z_drw_tau"][0])
    assert np.isfinite(values["y_likelihood_ratio_drw_vs_gp"][0])
    assert "r_drw_tau" not in values
    assert np.isnan(values["tau_std_across_bands"][0])  # of one band
    assert len(gp_drw.columns(["z"], {})) == 12 * 2 + 13 + 2 * 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bands": ["g", "K"]}, ["bands.1", "'K'", "'u', 'g', 'r', 'i', 'z', 'y'"]),
        ({"bands": ["g", "g"]}, ["bands", "['g', 'g']", "each once"]),
        ({"bands": ["g"], "optional_bands": {"g": 15}}, ["optional_bands", "'g'", "other bands"]),
        ({"optional_bands": {"u": 3}}, ["optional_bands.u", "3", f"from {MIN_POINTS}"]),
        ({"optional_bands": {"w": 15}}, ["optional_bands.w", "unknown key", "u, g, r, i, z, y"]),
        ({"bands": []}, ["bands", "at least one"]),
    ],
)
def test_wrong_options_are_named(options, words):
    with pytest.raises(InputError) as error:
        read_block(GpDrwOptions, options, "features.gp_drw")
    for word in ["features.gp_drw", *words]:
        assert word in str(error.value)


M = np.linspace(60000.0, 60300.0, 30)
GRI = np.tile(list("gri"), 10)
E = np.full(30, 0.2)
W = np.random.default_rng(0).normal(size=30)


@pytest.mark.parametrize(
    "row",
    [
        (M[:0], GRI[:0], W[:0], E[:0]),
        (M[:1], GRI[:1], W[:1], E[:1]),
        (M, np.full(30, "r"), W, E),
        (np.full(30, 60000.0), GRI, W, E),
        (M, GRI, np.full(30, 3.0), E),
        (M, GRI, np.zeros(30), E),
        (M, GRI, -20.0 + W, E),
        (M, GRI, W, np.logspace(-6, 3, 30)),
        (M, GRI, np.where(np.arange(30) == 10, 2e5, W), E),
        (M, GRI, W, np.zeros(30)),
    ],
    ids=["none", "one", "one band", "one time", "constant", "zero", "negative", "errors", "million sigma", "no error"],
)
@pytest.mark.parametrize("z", [0.0, -0.01, np.nan])
def test_odd_objects_do_no_harm(row, z):
    values = features(objects(transient(7), row, z=[0.3, z]))
    alone = features(objects(transient(7), z=0.3))
    for name, column in values.items():
        assert not np.isinf(column).any(), name
        np.testing.assert_array_equal(column[0], alone[name][0], err_msg=name)
    if len(row[0]) < 5:
        assert all(np.isnan(column[1]) for name, column in values.items() if name != "log1p_z")
    if np.isnan(z):
        assert all(np.isnan(column[1]) for name, column in values.items() if name.endswith(("_rest", "log1p_z")))


def test_no_objects_at_all():
    nothing = objects(transient(8)).select(np.array([], dtype=int))
    assert gp_drw.compute(nothing, **OPTIONS).shape == (0, 83)


def test_undetermined_parameters_are_nan_not_a_bound():
    values = features(objects((np.full(30, 60000.0), GRI, W, E)))
    assert np.isnan(values["r_drw_tau"][0])
    assert np.isnan(values["r_drw_sigma"][0])
    assert np.isnan(values["r_gp_matern_length_scale"][0])
    assert np.isfinite(values["r_drw_log_likelihood"][0])


@pytest.mark.mallorn
def test_real_objects_have_sane_features():
    values = features(read_objects(os.environ["MALLORN_DATA"], 300, seed=2))
    for name in ("r_drw_tau", "combined_drw_tau", "i_gp_matern_length_scale", "lr_mean", "combined_drw_SF_inf"):
        assert np.mean(np.isfinite(values[name])) > 0.95, name
    assert 50.0 < np.nanmedian(values["r_drw_tau"]) < 1000.0
    assert 0.3 < np.nanmedian(values["combined_drw_SF_inf"]) < 5.0
    for prefix in ("g", "r", "i", "combined"):
        sigma, tau, scale = (values[f"{prefix}_drw_{name}"] for name in ("sigma", "tau", "SF_inf"))
        known = np.isfinite(tau) & np.isfinite(scale)
        np.testing.assert_allclose((sigma * np.sqrt(tau))[known], scale[known], rtol=1e-10)
