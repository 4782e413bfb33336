"""Comparison of two data sets, and likeness of the simulation to the real one."""

import os

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from simulated_data_set import N_OBJECTS, directory, observed, truth  # noqa: F401, fixtures

from tde.errors import InputError
from tde.photometry import BANDS
from tde.plots.simulation import plot_comparison
from tde.simulation.data_set import simulate
from tde.simulation.validate import compare, object_table, read_data_set, summarise


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
