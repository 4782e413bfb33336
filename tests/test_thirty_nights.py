"""Thirty nights of 3,000 simulated objects, as the jobs of `nights` go through them one after the other."""

import os

import numpy as np
import pyarrow as pa
import pytest
from mallorn_sample import read_objects

import classify_night
import compare_nights
import join_night
import read_night
from tde.lightcurves import read_shard
from tde.nights.early_spectra import YEAR
from tde.nights.first_cut import first_cut, nothing_else
from tde.nights.night_names import name_of_day, night_of
from tde.nights.replayed_nights import all_alerts, moved_together, write_nights
from tde.predict.bundle import read_bundle
from tde.predict.histories import history
from tde.predict.prefixes import shortened
from tde.simulation.data_set import simulate
from tde.sources.visits import NIGHT_BEGINS
from tde.tables import read_json, read_parquet, write_parquet
from tde.trigger import DETECTION
from tde.views.cut import keep_rows
from tde.workflow.configuration.nights_settings import (
    REPLAY_FILES,
    REPLAY_OBJECTS,
    FirstCut,
    MorningList,
    Replay,
)  # fmt: skip

N_OBJECTS, N_NIGHTS = 3000, 30
HOW = {"n_resamples": 0}


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    """Light curves that nobody has noticed before the first of the nights, which are the busiest ones."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(folder, N_OBJECTS, 4, 7)
    whole = moved_together(read_objects(folder), YEAR)
    detected = whole.flux >= DETECTION * whole.flux_err
    day, count = np.unique(np.floor(whole.mjd[detected] - NIGHT_BEGINS).astype(int), return_counts=True)
    until = np.searchsorted(day, day + N_NIGHTS)
    total = np.append(0, np.cumsum(count))
    start = int(day[np.argmax(total[until] - total[:-1])]) + NIGHT_BEGINS
    kept = (whole.mjd > start - YEAR / 2) & (whole.mjd <= start + N_NIGHTS) & ((whole.mjd > start) | ~detected)
    return keep_rows(whole, kept), int(start)


class Mornings:
    """The jobs of some nights, in a folder."""

    def __init__(self, folder, bundle, compiled):
        self.folder, self.bundle, self.compiled = folder, str(bundle), str(compiled)
        self.made = folder / "made"
        self.before, self.state = [], {"rows": [], "objects": []}

    def go_through(self, night):
        """From the file of a night to the list after it."""
        state, mine = self.folder / "state" / night, self.folder / night
        for kind, paths in self.state.items():
            paths.append(str(state / f"{kind}_000.parquet"))
        common = {"night": night, "block": {}, "replay": str(self.made)}
        read_night.main(
            files=[str(self.made / REPLAY_FILES / night / "alerts.parquet")], pieces=[], **common,
            rows=self.state["rows"][-1:], objects=self.state["objects"][-1:], report=str(state / "reading.json"),
        )  # fmt: skip
        joined = {"lightcurves": str(mine / "part_000.parquet"), "counts": str(mine / "counts.json")}
        table = str(mine / "objects_000.parquet")
        join_night.main(
            touched=self.state["objects"][-1], **self.state, **common, **joined, table=table, part="000",
            bundle=self.bundle, cut={},
        )  # fmt: skip
        classify_night.main(
            lightcurves=joined["lightcurves"], objects=table, bundle=self.bundle, compiled=self.compiled, how=HOW,
            at_once=1000, predictions=str(mine / "part.parquet"),
        )  # fmt: skip
        outputs = {key: str(mine / key) for key in ("table", "text", "changes", "changes_text", "standing", "summary")}
        compare_nights.main(
            parts=[str(mine / "part.parquet")], cuts=[joined["counts"]], before=self.before, night=night,
            reading=str(state / "reading.json"), bundle=self.bundle, choose="f1", prior="training",
            limits=MorningList().model_dump(), **outputs,
        )  # fmt: skip
        self.before = [outputs["standing"]]


@pytest.fixture(scope="module")
def mornings(curves, replayed, tmp_path_factory):
    """All nights, done."""
    lightcurves, start = curves
    done = Mornings(
        tmp_path_factory.mktemp("nights"), replayed.path / "results/simulated/bundle", os.environ["NUMBA_CACHE_DIR"],
    )  # fmt: skip
    nights = write_nights(lightcurves, Replay(n_nights=N_NIGHTS, start=start), done.made / REPLAY_FILES)
    known = {"object_id": pa.array(lightcurves.object_id, pa.string()), "z": lightcurves.z, "ebv": lightcurves.ebv}
    write_parquet(done.made / REPLAY_OBJECTS, pa.table(known))
    for night in nights:
        done.go_through(night)
    return done


def by_night(alerts):
    """Indices of the alerts of each night."""
    return {name_of_day(night): np.flatnonzero(alerts.night == night) for night in np.unique(alerts.night).tolist()}


def test_every_night_knows_what_had_been_told_by_then(curves, mornings, count):
    """What the nights put together from their files is what the light curves until then say."""
    alerts = all_alerts(curves[0])
    until_then = shortened(alerts.lightcurves, alerts.prefixes)
    passed = first_cut(until_then, nothing_else(len(until_then)), alerts.end, FirstCut()).kept
    found = by_night(alerts)
    assert len(found) > N_NIGHTS // 2
    for night, mine in found.items():
        expected = until_then.select(mine[passed[mine]])
        folder = mornings.folder / night
        told = read_shard(folder / "part_000.parquet", read_parquet(folder / "objects_000.parquet"))
        order = np.argsort(expected.object_id)
        expected = expected.select(order)
        assert told.object_id.tolist() == expected.object_id.tolist()
        for name in ("offsets", "mjd", "filter", "flux", "flux_err"):
            np.testing.assert_array_equal(getattr(told, name), getattr(expected, name))
        assert read_json(folder / "counts.json")["touched"] == len(mine)
    count("alerts of replayed nights", len(alerts.night))


def test_the_list_says_what_the_history_of_each_object_says(curves, mornings):
    """The history is computed by the road of `predict`, from all of an object's nights at once."""
    alerts = all_alerts(curves[0])
    bundle = read_bundle(mornings.bundle)
    of_alerts = history(bundle, alerts.lightcurves.select(np.unique(alerts.prefixes.owner))).to_pylist()
    said = {(row["object_id"], night_of(row["mjd"])): row for row in of_alerts}
    n = 0
    for night in by_night(alerts):
        for row in read_parquet(mornings.folder / night / "table").to_pylist():
            expected = said[row["object_id"], night]
            assert row["p_TDE"] == pytest.approx(expected["p_TDE"], abs=1e-9)
            assert row["is_TDE"] == expected["is_TDE"]
            n += 1
    assert n > N_NIGHTS
