"""P(TDE) night by night: each row is the prediction of that night; when it is decided; the workflow and the page."""

import datetime
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from browser import Browser, chromium
from mallorn_files import MALLORN_COLUMNS, OBJECT_COLUMNS
from simulated_objects import build, in_r

from tde.lightcurves import joined, read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.predict.histories import decisions, history, with_decisions
from tde.tables import read_parquet
from tde.trigger import trigger_mjd
from tde.views.cut import keep_rows

RESULTS = "results/simulated"
CLASSES = ("AGN", "Ia", "CC", "SLSN", "TDE")

needs_chromium = pytest.mark.skipif(chromium() is None, reason="chromium and chromedriver are not installed")

SAID = [f"p_{name}" for name in CLASSES] + ["p_TDE_low", "p_TDE_high", "threshold"]


@pytest.fixture(scope="module")
def bundle(quick):
    return read_bundle(quick.path / RESULTS / "bundle")


@pytest.fixture(scope="module")
def curves(quick):
    """Some of the test set's light curves, every third of them without a redshift."""
    base = quick.path / RESULTS
    objects = read_parquet(base / "objects/test.parquet")
    some = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects).select(np.arange(0, 90, 10))
    unknown = np.arange(len(some)) % 3 == 1
    return replace(
        some,
        z=np.where(unknown, np.nan, some.z),
        distance_modulus=np.where(unknown, np.nan, some.distance_modulus),
    )


@pytest.fixture(scope="module")
def told(bundle, curves):
    return history(bundle, curves)


def predicted(bundle, curves):
    """What `predict` says of light curves."""
    objects = pa.table({"z_err": np.full(len(curves), np.nan)})
    return classify(bundle, curves, objects, How(n_resamples=0))


def assert_same(rows, expected):
    for name in SAID:
        np.testing.assert_allclose(rows[name].to_numpy(), expected[name].to_numpy(), rtol=0, atol=1e-12)
    for name in ("object_id", "n_points", "is_TDE"):
        assert rows[name].to_pylist() == expected[name].to_pylist()


class TestHistory:
    def test_the_last_night_is_the_prediction_of_the_whole_light_curve(self, bundle, curves, told):
        name = told["object_id"].to_numpy()
        last = np.flatnonzero(np.append(name[1:] != name[:-1], True))
        assert_same(told.take(last), predicted(bundle, curves))

    def test_every_row_is_the_prediction_until_then(self, bundle, curves, told):
        some = told.take(np.arange(0, told.num_rows, 7))
        index = {name: np.array([k]) for k, name in enumerate(curves.object_id)}
        cut = [
            keep_rows(one, one.mjd <= mjd)
            for name, mjd in zip(some["object_id"].to_pylist(), some["mjd"].to_pylist(), strict=True)
            for one in [curves.select(index[name])]
        ]
        assert_same(some, predicted(bundle, joined(cut)))

    def test_nights_are_in_order_and_ages_count_from_the_trigger(self, curves, told):
        trigger = dict(zip(curves.object_id, trigger_mjd(curves), strict=True))
        for row in told.to_pylist():
            age = row["mjd"] - trigger[row["object_id"]]
            assert row["days_since_trigger"] == (pytest.approx(age, abs=1e-6) if age >= 0 else None)
        name, mjd = told["object_id"].to_numpy(), told["mjd"].to_numpy()
        assert (np.diff(mjd)[name[1:] == name[:-1]] > 0).all()
        assert list(dict.fromkeys(name.tolist())) == curves.object_id.tolist()
        total = sum(told[f"p_{name}"].to_numpy() for name in CLASSES)
        np.testing.assert_allclose(total, 1.0)

    def test_small_batches_change_nothing(self, bundle, curves):
        two = curves.select(np.array([0, 1]))
        assert_same(history(bundle, two, most_curves=7), history(bundle, two))

    def test_dates_give_what_was_known_then(self, bundle, curves, told):
        date = float(np.median(curves.mjd))
        at = history(bundle, curves, [date + 1e5, date, date, 100.0])
        assert at["mjd"].to_pylist() == [100.0, date, date + 1e5] * len(curves)
        assert at["p_TDE"].to_pylist()[::3] == [None] * len(curves)
        assert not any(at["is_TDE"].to_pylist()[::3])
        cut = keep_rows(curves, curves.mjd <= date)
        assert_same(at.take(np.arange(1, at.num_rows, 3)), predicted(bundle, cut))
        assert_same(at.take(np.arange(2, at.num_rows, 3)), predicted(bundle, curves))


