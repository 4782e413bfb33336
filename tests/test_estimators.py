"""What every estimator must keep to: it learns, is reproducible, saved and stopped early."""

import numpy as np
import pytest
from model_blocks import BOOSTED, SMALL, TINY, block_of, cross_validate_block, every_boosted, every_estimator, fit_block
from sklearn.preprocessing import QuantileTransformer
from toy import toy_features

from tde.evaluation.classes import CLASSES, TDE
from tde.evaluation.metrics import average_precision
from tde.models.boosting import inner_split
from tde.models.normal_scores import LIMIT, normal_scores, training_quantiles


# ---------------------------------------------------------------- estimators
@every_estimator
@pytest.mark.parametrize("target", ["binary", "classes"])
def test_estimators_learn_what_can_be_learnt(estimator, target):
    X, codes, _ = toy_features(600, separation=5.0)
    X_new, codes_new, _ = toy_features(300, seed=9, separation=5.0)
    block = block_of(estimator, target=target)
    probability = fit_block(block, X, codes).predict_proba(X_new)
    assert probability.shape == (len(X_new), len(block.classes))
    assert probability.sum(axis=1) == pytest.approx(np.ones(len(X_new)), abs=1e-6)
    assert np.mean(probability.argmax(axis=1) == block.target_codes(codes_new)) > 0.9
    assert average_precision(codes_new == TDE, probability[:, -1])[0] > 0.9


@every_estimator
def test_undefined_and_constant_features_do_no_harm(estimator):
    X, codes, _ = toy_features(300)
    X = np.column_stack([X, np.full(len(X), np.nan), np.full(len(X), 7.0)])
    X[0, :-1] = np.nan
    estimator = fit_block(block_of(estimator), X, codes)
    assert np.isfinite(estimator.predict_proba(X)).all()
    assert estimator.importance().gain[-2:].tolist() == [0.0, 0.0]


@every_estimator
@pytest.mark.parametrize("target", ["binary", "classes"])
def test_a_class_missing_from_the_training_part_gets_no_probability(estimator, target):
    X, codes, _ = toy_features(300)
    present = codes != CLASSES.index("SLSN")
    probability = fit_block(block_of(estimator, target=target), X[present], codes[present]).predict_proba(X)
    assert np.isfinite(probability).all()
    if target == "classes":
        assert probability[:, CLASSES.index("SLSN")].max() < 0.1


@every_estimator
@pytest.mark.parametrize("target", ["binary", "classes"])
def test_the_same_seed_gives_the_same_bytes(estimator, target, tmp_path):
    X, codes, _ = toy_features(600)
    block = block_of(estimator, target=target, parameters=TINY[estimator])
    saved = []
    for name in ("first", "second"):
        fitted = fit_block(block, X, codes, seed=3)
        fitted.save(tmp_path / name)
        saved.append(((tmp_path / name).read_bytes(), fitted.predict_proba(X).tobytes()))
    assert saved[0] == saved[1]
    if estimator not in ("logistic", "ridge"):  # nothing random in them
        assert fit_block(block, X, codes, seed=4).predict_proba(X).tobytes() != saved[0][1]


@every_estimator
@pytest.mark.parametrize("target", ["binary", "classes"])
@pytest.mark.parametrize("on", [None, "inner", "fold"])
def test_a_saved_estimator_predicts_the_same(estimator, target, on, tmp_path):
    if on is not None and estimator not in BOOSTED:
        pytest.skip("no rounds to stop")
    X, codes, _ = toy_features(300)
    stopping = {"early_stopping": {"rounds": 5, "watch": on}} if on else {}
    block = block_of(estimator, target=target, **stopping)
    fitted = fit_block(block, X[:200], codes[:200], validation=(X[200:], codes[200:]))
    path = tmp_path / f"fitted{fitted.suffix}"
    fitted.save(path)
    loaded = type(fitted).load(path)
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert np.array_equal(loaded.importance().splits, fitted.importance().splits)
    assert not path.read_bytes().startswith(b"\x80")  # the first byte of a pickle


def test_dart_boosting_is_available(tmp_path):
    X, codes, _ = toy_features(300, separation=5.0)
    parameters = {**SMALL["lightgbm"], "boosting_type": "dart", "drop_rate": 0.15, "max_drop": 50, "skip_drop": 0.5}
    fitted = fit_block(block_of("lightgbm", parameters=parameters), X, codes)
    assert average_precision(codes == TDE, fitted.predict_proba(X)[:, -1])[0] > 0.9
    fitted.save(tmp_path / "dart.txt")
    assert np.array_equal(type(fitted).load(tmp_path / "dart.txt").predict_proba(X), fitted.predict_proba(X))


