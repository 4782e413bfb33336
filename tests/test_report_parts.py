"""Tables, pages and last words of the report say what the numbers say."""

import math

import numpy as np
import pytest

from tde.evaluation.ablation import ablation_rows, ablation_table
from tde.evaluation.leaderboard import leaderboard_table
from tde.evaluation.leaderboard_page import agreement_table, comparison_table
from tde.evaluation.metrics import score
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.published import published_table
from tde.evaluation.truth import promise_and_truth, true_scores
from tde.plots.precision_recall import RECALL, precision_at
from tde.report.cost_tables import cost_sheet
from tde.report.versions import flat_keys, versions_sheet
from tde.tables import write_json
from tde.workflow.benchmarks import family_costs, family_totals, rule_costs
from tde.workflow.run_summary import new_summary, run_summary


@pytest.fixture(scope="module")
def scores():
    """Metrics of a good and a poor model on the same 400 objects."""
    rng = np.random.default_rng(5)
    positive = rng.random(400) < 0.1
    fold = np.array([rng.permutation(400) % 4 for _ in range(3)])
    parents = np.arange(400) // 3

    def model(noise):
        logit = 4.0 * positive - 2.0 + noise * rng.standard_normal((3, 400))
        oof = OutOfFold("random", 1 / (1 + np.exp(-logit)), fold)
        return {"random": score(oof, positive, parents, n_resamples=10)}

    return {"poor": model(4.0), "good": model(1.0)}


def test_leaderboard_puts_the_better_model_first(scores):
    table = leaderboard_table("Scores", scores)
    assert [row["model"] for row in table.rows] == ["good", "poor"]
    first = table.rows[0]
    assert first["f1"] == scores["good"]["random"]["mean"]["f1"]
    text = table.markdown()
    assert f"| good | random | {first['f1']:.3f} ± {first['f1_se']:.3f} ({first['f1_sd_parents']:.3f}) |" in text
    assert text.index("good") < text.index("poor")
    assert "honest" in text


def test_differences_are_shown_with_error_and_verdict():
    given = {"model": "m", "folds": "parent", "standard_error": None, "bootstrap_sd": 0.1}
    differences = [
        given | {"score": "f1", "difference": 0.25, "error": 0.1, "verdict": "better"},
        given | {"score": "log_loss", "difference": -0.01, "error": 0.2, "verdict": "no difference"},
        given | {"score": "precision", "difference": 0.1, "error": 0.2, "verdict": "no difference"},
    ]
    text = comparison_table("blend", differences).markdown(2)
    assert text.startswith("## Paired differences from `blend`\n\nModel minus reference")
    assert "| m | parent | – | -0.010 ± 0.200 | +0.250 ± 0.100 **better** |" in text


def test_agreement_is_a_square():
    rows = [{"model": "a", "a": 1.0, "b": 0.5}, {"model": "b", "a": 0.5, "b": 1.0}]
    assert agreement_table(rows).markdown().endswith("| a | 1.00 | 0.50 |\n| b | 0.50 | 1.00 |\n")


def test_published_figures_stand_beside_the_same_measured_here(scores):
    reported = {"good": {"f1": 0.7, "statistic": "per_fold", "leaderboard": 0.65}, "poor": {"leaderboard": 0.5}}
    (row,) = published_table(reported, scores).rows
    mean = scores["good"]["random"]["mean"]
    assert (row["reported_f1"], row["leaderboard"], row["same"]) == (0.7, 0.65, mean["optimistic_f1_per_fold"])
    assert row["measured"] == "best threshold of each fold"


def test_ablation_shows_changes_where_a_family_is_left_out():
    def result(how, family, value):
        means = dict.fromkeys(("f1", "average_precision", "log_loss"), value)
        kinds = {kind: {"mean": means, "standard_error": dict.fromkeys(means, 0.01)} for kind in ("random", "parent")}
        return {"how": how, "family": family, "metrics": kinds}

    rows = ablation_rows([result("only", "gp", 0.4), result("without", "gp", 0.55), result("full", "all", 0.6)])
    assert list(rows[0])[:4] == ["how", "family", "random_f1", "random_f1_se"]
    lines = ablation_table("model", rows).markdown().splitlines()
    assert lines[0].startswith("| features | F1, random folds | AP | log-loss | F1, folds by parent | AP | log-loss |")
    assert lines[2:5] == [
        "| all families | " + " | ".join(["0.600 ± 0.010"] * 6) + " |",
        "| without gp | " + " | ".join(["-0.050"] * 6) + " |",
        "| only gp | " + " | ".join(["0.400 ± 0.010"] * 6) + " |",
    ]


def test_rule_costs_add_up(tmp_path):
    header = "s\th:m:s\tmax_rss\tcpu_time\n"
    for name, seconds, memory in (("a", 1, "100.0"), ("b", 3, "-")):
        (tmp_path / "fit/train").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"fit/train/{name}.tsv").write_text(f"{header}{seconds}\t0:00:01\t{memory}\t0.5\n")
    (tmp_path / "read.tsv").write_text(f"{header}9\t0:00:09\t-\t-\n")
    (tmp_path / "empty").mkdir()
    read, fit = rule_costs(tmp_path)
    assert (fit.rule, fit.jobs, fit.median_s, fit.total_s, fit.cpu_s, fit.max_memory_mb) == ("fit", 2, 2, 4, 1.0, 100)
    assert read.rule == "read"
    assert math.isnan(read.max_memory_mb)


