"""The protocol on the running workflow: all ways to learn side by side, and a search for leaks."""

import csv
import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

RESULTS = "results/simulated"
FAMILIES = ["gp2d", "shape"]
TREES = {"features": FAMILIES, "estimator": "lightgbm", "parameters": {"n_estimators": 30, "num_leaves": 7}}

ONE_FIT_AT_A_TIME = ("--set-threads", "cross_validate=1", "ablate_family=1", "--")
"""The processes for several would load everything again; the quick run has them, and `tune_model` here."""


def many_ways_to_learn(config):
    """Models that select, weigh and tune, and blends that learn their weights."""
    config["models"] |= {
        "chosen": TREES | {"selection": {"n_features": 10, "max_correlation": 0.9}},
        "weighted": TREES | {"adversarial_weights": True, "reported": {"f1": 0.5}},
        "tuned": TREES | {"tuning": {"n_trials": 2, "space": {"num_leaves": {"low": 3, "high": 9, "integer": True}}}},
    }
    config["blends"] |= {
        "best": {"models": ["all_lgbm", "chosen"], "weights": "best"},
        "stacked": {"models": ["all_lgbm", "weighted", "tuned"], "weights": "logistic"},
    }


@pytest.fixture(scope="module")
def measured(quick, tmp_path_factory):
    """A workspace in which leaderboard and ablation have run."""
    workspace = quick.copy(tmp_path_factory.mktemp("protocol") / "workspace")
    workspace.configure(many_ways_to_learn)
    workspace.snakemake("--cores", "2", *ONE_FIT_AT_A_TIME, "leaderboard", "ablation")
    return workspace


def rows_of(workspace, name):
    return list(csv.DictReader((workspace.path / RESULTS / "report" / name).open()))


class TestLeaderboard:
    NAMES = ("blend", "best", "stacked", "all_lgbm", "chosen", "weighted", "tuned")

    def test_every_model_and_blend_is_there_for_both_kinds(self, measured):
        rows = rows_of(measured, "leaderboard.csv")
        assert {(row["model"], row["folds"]) for row in rows} == {
            (name, kind) for name in self.NAMES for kind in ("random", "parent")
        }
        for row in rows:
            assert 0.0 <= float(row["f1"]) <= 1.0
            assert float(row["f1_photoz"]) <= 1.0
            assert float(row["average_precision_sd_parents"]) > 0

    def test_differences_are_paired_and_judged(self, measured):
        rows = rows_of(measured, "comparison.csv")
        assert {row["model"] for row in rows} == set(self.NAMES) - {"blend"}
        assert {row["verdict"] for row in rows} <= {"better", "worse", "no difference"}
        # the submitted blend of one model is that model
        same = [row for row in rows if row["model"] == "all_lgbm"]
        assert all(float(row["difference"]) == 0.0 and row["verdict"] == "no difference" for row in same)

    def test_page_has_every_part(self, measured):
        page = (measured.path / RESULTS / "report/leaderboard.md").read_text()
        for part in ("All models and blends", "Paired differences from `blend`", "Agreement", "Published figures"):
            assert part in page
        assert "| weighted | 0.500 |" in page

    def test_what_was_learnt_is_on_file(self, measured):
        models = measured.path / RESULTS / "models"
        tuned = json.loads((models / "tuned/tuned.json").read_text())
        assert 3 <= tuned["parameters"]["num_leaves"] <= 9
        assert len((models / "tuned/trials.csv").read_text().splitlines()) == 3
        assert (measured.path / RESULTS / "tuning/tuned.journal").is_file()
        weights = pq.read_table(models / "weighted/weights.parquet")["weight"].to_numpy()
        assert 0.5 <= weights.min() <= weights.max() <= 2.0
        fitted = json.loads((models / "chosen/fitted/model.json").read_text())
        assert {len(columns) for columns in fitted["columns"]} == {10}

    def test_ablation_has_each_family_both_ways(self, measured):
        rows = rows_of(measured, "ablation.csv")
        assert [(row["how"], row["family"]) for row in rows[:1]] == [("full", "all")]
        assert {(row["how"], row["family"]) for row in rows[1:]} == {
            (how, family) for how in ("without", "only") for family in FAMILIES
        }

    def test_second_run_has_nothing_to_do(self, measured):
        assert "Nothing to be done" in measured.snakemake("-n", "leaderboard", "ablation").stdout

    def test_a_changed_search_reruns_that_model_alone(self, measured, tmp_path):
        workspace = measured.copy(tmp_path / "workspace")
        workspace.configure(lambda config: config["models"]["tuned"]["tuning"].update(n_trials=3))
        jobs = workspace.planned("leaderboard")
        assert {wildcards["model"] for _, wildcards in jobs if "model" in wildcards} == {"tuned"}
        assert "tune_model" in {rule for rule, _ in jobs}


def test_permuted_labels_score_at_chance(quick, tmp_path):
    """If anything but the labels of the training part told a fit what a held-out object is, this would not."""
    workspace = quick.copy(tmp_path / "workspace")
    mine = workspace.path / "mine"
    shutil.copytree(workspace.path / RESULTS / "raw", mine)
    (mine / "truth.csv").unlink()
    header, *rows = list(csv.reader((mine / "train_log.csv").open(newline="")))
    labels = [header.index(name) for name in ("SpecType", "English Translation", "target")]
    cells = np.array(rows, dtype=object)
    cells[:, labels] = cells[np.random.default_rng(0).permutation(len(rows))][:, labels]
    with (mine / "train_log.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *cells.tolist()])
    workspace.configure(lambda config: config["folds"].update(n_repeats=3))
    workspace.snakemake("--cores", "1", "results/mine/blends/blend/metrics.json", "--config", "dataset=mine")
    metrics = json.loads((workspace.path / "results/mine/blends/blend/metrics.json").read_text())
    for scores in metrics.values():
        chance = scores["n_tde"] / scores["n_objects"]
        # the highest of the two kinds and of a few dozen TDEs scatters; a leak would give twice that and more
        assert scores["mean"]["average_precision"] < 2.5 * chance + 0.03
        assert scores["mean"]["f1"] < 2.5 * chance + 0.05


def test_promises_come_true_at_the_challenges_size(quick, tmp_path):
    """With as many objects as MALLORN has, and test labels known, the honest F1 is the true one within two errors."""
    workspace = quick.copy(tmp_path / "workspace")
    shutil.rmtree(workspace.path / "results/simulated")

    def change(config):
        config["simulated"] = {"n_objects": 10178, "n_splits": 4, "seed": 42}
        config["folds"] = {"n_folds": 5, "n_repeats": 5, "seed": 1000}

    workspace.configure(change)
    workspace.snakemake("--cores", "1", f"{RESULTS}/report/truth.csv")
    rows = {row["score"]: row for row in rows_of(workspace, "truth.csv")}
    assert abs(float(rows["f1"]["deviation"])) < 2
    assert float(rows["f1"]["error"]) < 0.1
    assert abs(float(rows["average_precision"]["deviation"])) < 3
