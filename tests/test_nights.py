"""Night after night, piece by piece: the state, the first cut, the list, the page, and what the list is worth."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from alert_files import rubin_alert_of, rubin_schema, rubin_source, write_avro

from tde.errors import InputError
from tde.nights.first_cut import first_cut
from tde.nights.followed_objects import read_following
from tde.nights.list_worth import budget_rows, found_tdes, scores_by_night
from tde.nights.listing_nights import nights_of_files
from tde.nights.morning_list import STANDING, morning_list
from tde.nights.morning_page import COLUMNS, SCHEMA, links_of, morning_table, write_json_lines, write_morning
from tde.nights.night_names import end_of, named_night, night_of
from tde.nights.night_reading import read_night
from tde.nights.night_state import OBJECTS, ROWS, best_scores, read_state, write_state
from tde.nights.observability import observable
from tde.nights.replayed_nights import write_nights
from tde.nights.returned_classes import read_classes
from tde.nights.touched_objects import touched_objects
from tde.sources.input_files import files_of
from tde.tables import read_parquet, write_csv
from tde.workflow.configuration.nights_settings import FirstCut, MorningList, Nights, Replay, Site
from tde.workflow.configuration.predict_settings import Predict

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

    @pytest.mark.parametrize(("damage", "words"), [(None, "state of version 0; allowed: 1"), (200, "damaged")])
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


class TestFirstCut:
    def cut(self, stream, until=FIRST + 10.0, score=np.nan, **limits):
        state = stream.of(*[path.name for path in sorted(stream.state.iterdir())])
        found = touched_objects(state, stream.settings(), "x", 0.0)
        return first_cut(found.lightcurves, np.full(len(found.lightcurves), score), until, FirstCut(**limits))

    @pytest.mark.parametrize(
        ("limits", "expected"),
        [
            ({}, {}), ({"fewest_detections": 3}, {"few_detections": 1}), ({"brighter_share": 0.9}, {"fainter": 1}),
            ({"oldest": 5}, {"too_old": 1}), ({"faded": 4}, {"faded": 1}),
            ({"least_score": 0.5}, {"bogus": 1}), ({"least_score": 0.5, "oldest": 5}, {"too_old": 1}),
        ],
    )  # fmt: skip
    def test_each_limit_leaves_out_what_it_says(self, stream, limits, expected):
        """Two detections above, one below the reference image, three to five days before the end."""
        rows = [rubin_source(k, 11, flux=flux) for k, flux in ((3, 2000.0), (4, -2000.0), (5, 2000.0))]
        stream.alert(night(6), "a", 11, 0, diaSource=rows[0], prvDiaSources=rows[1:], prvDiaForcedSources=[])
        stream.read(night(6))
        cut = self.cut(stream, score=0.3, **limits)
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


def said(**p_of):
    """A night's predictions: object to P(TDE), with a threshold of 0.5."""
    return pa.table(
        {
            "object_id": pa.array(list(p_of), pa.string()),
            "mjd": np.full(len(p_of), 61000.0),
            "days_since_trigger": np.full(len(p_of), 3.0),
            "n_points": np.full(len(p_of), 9),
            "p_TDE": pa.array(list(p_of.values()), pa.float64()),
            "p_TDE_low": pa.array([p if p is None else p - 0.05 for p in p_of.values()], pa.float64()),
            "p_TDE_high": pa.array([p if p is None else p + 0.05 for p in p_of.values()], pa.float64()),
            "is_TDE": pa.array([p is not None and p > 0.5 for p in p_of.values()], pa.bool_()),
            "threshold": np.full(len(p_of), 0.5),
        }
    )


