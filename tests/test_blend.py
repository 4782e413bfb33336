"""Blending, the submission's threshold, and the files that leave the workflow."""

import io
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from toy import NOTHING_LEARNT, write_toy_set

import blend_models
import choose_threshold
import cross_validate
import fit_model
import make_folds
import score_model
import write_submission
from tde.errors import InputError
from tde.evaluation.blend import (
    MAX_VECTORS,
    blend,
    cross_fitted_blend,
    parse_weights,
    report_weights,
    sweep,
    weight_grid,
)
from tde.evaluation.metrics import average_precision
from tde.evaluation.objects import TrainingObjects
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.submission import match_order, read_sample
from tde.tables import read_json, write_npz


# ---------------------------------------------------------------- weights
def test_weights_are_normalised():
    assert parse_weights("mean", ["a", "b", "c", "d"]).tolist() == [0.25] * 4
    assert parse_weights({"b": 3, "a": 1}, ["a", "b"]).tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("weights", "models", "message"),
    [
        ("median", ["a"], "weights are 'median'"),
        ({"a": 1}, ["a", "b"], "must name the models: a, b"),
        ({"a": 1, "b": -1}, ["a", "b"], "numbers of 0 or more"),
        ({"a": 0, "b": 0}, ["a", "b"], "not all 0"),
        ("mean", [], "a blend without models"),
    ],
)
def test_mistakes_in_weights_are_named(weights, models, message):
    with pytest.raises(InputError, match=message):
        parse_weights(weights, models)


@pytest.mark.parametrize("n_models", [1, 2, 3, 4, 6, 12])
def test_weight_grid_covers_the_simplex(n_models):
    grid = weight_grid(n_models)
    assert len(grid) <= MAX_VECTORS + 1
    assert np.all(grid >= 0)
    assert grid.sum(axis=1) == pytest.approx(np.ones(len(grid)))
    for corner in np.eye(n_models):
        assert (grid == corner).all(axis=1).any()
    assert grid[-1] == pytest.approx(np.full(n_models, 1 / n_models))


def test_two_models_are_swept_in_steps_of_a_twentieth():
    assert np.sort(weight_grid(2)[:-1, 0]) == pytest.approx(np.linspace(0, 1, 21))


# ---------------------------------------------------------------- blending
def three_models(seed=0, n=600, n_repeats=2):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.15
    fold = np.array([np.random.default_rng(r).permutation(n) % 5 for r in range(n_repeats)])
    models = {}
    for name, skill in (("good", 2.0), ("fair", 1.5), ("noise", 0.0)):
        odds = skill * positive + rng.normal(size=(n_repeats, n)) - 2.0
        models[name] = OutOfFold("random", 1.0 / (1.0 + np.exp(-odds)), fold)
    return models, positive


def test_blend_is_the_weighted_mean():
    models, _ = three_models()
    mixed = blend(list(models.values()), np.array([0.5, 0.3, 0.2]))
    expected = sum(w * m.probability for w, m in zip((0.5, 0.3, 0.2), models.values(), strict=True))
    assert mixed.probability == pytest.approx(expected)


def test_models_on_other_folds_are_not_blended():
    models, _ = three_models()
    good, fair, _ = models.values()
    with pytest.raises(InputError, match="same folds"):
        blend([good, OutOfFold("random", fair.probability, fair.fold[::-1])], np.array([0.5, 0.5]))


def test_sweep_scores_each_weight_vector():
    models, positive = three_models()
    oofs = list(models.values())
    grid = weight_grid(3)
    rows = sweep(oofs, positive, grid)
    for index in (0, 17, len(grid) - 1):
        mixed = blend(oofs, grid[index]).probability
        expected = np.mean([average_precision(positive, p)[0] for p in mixed])
        assert rows[index]["average_precision"] == pytest.approx(expected)


