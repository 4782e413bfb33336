"""MALLORN's files by the road of new light curves: the same shards as by the workflow's own ingest."""

from pathlib import Path

import numpy as np
import pytest
from mallorn_files import MALLORN_DATA, light_curves, read_split, train_log

SPLITS = [f"split_{k:02d}" for k in range(1, 21)]


def compare(curves, expected):
    """Each object that has an extinction is the same, to the last bit."""
    compared = 0
    for k, rows in enumerate(expected):
        if np.isnan(expected.ebv[k]):
            continue
        curve = curves[str(expected.object_id[k])]
        np.testing.assert_array_equal(curve.mjd, expected.mjd[rows])
        np.testing.assert_array_equal(curve.flux, expected.flux[rows])
        np.testing.assert_array_equal(curve.flux_err, expected.flux_err[rows])
        assert curve.band == "".join("ugrizy"[code] for code in expected.band[rows])
        compared += 1
    return compared


def test_a_small_data_set(tmp_path, road):
    train_log(tmp_path / "in/train_log.csv")
    light_curves(tmp_path / "in/split_01/train_full_lightcurves.csv")
    expected, _ = read_split(tmp_path / "in", "train", "split_01", ["split_01"])
    assert compare(road(tmp_path / "in", dereddened=False), expected) == 2
    assert road.report["formats"] == {"mallorn": 2}
    labels = dict(zip(road.objects["object_id"].to_pylist(), road.objects["label"].to_pylist(), strict=True))
    assert labels == {"quiet_elm": 0, "bright_oak": 1}


@pytest.mark.mallorn
@pytest.mark.parametrize("set_name", ["train", "test"])
class TestRealFiles:
    def test_a_split(self, road, set_name):
        directory = Path(MALLORN_DATA)
        files = [directory / f"{set_name}_log.csv", directory / f"split_07/{set_name}_full_lightcurves.csv"]
        curves = road(files, chunk_size=100, dereddened=False)
        expected, _ = read_split(directory, set_name, "split_07", SPLITS)
        assert compare(curves, expected) > 100