class TestList:
    def go(self, *nights, **limits):
        """The list after some nights, and the kinds of change on the last."""
        standing = STANDING.empty_table()
        for k, tonight in enumerate(nights):
            morning = morning_list(standing, tonight, night(k), MorningList(**limits))
            standing = morning.standing
        return morning

    def test_what_became_of_each_object_since_it_was_last_classified(self):
        before = said(called=0.9, lost=0.6, rose=0.1, fell=0.3, near=0.42, steady=0.2, again=0.7, low=0.001)
        between = said(again=0.3)
        last = said(called=0.9, lost=0.45, rose=0.3, fell=0.1, near=0.42, steady=0.21, again=0.8, low=0.002, new=0.6)
        found = {row["object_id"]: row for row in self.go(before, between, last).changes.to_pylist()}
        assert {name: row["kind"] for name, row in found.items()} == {
            "called": "steady", "lost": "lost", "rose": "rose", "fell": "fell", "near": "near", "steady": "steady",
            "again": "again", "new": "new",
        }  # fmt: skip
        assert found["again"]["night_before"] == night(1)
        assert found["lost"]["night_before"] == night(0) == found["again"]["first_called"]
        assert [name for name, row in found.items() if row["night_before"] is None] == ["new"]
        assert [row["rank"] for row in found.values()] == list(range(1, 9))
        assert found["rose"]["change"] == pytest.approx(0.2)

    def test_an_object_has_its_history_from_when_it_was_worth_a_look(self):
        standing = self.go(said(a=0.01), said(a=0.3), said(b=0.4), said(a=0.01)).standing
        assert [(row["object_id"], row["night"]) for row in standing.to_pylist()] == [
            ("a", night(1)), ("a", night(3)), ("b", night(2)),
        ]  # fmt: skip

    def test_what_nobody_hears_of_leaves_the_list(self):
        nights = [said(a=0.3), *[said(b=0.3)] * 4]
        assert set(self.go(*nights, forget=3).standing["object_id"].to_pylist()) == {"b"}
        assert set(self.go(*nights, forget=4).standing["object_id"].to_pylist()) == {"a", "b"}

    @pytest.mark.parametrize("tonight", [said(), said(nothing=None)])
    def test_a_night_on_which_nothing_was_classified(self, tonight):
        morning = self.go(said(a=0.9), tonight)
        assert (morning.changes.num_rows, morning.standing.num_rows) == (0, 1)


class TestPage:
    def table(self, status=None, **keys):
        tonight = said(one=0.9, two=0.8, three=0.45)
        tonight = tonight.append_column("ra", pa.array([10.0, None, 20.0])).append_column(
            "dec", pa.array([-30.0, None, 70.0])
        )
        tonight = tonight.append_column("z", pa.array([0.1, None, 0.3]))
        morning = morning_list(STANDING.empty_table(), tonight, night(0), MorningList())
        return morning_table(tonight, morning.changes, morning.standing, status or {}, Nights(**keys), night(0))

    def shown(self, **arguments):
        return [(row["object_id"], row["section"]) for row in self.table(**arguments).to_pylist()]

    def test_parts_hold_what_they_say_and_not_what_was_dropped(self):
        assert self.shown() == [("one", "New"), ("two", "New"), ("three", "Near the decision")]
        assert self.shown(status={"one": "drop", "three": "follow", "elsewhere": "follow"}) == [
            ("two", "New"), ("three", "Followed"), ("elsewhere", "Followed"),
        ]  # fmt: skip
        assert self.shown(morning={"most": 1}) == [("one", "New"), ("three", "Near the decision")]

    def test_observability_is_told_where_there_is_a_position(self):
        rows = self.table().to_pylist()
        assert [row["observable"] for row in rows] == [True, None, False]
        assert rows[0]["highest_altitude"] == pytest.approx(90 - abs(-30.0 + 30.2446), abs=0.01)

    def test_json_lines_hold_the_same_rows(self):
        table = self.table()
        rows = [json.loads(line) for line in write_json_lines(table).splitlines()]
        assert rows == [{key: value for key, value in row.items() if value is not None} for row in table.to_pylist()]

    def test_links_are_only_those_of_the_configuration(self, tmp_path):
        templates = {"by name": "x:{object_id}", "by place": "x:?{ra}+{dec}"}
        row = dict.fromkeys(COLUMNS) | {"object_id": "a b/c", "ra": None, "dec": None}
        assert links_of(row, templates) == [{"name": "by name", "address": "x:a%20b%2Fc"}]
        assert [link["address"] for link in links_of(row | {"ra": 1.5, "dec": -2.0}, templates)][1] == "x:?1.5+-2.0"
        page = self.write(tmp_path, SCHEMA.empty_table(), {})
        assert "http" not in page
        assert page.count("None.") == 5

    def test_names_cannot_break_the_page(self, tmp_path):
        name = "</script><b>&'\""
        table = self.table(status={name: "follow"})
        page = self.write(tmp_path, table, {name: "follow"})
        assert "</script><b>" not in page
        assert page.count("<script") == page.count("</script>") == 2

    def write(self, folder, table, status):
        from tde.nights.morning_list import KINDS

        summary = {"objects touched": 3, "objects classified": 3, "called TDE": 2}
        context = {
            "night": night(0),
            "dataset": "d",
            "summary": summary,
            "site": Site(),
            "links": {},
            "notices": [],
            "kinds": KINDS,
        }
        write_morning(folder / "m.html", table, {}, status, context)
        return (folder / "m.html").read_text()