ODD = {
    "nothing": in_r(),
    "one detection": in_r((60000.2, 9.0)),
    "never": in_r(*((60000.2 + k, 1.0) for k in range(8))),
    "before": in_r(*((60000.2 + k, 0.5) for k in range(5)), (60005.2, 9.0)),
    "twice": in_r((60000.2, 9.0), (60000.2, 9.0), (60000.2, 9.0), (60003.2, 8.0), (60003.2, 8.0)),
}


class TestOddObjects:
    def test_have_rows_with_nulls(self, bundle):
        curves = build(list(ODD.values()))
        told = history(bundle, curves)
        names = dict(zip(curves.object_id.tolist(), ODD, strict=True))
        rows = {odd: [] for odd in ODD}
        for row in told.to_pylist():
            rows[names[row["object_id"]]].append(row)
        assert [len(found) for found in rows.values()] == [1, 1, 8, 6, 2]
        (nothing,) = rows["nothing"]
        assert nothing["n_points"] == 0
        assert not nothing["is_TDE"]
        assert {nothing[name] for name in ("mjd", "days_since_trigger", *SAID)} == {None}
        for odd in ("one detection", "never", "before"):
            assert {row["days_since_trigger"] for row in rows[odd]} == {None}
            assert all(0 < row["p_TDE"] < 1 for row in rows[odd])
        assert [row["days_since_trigger"] for row in rows["twice"]] == [None, 0.0]
        assert [row["n_points"] for row in rows["twice"]] == [3, 5]

    def test_none_at_all_make_an_empty_table(self, bundle, curves):
        none = history(bundle, curves.select(np.arange(0)))
        assert none.num_rows == 0
        assert none.schema == history(bundle, curves.select(np.arange(1))).schema
        assert decisions(none) == {}


class TestDecision:
    def test_it_is_the_first_night_from_which_on_it_stays(self):
        rows = [
            ("kept", 1.0, 0.0, True), ("kept", 2.0, 1.0, False), ("kept", 3.0, 2.0, True), ("kept", 4.0, 3.0, True),
            ("lost", 1.0, 0.0, True), ("lost", 2.0, 1.0, False),
            ("early", 1.0, None, True), ("early", 2.0, 0.0, True),
            ("untriggered", 1.0, None, True),
            ("at once", 5.0, 0.0, True),
        ]  # fmt: skip
        names = ("object_id", "mjd", "days_since_trigger", "is_TDE")
        told = pa.table({name: [row[k] for row in rows] for k, name in enumerate(names)})
        assert decisions(told) == {"kept": 3.0, "early": 2.0, "at once": 5.0}

    def test_objects_without_a_history_get_none(self, bundle, curves, told):
        predictions = predicted(bundle, curves)
        first = told.filter(pc.equal(told["object_id"], curves.object_id[0]))
        found = with_decisions(predictions, first, curves)
        assert found["decided_mjd"].to_pylist()[1:] == [None] * (len(curves) - 1)
        assert found["trigger_mjd"].null_count == np.isnan(trigger_mjd(curves)).sum()


