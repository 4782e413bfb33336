"""The target early on a small run: every state, measured on objects that no model has learnt from."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from simulated_objects import transients

from tde.evaluation.growth import growth_scores
from tde.evaluation.growth_strata import peak_magnitude, strata_of
from tde.evaluation.metrics import average_precision
from tde.lightcurves import read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.tables import read_parquet
from tde.trigger import trigger_mjd
from tde.views.states import STATES, Moments

RESULTS = "results/simulated"


@pytest.fixture(scope="module")
def measured(quick, tmp_path_factory):
    """A workspace in which the target early has run."""
    workspace = quick.copy(tmp_path_factory.mktemp("early") / "workspace")
    workspace.configure(lambda config: config["early"].update(repeats={"parent": 2, "random": 1}))
    workspace.snakemake("--cores", "2", "early")
    return workspace


def test_every_state_has_scores_that_follow_from_the_probabilities(measured):
    base = measured.path / RESULTS
    rows = pd.read_csv(base / "early/early.csv")
    assert rows["light curves"].tolist() == 2 * [state.words for state in STATES]
    assert rows["folds"].tolist() == [kind for kind in ("parent", "random") for _ in STATES]
    training = read_parquet(base / "training.parquet").to_pandas()
    positive = (training["spec_type"] == "TDE").to_numpy()
    said = pq.read_table(base / "early/probabilities.parquet").to_pandas()
    for kind in ("whole", "views", "both"):
        assert said[kind].between(0.0, 1.0).all()
    for _, row in rows.iterrows():
        mine = said[(said["light_curves"] == row["light curves"]) & (said["folds"] == row["folds"])]
        repeats = [its for _, its in mine.groupby("repeat")]
        assert len(repeats) == {"parent": 2, "random": 1}[row["folds"]]
        assert all(list(its["object_id"]) == list(training["object_id"]) for its in repeats)
        scores = [growth_scores(positive, its["both"].to_numpy(), training["parent"].to_numpy()) for its in repeats]
        for name in ("average_precision", "log_loss", "calibration_error_expected"):
            assert row[name] == pytest.approx(np.mean([each[name] for each in scores]))
        for kind in ("whole", "views"):
            ap = [average_precision(positive, its[kind].to_numpy())[0] for its in repeats]
            assert row[f"average_precision_{kind}"] == pytest.approx(np.mean(ap))
        if row["folds"] == "random":  # of one repeat, F1 follows from the means
            expected = 2 * row["purity"] * row["completeness"] / max(row["purity"] + row["completeness"], 1e-9)
            assert row["f1"] == pytest.approx(expected, abs=1e-9)
    low, high = np.minimum(said["whole"], said["views"]), np.maximum(said["whole"], said["views"])
    assert said["both"].between(low - 1e-12, high + 1e-12).all()


def test_strata_hold_a_third_of_the_tdes_each_and_their_scores_follow(measured):
    base = measured.path / RESULTS
    training = read_parquet(base / "training.parquet").to_pandas()
    positive = (training["spec_type"] == "TDE").to_numpy()
    whole = read_shards(
        sorted(map(str, (base / "shards/train").glob("*.parquet"))), read_parquet(base / "objects/train.parquet")
    )
    assert list(whole.object_id) == list(training["object_id"])
    strata = strata_of(positive, {"z": whole.z, "m": peak_magnitude(whole)})
    found = [int(positive[stratum.inside].sum()) for stratum in strata]
    assert len(strata) == 6
    assert max(found) - min(found) <= 1
    said = pq.read_table(base / "early/probabilities.parquet").to_pandas()
    rows = pd.read_csv(base / "early/strata.csv").set_index("light curves")
    for words in ("whole", "g, r only"):
        mine = said[(said["light_curves"] == words) & (said["folds"] == "parent")]
        of_repeats = [its["both"].to_numpy() for _, its in mine.groupby("repeat")]
        for k, stratum in enumerate(strata):
            ap = [average_precision(positive[stratum.inside], p[stratum.inside])[0] for p in of_repeats]
            assert rows.loc[words, f"ap_{k}"] == pytest.approx(np.mean(ap))
    assert strata[0].words.startswith("z <")
    assert strata[0].words.removeprefix("z < ") in (base / "early/early.md").read_text()


def test_the_brightest_observation_counts():
    curves = transients(seed=3, n_objects=3)
    expected = [23.9 - 2.5 * np.log10(np.max((curves.flux - curves.flux_err)[rows])) for rows in curves]
    np.testing.assert_allclose(peak_magnitude(curves), expected)


def test_the_test_set_keeps_the_promise_at_every_age(measured):
    """Objects whose truth the simulation knows, cut at the same ages and classified by the bundle."""
    base = measured.path / RESULTS
    objects = read_parquet(base / "objects/test.parquet")
    whole = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects)
    truth = pd.read_csv(base / "raw/truth.csv").set_index("object_id")["target"].loc[whole.object_id] == 1
    bundle, nowhere = read_bundle(base / "bundle"), np.full(len(whole), np.nan)
    moments = Moments(trigger_mjd(whole), nowhere)
    rows = pd.read_csv(base / "early/early.csv").query("folds == 'parent'").set_index("light curves")
    for state in STATES:
        if state.counted == "peak":
            continue
        cut = state.cut(whole, moments)
        p = classify(bundle, cut, pa.table({"z_err": nowhere}), How(n_resamples=0))["p_TDE"].fill_null(0.0).to_numpy()
        found = growth_scores(truth.to_numpy(), p, np.arange(len(p)))
        promised = rows.loc[state.words]
        error = np.hypot(found["average_precision_error"], promised["average_precision_error"])
        assert abs(found["average_precision"] - promised["average_precision"]) < 2 * error, state.words


def test_what_was_made_is_looked_at(measured):
    base = measured.path / RESULTS / "early"
    assert (base / "early.png").read_bytes().startswith(b"\x89PNG")
    assert (base / "early.md").read_text().startswith("# While it still shines")
    assert "until 30 d after the peak" in (base / "early.html").read_text()


def test_nothing_runs_again_and_another_draw_runs_it_alone(measured):
    assert measured.planned_rules("early") == set()
    assert measured.planned_rules("early", "--config", "views={seed: 12}") == {
        "compute_views", "learn_views", "measure_early", "replay_training", "early",
    }  # fmt: skip


def without_views(config):
    del config["models"]["views_lgbm"], config["blends"]["blend_views"], config["early"]


def test_without_a_blend_there_is_nothing_to_measure(measured, tmp_path):
    workspace = measured.copy(tmp_path / "workspace")
    workspace.configure(without_views)
    run = workspace.snakemake("--cores", "1", "early", check=False)
    assert run.returncode
    assert "early.blend: got ''; allowed" in run.stdout + run.stderr
