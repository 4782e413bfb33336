"""Tables, pages and last words of the report say what the numbers say."""

import math

import numpy as np
import pytest

from tde.evaluation.leaderboard import HEADER, leaderboard_cells, leaderboard_markdown, leaderboard_rows
from tde.evaluation.metrics import score
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.truth import promise_and_truth, true_scores
from tde.plots.precision_recall import RECALL, precision_at
from tde.report.html_tables import HtmlTable, write_html_table, write_html_tables
from tde.tables import write_json
from tde.workflow.benchmarks import family_costs, family_totals, rule_costs
from tde.workflow.run_summary import run_summary


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
    rows = leaderboard_rows(scores)
    assert [row["model"] for row in rows] == ["good", "poor"]
    assert rows[0]["f1"] == scores["good"]["random"]["mean"]["f1"]
    cells = leaderboard_cells(rows)
    assert [len(line) for line in cells] == [len(HEADER)] * 2
    assert cells[0][2].startswith(f"{rows[0]['f1']:.3f} ± ")
    text = leaderboard_markdown(rows)
    assert text.index("good") < text.index("poor")
    assert "honest" in text


def test_html_tables_escape_what_users_wrote(tmp_path):
    write_html_table(tmp_path / "t.html", "A <b>", ["name"], [["<script>alert(1)</script>"]], ["x & y"])
    page = (tmp_path / "t.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "x &amp; y" in page
    assert "http" not in page  # nothing is fetched


def test_html_tables_align_numbers_right_and_text_left(tmp_path):
    rows = [["a", "0.743 ± 0.003", "short"], ["b", "–", "x" * 60]]
    write_html_tables(tmp_path / "t.html", "Title", [HtmlTable("One", ("name", "score", "words"), rows, ["note"])] * 2)
    page = (tmp_path / "t.html").read_text()
    assert page.count("<h2>One</h2>") == page.count("<p>note</p>") == 2
    assert "<td class='text'>a</td><td>0.743 ± 0.003</td><td class='text long'>short</td>" in page
    assert "<th scope='col'>score</th>" in page


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
        ("cross_validate/gp/random_0", 70),  # a model of the same name
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
    assert family_totals(costs) == [
        ["gp", "4.0", "–", "5.0", "–", "9.0", "90%", "1.5"],
        ["domain", "–", "–", "1.0", "–", "1.0", "10%", "0.5"],
        ["all families", "4.0", "–", "6.0", "–", "10.0", "100%", "2.0"],
    ]
    assert family_totals([])[-1][0] == "all families"


def test_truth_of_a_perfect_submission(scores):
    positive = np.arange(200) % 10 == 0
    true = true_scores(positive, positive * 0.98 + 0.01, positive, np.arange(200))
    assert true["f1"] == (1.0, 0.0)
    assert true["average_precision"][0] == 1.0
    rows = {row["score"]: row for row in promise_and_truth(scores["good"]["random"], true)}
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