def test_cross_fitted_weights_never_use_their_own_fold():
    models, positive = three_models()
    grid = weight_grid(3)
    oofs = list(models.values())
    _, before = cross_fitted_blend(oofs, positive, grid)
    for k in range(5):
        # turning one fold's labels round is a violent change: every other fold's choice may move, not this one's
        changed = np.where(oofs[0].fold[0] == k, ~positive, positive)
        one_repeat = [OutOfFold(o.kind, o.probability[:1], o.fold[:1]) for o in oofs]
        _, after = cross_fitted_blend(one_repeat, changed, grid)
        assert np.array_equal(after[0, k], before[0, k])
        assert not np.array_equal(after[0], before[0])


def test_the_report_tells_honest_from_flattering():
    models, positive = three_models()
    training = TrainingObjects(np.arange(len(positive)).astype(str), np.where(positive, 4, 0), np.arange(len(positive)))
    rows, summary = report_weights(models, training, 60)
    best = summary["optimistic_best"]
    assert best["average_precision"] == max(row["average_precision"] for row in rows)
    assert best["average_precision"] >= summary["cross_fitted"]["mean"]["average_precision"]
    assert sum(summary["cross_fitted"]["mean_weights"].values()) == pytest.approx(1.0)
    assert summary["cross_fitted"]["mean_weights"]["noise"] < 0.2


# ---------------------------------------------------------------- submission
def test_rows_follow_the_sample():
    order = match_order(np.array(["c", "a", "b"]), np.array(["a", "b", "c"]), "sample.csv")
    assert order.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("sample", "predicted", "message"),
    [
        (["a", "b", "x"], ["a", "b"], "'x' has no prediction"),
        (["a"], ["a", "b"], "predicted object 'b' is missing"),
        (["a", "a"], ["a"], "'a' is listed more than once"),
        (["a"], ["a", "a"], "more than once"),
    ],
)
def test_identifiers_must_match_exactly(sample, predicted, message):
    with pytest.raises(InputError, match=message):
        match_order(np.array(sample, object), np.array(predicted, object), "sample.csv")


def test_a_file_that_is_no_sample_is_named(tmp_path):
    path = tmp_path / "sample.csv"
    path.write_text("id,target\na,0\n")
    with pytest.raises(InputError, match=r"sample.csv: header is 'id,target'"):
        read_sample(path)


def test_npz_has_the_same_bytes_every_time(tmp_path, monkeypatch):
    arrays = {"object_id": np.array(["a", "bb"]), "probability": np.array([0.1, 0.2])}
    write_npz(tmp_path / "one.npz", **arrays)
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_npz(tmp_path / "two.npz", **arrays)
    content = (tmp_path / "one.npz").read_bytes()
    assert content == (tmp_path / "two.npz").read_bytes()
    assert {item.date_time[0] for item in zipfile.ZipFile(io.BytesIO(content)).infolist()} == {1980}
    read = np.load(tmp_path / "one.npz", allow_pickle=False)
    assert read["object_id"].tolist() == ["a", "bb"]
    with pytest.raises(ValueError, match="pickled"):
        write_npz(tmp_path / "bad.npz", names=np.array(["a"], object))


