"""Raw files: what is kept, what is mended, what stops the run and with which words."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mallorn_files import MALLORN_DATA, light_curves, read_split, train_log, write_lines

from tde.errors import InputError
from tde.ingest.object_list import Z_FLOOR, read_object_list
from tde.ingest.observations import read_observations
from tde.lightcurves import read_shard, write_shard
from tde.photometry import BANDS, distance_modulus, extinction_per_ebv

SPLITS = ["split_01"]


@pytest.fixture
def data(tmp_path):
    train_log(tmp_path / "train_log.csv")
    light_curves(tmp_path / "split_01/train_full_lightcurves.csv")
    return tmp_path


def read(directory):
    return read_split(directory, "train", "split_01", SPLITS)


def refuse(directory, *words):
    """Reading stops, and the message holds all the words."""
    with pytest.raises(InputError) as error:
        read(directory)
    for word in words:
        assert word in str(error.value)


def test_observations_are_sorted_by_object_time_band(data):
    lightcurves, report = read(data)
    assert lightcurves.object_id.tolist() == ["quiet_elm", "bright_oak"]
    assert lightcurves.offsets.tolist() == [0, 2, 5]
    assert lightcurves.mjd.tolist() == [61000.0, 61010.0, 61001.5, 61001.5, 61002.5]
    assert [BANDS[b] for b in lightcurves.band] == ["y", "u", "u", "g", "r"]
    assert report["rows read"] == report["rows kept"] == 5


def test_extinction_is_undone(data):
    lightcurves, _ = read(data)
    assert lightcurves.flux[2:].tolist() == [1.0, 2.0, 3.0]  # E(B-V) = 0
    a_u = extinction_per_ebv()[BANDS.index("u")]
    assert lightcurves.flux[1] == pytest.approx(-1.0 * 10 ** (0.4 * 0.1 * a_u), rel=1e-12)
    assert lightcurves.flux[1] / lightcurves.flux_err[1] == pytest.approx(-4.0)


def test_extinction_law_passes_between_its_published_anchors():
    """Fitzpatrick (1999), Table 3: k = 4.315, 3.806, 3.055, 2.688, 0.829 at 4110, 4670, 5470, 6000, 12200 A."""
    k = dict(zip(BANDS, extinction_per_ebv(), strict=True))
    assert k["u"] > 4.315
    assert 3.055 < k["g"] < 3.806
    assert 2.688 > k["r"] > k["i"] > k["z"] > k["y"] > 0.829


def test_shard_returns_what_was_written(data, tmp_path):
    lightcurves, _ = read(data)
    write_shard(tmp_path / "shard.parquet", lightcurves)
    objects = pa.table(
        {
            "object_id": lightcurves.object_id,
            "z": lightcurves.z,
            "ebv": lightcurves.ebv,
            "distance_modulus": lightcurves.distance_modulus,
        }
    )
    again = read_shard(tmp_path / "shard.parquet", objects)
    for name in ("object_id", "z", "ebv", "distance_modulus", "offsets", "mjd", "band", "flux", "flux_err"):
        np.testing.assert_array_equal(getattr(again, name), getattr(lightcurves, name))


def test_missing_fluxes_are_dropped_and_counted(data):
    light_curves(
        data / "split_01/train_full_lightcurves.csv",
        "quiet_elm,61000.0,,0.25,y",
        "bright_oak,61001.5,2.0,0.5,g",
        "bright_oak,61002.5,,,g",
    )
    lightcurves, report = read(data)
    assert report["rows dropped, missing flux"] == 2
    assert report["objects without observations"] == 1
    assert lightcurves.offsets.tolist() == [0, 0, 1]


def test_repeated_rows_count_once(data):
    row = "bright_oak,61001.5,2.0,0.5,g"
    light_curves(data / "split_01/train_full_lightcurves.csv", row, "quiet_elm,61000.0,1,1,y", row, row)
    lightcurves, report = read(data)
    assert report["rows dropped, repeated row"] == 2
    assert lightcurves.offsets.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("z", "ebv", "expected_z", "expected_ebv", "counted"),
    [
        ("", "0.1", np.nan, 0.1, "redshift missing"),
        ("-0.02", "0.1", Z_FLOOR, 0.1, f"redshift below {Z_FLOOR:g}, set to it"),
        ("0.3", "", 0.3, np.nan, "E(B-V) missing"),
        ("0.3", "-0.01", 0.3, 0.0, "E(B-V) negative, set to 0"),
    ],
)
def test_odd_redshifts_and_extinctions_are_mended_and_counted(tmp_path, z, ebv, expected_z, expected_ebv, counted):
    path = train_log(tmp_path / "log.csv", f"elm,{z},,{ebv},AGN,,split_01,0", "oak,0.2,,0.1,TDE,,split_01,1")
    objects, report = read_object_list(path, SPLITS, labelled=True)
    np.testing.assert_array_equal(objects["z"].to_numpy(), [expected_z, 0.2])
    np.testing.assert_array_equal(objects["ebv"].to_numpy(), [expected_ebv, 0.1])
    np.testing.assert_array_equal(objects["distance_modulus"].to_numpy(), distance_modulus(objects["z"].to_numpy()))
    assert report[counted] == 1


def test_an_object_without_extinction_loses_its_observations_only(data):
    train_log(data / "train_log.csv", "quiet_elm,0.5,,,AGN,,split_01,0", "bright_oak,0.25,,0.0,TDE,,split_01,1")
    lightcurves, report = read(data)
    assert lightcurves.offsets.tolist() == [0, 0, 3]
    assert report["rows dropped, object without E(B-V)"] == 2


def test_labels_of_the_test_set_are_not_read(tmp_path):
    path = train_log(tmp_path / "log.csv")
    objects, _ = read_object_list(path, SPLITS, labelled=False)
    assert objects["target"].null_count == objects["spec_type"].null_count == 2


GOOD = "bright_oak,61001.5,2.0,0.5,g"
ELM = "quiet_elm,61000.0,1.5,0.25,y"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((GOOD, "quiet_elm,61000.0,1.5,0.25,w"), ("line 3", "'w'", "u, g, r, i, z, y")),
        ((GOOD, "quiet_elm,61000.0,1.5,0.25,"), ("line 3", "Filter", "u, g, r, i, z, y")),
        ((GOOD, "quiet_elm,61000.0,bright,0.25,y"), ("line 3", "Flux is 'bright'", "a number")),
        ((GOOD, "quiet_elm,yesterday,1.0,0.25,y"), ("line 3", "Time (MJD) is 'yesterday'")),
        ((GOOD, "quiet_elm,,1.0,0.25,y"), ("line 3", "Time (MJD) is nan", "finite")),
        ((GOOD, "quiet_elm,61000.0,inf,0.25,y"), ("line 3", "Flux is inf", "finite")),
        ((GOOD, "quiet_elm,61000.0,1.5,0,y"), ("line 3", "Flux_err is 0.0", "above 0")),
        ((GOOD, "quiet_elm,61000.0,1.5,-1,y"), ("line 3", "Flux_err is -1.0", "above 0")),
        ((GOOD, "quiet_elm,61000.0,1.5,,y"), ("line 3", "Flux_err is nan", "above 0")),
        ((GOOD, ELM, "lost_ash,61000.0,1.5,0.25,y"), ("line 4", "'lost_ash'", "no entry", "train_log.csv")),
        ((GOOD,), ("no observation of object 'quiet_elm'", "train_log.csv")),
        ((GOOD, "quiet_elm,61000.0,1.5"), ("line 3", "3 cells where the header has 5", "truncated")),
        ((GOOD, ELM, "quiet_elm,61000.0,1.5,0.25,y,7"), ("line 4", "6 cells where the header has 5")),
    ],
)
def test_bad_observations_stop_with_file_line_and_reason(data, rows, words):
    path = light_curves(data / "split_01/train_full_lightcurves.csv", *rows)
    refuse(data, str(path), *words)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("elm,0.5,,0.1,AGN,,split_01,0",) * 2, ("line 3", "'elm'", "more than once")),
        ((",0.5,,0.1,AGN,,split_01,0",), ("line 2", "object_id is empty")),
        (("elm,0.5,,0.1,AGN,,split_77,0",), ("line 2", "'split_77'", "no folder")),
        (("elm,0.5,,0.1,,,split_01,0",), ("line 2", "SpecType is empty")),
        (("elm,0.5,,0.1,AGN,,split_01,1",), ("line 2", "target is 1", "'AGN'")),
        (("elm,0.5,,0.1,Kilonova,,split_01,0",), ("line 2", "unknown SpecType 'Kilonova'", "AGN, TDE")),
        (("elm,0.5,,0.1,AGN,,split_01,",), ("line 2", "target is None")),
        (("elm,far,,0.1,AGN,,split_01,0",), ("line 2", "Z is 'far'", "a number")),
        (("elm,inf,,0.1,AGN,,split_01,0",), ("line 2", "Z is inf", "finite")),
        (("elm,0.5,,0.1,AGN,,split_01,yes",), ("line 2", "target is 'yes'", "an integer")),
    ],
)
def test_bad_logs_stop_with_file_line_and_reason(data, rows, words):
    refuse(data, str(train_log(data / "train_log.csv", *rows)), *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ("the file is empty", "object_id")),
        ("object_id,Time (MJD),Flux,Filter\nquiet_elm,1,1,r\n", ("missing column 'Flux_err'", "'Time (MJD)'")),
        ("object_id,Time,Flux,Flux_err,Filter\nquiet_elm,1,1,1,r\n", ("missing column 'Time (MJD)'", "'Time'")),
        ("object_id,Time (MJD),Flux,Flux,Flux_err,Filter\n", ("'Flux' occurs more than once",)),
        ("object_id,Time (MJD),Flux,Flux_err,Filter\n", ("no observation of object",)),
    ],
)
def test_broken_files_are_named(data, content, words):
    path = data / "split_01/train_full_lightcurves.csv"
    path.write_text(content)
    refuse(data, str(path), *words)


def test_binary_garbage_is_named(data):
    path = data / "split_01/train_full_lightcurves.csv"
    path.write_bytes(b"\xff\xfe\x00PAR1" * 40)
    refuse(data, str(path), "not UTF-8")


def test_missing_file_is_named(data):
    path = data / "split_01/train_full_lightcurves.csv"
    path.unlink()
    refuse(data, str(path), "no such file")


def test_paths_and_names_beyond_ascii_work(tmp_path):
    directory = tmp_path / "Δaten ünd Licht"
    train_log(directory / "train_log.csv", "Fëanor_äß,0.5,,0.1,AGN,,split_01,0")
    light_curves(directory / "split_01/train_full_lightcurves.csv", "Fëanor_äß,61000.0,1.5,0.25,y")
    lightcurves, _ = read(directory)
    assert lightcurves.object_id.tolist() == ["Fëanor_äß"]


def test_extra_columns_and_other_order_are_fine(data):
    write_lines(
        data / "split_01/train_full_lightcurves.csv",
        "Filter,note,Flux_err,object_id,Flux,Time (MJD)",
        'r,"a ""note"", quoted",0.5,quiet_elm,1.5,61000',
        "g,,0.5,bright_oak,1.5,61000",
    )
    lightcurves, _ = read(data)
    assert lightcurves.flux[1] == 1.5


class TestRealFiles:
    pytestmark = pytest.mark.mallorn

    def test_all_forty_files_pass(self):
        """The counts of the published data set: nothing is lost but the missing fluxes."""
        directory = Path(MALLORN_DATA)
        splits = sorted(path.name for path in directory.glob("split_*"))
        totals = {"rows read": 0, "rows kept": 0, "rows dropped, missing flux": 0, "objects": 0}
        mended = {}
        for set_name in ("train", "test"):
            log = directory / f"{set_name}_log.csv"
            objects, mended[set_name] = read_object_list(log, splits, labelled=set_name == "train")
            for split in splits:
                rows = objects.filter(pc.equal(objects["split"], split))
                path = directory / split / f"{set_name}_full_lightcurves.csv"
                _, report = read_observations(path, rows, log.name)
                totals = {name: count + report[name] for name, count in totals.items()}
        assert totals == {
            "rows read": 1_624_509,
            "rows kept": 1_621_596,
            "rows dropped, missing flux": 2_913,
            "objects": 10_178,
        }
        assert mended["test"][f"redshift below {Z_FLOOR:g}, set to it"] == 2
