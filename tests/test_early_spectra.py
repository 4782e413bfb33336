"""A whole set night by night: what each alert knew, and when spectra of the list find the TDEs."""

import numpy as np
import pytest
from simulated_objects import build, in_r, transient

from tde.nights.early_spectra import YEAR, Alerted, early_rows, early_table, nights_of_spectra
from tde.nights.night_names import name_of_day
from tde.nights.replayed_nights import all_alerts, moved_together, write_nights
from tde.predict.prefixes import shortened
from tde.tables import read_parquet
from tde.workflow.configuration.nights_settings import Replay

FIRST = 60000


def test_an_alert_knows_what_the_files_of_the_nights_until_then_tell(tmp_path):
    """Also if years pass between alerts, twice a night is observed, or nothing is detected at all."""
    rng = np.random.default_rng(3)
    curves = build(
        [
            *(transient(rng, span=(FIRST, FIRST + 700.0), n=60) for _ in range(5)),
            in_r(
                (FIRST + 1.2, 9.0), (FIRST + 1.3, 2.0), (FIRST + 30.0, 1.0), (FIRST + 500.0, 1.0), (FIRST + 800.0, 9.0)
            ),
            in_r((FIRST + 3.0, 1.0), (FIRST + 900.0, -9.0)),
        ]
    )
    files = {name: read_parquet(tmp_path / name / "alerts.parquet") for name in write_nights(
        curves, Replay(n_nights=1000, start=FIRST - 5), tmp_path
    )}  # fmt: skip
    found = all_alerts(curves)
    known = shortened(found.lightcurves, found.prefixes)
    sent = sorted((name, str(object_id)) for name, table in files.items() for object_id in table["object_id"].unique())
    assert sent == sorted(zip(map(name_of_day, found.night.tolist()), known.object_id.tolist(), strict=True))
    for k, rows in enumerate(known):
        night, name = name_of_day(int(found.night[k])), known.object_id[k]
        told = [
            row
            for table in (files[each] for each in files if each <= night)
            for row in zip(*(table[key].to_pylist() for key in ("object_id", "mjd", "flux")), strict=True)
        ]
        expected = sorted((mjd, flux) for of, mjd, flux in told if of == name)
        assert sorted(zip(known.mjd[rows].tolist(), known.flux[rows].tolist(), strict=True)) == expected
        assert known.mjd[rows.stop - 1] < found.end[k]


def test_nothing_detected_sends_no_alert():
    assert len(all_alerts(build([in_r((FIRST, 1.0))])).night) == 0


def test_objects_are_moved_by_whole_periods_into_the_last():
    curves = build(
        [in_r((FIRST + day, 1.0), (FIRST + day + 2.0, 9.0)) for day in (0.0, 130.0, 250.0)] + [in_r((FIRST, 1.0))]
    )
    moved = moved_together(curves, 100)
    later = moved.mjd - curves.mjd
    assert later.tolist()[6] == 0
    assert set((later % 100).tolist()) == {0}
    first = np.floor(moved.mjd[1:6:2] / 100)
    assert len(set(first.tolist())) == 1
    assert max(later) == 200


class TestSpectra:
    """Three objects are called on one night, a fourth a year later."""

    names = np.array(["c", "b", "a", "d", "never"])
    said = Alerted(
        owner=np.array([0, 1, 2, 0, 1, 2, 2, 3, 4]),
        night=np.array([100, 100, 100, 101, 101, 101, 103, 100 + YEAR, 102]),
        probability=np.array([0.5, 0.5, 0.9, 0.6, 0.9, 0.9, 0.9, 0.7, 0.99]),
        called=np.array([True, True, True, True, True, True, True, True, False]),
    )
    positive = np.array([True, False, True, True, False])
    trigger = np.array([99.0, 99.0, 103.0, 95.0 + YEAR, np.nan])

    def rows(self):
        found = early_rows(self.said, self.names, self.positive, self.trigger)
        return {(row["events"], row["budget"]): row for row in found}

    @pytest.mark.parametrize(
        ("budget", "expected"), [(1, [np.nan, 101, 100, 465, np.nan]), (2, [101, 100, 100, 465, np.nan])]
    )
    def test_the_most_probable_come_first_and_leave_the_list(self, budget, expected):
        np.testing.assert_array_equal(nights_of_spectra(self.said, self.names, budget), expected)

    def test_what_was_found_until_some_nights_after_the_trigger(self):
        row = self.rows()["as they came", 5]
        assert (row["spectra"], row["found"], row["purity"], row["completeness"]) == (4, 3, 0.75, 1.0)
        assert [row[f"found_by_{n}"] for n in (0, 5, 10)] == [1, 3, 3]

    def test_in_one_year_the_fourth_competes_with_the_others(self):
        """It comes on the night of the first ones then, and is more probable than two of them."""
        alone, together = (self.rows()[words, 1] for words in ("as they came", "in one year"))
        assert (alone["spectra"], alone["found_by_5"]) == (3, 2)
        assert (together["spectra"], together["found"], together["found_by_5"]) == (2, 1, 1)
        assert self.rows()["in one year", 20] == self.rows()["as they came", 20] | {
            "events": "in one year", "classified": together["classified"],
        }  # fmt: skip

    def test_the_page_says_all_of_it(self):
        counts = {"objects": 5, "TDEs": 3, "alerts": 9, "nights": 5, "classified": 8, "TDEs_classified": 2}
        table = early_table(list(self.rows().values()), counts, "parent").markdown(2)
        assert "9 alerts of 5 objects, 3 of them TDEs" in table
        assert "loses 1 of the TDEs" in table
        assert len([line for line in table.splitlines() if line.startswith("| ")]) == 8