# ---------------------------------------------------------------- from features to submission
BLENDED = ("oof", "test", "metrics", "weights", "sweep")
"""What blend_models writes."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Two models cross-validated, scored, fitted, blended and submitted by the scripts."""
    folder = tmp_path_factory.mktemp("run")
    ids, codes, _, test_ids, codes_test = write_toy_set(folder, n=450, n_test=150)
    training, folds = str(folder / "training.parquet"), str(folder / "folds.parquet")
    make_folds.main(training_objects=training, n_folds=5, n_repeats=2, seed=1000, output=folds)
    families = ["first", "second"]
    train, test = ([str(folder / f"{family}_{kind}.parquet") for family in families] for kind in ("train", "test"))
    blocks = {
        "trees": {"features": families, "estimator": "lightgbm", "target": "classes",
                  "parameters": {"n_estimators": 30, "num_leaves": 7}},
        "boost": {"features": families, "estimator": "xgboost", "parameters": {"n_estimators": 30, "max_depth": 3}},
    }  # fmt: skip
    for name, model in blocks.items():
        oof = str(folder / name / "oof.parquet")
        cross_validate.main(
            features={"train": train, "photoz": train}, families=families,
            fold_features={"train": NOTHING_LEARNT, "photoz": NOTHING_LEARNT}, training_objects=training, folds=folds,
            weights=[], tuned=[], model=model, name=name, threads=1, output=oof,
        )  # fmt: skip
        score_model.main(
            oof=oof,
            training_objects=training,
            n_resamples=60,
            output_metrics=str(folder / name / "metrics.json"),
        )
        fit_model.main(
            features_train=train, features_test=test, families=families, training_objects=training, weights=[],
            tuned=[], model=model, name=name, threads=1, output_models=str(folder / name / "fitted"),
            output_test=str(folder / name / "test.parquet"),
            output_importance=str(folder / name / "importance.parquet"),
        )  # fmt: skip
    out = {
        name: str(folder / "blend" / name)
        for name in ("oof.parquet", "test.parquet", "metrics.json", "weights.json", "weight_sweep.csv")
    }
    blend_models.main(
        oof=[str(folder / name / "oof.parquet") for name in blocks],
        test=[str(folder / name / "test.parquet") for name in blocks],
        models=list(blocks), weights="mean", training_objects=training, n_resamples=60,
        **{f"output_{key}": path for key, path in zip(BLENDED, out.values(), strict=True)},
    )  # fmt: skip
    threshold = str(folder / "threshold.json")
    choose_threshold.main(
        oof=out["oof.parquet"],
        test=out["test.parquet"],
        metrics=out["metrics.json"],
        training_objects=training,
        n_resamples=60,
        output=threshold,
    )
    for attempt in ("submission", "again"):
        write_submission.main(
            test=out["test.parquet"], oof=out["oof.parquet"], threshold=threshold, metrics=out["metrics.json"],
            training_objects=training, sample=str(folder / "sample_submission.csv"),
            output_submission=str(folder / attempt / "submission.csv"),
            output_probabilities=str(folder / attempt / "submission_probabilities.csv"),
            output_summary=str(folder / attempt / "cv_summary.yaml"),
            output_oof=str(folder / attempt / "oof_predictions.npz"),
            output_test=str(folder / attempt / "test_predictions.npz"),
        )  # fmt: skip
    return folder, ids, codes, test_ids, codes_test


def test_submission_has_the_form_of_the_sample(finished):
    folder, _, _, test_ids, codes_test = finished
    sample = (folder / "sample_submission.csv").read_bytes().decode().split("\n")
    lines = (folder / "submission" / "submission.csv").read_bytes().decode().split("\n")
    assert lines[0] == sample[0]
    assert [line.split(",")[0] for line in lines] == [line.split(",")[0] for line in sample]
    called = {line.split(",")[0]: int(line.split(",")[1]) for line in lines[1:-1]}
    assert set(called.values()) == {0, 1}
    truth = dict(zip(test_ids, codes_test == 4, strict=True))
    hits = sum(called[name] and truth[name] for name in test_ids)
    assert 2 * hits / (sum(called.values()) + sum(truth.values())) > 0.7
    threshold = read_json(folder / "threshold.json")["threshold"]
    rows = (folder / "submission" / "submission_probabilities.csv").read_text().splitlines()[1:]
    probability = dict(zip(pq.read_table(folder / "blend/test.parquet")["object_id"].to_pylist(),
                           pq.read_table(folder / "blend/test.parquet")["p_TDE"].to_pylist(), strict=True))  # fmt: skip
    for row in rows:
        name, value = row.split(",")
        assert float(value) == probability[name]
        assert called[name] == (float(value) > threshold)