@every_estimator
def test_balanced_classes_raise_the_probability_of_a_tde(estimator):
    X, codes, _ = toy_features(600, separation=1.0)
    plain = fit_block(block_of(estimator), X, codes).predict_proba(X)[:, -1].mean()
    balanced = fit_block(block_of(estimator, balance_classes=True), X, codes).predict_proba(X)[:, -1].mean()
    assert plain == pytest.approx(np.mean(codes == TDE), abs=0.03)
    assert balanced > plain + 0.05


@every_estimator
@pytest.mark.parametrize("target", ["binary", "classes"])
def test_company_does_not_matter(estimator, target):
    """An object gets the same probability, to the last bit, alone and among others."""
    X, codes, _ = toy_features(700)
    fitted = fit_block(block_of(estimator, target=target, parameters=TINY[estimator]), X, codes)
    together = fitted.predict_proba(X)
    for some in (slice(0, 1), slice(3, 10), slice(250, 611)):
        assert fitted.predict_proba(X[some]).tobytes() == together[some].tobytes()


# ---------------------------------------------------------------- early stopping
def test_inner_split_is_stratified_and_keeps_groups_whole():
    _, codes, parents = toy_features(900)
    y = (codes == TDE).astype(int)
    aside = inner_split(y, None, 0.2, 0)
    assert aside.mean() == pytest.approx(0.2, abs=0.01)
    assert y[aside].mean() == pytest.approx(y.mean(), abs=0.01)
    aside = inner_split(y, parents, 0.25, 0)
    assert aside.mean() == pytest.approx(0.25, abs=0.05)
    assert all(len(set(aside[parents == p])) == 1 for p in np.unique(parents))


@every_boosted
def test_early_stopping_ends_and_refits_on_all(estimator):
    X, codes, _ = toy_features(400, separation=2.0)
    parameters = {**SMALL[estimator], "n_estimators": 3000, "learning_rate": 0.3}
    stopped = fit_block(block_of(estimator, parameters=parameters, early_stopping={"rounds": 10}), X, codes, seed=1)
    assert 0 < stopped.rounds < 1000
    # the same rounds on all objects without early stopping: so it was fitted again on the whole training part
    plain = fit_block(block_of(estimator, parameters={**parameters, "n_estimators": stopped.rounds}), X, codes, seed=1)
    assert np.array_equal(plain.predict_proba(X), stopped.predict_proba(X))


@every_boosted
def test_only_the_flattering_early_stopping_sees_the_fold(estimator):
    X, codes, _ = toy_features(500, separation=2.0)
    fold = np.arange(len(codes)) % 5
    corrupted = np.where(fold == 0, (codes + 1) % 5, codes)
    assert (corrupted[fold != 0] == codes[fold != 0]).all()
    parameters = {**SMALL[estimator], "n_estimators": 300, "learning_rate": 0.2}

    def first_fold(on, labels):
        block = block_of(estimator, parameters=parameters, early_stopping={"rounds": 10, "watch": on})
        return cross_validate_block(block, X, labels, fold)[fold == 0]

    assert np.array_equal(first_fold("inner", codes), first_fold("inner", corrupted))
    assert not np.array_equal(first_fold("fold", codes), first_fold("fold", corrupted))


# ---------------------------------------------------------------- normal scores
def test_normal_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(300, 6)) * 10.0 ** rng.integers(-6, 9, 6)
    X[:, 1] = np.round(X[:, 1] / X[:, 1].std())  # values that repeat
    X[:, 2] = 3.0
    X[rng.random(X.shape) < 0.1] = np.nan
    transformer = QuantileTransformer(n_quantiles=50, output_distribution="normal").fit(X[:200])
    expected = np.clip(transformer.transform(X), -LIMIT, LIMIT)
    found = normal_scores(X, transformer.quantiles_, transformer.references_)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 30, 300])
def test_quantiles_are_those_of_scikit_learn(n):
    rng = np.random.default_rng(9)
    X = rng.normal(size=(n, 6)) * 10.0 ** rng.integers(-6, 9, 6)
    X[:, 1] = np.round(X[:, 1] / np.abs(X[:, 1]).max())
    X[:, 2] = 3.0
    X[1:][rng.random((n - 1, 6)) < 0.3] = np.nan
    transformer = QuantileTransformer(n_quantiles=min(50, n)).fit(X)
    found = training_quantiles(X, min(50, n))
    np.testing.assert_allclose(found.values, transformer.quantiles_, rtol=1e-9, atol=0.0)
    np.testing.assert_array_equal(found.references, transformer.references_)
    assert np.all(training_quantiles(np.full((n, 1), np.nan), min(50, n)).values == 0.0)


def test_normal_scores_leave_their_input_alone():
    X = np.asfortranarray([[1.0, np.nan], [2.0, 5.0], [np.nan, 7.0]])
    before = X.copy()
    normal_scores(X, *training_quantiles(X, 3))
    np.testing.assert_array_equal(X, before)
