"""Folds, thresholds, metrics and comparison: what a user relies on when reading a score."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import toy_features

from tde.errors import InputError
from tde.evaluation.classes import TDE
from tde.evaluation.comparison import compare
from tde.evaluation.folds import KINDS, assign_folds, make_folds, read_folds
from tde.evaluation.metrics import (
    METRICS,
    average_precision,
    cross_fitted,
    f1_score,
    log_loss,
    repeat_scores,
    score,
)
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.resampling import bootstrap_weights
from tde.evaluation.thresholds import (
    bootstrap_threshold,
    bootstrap_thresholds,
    cross_fitted_thresholds,
    f1_optimal_threshold,
    final_threshold,
    logit,
)


# ---------------------------------------------------------------- folds
def test_folds_hold_every_object_once_per_repeat():
    _, codes, parents = toy_features(600)
    ids = np.array([f"o{i}" for i in range(len(codes))])
    folds = make_folds(ids, codes, parents, n_folds=5, n_repeats=3, seed=7)
    assert folds.num_rows == len(KINDS) * 3 * len(ids)
    for kind in KINDS:
        for fold in read_folds(folds, ids, kind):
            assert set(fold) == set(range(5))
            for code in range(5):
                share = np.bincount(fold[codes == code], minlength=5)
                slack = 1 if kind == "random" else 6
                assert share.max() - share.min() <= slack
            if kind == "parent":
                assert all(len(set(fold[parents == p])) == 1 for p in np.unique(parents))
    assert folds.equals(make_folds(ids, codes, parents, 5, 3, 7))
    assert not folds.equals(make_folds(ids, codes, parents, 5, 3, 8))


def test_repeats_continue_the_seed():
    _, codes, parents = toy_features(300)
    ids = np.arange(len(codes)).astype(str)
    folds = make_folds(ids, codes, parents, 5, 2, 100)
    assert np.array_equal(read_folds(folds, ids, "random")[1], assign_folds(codes, parents, "random", 5, 101))


def test_too_few_tdes_for_the_folds_is_said():
    codes = np.array([0] * 50 + [TDE] * 3)
    with pytest.raises(InputError, match=r"class TDE has 3 objects but folds.n_folds is 5"):
        assign_folds(codes, np.arange(53), "random", 5, 0)
    # nine TDEs of two parents cannot be in five folds either
    codes = np.array([0] * 50 + [TDE] * 9)
    with pytest.raises(InputError, match=r"class TDE has 2 parents but folds.n_folds is 5"):
        assign_folds(codes, np.concatenate([np.arange(50), np.repeat([50, 51], [4, 5])]), "parent", 5, 0)


def test_folds_of_other_objects_are_refused():
    _, codes, parents = toy_features(300)
    ids = np.arange(len(codes)).astype(str)
    folds = make_folds(ids, codes, parents, 5, 1, 0)
    with pytest.raises(InputError, match="'another' is not in the folds"):
        read_folds(folds, np.append(ids[:-1], "another"), "random")


# ---------------------------------------------------------------- thresholds
samples = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.1 + 1e-12, 0.25, 0.5, 0.7, 0.99, 1.0]) | st.floats(0, 1), st.booleans()),
    min_size=1,
    max_size=30,
)


def brute_force_best_f1(probability, positive):
    cuts = [-1.0, *probability]
    return max(sklearn.metrics.f1_score(positive, probability > cut, zero_division=0.0) for cut in cuts)


@given(samples)
@settings(max_examples=100, deadline=None)
def test_optimal_threshold_agrees_with_brute_force(sample):
    probability = np.array([p for p, _ in sample])
    positive = np.array([y for _, y in sample])
    threshold, f1 = f1_optimal_threshold(probability, positive)
    assert f1 == pytest.approx(brute_force_best_f1(probability, positive))
    reached = sklearn.metrics.f1_score(positive, probability > threshold, zero_division=0.0)
    assert reached == pytest.approx(f1)


def noisy_predictions(n=400, rate=0.1, seed=0, skill=1.5):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < rate
    return 1.0 / (1.0 + np.exp(-(skill * positive + rng.normal(size=n) - 2.0))), positive


def test_bootstrap_thresholds_agree_with_a_plain_loop():
    probability, positive = noisy_predictions()
    probability = np.round(probability, 2)  # with ties
    draws = np.random.default_rng(5).integers(0, len(positive), (60, len(positive)))
    expected = [logit(f1_optimal_threshold(probability[i], positive[i])[0]) for i in draws]
    assert bootstrap_thresholds(probability, positive, 60, 5) == pytest.approx(expected)
    assert logit(bootstrap_threshold(probability, positive, 60, 5)) == pytest.approx(np.median(expected))


def test_final_threshold_lies_within_its_spread():
    probability, positive = noisy_predictions()
    repeats = np.array([probability, np.clip(probability * 1.05, 0, 1)])
    threshold, low, high = final_threshold(repeats, positive)
    assert low <= threshold <= high
    assert f1_score(positive, probability > threshold)[0] > 0.9 * f1_optimal_threshold(probability, positive)[1]


def test_no_threshold_without_a_tde():
    with pytest.raises(InputError, match="none of 3 objects is a TDE"):
        bootstrap_threshold(np.array([0.1, 0.2, 0.3]), np.zeros(3, dtype=bool))


def test_a_folds_threshold_never_uses_the_fold():
    probability, positive = noisy_predictions(seed=3)
    fold = np.arange(len(positive)) % 5
    before = cross_fitted_thresholds(probability, positive, fold)
    for k in range(5):
        changed = np.where(fold == k, ~positive, positive)
        shifted = np.where(fold == k, 1.0 - probability, probability)
        after = cross_fitted_thresholds(shifted, changed, fold)
        assert after[k] == before[k]
        assert np.all(np.delete(after, k) != np.delete(before, k))


# ---------------------------------------------------------------- metrics
@given(samples, st.integers(0, 2**16))
@settings(max_examples=50, deadline=None)
def test_scores_agree_with_scikit_learn(sample, seed):
    probability = np.array([p for p, _ in sample])
    positive = np.array([y for _, y in sample])
    weights = np.random.default_rng(seed).integers(0, 4, (3, len(positive))).astype(float)
    weights[:, 0] += 1
    selected = probability > 0.3
    for row, w in enumerate(weights):
        expected = sklearn.metrics.f1_score(positive, selected, sample_weight=w, zero_division=0.0)
        assert f1_score(positive, selected, weights)[row] == pytest.approx(expected)
        clipped = np.clip(probability, 1e-6, 1 - 1e-6)
        expected = sklearn.metrics.log_loss(positive, clipped, sample_weight=w, labels=[False, True])
        assert log_loss(positive, probability, weights)[row] == pytest.approx(expected)
        if (positive * w).any():
            expected = sklearn.metrics.average_precision_score(positive, probability, sample_weight=w)
            assert average_precision(positive, probability, weights)[row] == pytest.approx(expected)
        else:
            assert np.isnan(average_precision(positive, probability, weights)[row])


def test_repeat_scores_of_a_hand_made_case():
    positive = np.array([1, 1, 0, 0, 1, 0, 0, 0], dtype=bool)
    probability = np.array([0.9, 0.4, 0.6, 0.1, 0.8, 0.3, 0.2, 0.1])
    fold = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    scores = repeat_scores(probability, positive, fold, np.array([0.5, 0.25]))
    # fold 0 selects 0.9 and 0.6, fold 1 selects 0.8 and 0.3: 2 hits of 4 selected and 3 true
    assert scores["precision"] == pytest.approx(2 / 4)
    assert scores["recall"] == pytest.approx(2 / 3)
    assert scores["f1"] == pytest.approx(2 * 2 / (4 + 3))
    assert scores["optimistic_f1_pooled"] == pytest.approx(2 * 3 / (4 + 3))
    assert scores["optimistic_f1_per_fold"] == pytest.approx((0.8 + 1.0) / 2)


def made_up(n_repeats=4, n=600, seed=0, skill=2.0):
    rng = np.random.default_rng(seed)
    positive = np.repeat(rng.random(n // 3) < 0.1, 3)
    parents = np.arange(n) // 3
    score_ = skill * positive + np.repeat(rng.normal(size=n // 3), 3) + 0.3 * rng.normal(size=(n_repeats, n))
    fold = np.array([np.random.default_rng(r).permutation(n) % 5 for r in range(n_repeats)])
    return OutOfFold("random", 1.0 / (1.0 + np.exp(-score_ + 2.0)), fold), positive, parents


def test_score_reports_mean_error_and_optimism():
    oof, positive, parents = made_up()
    report = score(oof, positive, parents)
    assert set(report["mean"]) == set(METRICS)
    assert report["n_repeats"] == 4
    assert report["n_tde"] == positive.sum()
    values = report["per_repeat"]["f1"]
    assert report["mean"]["f1"] == pytest.approx(np.mean(values))
    assert report["standard_error"]["f1"] == pytest.approx(np.std(values, ddof=1) / 2)
    assert report["mean"]["optimistic_f1_pooled"] >= report["mean"]["f1"]
    assert report["mean"]["optimistic_f1_per_fold"] >= report["mean"]["f1"]
    assert np.shape(report["thresholds"]) == (4, 5)
    # siblings are alike, so parents are the fewer independent units
    assert report["bootstrap_sd"]["parents"]["f1"] > 1.2 * report["bootstrap_sd"]["objects"]["f1"]


def test_one_repeat_has_no_standard_error():
    oof, positive, parents = made_up(n_repeats=1)
    assert score(oof, positive, parents)["standard_error"]["f1"] is None


def test_bootstrap_weights_keep_groups_whole():
    groups = np.array([5, 5, 9, 9, 9, 2])
    weights = bootstrap_weights(groups, 400, 0)
    assert weights.shape == (400, 6)
    assert np.all(weights[:, 0] == weights[:, 1])
    assert np.all(weights[:, 2] == weights[:, 4])
    per_group = weights[:, [0, 2, 5]]
    assert np.all(per_group.sum(axis=1) == 3)
    assert per_group.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.15)


def test_permuted_labels_score_at_chance():
    oof, positive, _ = made_up(n=3000)
    shuffled = np.random.default_rng(1).permutation(positive)
    thresholds = cross_fitted(oof, shuffled)
    scores = repeat_scores(oof.probability[0], shuffled, oof.fold[0], thresholds[0])
    rate = shuffled.mean()
    assert scores["average_precision"] == pytest.approx(rate, abs=0.04)
    assert scores["f1"] < 2 * rate / (1 + rate) + 0.05


# ---------------------------------------------------------------- comparison
def test_comparison_sees_a_real_gain_and_no_other():
    strong, positive, parents = made_up(n=1500, skill=3.0)
    weak, _, _ = made_up(n=1500, skill=1.0)
    result = compare(strong, weak, positive, parents)
    assert {entry["verdict"] for entry in result.values()} == {"better"}
    assert result["log_loss"]["difference"] < 0
    reverse = compare(weak, strong, positive, parents)
    assert {entry["verdict"] for entry in reverse.values()} == {"worse"}
    assert reverse["f1"]["difference"] == pytest.approx(-result["f1"]["difference"])
    jitter = np.random.default_rng(0).normal(scale=0.005, size=strong.probability.shape)
    same = compare(OutOfFold("random", strong.probability + jitter, strong.fold), strong, positive, parents)
    assert same["average_precision"]["verdict"] == "no difference"
    assert same["f1"]["verdict"] == "no difference"


def test_comparison_on_other_folds_is_refused():
    oof, positive, parents = made_up()
    other = OutOfFold("random", oof.probability, oof.fold[::-1])
    with pytest.raises(InputError, match="different folds"):
        compare(oof, other, positive, parents)
