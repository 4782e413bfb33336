"""The simulator: layout, determinism, and the facts of the recipe."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units
from astropy.constants import c as light_speed
from astropy.modeling.physical_models import BlackBody
from scipy import stats
from simulated_data_set import (  # noqa: F401, fixtures
    N_OBJECTS,
    N_SPLITS,
    SEED,
    directory,
    drawn,
    observed,
    truth,
)

from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH, dereddening_factor
from tde.simulation.colours import WINDOW, colour_factor, draw_spectrum
from tde.simulation.data_set import redraw, simulate
from tde.simulation.intrinsic import (
    N_GRID,
)
from tde.simulation.observe import draw_ebv
from tde.simulation.population import luminosity_distance
from tde.simulation.siblings import noiseless_flux

MALLORN_COUNTS = {"AGN": 1786, "SN Ia": 790, "SN II": 163, "TDE": 148, "SN IIn": 41}
MALLORN_TRAIN = 3043


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


def test_colour_excess_stays_in_its_range(truth):
    ebv = np.array([draw_ebv(np.random.default_rng(seed)) for seed in range(2000)])
    assert ebv.min() >= 0.002
    assert ebv.max() <= 1.3
    assert truth["ebv"].median() == pytest.approx(0.037, rel=0.15)