@pytest.fixture(scope="module")
def ran(quick, tmp_path_factory):
    """A copy in which `predict` has run on a few objects: as ever, night by night, and at dates."""
    workspace = quick.copy(tmp_path_factory.mktemp("history") / "workspace")
    base = workspace.path / RESULTS / "raw"
    raw = (base / "split_01/test_full_lightcurves.csv").read_text().splitlines(keepends=True)
    names = list(dict.fromkeys(line.split(",")[0] for line in raw[1:]))[:40]
    known = (base / "test_log.csv").read_text().splitlines(keepends=True)
    for file, lines in (("some.csv", raw), ("some_objects.csv", known)):
        mine = [line for line in lines[1:] if line.split(",")[0] in names]
        (workspace.path / file).write_text(lines[0] + "".join(mine))
    mjd = sorted(float(line.split(",")[1]) for line in raw[1:])
    workspace.date = round(mjd[len(mjd) // 2])
    workspace.iso = (datetime.date(1858, 11, 17) + datetime.timedelta(days=workspace.date + 60)).isoformat()
    runs = {
        "plain": f", until_mjd: {workspace.date}",
        "nights": f", until_mjd: {workspace.date}, history: true, history_above: 0.05",
        "dates": f", history: [{workspace.iso}, {workspace.date}, 50000]",
    }
    for name, keys in runs.items():
        block = (
            f"predict={{name: {name}, lightcurves: some.csv, objects: some_objects.csv, n_resamples: 0,"
            f" chunk_size: 25, {MALLORN_COLUMNS}, {OBJECT_COLUMNS}{keys}}}"
        )
        workspace.snakemake("--cores", "2", "predict", "--config", block)
    return workspace


def table_of(ran, name, file="predictions"):
    return pq.read_table(ran.path / "results/predict" / name / f"{file}.parquet")


class TestWorkflow:
    def test_without_a_history_nothing_is_made_and_nothing_else_changes(self, ran):
        folder = ran.path / "results/predict"
        assert not list((folder / "plain").glob("history*"))
        plain, nights = table_of(ran, "plain"), table_of(ran, "nights")
        assert set(nights.column_names) - set(plain.column_names) == {"trigger_mjd", "decided_mjd"}
        assert nights.select(plain.column_names).equals(plain)
        for file in ("summary.json", "candidates.csv"):
            assert (folder / "plain" / file).read_bytes() == (folder / "nights" / file).read_bytes()

    def test_promising_objects_get_one_that_ends_in_the_prediction(self, ran):
        predictions, told = table_of(ran, "nights"), table_of(ran, "nights", "history")
        p = dict(zip(predictions["object_id"].to_pylist(), predictions["p_TDE"].to_pylist(), strict=True))
        last = {row["object_id"]: row for row in told.to_pylist()}
        assert set(last) == {name for name, value in p.items() if value is not None and value >= 0.05}
        assert 0 < len(last) < len(p)
        np.testing.assert_allclose([row["p_TDE"] for row in last.values()], [p[name] for name in last], atol=1e-12)
        decided = dict(zip(predictions["object_id"].to_pylist(), predictions["decided_mjd"].to_pylist(), strict=True))
        assert {name for name, mjd in decided.items() if mjd is not None} == set(decisions(told))
        text = pyarrow.csv.read_csv(ran.path / "results/predict/nights/history.csv")
        assert text["p_TDE"].to_pylist() == told["p_TDE"].to_pylist()
        assert text.column_names == told.column_names

    def test_a_date_gives_what_until_mjd_gives(self, ran):
        told, until = table_of(ran, "dates", "history"), table_of(ran, "plain")
        when = sorted({50000.0, float(ran.date), float(ran.date + 60)})
        assert told["mjd"].to_pylist() == when * until.num_rows
        then = {row["object_id"]: row for row in told.to_pylist() if row["mjd"] == ran.date}
        rows = until.to_pylist()
        assert any(row["p_TDE"] is None for row in rows)  # some begin later
        for row in rows:
            for name in SAID:
                expected = None if row[name] is None else pytest.approx(row[name], abs=1e-12)
                assert then[row["object_id"]][name] == expected
        assert set(told["p_TDE"].to_pylist()[::3]) == {None}

    @needs_chromium
    @pytest.mark.parametrize("width", [360, 1300])
    def test_the_page_draws_it_under_the_light_curve(self, ran, width):
        told = table_of(ran, "nights", "history")
        decided = decisions(told)
        assert decided
        with Browser() as browser:
            browser.resize(width, 900)
            browser.open(ran.path / "results/predict/nights/candidates.html", f"#open={next(iter(decided))}")
            figure = "document.querySelectorAll('#figures figure')[1]"
            name = browser.js("document.querySelector('#detail h2').textContent").partition(". ")[2]
            assert browser.js(f"{figure}.firstChild.getAttribute('aria-label')") == f"P(TDE) of {name} night by night"
            drawn = browser.js(f"{figure}.querySelectorAll('circle > title').length")
            assert 0 < drawn <= told["object_id"].to_pylist().count(name)
            assert f"since MJD {decided[name]:.1f}" in browser.js(f"{figure}.textContent")
            assert browser.js(f"{figure}.querySelectorAll('.threshold, line.decided').length") >= 1
            assert browser.js("document.documentElement.scrollWidth <= innerWidth")
            browser.open(ran.path / "results/predict/plain/candidates.html", f"#open={name}")
            assert "night" not in browser.js("document.querySelector('#figures').textContent")
            assert browser.errors() == []