def test_blend_is_the_mean_of_its_models(finished):
    folder, ids, *_ = finished
    read = [pq.read_table(folder / name / "oof.parquet") for name in ("trees", "boost", "blend")]
    key = [list(zip(*(t[c].to_pylist() for c in ("object_id", "kind", "repeat", "fold")), strict=True)) for t in read]
    assert key[0] == key[1] == key[2]
    assert len(key[0]) == 4 * len(ids)
    mean = (read[0]["p_TDE"].to_numpy() + read[1]["p_TDE"].to_numpy()) / 2
    assert read[2]["p_TDE"].to_numpy() == pytest.approx(mean)
    weights = read_json(folder / "blend" / "weights.json")
    assert weights["weights"] == {"trees": 0.5, "boost": 0.5}
    assert set(weights["sweep"]) == {"random", "parent"}
    header, *rows = (folder / "blend" / "weight_sweep.csv").read_text().splitlines()
    assert header.startswith("kind,weight_trees,weight_boost,average_precision")
    assert len(rows) == 2 * len(weight_grid(2))


def test_metrics_of_both_kinds_are_reported(finished):
    folder, _, codes, *_ = finished
    for name in ("trees", "boost", "blend"):
        metrics = read_json(folder / name / "metrics.json")
        assert set(metrics) == {"random", "parent"}
        for scores in metrics.values():
            assert scores["n_repeats"] == 2
            assert scores["n_tde"] == np.sum(codes == 4)
            assert scores["mean"]["f1"] > 0.6
            assert scores["photoz"] == scores["mean"]  # the same features stand for those with scattered redshifts
    threshold = read_json(folder / "threshold.json")
    assert threshold["honest_f1"]["mean"] == read_json(folder / "blend/metrics.json")["random"]["mean"]["f1"]
    expected = threshold["test"]["n_selected_expected"]
    assert threshold["test"]["n_selected"] == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_the_seeds_own_files_are_there_and_reproduce(finished):
    folder, ids, codes, test_ids, _ = finished
    for path in (folder / "submission").iterdir():
        assert path.read_bytes() == (folder / "again" / path.name).read_bytes()
    oof = np.load(folder / "submission" / "oof_predictions.npz", allow_pickle=False)
    assert oof["object_id"].tolist() == list(ids)
    assert oof["target"].tolist() == (codes == 4).astype(int).tolist()
    assert oof["probability_random"].shape == oof["fold_parent"].shape == (2, len(ids))
    test = np.load(folder / "submission" / "test_predictions.npz", allow_pickle=False)
    assert test["object_id"].tolist() == list(test_ids[::-1])
    summary = yaml.safe_load((folder / "submission" / "cv_summary.yaml").read_text())
    metrics = read_json(folder / "blend" / "metrics.json")
    for kind in ("random", "parent"):
        assert summary["folds"][kind]["f1"] == metrics[kind]["mean"]["f1"]
        flattering = summary["folds"][kind]["mean_f1_optimistic_threshold_per_fold"]
        assert flattering == metrics[kind]["mean"]["optimistic_f1_per_fold"]


def test_a_model_without_a_kind_of_folds_is_named(finished, tmp_path):
    folder, *_ = finished
    table = pq.read_table(folder / "boost" / "oof.parquet")
    pq.write_table(table.filter(np.array(table["kind"].to_pylist()) == "random"), tmp_path / "oof.parquet")
    with pytest.raises(InputError, match="model 'boost' has no out-of-fold predictions of kind 'parent'"):
        blend_models.main(
            oof=[str(folder / "trees" / "oof.parquet"), str(tmp_path / "oof.parquet")],
            test=[str(folder / name / "test.parquet") for name in ("trees", "boost")],
            models=["trees", "boost"], weights="mean", training_objects=str(folder / "training.parquet"),
            n_resamples=60, **{f"output_{key}": str(tmp_path / f"out_{key}") for key in BLENDED},
        )  # fmt: skip
