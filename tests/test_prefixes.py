"""Light curves as they were, and the dates of it: when an object triggers, where nights end, what dates are."""

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from simulated_objects import build, in_r
from workspace import ROOT

from tde.errors import InputError
from tde.predict.prefixes import by_date, by_night, in_batches, shortened
from tde.sources.dates import mjd_of
from tde.trigger import DETECTION, WITHIN, trigger_mjd
from tde.views.cut import keep_rows
from tde.workflow.configuration.check import checked
from tde.workflow.configuration.predict_settings import Predict
from tde.workflow.configuration.problems import read_block


def brute_trigger(mjd, flux, flux_err):
    """The first time at which another detection lies at most 30 days back."""
    times = sorted({t for t, f, e in zip(mjd, flux, flux_err, strict=True) if f >= DETECTION * e})
    return next((t for t in times if any(0 < t - before <= WITHIN for before in times)), np.nan)


OBSERVATIONS = st.lists(
    st.tuples(st.integers(0, 200).map(lambda k: 60000 + k / 2), st.integers(-2, 9).map(float)), max_size=25
)


class TestTrigger:
    @settings(deadline=None)
    @given(st.lists(OBSERVATIONS, min_size=1, max_size=5))
    def test_is_the_second_detection_within_thirty_days(self, objects):
        curves = build([in_r(*rows) for rows in objects])
        expected = [brute_trigger(*(np.array(in_r(*rows))[[0, 2, 3]])) for rows in objects]
        np.testing.assert_array_equal(trigger_mjd(curves), expected)

    @settings(deadline=None)
    @given(OBSERVATIONS, st.integers(0, 200))
    def test_what_comes_later_does_not_move_it(self, rows, last):
        curves = build([in_r(*rows)])
        (whole,) = trigger_mjd(curves)
        (cut,) = trigger_mjd(keep_rows(curves, curves.mjd <= 60000 + last / 2))
        assert cut == whole if whole <= 60000 + last / 2 else np.isnan(cut)

    @settings(deadline=None)
    @given(OBSERVATIONS, st.floats(-5000, 5000))
    def test_it_follows_the_clock_and_hangs_on_no_unit(self, rows, shift):
        shift = round(shift)
        curves = build([in_r(*rows)])
        moved = replace(curves, mjd=curves.mjd + shift, flux=1024 * curves.flux, flux_err=1024 * curves.flux_err)
        np.testing.assert_array_equal(trigger_mjd(moved), trigger_mjd(curves) + shift)

    def test_one_detection_or_two_of_one_moment_or_far_apart_are_none(self):
        none = [
            in_r((1, 0.0), (2, 9.0), (3, 4.9)),
            in_r((2, 9.0), (2, 9.0), (2, 8.0)),
            in_r((2, 9.0), (32.5, 9.0), (63, 9.0)),
            in_r((2, -9.0), (3, -9.0)),
            in_r(),
        ]
        assert np.isnan(trigger_mjd(build(none))).all()
        assert trigger_mjd(build([in_r((2, 9.0), (32, 5.0))])) == [32.0]


