"""Several files of which some cannot be read: the others are read as if these were not there, and it is said aloud."""

import gzip
import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from alert_files import BIG, rubin_alert_of, rubin_schema, write_avro
from test_sources_fits import write_pair
from test_sources_judge import light_curve, written

import inspect_lightcurves
from tde.errors import InputError
from tde.sources import road as road_module
from tde.sources.parsing import text_tables
from tde.sources.refusals import refusal_words
from tde.workflow.run_summary import new_summary


@pytest.fixture
def night(tmp_path):
    """A folder with good files of several formats."""
    folder = tmp_path / "night"
    folder.mkdir()
    for k, ending in enumerate(("csv", "csv.gz", "parquet")):
        written(light_curve(f"o{k}", seed=k), folder / f"good_{k}.{ending}")
    write_avro(folder / "good_3.avro", rubin_schema(), [rubin_alert_of(BIG + k, first=3 * k) for k in range(3)])
    return folder


def cell(frame, column, value):
    frame = frame.astype({column: object})
    frame.loc[frame.index[-1], column] = value
    return frame


def cut_off(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 40])


def damaged_files(folder):
    """Files that cannot be read, each in its own way, and what is said of it."""
    frame = light_curve("o0", seed=9)
    written(cell(frame, "flux", "bright"), folder / "a_word.csv")
    written(cell(frame, "flux_err", -1.0), folder / "negative.csv")
    written(cell(frame, "mjd", 2460000.5), folder / "other_time.csv")
    cut_off(written(frame, folder / "cut.parquet"))
    cut_off(written(frame, folder / "cut.csv.gz"))
    cut_off(write_avro(folder / "cut.avro", rubin_schema(), [rubin_alert_of(BIG + 9)] * 20))
    (folder / "twice.csv.gz").write_bytes(gzip.compress(gzip.compress(b"object_id,mjd\n")))
    return {
        "a_word.csv": "flux is 'bright'; expected a number", "negative.csv": "flux_err is -1.0",
        "other_time.csv": "this is a Julian Date", "cut.parquet": "damaged or cut off", "cut.csv.gz": "cannot be read",
        "cut.avro": "damaged or cut off", "twice.csv.gz": "compressed twice",
    }  # fmt: skip


def same(one, other):
    assert list(one) == list(other)
    for name, curve in one.items():
        for column in ("mjd", "flux", "flux_err"):
            np.testing.assert_array_equal(getattr(curve, column), getattr(other[name], column))
        assert (curve.band, curve.flags) == (other[name].band, other[name].flags)


def without_files(report):
    return {key: value for key, value in report.items() if not key.startswith("file")}


def test_the_others_are_read_as_if_it_were_not_there(night, road, capsys, count):
    alone, told = road(night), without_files(road.report)
    words = damaged_files(night)
    capsys.readouterr()
    same(road(night), alone)
    assert capsys.readouterr().out.count("REFUSED: ") == len(words)
    assert without_files(road.report) == told
    refused = road.report["files refused"]
    assert {path.removeprefix(f"{night}/") for path in refused} == set(words)
    for name, part in words.items():
        reason = refused[str(night / name)]
        assert reason.startswith(f"{night / name}:")
        assert part in reason
    assert refusal_words(road.report) == "7 of 11 files REFUSED: nothing in them was used"
    count("damaged files beside good ones", len(words))


def test_rows_before_the_damage_are_not_used(tmp_path, road, monkeypatch):
    monkeypatch.setattr(text_tables, "BLOCK_BYTES", 4000)
    good = written(light_curve("a"), tmp_path / "a.csv")
    rest = pd.concat([light_curve("a", seed=2, n=500), light_curve("b", seed=3, n=500)])
    bad = written(cell(rest, "flux", "bright"), tmp_path / "b.csv")
    alone = road([good])
    for order in ([good, bad], [bad, good]):
        same(road(order), alone)
        assert road.report["rows read"] == 60


