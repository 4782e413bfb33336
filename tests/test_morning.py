"""The list after each night, the page of the morning, and what the list is worth."""

import json

import numpy as np
import pyarrow as pa
import pytest

from tde.errors import InputError
from tde.nights.followed_objects import read_following
from tde.nights.list_worth import budget_rows, found_tdes, scores_by_night
from tde.nights.morning_list import KINDS, STANDING, morning_list
from tde.nights.morning_page import COLUMNS, SCHEMA, links_of, morning_table, write_json_lines, write_morning
from tde.nights.night_names import name_of_day
from tde.nights.observability import observable
from tde.nights.returned_classes import read_classes
from tde.workflow.configuration.nights_settings import MorningList, Nights, Site

FIRST = 61000
"""Day of the first night."""


def night(k):
    """The k-th night after the first."""
    return name_of_day(FIRST + k)


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
        assert "Nothing has changed this night." in page

    def test_names_cannot_break_the_page(self, tmp_path):
        name = "</script><b>&'\""
        table = self.table(status={name: "follow"})
        page = self.write(tmp_path, table, {name: "follow"})
        assert "</script><b>" not in page
        assert page.count("<script") == page.count("</script>") == 2

    def write(self, folder, table, status):
        summary = {"objects touched": 3, "objects classified": 3, "called TDE": 2}
        context = {
            "night": night(0),
            "dataset": "d",
            "summary": summary,
            "site": Site(),
            "links": {},
            "notice": "",
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