class TestPrefixes:
    @settings(deadline=None)
    @given(st.lists(OBSERVATIONS, min_size=1, max_size=4))
    def test_every_night_ends_once_and_holds_all_that_came_before(self, objects):
        curves = build([in_r(*rows) for rows in objects])
        found = by_night(curves)
        assert np.all(np.diff(found.owner) >= 0)
        for k in range(len(curves)):
            mjd = curves.mjd[curves.rows(k)]
            mine = found.take(found.owner == k)
            nights = np.unique(np.floor(mjd - 0.68))
            assert len(mine.mjd) == max(len(nights), 1)
            if len(mjd):
                np.testing.assert_array_equal(np.floor(mine.mjd - 0.68), nights)
                np.testing.assert_array_equal(mine.n_points, [(mjd <= last).sum() for last in mine.mjd])
            else:
                assert np.isnan(mine.mjd[0])
                assert mine.n_points[0] == 0

    @settings(deadline=None)
    @given(st.lists(OBSERVATIONS, min_size=1, max_size=4), st.lists(st.integers(59990, 60120), min_size=1, max_size=6))
    def test_dates_in_any_order_count_what_was_there(self, objects, dates):
        curves = build([in_r(*rows) for rows in objects])
        found = by_date(curves, dates)
        when = sorted(set(dates))
        assert found.mjd.tolist() == when * len(curves)
        expected = [(curves.mjd[rows] <= date).sum() for rows in curves for date in when]
        assert found.n_points.tolist() == expected

    @settings(deadline=None)
    @given(st.lists(OBSERVATIONS, min_size=1, max_size=4))
    def test_they_are_the_beginnings_of_the_light_curves(self, objects):
        curves = build([in_r(*rows) for rows in objects])
        found = by_night(curves)
        short = shortened(curves, found)
        assert len(short) == len(found.owner)
        for k, rows in enumerate(short):
            whole = curves.rows(found.owner[k])
            assert short.object_id[k] == curves.object_id[found.owner[k]]
            for name in ("mjd", "band", "flux", "flux_err"):
                expected = getattr(curves, name)[whole][: found.n_points[k]]
                np.testing.assert_array_equal(getattr(short, name)[rows], expected)

    @settings(deadline=None)
    @given(st.lists(st.integers(1, 300), max_size=60), st.integers(50, 400), st.integers(1, 20))
    def test_batches_hold_everything_once_and_not_too_much(self, n_points, most_points, most_curves):
        batches = list(in_batches(np.array(n_points, dtype=np.int64), most_points, most_curves))
        assert [k for batch in batches for k in range(batch.start, batch.stop)] == list(range(len(n_points)))
        for batch in batches:
            assert batch.stop - batch.start <= most_curves + 1
            assert sum(n_points[batch][1:]) <= most_points


class TestDates:
    @pytest.mark.parametrize("text", ["2026-11-27", "2026-11-27T09:30", "2000-02-29T23:59:59.5", "1901-01-01"])
    def test_iso_dates_are_those_of_astropy(self, text):
        from astropy.time import Time

        assert mjd_of(text) == pytest.approx(Time(text, scale="utc").mjd, abs=1e-9)

    def test_zones_are_minded_and_numbers_are_mjd(self):
        assert mjd_of("2026-11-27T02:00+02:00") == mjd_of("2026-11-27")
        assert mjd_of(60000.5) == mjd_of("60000.5") == 60000.5
        assert mjd_of("1858-11-18") == 1.0
        assert mjd_of(-3.0) == -3.0  # times that are no dates count from anywhere

    @pytest.mark.parametrize(
        "wrong", ["yesterday", "2026-13-01", "27.11.2026", "", "nan", "-inf", 2461371.5, "2200-01-01"]
    )
    def test_what_is_none_is_named_with_what_is_allowed(self, wrong):
        with pytest.raises(InputError, match=r"^got .*; allowed: an MJD up to 88069, or an ISO date such as"):
            mjd_of(wrong)


class TestKey:
    @pytest.mark.parametrize(
        ("history", "words"),
        [
            ([60000, "soon"], r"predict.history.1: got 'soon'; allowed: an MJD up to 88069, or an ISO date such as"),
            (["2023-03-32"], r"predict.history.0: got '2023-03-32'; allowed: an MJD"),
            ([2461371.5], r"predict.history.0: got 2461371.5; allowed: an MJD"),
            ([], r"predict.history: got \[\]; allowed: true, false or a list of at least one date"),
            ("2026-11-27", r"predict.history: got '2026-11-27'; allowed: true or false or list of number or text"),
            ([True], r"predict.history: got \[True\]; allowed: true or false or list of number or text"),
        ],
    )
    def test_a_malformed_date_is_named_with_what_is_allowed(self, history, words):
        with pytest.raises(InputError, match=f"^{words}"):
            read_block(Predict, {"history": history}, "predict")

    def test_dates_are_text_where_yaml_reads_them_by_itself_and_where_it_does_not(self):
        config = yaml.safe_load((ROOT / "config.yaml").read_text())
        assert checked(config)["predict"]["history"] is False
        unquoted = yaml.safe_load("[60000, 60000.5, 2026-11-27, 2026-11-27T09:30:00, '2026-11-28']")
        dates = [60000, 60000.5, "2026-11-27", "2026-11-27T09:30:00", "2026-11-28"]
        for given_as, expected in ((unquoted, dates), (list(map(str, dates)), dates), ("true", True)):
            config["predict"]["history"] = given_as
            assert checked(config)["predict"]["history"] == expected
