"""The simulator: layout, determinism, the recipe's facts, and likeness to the real data."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.constants import c as light_speed
from astropy.cosmology import WMAP9
from astropy.modeling.physical_models import BlackBody
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tde.errors import InputError
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, dereddening_factor
from tde.plots.simulation import plot_comparison
from tde.simulation.colours import WINDOW, colour_factor, draw_spectrum
from tde.simulation.data_set import redraw, simulate
from tde.simulation.intrinsic import (
    N_GRID,
    TRANSIENTS,
    bazin_shape,
    damped_random_walk,
    draw_curve,
    matern32,
    tde_shape,
)
from tde.simulation.names import draw_names
from tde.simulation.observe import draw_ebv
from tde.simulation.population import luminosity_distance, redshift_at
from tde.simulation.siblings import noiseless_flux
from tde.simulation.validate import compare, object_table, read_data_set, summarise

N_OBJECTS, N_SPLITS, SEED = 1200, 4, 7
MALLORN_COUNTS = {"AGN": 1786, "SN Ia": 790, "SN II": 163, "TDE": 148, "SN IIn": 41}
MALLORN_TRAIN = 3043


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated")
    simulate(path, N_OBJECTS, N_SPLITS, SEED)
    return path


@pytest.fixture(scope="module")
def truth(directory):
    return pd.read_csv(directory / "truth.csv")


@pytest.fixture(scope="module")
def observed(directory, truth):
    """All observations as the files hold them, with the truth of their objects and de-reddened fluxes."""
    paths = sorted(directory.glob("split_*/*_full_lightcurves.csv"))
    rows = pd.concat([pd.read_csv(path) for path in paths], ignore_index=True)
    rows.columns = ["object_id", "mjd", "flux", "flux_err", "band"]
    rows["band"] = rows["band"].map(BANDS.index)
    rows = rows.merge(truth, on="object_id", validate="many_to_one")
    rows["phase"] = (rows["mjd"] - rows["peak_mjd"]) / (1.0 + rows["z_true"])
    factor = dereddening_factor(rows["band"].to_numpy(), rows["ebv"].to_numpy())
    return rows.assign(intrinsic=rows["flux"] * factor, intrinsic_err=rows["flux_err"] * factor)


@pytest.fixture(scope="module")
def drawn(truth):
    """Every fourth object, made again from the truth table."""
    return list(redraw(truth.iloc[::4].to_dict("records"), SEED, N_OBJECTS))


def digests(directory):
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*.csv"))
    }


def cells(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def pairs(rows):
    """Pairs of fluxes of one object in two bands at one time."""
    both = rows.dropna(subset=["flux"]).merge(
        rows.dropna(subset=["flux"]), on=["object_id", "mjd"], suffixes=("", "_2")
    )
    return both[both["band"] < both["band_2"]]


# --- layout ------------------------------------------------------------------------------------------------------


def test_the_logs_have_mallorns_columns_and_three_to_seven_objects(directory):
    columns = ["object_id", "Z", "Z_err", "EBV", "SpecType", "English Translation", "split"]
    train, test = cells(directory / "train_log.csv"), cells(directory / "test_log.csv")
    assert list(train) == [*columns, "target"]
    assert list(test) == columns
    assert (len(train), len(test)) == (360, 840)
    ids = pd.concat([train["object_id"], test["object_id"]])
    assert ids.is_unique
    assert ids.str.fullmatch(r"[a-z]+_[a-z]+_[a-z]+").all()
    assert set(train["split"]) == set(test["split"]) == {"split_01", "split_02", "split_03", "split_04"}
    assert (train["target"] == (train["SpecType"] == "TDE").astype(int).astype(str)).all()
    assert train["English Translation"].str.contains(",").any()
    submission = cells(directory / "sample_submission.csv")
    assert list(submission) == ["object_id", "prediction"]
    assert list(submission["object_id"]) == list(test["object_id"])
    assert set(submission["prediction"]) == {"0"}


def test_unknowns_are_empty_and_numbers_have_mallorns_digits(directory):
    train, test = cells(directory / "train_log.csv"), cells(directory / "test_log.csv")
    assert set(train["Z_err"]) == {""}
    assert set(test["SpecType"]) == {""}
    for log in (train, test):
        assert all(value == f"{float(value):.4g}" for value in log["Z"])
        assert log["EBV"].str.fullmatch(r"\d\.\d{1,3}").all()
    assert test["Z_err"].str.fullmatch(r"0\.\d{1,5}").all()
    rows = cells(directory / "split_01" / "train_full_lightcurves.csv")
    assert rows["Time (MJD)"].str.fullmatch(r"\d{5}(\.\d{1,4})?").all()
    number = re.compile(r"-?\d+(\.\d{1,8})?|-?\d\.?\d*e-\d\d?")
    assert rows["Flux"].map(lambda text: text == "" or bool(number.fullmatch(text))).all()
    assert rows["Flux_err"].map(lambda text: bool(number.fullmatch(text))).all()
    assert b'"' not in (directory / "split_01" / "train_full_lightcurves.csv").read_bytes()


def test_every_light_curve_is_in_its_log_and_the_reverse(directory):
    for part in ("train", "test"):
        log = cells(directory / f"{part}_log.csv")
        for split, members in log.groupby("split"):
            rows = cells(directory / split / f"{part}_full_lightcurves.csv")
            assert list(rows) == ["object_id", "Time (MJD)", "Flux", "Flux_err", "Filter"]
            assert set(rows["object_id"]) == set(members["object_id"])
            assert set(rows["Filter"]) <= set(BANDS)
            assert not rows.duplicated(["object_id", "Time (MJD)", "Filter"]).any()


def test_rows_of_an_object_are_together_but_not_in_order_of_time(observed):
    owner = observed["object_id"].to_numpy()
    assert (owner[1:] != owner[:-1]).sum() == N_OBJECTS - 1
    in_order = observed.groupby("object_id")["mjd"].apply(lambda times: times.is_monotonic_increasing)
    assert in_order.mean() < 0.01


# --- determinism -------------------------------------------------------------------------------------------------


def test_same_arguments_give_the_same_bytes_in_another_process(directory, tmp_path):
    code = f"from tde.simulation.data_set import simulate; simulate({str(tmp_path)!r}, {N_OBJECTS}, {N_SPLITS}, {SEED})"
    scripts = Path(__file__).parents[1] / "scripts"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=scripts)
    assert digests(tmp_path) == digests(directory)


def test_another_seed_gives_other_objects(tmp_path):
    simulate(tmp_path / "a", 60, 1, 1)
    simulate(tmp_path / "b", 60, 1, 2)
    a, b = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert a.keys() == b.keys()
    assert not set(a.values()) & set(b.values())


def test_objects_do_not_depend_on_the_number_of_splits(tmp_path):
    for n_splits in (1, 5):
        simulate(tmp_path / str(n_splits), 60, n_splits, 3)
    one, five = (
        {
            (path.name, line)
            for path in (tmp_path / str(n_splits)).glob("split_*/*.csv")
            for line in path.read_text().splitlines()
        }
        for n_splits in (1, 5)
    )
    assert one == five


# --- the recipe --------------------------------------------------------------------------------------------------


def test_noise_is_gaussian_with_the_stated_error(truth, observed):
    rows = truth.iloc[::4]
    pulls = []
    for made, row in zip(redraw(rows.to_dict("records"), SEED, N_OBJECTS), rows.itertuples(), strict=True):
        mine = observed[(observed["object_id"] == row.object_id) & observed["flux"].notna()]
        model = noiseless_flux(made, mine["mjd"].to_numpy(), mine["band"].to_numpy())
        pulls.append((mine["flux"] - model) / mine["flux_err"])
    pulls = np.concatenate(pulls)
    assert len(pulls) > 20000
    assert np.isfinite(pulls).all()
    assert stats.kstest(pulls, "norm").pvalue > 1e-3
    assert abs(pulls.std() - 1.0) < 4.0 / np.sqrt(2 * len(pulls))


def test_outside_the_window_all_bands_of_a_transient_are_equal(observed):
    outside = observed[
        (observed["class"] != "AGN") & ((observed["phase"] < WINDOW[0] - 3) | (observed["phase"] > WINDOW[1] + 3))
    ]
    both = pairs(outside)
    pull = (both["intrinsic"] - both["intrinsic_2"]) / np.hypot(both["intrinsic_err"], both["intrinsic_err_2"])
    assert len(pull) > 10000
    assert abs(pull.mean()) < 4 / np.sqrt(len(pull))
    assert abs(pull.std() - 1) < 4 / np.sqrt(len(pull))


def black_body_colour(band, band_2, temperature, redshift):
    """F_nu in one band over that in another, by astropy."""
    frequency = light_speed / (EFFECTIVE_WAVELENGTH * units.AA)
    radiance = [
        [BlackBody(t * units.K)(frequency[b] * (1 + z)).value for b in (first, second)]
        for first, second, t, z in zip(band, band_2, temperature, redshift, strict=True)
    ]
    return np.divide(*np.transpose(radiance))


def test_colours_of_disruptions_are_those_of_their_black_bodies(observed):
    inside = observed[(observed["class"] == "TDE") & observed["phase"].between(WINDOW[0] + 3, WINDOW[1] - 3)]
    both = pairs(inside)
    both = both[both["intrinsic"] / both["intrinsic_err"] > 3].head(400)
    ratio = black_body_colour(*(both[name] for name in ("band_2", "band", "temperature", "z_true")))
    pull = (both["intrinsic"] * ratio - both["intrinsic_2"]) / np.hypot(
        both["intrinsic_err"] * ratio, both["intrinsic_err_2"]
    )
    colourless = (both["intrinsic"] - both["intrinsic_2"]) / np.hypot(both["intrinsic_err"], both["intrinsic_err_2"])
    assert len(pull) > 100
    assert 0.8 < np.sqrt(np.mean(pull**2)) < 1.2
    assert np.mean(colourless**2) > 1.5 * np.mean(pull**2)


def test_active_galaxies_keep_their_colours_at_all_phases():
    rng = np.random.default_rng(1)
    phase = np.array([-900.0, -49.0, 0.0, 149.0, 2000.0])
    factors = [
        colour_factor(spectrum, "r", 0.1, 0.8, phase, np.zeros(5, dtype=np.int8))
        for spectrum in (draw_spectrum("AGN", rng) for _ in range(20))
    ]
    assert np.ptp(factors, axis=1).max() == 0.0
    assert np.std(np.log(factors)) > 0.1


def test_siblings_share_the_rest_frame_spacing_of_their_times(observed, truth):
    spacing = truth["time_step"] * (1 + truth["z_parent"]) / (1 + truth["z_true"])
    of_parent = spacing.groupby(truth["parent"])
    assert of_parent.size().max() >= 3
    assert (of_parent.max() / of_parent.min() - 1).max() < 1e-12
    steps = (observed["mjd"] - observed["origin_mjd"]) / observed["time_step"]
    assert np.abs(steps - np.rint(steps)).max() * observed["time_step"].max() < 2e-4
    assert steps.between(-0.1, N_GRID - 0.9).all()


def test_siblings_lie_within_the_recipes_range_of_distances(truth):
    ratio = np.array([luminosity_distance(z) / luminosity_distance(p) for z, p in truth[["z_true", "z_parent"]].values])
    scaled = ratio / 10 ** (0.2 * (24.7 - 20.6))
    assert scaled.min() > 0.899
    assert scaled.max() < 1.201
    assert stats.kstest(scaled, "uniform", (0.9, 0.3)).pvalue > 1e-3


def test_families_and_classes_are_divided_three_to_seven(truth):
    whole = truth.groupby("parent").filter(lambda family: len(family) >= 5)
    in_train = (whole["set"] == "train").groupby(whole["parent"]).sum()
    assert in_train.between(1, 2).all()
    for _, members in truth.groupby("spec_type"):
        assert abs((members["set"] == "train").sum() - 0.3 * len(members)) <= 1


def test_redshifts_are_exact_in_train_and_photometric_in_test(directory, truth):
    truth = truth.set_index("object_id")
    train, test = (pd.read_csv(directory / f"{part}_log.csv").set_index("object_id") for part in ("train", "test"))
    np.testing.assert_allclose(train["Z"], truth["z_true"].reindex(train.index), rtol=6e-4)
    z = truth["z_true"].reindex(test.index)
    np.testing.assert_allclose(test["Z_err"], 0.02 * (1 + z), atol=6e-6)
    assert stats.kstest((test["Z"] - z) / (0.02 * (1 + z)), "norm").pvalue > 1e-3


def test_classes_come_in_mallorns_proportions(truth):
    for part in ("train", "test"):
        types = truth.loc[truth["set"] == part, "spec_type"]
        for name, count in MALLORN_COUNTS.items():
            share = count / MALLORN_TRAIN
            assert abs((types == name).mean() - share) < 3 * np.sqrt(share * (1 - share) / len(types))


def test_every_object_is_detectable(drawn):
    for made in drawn:
        assert (made.model / made.visits.flux_err >= 5).sum() >= 10


def test_disruptions_decay_as_five_thirds(truth):
    index = truth.loc[truth["class"] == "TDE"].groupby("parent")["decay_index"].first()
    assert abs(index.mean() - 5 / 3) < 4 * 0.25 / np.sqrt(len(index))
    assert truth.loc[truth["class"] != "TDE", "decay_index"].isna().all()


def test_some_fluxes_are_missing_but_never_of_a_disruption(observed):
    lost = observed["flux"].isna()
    share = lost.groupby(observed["object_id"]).any().mean()
    assert 0.005 < share < 0.08
    assert set(observed.loc[lost, "class"]) <= {"AGN", "Ia"}
    assert (observed["flux_err"] > 0).all()


def test_extinction_is_of_the_stated_colour_excess(drawn):
    made = max(drawn, key=lambda one: one.ebv)
    mjd = np.full(6, made.peak_mjd)
    with_dust, without = (noiseless_flux(made, mjd, np.arange(6), extinction=dust) for dust in (True, False))
    np.testing.assert_allclose(with_dust * dereddening_factor(np.arange(6), made.ebv), without)
    assert (np.diff(with_dust / without) > 0).all()


def test_the_model_is_undefined_outside_the_grid_of_times(drawn):
    made = drawn[0]
    mjd = made.origin + made.step * np.array([-1.0, 0.0, N_GRID - 1.0, N_GRID + 1.0])
    np.testing.assert_array_equal(np.isnan(noiseless_flux(made, mjd, np.full(4, 2))), [True, False, False, True])


# --- the parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "shape", "covariance"),
    [
        (damped_random_walk, (12,), lambda lag: np.exp(-lag / 5.0)),
        (matern32, (12, 2), lambda lag: (1 + np.sqrt(3) * lag / 5.0) * np.exp(-np.sqrt(3) * lag / 5.0)),
    ],
)
def test_processes_have_their_covariance(sample, shape, covariance):
    rng = np.random.default_rng(3)
    walks = np.array([sample(1.5, 5.0, rng.standard_normal(shape)) for _ in range(20000)])
    lag = 1.5 * np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    assert np.abs(walks.T @ walks / len(walks) - covariance(lag)).max() < 5 / np.sqrt(len(walks))


@given(st.floats(0.5, 40), st.floats(1.2, 30), st.floats(-2000, 2000))
def test_a_bazin_shape_peaks_at_phase_zero(rise, ratio, phase):
    at_peak, before, here = bazin_shape(np.array([0.0, -3000.0, phase]), rise, rise * ratio)
    assert at_peak == pytest.approx(1.0)
    assert 0.0 <= here <= 1.0 + 1e-12
    assert before < 1e-4


def test_a_disruption_fades_as_a_power_law():
    late = np.array([1e4, 1e5])
    shape = tde_shape(np.array([-20.0, 0.0, *late]), 20.0, 40.0, 5 / 3)
    assert shape[0] == pytest.approx(np.exp(-0.5))
    assert shape[1] == 1.0
    assert np.diff(np.log(shape[2:])) / np.diff(np.log(late)) == pytest.approx(-5 / 3, rel=0.01)


@pytest.mark.parametrize("kind", [*TRANSIENTS, "AGN"])
def test_every_curve_is_finite_with_a_maximum_of_one(kind):
    for seed in range(20):
        curve = draw_curve(kind, 1800.0, 0.1, np.random.default_rng(seed))
        assert curve.flux.shape == (N_GRID,)
        assert np.isfinite(curve.flux).all()
        assert curve.flux[curve.peak] == curve.flux.max() == 1.0


def test_distances_are_wmap9_and_invertible():
    redshift = np.array([0.01, 0.1, 0.5, 1.0, 3.0, 6.0])
    distance = [luminosity_distance(z) for z in redshift]
    np.testing.assert_allclose(distance, WMAP9.luminosity_distance(redshift).value, rtol=1e-5)
    np.testing.assert_allclose([redshift_at(d) for d in distance], redshift, rtol=1e-9)


def test_names_are_unique_for_large_data_sets():
    names, translations = draw_names(200_000, np.random.default_rng(0))
    assert len(set(names)) == len(translations) == 200_000


def test_colour_excess_stays_in_its_range(truth):
    ebv = np.array([draw_ebv(np.random.default_rng(seed)) for seed in range(2000)])
    assert ebv.min() >= 0.002
    assert ebv.max() <= 1.3
    assert truth["ebv"].median() == pytest.approx(0.037, rel=0.15)


@pytest.mark.parametrize(
    ("settings", "key", "got", "allowed"),
    [
        ((10, 1, 0), "n_objects", "10", "20"),
        ((100, 99, 0), "n_objects", "100", "330"),
        ((300, 0, 0), "n_splits", "0", "1 to 99"),
        ((3000, 100, 0), "n_splits", "100", "1 to 99"),
        ((300, 2, -1), "seed", "-1", "0 or more"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path, settings, key, got, allowed):
    with pytest.raises(InputError, match=rf"simulated\.{key}: got {got}, allowed {allowed}"):
        simulate(tmp_path / "none", *settings)
    assert not (tmp_path / "none").exists()


# --- comparison --------------------------------------------------------------------------------------------------


def test_a_data_set_compared_with_itself_shows_no_difference(directory):
    data = read_data_set(directory)
    rows = compare(data, data)
    np.testing.assert_array_equal(rows["real"], rows["simulated"])
    alone = compare(data)
    assert alone["real"].isna().all()
    np.testing.assert_array_equal(alone["simulated"], rows["simulated"])


def test_the_summary_counts_what_the_files_hold(directory, observed, truth):
    summary = summarise(read_data_set(directory))
    assert summary["objects, train"] == 360
    assert summary["points per object, mean"] == pytest.approx(len(observed) / N_OBJECTS)
    assert summary["missing fluxes, share of points"] == pytest.approx(observed["flux"].isna().mean())
    train = truth[truth["set"] == "train"]
    assert summary["TDE: share of train"] == pytest.approx(train["target"].mean())
    assert summary["flux_err 50 %, r [uJy]"] == pytest.approx(observed.loc[observed["band"] == 2, "flux_err"].median())


def test_measured_colours_follow_the_true_temperatures(directory, truth):
    table = object_table(read_data_set(directory)).merge(truth, on="object_id", suffixes=("", "_true"))
    hot = table[(table["class_true"] == "TDE") & table["g-r"].notna()]
    assert len(hot) >= 10
    assert stats.spearmanr(hot["g-r"], hot["temperature"] / (1 + hot["z_true"])).statistic < -0.5


def test_files_that_are_missing_or_do_not_fit_are_named(tmp_path):
    with pytest.raises(InputError, match=r"train_log\.csv: no such file"):
        read_data_set(tmp_path)
    simulate(tmp_path, 20, 1, 1)
    path = tmp_path / "split_01" / "train_full_lightcurves.csv"
    path.write_text(path.read_text() + "stranger,60000.0,1.0,0.1,r\n")
    with pytest.raises(InputError, match="stranger"):
        read_data_set(tmp_path)


def test_the_comparison_script_writes_table_and_figures(directory, tmp_path):
    from matplotlib.image import imread

    import compare_simulation

    paths = [str(tmp_path / name) for name in ("table.csv", "figure.png", "examples.png")]
    outputs = dict(zip(("table", "figure", "examples"), paths, strict=True))
    compare_simulation.main(simulated_dir=str(directory), real_dir="", **outputs)
    assert list(pd.read_csv(paths[0])) == ["quantity", "real", "simulated"]
    for path in paths[1:]:
        image = imread(path)[..., :3]
        assert min(image.shape[:2]) > 800
        assert 0.02 < (image.min(axis=2) < 0.9).mean() < 0.5


def test_the_figures_set_two_data_sets_side_by_side(directory, tmp_path):
    data = read_data_set(directory)
    plot_comparison(tmp_path / "both.png", data, data)
    plot_comparison(tmp_path / "alone.png", data)
    assert (tmp_path / "both.png").read_bytes() != (tmp_path / "alone.png").read_bytes()


@pytest.mark.mallorn
@pytest.mark.skipif("MALLORN_DATA" not in os.environ, reason="MALLORN_DATA is not set: the real files are not here")
def test_headline_numbers_are_mallorns(tmp_path):
    simulate(tmp_path, 2400, 4, 42)
    rows = compare(read_data_set(tmp_path), read_data_set(os.environ["MALLORN_DATA"])).set_index("quantity")
    ratio = rows["simulated"] / rows["real"]
    tolerance = {
        "points per object, mean": 0.15,
        "points per object, 50 %": 0.10,
        "points per object and band, mean": 0.15,
        "distinct times per object, 50 %": 0.10,
        "time span 50 % [d]": 0.10,
        "gap between times 50 % [d]": 0.20,
        "E(B-V) 50 % [mag]": 0.15,
        "Z 50 %, train": 0.15,
        "Z 50 %, test": 0.15,
        **{f"flux_err 50 %, {band} [uJy]": 0.05 for band in BANDS},
        **{f"share of points, {band}": 0.15 for band in BANDS},
        **{f"{name}: Z 50 %": 0.25 for name in ("AGN", "SN Ia")},
        **{f"{name}: largest flux / flux_err 50 %": 0.35 for name in ("AGN", "SN Ia")},
        **{f"{name}: points above 5 errors 50 %": 0.45 for name in ("AGN", "SN Ia")},
        # The 12 disrupted stars behind these 36 objects scatter by a quarter.
        "TDE: Z 50 %": 0.6,
        "TDE: largest flux / flux_err 50 %": 0.6,
        "TDE: points above 5 errors 50 %": 0.6,
    }
    off = {name: round(float(ratio[name]), 3) for name, share in tolerance.items() if abs(ratio[name] - 1) > share}
    assert not off
    difference = (rows["simulated"] - rows["real"]).abs()
    for name in ("TDE", "AGN", "SN Ia"):
        for colour in ("g - r", "r - i", "i - z"):
            assert difference[f"{name}: {colour} at peak 50 % [mag]"] < 0.2
