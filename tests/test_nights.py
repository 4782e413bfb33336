"""Night after night, piece by piece: which night a file is of, the state, the first cut, and nights that are made."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from alert_files import rubin_alert_of, rubin_schema, rubin_source, write_avro

from tde.collection.object_labels import Labels
from tde.errors import InputError
from tde.nights.classified_objects import class_of, classified_objects, collection_block
from tde.nights.file_groups import file_groups
from tde.nights.first_cut import Alerts, first_cut
from tde.nights.listing_nights import nights_of_files
from tde.nights.night_names import end_of, named_night, night_of
from tde.nights.night_pieces import REPORT, once_each, piece_paths, put_together
from tde.nights.night_reading import read_night
from tde.nights.night_state import OBJECTS, ROWS, best_scores, read_state, write_state
from tde.nights.replayed_nights import write_nights
from tde.nights.touched_objects import touched_objects
from tde.sources.input_files import files_of
from tde.tables import read_parquet, table_rows, write_csv, write_json, write_parquet
from tde.workflow.configuration.collection_settings import Collection
from tde.workflow.configuration.nights_settings import FirstCut, Replay
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block

PART_KINDS = ("rows", "objects")

FIRST = 61000
"""Day of the first row of a packet with number 0."""


class Stream:
    """A folder that alerts come into, and the state that is made of it."""

    def __init__(self, folder):
        self.incoming, self.state = folder / "incoming", folder / "state"

    def alert(self, night, name, object_id, number, **others):
        """A file with one alert, the latest row of which is of this day."""
        path = self.incoming / night / f"{name}.avro"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_avro(path, rubin_schema(), [rubin_alert_of(object_id, number, **others)])
        return path

    def settings(self, **keys):
        return Predict(lightcurves=str(self.incoming), **keys)

    def read(self, night, n_parts=2, files=None, **keys):
        """Read a night; the report."""
        paths = [
            [str(self.state / night / f"{kind}_{k}.parquet") for k in range(n_parts)] for kind in ("rows", "objects")
        ]
        found = files or files_of(str(self.incoming / night))
        return read_night(self.settings(**keys), found, night, *paths)

    def of(self, *labels, n_parts=2):
        """What the state says of some nights or months."""
        files = [
            [str(self.state / label / f"{kind}_{k}.parquet") for label in labels for k in range(n_parts)]
            for kind in ("rows", "objects")
        ]
        return read_state(*files)

    def bytes(self):
        return {str(path.relative_to(self.state)): path.read_bytes() for path in sorted(self.state.rglob("*.parquet"))}


@pytest.fixture
def stream(tmp_path):
    return Stream(tmp_path)


def night(k):
    """The k-th night after the first."""
    return night_of(FIRST + k + 0.9)


def points_of(found):
    """Every number of some light curves."""
    curves = found.lightcurves
    return curves.object_id.tolist(), *(
        getattr(curves, key).tolist() for key in ("offsets", "mjd", "filter", "flux", "flux_err")
    )


class TestNames:
    @pytest.mark.parametrize(
        ("file", "expected"),
        [
            ("2026-11-27/a.avro", "2026-11-27"), ("20261127/part-3-305711.avro", "2026-11-27"),
            ("x/alert_mjd61371.0512_obj747.avro.gz", "2026-11-27"), ("2026-11-27/late/20261129.avro", "2026-11-27"),
            ("part-20261-305711.avro", None), ("2026-02-31.csv", None), ("2026-1127.csv", None),
        ],
    )  # fmt: skip
    def test_a_date_in_a_name_is_the_night(self, file, expected):
        assert named_night(Path("/incoming") / file, Path("/incoming")) == expected

    def test_names_above_the_folder_do_not_count(self):
        assert named_night(Path("/data/2020-01-01/in/a.avro"), Path("/data/2020-01-01/in")) is None

    def test_a_night_goes_from_afternoon_to_afternoon_in_chile(self):
        """MJD 61371 is 2026-11-27; its evening ends at 16:19 UT of the next day."""
        assert [night_of(mjd) for mjd in (61371.67, 61371.69, 61372.2, 61372.67)] == ["2026-11-26", *["2026-11-27"] * 3]
        assert end_of("2026-11-27") == pytest.approx(61372.68)

    def test_files_without_a_date_are_of_the_night_of_their_newest_observation(self, stream, tmp_path):
        paths = [stream.alert("undated", f"a{k}", 7, k) for k in (0, 3)]
        broken = tmp_path / "incoming/undated/b.avro"
        broken.write_bytes(paths[0].read_bytes()[:-40])
        found = nights_of_files(stream.settings(), [*paths, broken])
        assert list(found["nights"]) == [night_of(FIRST + 2.0), night_of(FIRST + 5.0)]
        assert list(found["refused"]) == [str(broken)]


class TestState:
    def test_the_order_of_files_and_repeated_alerts_do_not_matter(self, stream):
        files = [stream.alert(night(5), f"a{k}", object_id, 0) for k, object_id in enumerate((11, 12, 11, 13))]
        counts = stream.read(night(5))
        first = stream.bytes()
        stream.read(night(5), files=files[::-1])
        assert stream.bytes() == first
        assert (counts["objects"], counts["rows read"]) == (3, 12)
        assert sorted(stream.of(night(5)).rows["object_id"].to_pylist()) == [*["11"] * 3, *["12"] * 3, *["13"] * 3]

    def test_a_month_put_together_says_the_same_as_its_nights(self, stream):
        for k, number in ((5, 1), (6, 1), (8, 4)):  # the second night repeats the first
            for object_id in (11, 12, 13):
                stream.alert(night(k), f"a{object_id}", object_id, number)
            stream.read(night(k))
        nights = stream.of(night(5), night(6), night(8))
        for part in range(2):
            one = [
                [str(stream.state / night(k) / f"{kind}_{part}.parquet") for k in (8, 5, 6)]
                for kind in ("rows", "objects")
            ]
            write_state(
                *read_state(*one), *(stream.state / "month" / f"{kind}_{part}.parquet" for kind in ("rows", "objects"))
            )
        month = stream.of("month")
        assert month.rows.num_rows == len(set(map(str, nights.rows.to_pylist()))) < nights.rows.num_rows
        settings = stream.settings()
        assert points_of(touched_objects(month, settings, "x", 0.1)) == points_of(
            touched_objects(nights, settings, "x", 0.1)
        )

    def test_one_night_says_what_reading_all_files_at_once_says(self, stream, road):
        """The road of the target `predict` knows nothing of nights."""
        paths = [stream.alert(night(6), f"a{k}", object_id, k) for k, object_id in enumerate((11, 12, 11))]
        stream.read(night(6))
        found = touched_objects(stream.of(night(6)), stream.settings(dereddened=True), "x", 0.05).lightcurves
        expected = road(paths)
        assert found.object_id.tolist() == sorted(expected)
        for k, rows in enumerate(found):
            one = expected[str(found.object_id[k])]
            for mine, whole in ((found.mjd, one.mjd), (found.flux, one.flux), (found.flux_err, one.flux_err)):
                np.testing.assert_array_equal(mine[rows], whole)

    def test_what_the_night_cannot_have_seen_is_left_out_and_counted(self, stream):
        stream.alert(night(0), "a", 11, 0)  # the last row is two days later
        counts = stream.read(night(0))
        assert (counts["rows read"], counts["rows after the date"]) == (3, 1)
        assert sorted(stream.of(night(0)).rows["mjd"].to_pylist()) == [FIRST, FIRST + 1]

    def test_a_night_of_damaged_files_is_told_of_and_empty(self, stream):
        good = stream.alert(night(5), "good", 11, 0)
        bad = stream.incoming / night(5) / "bad.avro"
        bad.write_bytes(good.read_bytes()[:-30])
        counts = stream.read(night(5))
        assert (counts["objects"], list(counts["files refused"])) == (1, [str(bad)])
        good.unlink()
        counts = stream.read(night(5))
        assert (counts["objects"], list(counts["files refused"])) == (0, [str(bad)])
        assert stream.of(night(5)).rows.num_rows == 0
        with pytest.raises(InputError, match=r"bad\.avro"):
            stream.read(night(5), refuse="run")

    def test_what_a_killed_process_left_does_no_harm(self, stream):
        stream.alert(night(5), "a", 11, 0)
        stream.read(night(5))
        first = stream.bytes()
        left = stream.state / night(5) / ".reading/chunk_00000"
        left.mkdir(parents=True)
        (left / "00000000.arrow").write_bytes(b"half of a piece")
        stream.read(night(5))
        assert stream.bytes() == first
        assert not left.exists()

    @pytest.mark.parametrize(("damage", "words"), [(None, "state of version 0; allowed: 2"), (200, "damaged")])
    def test_a_state_that_cannot_be_is_refused(self, stream, damage, words):
        stream.alert(night(5), "a", 11, 0)
        stream.read(night(5), n_parts=1)
        path = stream.state / night(5) / "rows_0.parquet"
        if damage:
            path.write_bytes(path.read_bytes()[:damage])
        else:
            pq.write_table(pq.read_table(path).replace_schema_metadata({"nights_state": "0"}), path)
        with pytest.raises(InputError, match=words):
            stream.of(night(5), n_parts=1)

    def test_the_newest_night_knows_best_and_the_users_table_better(self, stream, tmp_path):
        for k, ra in ((5, 10.5), (6, 11.5)):
            stream.alert(night(k), "a", 11, 0, diaObject={"diaObjectId": 11, "ra": ra, "dec": -30.0})
            stream.read(night(k))
        state = stream.of(night(5), night(6))
        found = touched_objects(state, stream.settings(), "x", 0.2).objects.to_pylist()
        assert [(row["ra"], row["ebv"], "ebv_missing" in row["flags"]) for row in found] == [(11.5, 0.2, True)]
        write_csv(tmp_path / "o.csv", ["object_id", "z", "ebv"], [["11", 0.5, 0.03], ["99", 0.1, 0.04]])
        (row,) = touched_objects(state, stream.settings(objects=str(tmp_path / "o.csv")), "x", 0.2).objects.to_pylist()
        assert (row["object_id"], row["z"], row["ebv"], row["ra"]) == ("11", 0.5, 0.03, 11.5)

    def test_no_object_at_all(self, stream):
        empty = ROWS.empty_table()
        write_state(empty, OBJECTS.empty_table(), stream.state / "r.parquet", stream.state / "o.parquet")
        state = read_state([str(stream.state / "r.parquet")], [str(stream.state / "o.parquet")])
        found = touched_objects(state, stream.settings(), "x", 0.1)
        assert (len(found.lightcurves), found.objects.num_rows) == (0, 0)


SAID = {"score": 0.3, "star_score": 0.9, "parallax_snr": 4.0, "moving_arcsec": 3.0}
"""What alerts say of an object that passes as the limits are."""


class TestFirstCut:
    def cut(self, stream, until=FIRST + 10.0, said=None, **limits):
        state = stream.of(*[path.name for path in sorted(stream.state.iterdir())])
        found = touched_objects(state, stream.settings(), "x", 0.0)
        alerts = dict.fromkeys(Alerts._fields, np.nan) | (said or {})
        n = len(found.lightcurves)
        return first_cut(
            found.lightcurves, Alerts(**{k: np.full(n, v) for k, v in alerts.items()}), until, FirstCut(**limits)
        )

    @pytest.mark.parametrize(
        ("limits", "expected"),
        [
            ({}, {}), ({"fewest_detections": 3}, {"few_detections": 1}), ({"brighter_share": 0.9}, {"fainter": 1}),
            ({"oldest": 5}, {"too_old": 1}), ({"faded": 4}, {"faded": 1}),
            ({"least_score": 0.5}, {"bogus": 1}), ({"least_score": 0.5, "oldest": 5}, {"too_old": 1}),
            ({"star_score": 0.8}, {"star": 1}), ({"parallax": 3}, {"star": 1}), ({"moving": 5}, {"moving": 1}),
        ],
    )  # fmt: skip
    def test_each_limit_leaves_out_what_it_says(self, stream, limits, expected):
        """Two detections above, one below the reference image, three to five days before the end."""
        rows = [rubin_source(k, 11, flux=flux) for k, flux in ((3, 2000.0), (4, -2000.0), (5, 2000.0))]
        stream.alert(night(6), "a", 11, 0, diaSource=rows[0], prvDiaSources=rows[1:], prvDiaForcedSources=[])
        stream.read(night(6))
        cut = self.cut(stream, said=SAID, **limits)
        assert {name: n for name, n in cut.counts.items() if n} == expected

    def test_an_object_without_a_score_passes(self, stream):
        stream.alert(night(6), "a", 11, 0, prvDiaSources=[rubin_source(k, 11, flux=2000.0) for k in (1, 2)])
        stream.read(night(6))
        assert self.cut(stream, least_score=0.9, brighter_share=0.0).kept.all()

    def test_the_best_score_counts(self):
        scored = [("a", 0.2), ("a", 0.7), ("b", None), ("c", 0.1)]
        plain = {"band": "lsst:r", "mjd": 61000.0, "flux": 1.0, "flux_err": 0.1, "kind": 0, "reference": None}
        rows = pa.Table.from_pylist(
            [{"object_id": name, "score": score, **plain} for name, score in scored], schema=ROWS
        )
        np.testing.assert_allclose(
            best_scores(rows, pa.chunked_array([["c", "b", "a"]])), [0.1, np.nan, 0.7], rtol=1e-6
        )


def test_replayed_nights_hold_what_had_been_observed_by_then_once(tmp_path, stream):
    """Alerts are sent for detections: what comes with them is all since the last alert, a year at most."""
    rows = [rubin_source(k, 11, flux=flux) for k, flux in ((1, 50.0), (2, 2000.0), (3, 50.0), (4, 2000.0), (5, 50.0))]
    stream.alert(night(9), "a", 11, 0, diaSource=rows[0], prvDiaSources=rows[1:], prvDiaForcedSources=[])
    stream.read(night(9))
    found = touched_objects(stream.of(night(9)), stream.settings(), "x", 0.0)
    curves = dataclasses.replace(found.lightcurves)
    written = write_nights(curves, Replay(n_nights=10, start=FIRST - 1), tmp_path / "files")
    told = [read_parquet(tmp_path / "files" / name / "alerts.parquet")["mjd"].to_pylist() for name in written]
    assert told == [[FIRST + 1.0, FIRST + 2.0], [FIRST + 3.0, FIRST + 4.0]]
    assert written == [night_of(FIRST + 2.0), night_of(FIRST + 4.0)]
    shutil.rmtree(tmp_path / "files")
    with pytest.raises(InputError, match=r"nights\.replay"):
        write_nights(curves, Replay(n_nights=1, start=FIRST + 100), tmp_path / "files")


class TestPieces:
    def test_a_night_read_by_several_jobs_is_the_same(self, stream):
        """Also what is said of objects that stand in several files, and of files that cannot be read."""
        files = [stream.alert(night(5), f"a{k}", object_id, k) for k, object_id in enumerate((11, 12, 11, 13, 12))]
        files[1].write_bytes(files[1].read_bytes()[:-30])
        whole = stream.read(night(5))
        expected = stream.bytes()
        for groups in ([files[:1], files[1:]], [[file] for file in files], [files[:3], files[3:]]):
            folders = [str(stream.state.parent / f"piece_{k}") for k in range(len(groups))]
            for folder, mine in zip(folders, groups, strict=True):
                report = read_night(stream.settings(), mine, night(5), *piece_paths(folder, 2))
                write_json(f"{folder}/{REPORT}", report)
            paths = [[str(stream.state / night(5) / f"{kind}_{k}.parquet") for k in (0, 1)] for kind in PART_KINDS]
            assert put_together(folders, *paths) == whole
            assert stream.bytes() == expected

    def test_alerts_are_divided_and_files_that_belong_together_are_not(self, tmp_path):
        sizes = {"a.avro": 400, "b.avro.gz": 700, "c.avro": 200, "detections.csv": 900, "non_detections.csv": 900}
        for name, size in sizes.items():
            (tmp_path / name).write_bytes(bytes(size))
        files = [str(tmp_path / name) for name in sizes]
        tables = [str(tmp_path / name) for name in ("detections.csv", "non_detections.csv")]
        assert file_groups(files, 1e-3) == [tables, [files[0]], files[1:3]]
        assert file_groups(files[:3], 1.0) == [files[:3]]
        assert file_groups([], 1.0) == [[]]

    def test_what_one_group_does_not_know_another_may(self):
        nothing = {field.name: None for field in OBJECTS} | {"object_id": "a", "night": "2026-11-27", "flags": ""}
        rows = [
            nothing | {"z": 0.1, "ra": 10.0, "flags": "upper_limits"},
            nothing | {"z": 0.2, "ra": 11.0, "dec": -5.0, "label": "TDE", "flags": "z_missing"},
            nothing | {"object_id": "b"},
        ]
        found = {row["object_id"]: row for row in once_each(pa.Table.from_pylist(rows, OBJECTS)).to_pylist()}
        expected = {"z": 0.1, "ra": 11.0, "dec": -5.0, "label": "TDE", "flags": "z_missing;upper_limits"}
        assert found == {"a": nothing | expected, "b": rows[2]}


class TestClassified:
    def test_what_is_written_is_a_collection_that_is_read_as_it_was(self, stream, tmp_path, road):
        """Light curves, classes and what was known of the objects, through the readers of a collection."""
        for k, object_id in enumerate((11, 12, 13)):
            stream.alert(night(6), f"a{k}", object_id, 0)
        stream.read(night(6))
        types = {"11": "TDE-H-He", "12": "CV"}
        state = stream.of(night(6))
        named = type(state)(*(each.filter(pc.is_in(each["object_id"], pa.array(list(types)))) for each in state))
        found = touched_objects(named, stream.settings(), "x", 0.0)
        written = classified_objects(found, types, "mine")
        assert [(row["type"], row["z"], row["ebv"]) for row in written.objects.to_pylist()] == [
            ("TDE-H-He", None, None), ("CV", None, None)
        ]  # fmt: skip
        write_parquet(tmp_path / "light_curves.parquet", written.lightcurves)
        write_csv(tmp_path / "objects.csv", written.objects.column_names, table_rows(written.objects))
        block = collection_block("mine", str(tmp_path), types.values())["datasets"]["mine"]
        assert block["classes"] == {"CV": None, "TDE-H-He": "TDE"}
        assert set(written.objects[block["set"]].to_pylist()) == {"mine"}
        with pytest.raises(InputError, match="labels of TDE; allowed: of TDE and another class"):
            read_block(Collection, block, "datasets.mine")
        collection = read_block(Collection, block | {"classes": {"CV": "AGN", "TDE-H-He": "TDE"}}, "datasets.mine")
        assert Labels(collection, "mine").spec_type("11") == "TDE"
        curves = road(tmp_path / "light_curves.parquet", tmp_path / "objects.csv", dereddened=True)
        for k, rows in enumerate(found.lightcurves):
            mine = curves[str(found.lightcurves.object_id[k])]
            np.testing.assert_array_equal(mine.flux, found.lightcurves.flux[rows])
            np.testing.assert_array_equal(mine.mjd, found.lightcurves.mjd[rows])

    def test_types_of_tns_are_of_the_five_classes_or_none(self):
        words = {"TDE-He": "TDE", "TDE-featureless": "TDE", "SN Ia-91T-like": "Ia", "SLSN-II": "SLSN", "Nova": None}
        assert {key: class_of(key) for key in words} == words