def test_the_sun_is_where_it_is_on_the_day_of_the_equinox():
    """On 20 March 2026, 14:46 UT, the Sun crossed the equator at right ascension 0."""
    found = observable(np.array([0.0, 180.0, 90.0, np.nan]), np.array([0.0, 0.0, 0.0, 0.0]), Site(), "2026-03-19")
    np.testing.assert_allclose(found.sun_distance[:3], [0.0, 180.0, 90.0], atol=1.0)
    assert found.possible.tolist() == [False, True, True, False]


class TestTables:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("object_id,status\na,keep\n", "line 2: status is 'keep'; allowed: follow, drop"),
            ("object_id,status\na,drop\na,follow\n", "line 3: object 'a' is listed more than once"),
            ("object_id\na\n", "status"),
        ],
    )
    def test_mistakes_in_the_list_of_followed_objects_are_named(self, tmp_path, text, words):
        (tmp_path / "f.csv").write_text(text)
        with pytest.raises(InputError, match=words):
            read_following(tmp_path / "f.csv")

    def test_classes_come_from_a_table_of_ones_own_or_of_tns(self, tmp_path):
        (tmp_path / "own.csv").write_text("object_id,type,date\na,TDE,2026-11-27\nb,SN Ia,\nc,unknown,\n")
        (tmp_path / "tns.csv").write_text('"Name","Disc. Internal Name","Obj. Type"\n"AT 2026x","a, ZTF1","TDE-H-He"\n')
        own, tns = (read_classes(tmp_path / name) for name in ("own.csv", "tns.csv"))
        assert (own.is_tde, own.dates) == ({"a": True, "b": False}, {"a": 61371.0})
        assert tns.is_tde == {"a": True, "ZTF1": True}
        (tmp_path / "two.csv").write_text("object_id,type\na,TDE\na,SN II\n")
        with pytest.raises(InputError, match="line 3: object 'a' has another class above: got 'SN II'"):
            read_classes(tmp_path / "two.csv")


CALLED = {night(0): ["a", "x"], night(1): ["y", "a", "b"], night(2): ["b"]}


class TestWorth:
    def test_spectra_go_to_the_first_of_each_night_once(self):
        """One a night: a, then y (a has its own), then b; without limit all four are done on the second night."""
        rows = {row["spectra_a_night"]: row for row in budget_rows(["a", "b", "c"], CALLED)}
        assert [(rows[k]["spectra"], rows[k]["found"]) for k in (1, 5)] == [(3, 2), (4, 2)]
        assert rows[5]["purity"] == 0.5
        assert rows[5]["completeness"] == pytest.approx(2 / 3)

    def test_each_tde_has_its_nights(self):
        touched = {night(0): ["a", "b", "x"], night(1): ["a", "b", "y", "c"], night(2): ["b", "c"]}
        classified = {night(0): ["a", "x"], night(1): ["a", "b", "y"], night(2): ["b"]}
        left_out = {night(0): {"b": "few_detections"}, night(1): {"c": "few_detections"}, night(2): {"c": "faded"}}
        a, b, c = found_tdes(["a", "b", "c", "never"], touched, classified, CALLED, left_out)
        assert (a["listed"], a["days_to_list"], a["rank_when_listed"], a["cut_by"]) == (night(0), 0, 1, None)
        assert (b["listed"], b["days_to_list"], b["rank_when_listed"]) == (night(1), 1, 3)
        assert (b["spectrum_at_1"], b["spectra_until_then_at_1"], b["spectrum_at_5"]) == (night(2), 3, night(1))
        assert (c["listed"], c["cut_by"], c["spectrum_at_20"]) == (None, "faded", None)

    def test_scores_by_night_know_only_the_classes_that_came_back(self):
        rows = scores_by_night(
            CALLED, {"a": True, "x": False, "c": True}, {"a": FIRST + 5.0}, ["a", "x", "y", "b", "c"]
        )
        assert [(row["called"], row["known"], row["n_TDE"], row["purity"], row["completeness"]) for row in rows] == [
            (2, 2, 1, 0.5, 0.5), (4, 2, 1, 0.5, 0.5), (4, 2, 1, 0.5, 0.5),
        ]  # fmt: skip
        assert rows[0]["median_days_before_class"] == 5.0


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