def test_many_refused_files_cost_one_more_reading(tmp_path, road, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(40):
        frame = light_curve(f"o{k:02d}", seed=k, n=6)
        written(cell(frame, "flux", "bright") if k % 2 else frame, folder / f"{k:02d}.csv")
    judged = []

    class Watched(road_module.Judge):
        def usable(self, batch):
            judged.append(batch.where)
            return super().usable(batch)

    monkeypatch.setattr("tde.sources.chunks.Judge", Watched)
    assert len(road(folder)) == len(road.report["files"]) == len(road.report["files refused"]) == 20
    assert len(judged) == 2 * 20  # a file with a bad cell comes to no batch


@pytest.mark.parametrize("which", ["HEAD", "PHOT"])
def test_files_that_belong_together_miss_each_other(tmp_path, road, which):
    folder = tmp_path / "in"
    for stem in ("ONE", "TWO"):
        (folder / stem).mkdir(parents=True)
        write_pair(folder / stem, stem=stem)
    shutil.rmtree(folder / "TWO")
    alone = road(folder)
    (folder / "TWO").mkdir()
    damaged = next(path for path in write_pair(folder / "TWO", stem="TWO") if which in path.name)
    damaged.write_bytes(damaged.read_bytes()[:-4000])
    same(road(folder), alone)
    reasons = list(road.report["files refused"].values())
    assert len(reasons) == 2
    assert any(reason.startswith(f"{damaged}:") for reason in reasons)
    assert any("give it together with" in reason for reason in reasons)


class TestWhatRemainsAnError:
    def test_a_single_file(self, tmp_path, road):
        path = written(cell(light_curve(), "flux", "bright"), tmp_path / "new.csv")
        with pytest.raises(InputError, match=rf"^{path}: line 61: flux is 'bright'; expected a number$"):
            road(path)

    def test_all_files(self, tmp_path, road):
        paths = [written(cell(light_curve(), "flux", "bright"), tmp_path / f"{k}.csv") for k in range(3)]
        with pytest.raises(InputError, match=rf"{paths[0]}: line 61: .*\nand so it is with all files: 3 refused"):
            road(paths)

    def test_a_mistake_that_is_of_no_file(self, night, tmp_path, road):
        objects = tmp_path / "objects.csv"
        objects.write_text("object_id,z,ebv\nelsewhere,0.1,0.1\n")
        damaged_files(night)
        with pytest.raises(InputError, match=rf"{objects}: none of its objects has a light curve"):
            road(night, objects)

    def test_nothing_but_the_object_table(self, tmp_path, road):
        (tmp_path / "objects.csv").write_text("object_id,z,ebv\na,0.1,0.1\n")
        with pytest.raises(InputError, match=r"no observation in 1 file\(s\)$"):
            road(tmp_path / "objects.csv", tmp_path / "objects.csv")

    def test_where_it_is_asked_for(self, night, road):
        damaged_files(night)
        with pytest.raises(InputError, match=str(night)):
            road(night, refuse="run")

    def test_nothing_but_lists_of_objects_is_left(self, tmp_path, road):
        (tmp_path / "bts.csv").write_text("NAME,LABEL,Z\na,TDE-H,0.05\n")
        bad = written(cell(light_curve(), "flux", "bright"), tmp_path / "new.csv")
        with pytest.raises(InputError, match=rf"no observation in 2 file\(s\); refused: {bad}: line 61"):
            road([tmp_path / "bts.csv", bad])


def test_a_file_of_a_list_that_is_of_no_format_is_refused(tmp_path, road):
    (tmp_path / "notes.txt").write_text("Photometry of a.\n")
    pq.write_table(pa.table({"x": [1.0]}), tmp_path / "x.parquet")
    files = [written(light_curve(), tmp_path / "a.csv"), tmp_path / "notes.txt", tmp_path / "x.parquet"]
    assert list(road(files)) == ["a"]
    assert all("of no format that is known" in reason for reason in road.report["files refused"].values())
    assert [*road.report["files refused"]] == [str(path) for path in files[1:]]
    road(files, format="long_table", refuse="file")
    assert "missing column" in road.report["files refused"][str(files[1])]


def test_damage_at_the_beginning_is_no_other_format(night, road):
    alone = road(night)
    (night / "empty.csv.gz").write_bytes(b"")
    (night / "garbled.avro").write_bytes(b"oops\n")
    (night / "README.md").write_text("What is in this folder.\n")
    same(road(night), alone)
    reasons = road.report["files refused"]
    assert {path.removeprefix(f"{night}/") for path in reasons} == {"empty.csv.gz", "garbled.avro"}
    assert reasons[str(night / "empty.csv.gz")].endswith("the file is empty")
    assert road.report["files not read"] == [str(night / "README.md")]
    assert refusal_words(road.report) == (
        "2 of 7 files REFUSED: nothing in them was used; 1 of 7 files NOT READ: of no format that is known"
    )


def test_the_summary_begins_with_it_and_the_last_words_end_with_it(night, tmp_path, capsys):
    words = damaged_files(night)
    out = tmp_path / "simulated/inspect/night"
    out.mkdir(parents=True)
    said = inspect_lightcurves.main(
        lightcurves=[str(path) for path in sorted(night.iterdir())], objects=[], block={"lightcurves": str(night)},
        summary=str(out / "summary.md"), table=str(out / "objects.csv"), report=str(out / "reading.json"),
        picture=str(out / "light_curves.png"),
    )  # fmt: skip
    assert "7 of 11 files REFUSED" in said[2]
    assert said[:9] == (out / "summary.md").read_text().splitlines()[:9]
    assert capsys.readouterr().out.count("REFUSED:") == len(words)
    assert len(json.loads((out / "reading.json").read_text())["files refused"]) == len(words)
    last = new_summary(tmp_path / "simulated", "night", {"inspect"})
    assert last[-7] == "ATTENTION      7 of 11 files REFUSED: nothing in them was used"
    assert last[-1].endswith(f"2 more, with the reasons, in {out / 'reading.json'}")