def test_family_costs_say_where_the_time_goes(tmp_path):
    header = "s\th:m:s\tmax_rss\tcpu_time\n"
    for name, seconds in (
        ("compile_family/gp", 4),
        ("compute_features/gp/train/split_01", 2),
        ("compute_features/gp/train/split_02", 3),
        ("compute_features/domain/train/split_01", 1),
        ("compute_features/gone/train/split_01", 50),  # a family no longer in use
        ("cross_validate/gp", 70),  # a model of the same name
    ):
        path = tmp_path / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{header}{seconds}\t0:00:01\t10.0\t0.5\n")
    costs = family_costs(tmp_path, ["domain", "gp"])
    assert [(cost.family, cost.rule, cost.jobs, cost.total_s) for cost in costs] == [
        ("domain", "compute_features", 1, 1),
        ("gp", "compile_family", 1, 4),
        ("gp", "compute_features", 2, 5),
    ]
    assert [list(row.values()) for row in family_totals(costs)] == [
        ["gp", 4.0, None, 5.0, None, 9.0, 0.9, 1.5],
        ["domain", None, None, 1.0, None, 1.0, 0.1, 0.5],
        ["all families", 4.0, None, 6.0, None, 10.0, 1.0, 2.0],
    ]
    text = cost_sheet(costs, costs).markdown(2)
    assert "| gp | 4.0 | – | 5.0 | – | 9.0 | 90% | 1.5 |" in text
    assert "| family | rule | jobs | median \\[s\\] | total \\[s\\] |" in text
    assert "| all families | – | – | – | – | 0.0 | – | 0.0 |" in cost_sheet([], []).markdown(2)


def test_configuration_is_listed_key_by_key():
    config = {"a": 1, "models": {"m": {"x": {"y": [1, 2]}}}, "none": {}}
    assert dict(flat_keys(config)) == {"a": 1, "models.m": {"x": {"y": [1, 2]}}, "none": {}}
    libraries, keys = versions_sheet({"Python": "3"}, config).tables
    assert libraries.rows == [{"library": "Python", "version": "3"}]
    assert keys.rows[1] == {"key": "models.m", "value": "{x: {y: [1, 2]}}"}


def test_truth_of_a_perfect_submission(scores):
    positive = np.arange(200) % 10 == 0
    true = true_scores(positive, positive * 0.98 + 0.01, positive, np.arange(200))
    assert true["f1"] == (1.0, 0.0)
    assert true["average_precision"][0] == 1.0
    rows = {row["score"]: row for row in promise_and_truth(scores["good"]["random"], true).rows}
    assert rows["f1"]["true"] == 1.0
    assert rows["f1"]["promised"] == scores["good"]["random"]["mean"]["f1"]
    assert rows["f1"]["deviation"] == pytest.approx((1.0 - rows["f1"]["promised"]) / rows["f1"]["error"])


def test_precision_at_given_recalls():
    """Three of four positives lead; the last comes after one negative more."""
    positive = np.array([True, True, True, False, True, False])
    precision = precision_at(np.linspace(0.9, 0.1, 6), positive)
    assert np.all(precision[RECALL <= 0.75] == 1.0)
    assert np.all(precision[RECALL > 0.76] == pytest.approx(0.8))


def test_last_words_name_files_scores_and_the_next_step(tmp_path, scores):
    (tmp_path / "submission.csv").write_text("object_id,prediction\na,1\nb,0\nc,1\n")
    write_json(tmp_path / "blends/blend/metrics.json", scores["good"])
    words = "\n".join(run_summary(tmp_path, "blend"))
    assert "2 TDE candidates among 3 objects" in words
    assert f"{scores['good']['random']['mean']['f1']:.3f}" in words
    assert "config.yaml" in words


def test_last_words_after_a_classification_name_its_list(tmp_path):
    folder = tmp_path / "predict/night"
    folder.mkdir(parents=True)
    (folder / "predictions.csv").write_text("object_id,is_TDE\na,True\nb,False\n")
    write_json(folder / "summary.json", {"trained_on": "mallorn", "prior": {"asked": "training"}, "expected": {}})
    for target in ("predict", "inspect"):
        write_json(
            tmp_path / target / "night/reading.json", {"files refused": {}, "files not read": [], "files": ["new.csv"]}
        )
    words = "\n".join(new_summary(tmp_path, "night", {"predict"}))
    assert "candidates.html" in words
    assert "1 called TDE among 2 objects" in words
    assert "trained on mallorn" in words
    assert "submission" not in words
    assert "REFUSED" not in words
    assert "predict instead of inspect" in "\n".join(new_summary(tmp_path, "night", {"inspect"}))
