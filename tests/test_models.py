"""Model blocks, the feature join, estimators and cross-validation."""

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import QuantileTransformer
from toy import toy_features, write_toy_set

import cross_validate as cross_validate_script
import fit_model as fit_model_script
import make_folds as make_folds_script
from tde.errors import InputError
from tde.evaluation.blend import parse_weights
from tde.evaluation.classes import CLASSES, TDE
from tde.evaluation.folds import assign_folds
from tde.evaluation.metrics import average_precision
from tde.models.block import parse_block
from tde.models.boosting import inner_split
from tde.models.estimator_class import estimator_class
from tde.models.estimator_names import ESTIMATORS
from tde.models.features import check_same_columns, family_tables, read_features, stream_features
from tde.models.normal_scores import LIMIT, normal_scores
from tde.models.training import Learner, cross_validate, fit, importance_table, load_estimators, mean_probability

SMALL = {
    "lightgbm": {"n_estimators": 40, "num_leaves": 7, "min_child_samples": 5, "subsample": 0.8, "subsample_freq": 1},
    "xgboost": {"n_estimators": 40, "max_depth": 3, "subsample": 0.8, "colsample_bytree": 0.8},
    "catboost": {
        "n_estimators": 40,
        "max_depth": 4,
        "learning_rate": 0.2,
        "bootstrap_type": "Bernoulli",
        "subsample": 0.8,
    },
    "extra_trees": {"n_estimators": 100, "max_features": 0.5, "min_samples_leaf": 2},
    "logistic": {"C": 1.0, "max_iter": 300},
    "ridge": {"alphas": [1.0, 10.0, 100.0]},
    "mlp": {"hidden_layer_sizes": [16], "max_iter": 40, "batch_size": 64, "learning_rate_init": 0.01, "n_networks": 2},
}

BOOSTED = ("catboost", "lightgbm", "xgboost")

TINY = {
    name: {**parameters, "n_estimators": 3} if "n_estimators" in parameters else parameters
    for name, parameters in SMALL.items()
}
"""Few trees where two threads are at work: on a busy machine they wait for each other."""

every_estimator = pytest.mark.parametrize("estimator", sorted({*ESTIMATORS} - {"cnn", "transformer"}))
"""Without networks, which read columns of their own: see test_networks.py."""
every_boosted = pytest.mark.parametrize("estimator", BOOSTED)


def fit_block(block, X, codes, threads=1, **more):
    return fit(Learner(block, threads=threads), X, codes, **more)


def cross_validate_block(block, X, codes, fold, groups=None, **more):
    return cross_validate(Learner(block), lambda k: X, codes, fold, groups, **more)[0]


def block_of(estimator, **changes):
    content = {"features": ["first", "second"], "estimator": estimator, "parameters": SMALL[estimator], **changes}
    return parse_block("mine", content)


# ---------------------------------------------------------------- blocks
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"estimator": "lightgmb"},
            r"models\.mine\.estimator: got 'lightgmb'; allowed: 'catboost', 'cnn', 'extra_trees'",
        ),
        ({"parameters": {"num_leafs": 3}}, r"models\.mine\.parameters: unknown parameter 'num_leafs'.*num_leaves"),
        ({"parameters": {"random_state": 3}}, r"unknown parameter 'random_state'"),
        ({"target": "five"}, r"models\.mine\.target: got 'five'; allowed: 'binary', 'classes'"),
        ({"colour": "red"}, r"models\.mine\.colour: unknown key; allowed here: features, estimator"),
        ({"features": []}, r"models\.mine\.features: got \[\]; allowed: list of text \(at least one"),
        ({"parameters": {"n_estimators": 0}}, r"models\.mine\.parameters\.n_estimators is 0; allowed are whole"),
        ({"parameters": {"n_estimators": "many"}}, r"n_estimators is 'many'"),
        ({"n_seeds": 0}, r"n_seeds: got 0; allowed: integer from 1 up to 100"),
        ({"early_stopping": {"rounds": 5, "patience": 3}}, r"early_stopping\.patience: unknown key"),
        ({"early_stopping": {"validation_fraction": 0.2}}, r"early_stopping: the key rounds is missing"),
        ({"early_stopping": {"rounds": 5, "watch": "test"}}, r"early_stopping\.watch: got 'test'; allowed: 'inner'"),
        (
            {"early_stopping": {"rounds": 5, "validation_fraction": 0.9}},
            r"validation_fraction: got 0.9; allowed: number above 0 up to 0.5",
        ),
        ({"early_stopping": {"rounds": 0}}, r"rounds: got 0"),
        (
            {"balance_classes": True, "tde_weight": 2.0},
            r"tde_weight: got 2.0 with balance_classes: true; allowed: one or the other",
        ),
        ({"estimator": "extra_trees", "early_stopping": {"rounds": 5}}, r"'extra_trees' has no rounds; remove early"),
        ({"labels": ["physical"]}, r"models\.mine\.labels\.0: got 'physical'; allowed: 'physics', 'generator-aware'"),
        ({"parameters": {"boosting_type": "dart"}, "early_stopping": {"rounds": 5}}, r"'dart'.*remove early_stopping"),
    ],
)
def test_mistakes_in_a_block_are_named(changes, message):
    with pytest.raises(InputError, match=message):
        parse_block("mine", {"features": ["first"], "estimator": "lightgbm", **changes})


def test_the_models_of_the_configuration_are_valid():
    config = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
    for name, content in config["models"].items():
        block = parse_block(name, content)
        assert block.parameters == content["parameters"]
    for blend in config["blends"].values():
        assert set(blend["models"]) <= set(config["models"])
        parse_weights(blend["weights"], blend["models"])


@every_estimator
def test_parameters_of_the_workflow_are_not_the_users(estimator):
    allowed = estimator_class(estimator).allowed_parameters()
    assert set(SMALL[estimator]) <= set(allowed)
    assert not {"objective", "random_state", "n_jobs", "self", "kwargs"} & set(allowed)


@every_estimator
def test_values_the_library_refuses_are_named(estimator):
    X, codes, _ = toy_features(150)
    parameter = {"extra_trees": "max_features", "logistic": "C", "mlp": "alpha", "ridge": "alphas"}.get(
        estimator, "subsample"
    )
    with pytest.raises(InputError, match=rf"refuses parameters.*{parameter}"):
        fit_block(block_of(estimator, parameters={**SMALL[estimator], parameter: -0.5}), X, codes)


def test_weights_of_the_tdes():
    codes = np.array([0, 1, 2, 3, TDE, 0, 0, TDE])
    assert block_of("lightgbm", balance_classes=True).sample_weights(codes)[[0, 4]].tolist() == [1.0, 3.0]
    assert block_of("lightgbm", tde_weight=1.5).sample_weights(codes)[[0, 4]].tolist() == [1.0, 1.5]
    with pytest.raises(InputError, match="none of its 3 training objects is a TDE"):
        block_of("lightgbm").sample_weights(np.array([0, 1, 2]))


# ---------------------------------------------------------------- features
def write_family(path, ids, **columns):
    pq.write_table(pa.table({"object_id": ids, **columns}), path)
    return path


def test_families_are_joined_under_their_names(tmp_path):
    ids = ["a", "b"]
    tables = {
        "first": write_family(tmp_path / "f.parquet", ids, z=[1.0, 2.0], peak=[np.nan, np.nan]),
        "second": write_family(tmp_path / "s.parquet", ids, z=[3.0, 4.0]),
    }
    matrix = read_features(tables, ["second", "first"], np.array(ids))
    assert matrix.names == ["second.z", "first.z", "first.peak"]
    assert matrix.values[:, :2].tolist() == [[3.0, 1.0], [4.0, 2.0]]
    assert np.isnan(matrix.values[:, 2]).all()
    assert read_features(tables, ["first", "second"], include=["*.z"], exclude=["first.*"]).names == ["second.z"]


def test_columns_are_chosen_by_label(tmp_path):
    fields = [
        pa.field("object_id", pa.string()),
        pa.field("z", pa.float64(), metadata={"label": "physics"}),
        pa.field("window", pa.float64(), metadata={"label": "generator-aware"}),
    ]
    table = pa.table([pa.array(["a", "b"]), pa.array([1.0, 2.0]), pa.array([3.0, 4.0])], schema=pa.schema(fields))
    pq.write_table(table, tmp_path / "f.parquet")
    tables = {"f": tmp_path / "f.parquet"}
    assert read_features(tables, ["f"]).names == ["f.z", "f.window"]
    assert read_features(tables, ["f"], labels=["physics"]).names == ["f.z"]
    assert read_features(tables, ["f"], labels=["generator-aware"]).names == ["f.window"]
    with pytest.raises(InputError, match=r"labels \['other'\] leave no feature of f"):
        read_features(tables, ["f"], labels=["other"])


@given(st.integers(1, 40), st.integers(1, 12), st.lists(st.integers(1, 15), min_size=2, max_size=2))
def test_blocks_of_rows_make_up_the_matrix(n, rows, row_groups):
    """Whatever the row groups of the tables are."""
    ids = [f"o{i}" for i in range(n)]
    with tempfile.TemporaryDirectory() as folder:
        tables = {}
        for family, size in zip(("first", "second"), row_groups, strict=True):
            table = pa.table({"object_id": ids, "x": np.arange(n) * 1.5, "y": np.arange(n) - 0.5})
            tables[family] = Path(folder) / f"{family}.parquet"
            pq.write_table(table, tables[family], row_group_size=size)
        choice = (("*",), ("second.x",))
        blocks = list(stream_features(tables, ["second", "first"], *choice, rows=rows))
        whole = read_features(tables, ["second", "first"], np.array(ids), *choice)
    assert [len(block.object_id) for block in blocks[:-1]] == [rows] * (len(blocks) - 1)
    assert np.concatenate([block.object_id for block in blocks]).tolist() == ids
    assert all(block.names == whole.names for block in blocks)
    np.testing.assert_array_equal(np.concatenate([block.values for block in blocks]), whole.values)


def test_blocks_end_with_an_error_where_tables_differ(tmp_path):
    tables = {
        "long": write_family(tmp_path / "long.parquet", ["a", "b", "c"], x=[1.0, 2.0, 3.0]),
        "short": write_family(tmp_path / "short.parquet", ["a", "b"], x=[1.0, 2.0]),
    }
    for families in (["long", "short"], ["short", "long"]):
        with pytest.raises(InputError, match=r"(0|1) objects, expected (0|1)"):
            list(stream_features(tables, families, rows=2))


def test_tables_that_cannot_be_joined_are_named(tmp_path):
    good = write_family(tmp_path / "good.parquet", ["a", "b"], x=[1.0, 2.0])
    swapped = write_family(tmp_path / "swapped.parquet", ["b", "a"], x=[1.0, 2.0])
    short = write_family(tmp_path / "short.parquet", ["a"], x=[1.0])
    infinite = write_family(tmp_path / "infinite.parquet", ["a", "b"], x=[1.0, np.inf])
    with pytest.raises(InputError, match="unknown feature family 'third'; there are tables of first"):
        read_features({"first": good}, ["third"])
    with pytest.raises(InputError, match=r"swapped.parquet: object 'b' in row 0, expected 'a'"):
        read_features({"first": good, "second": swapped}, ["first", "second"])
    with pytest.raises(InputError, match=r"short.parquet: 1 objects, expected 2"):
        read_features({"first": short}, ["first"], np.array(["a", "b"]))
    with pytest.raises(InputError, match=r"infinite.parquet: column 'x' of object 'b' is inf"):
        read_features({"first": infinite}, ["first"])
    with pytest.raises(InputError, match=r"pattern 'frist\.\*' .* matches none"):
        read_features({"first": good}, ["first"], include=["frist.*"])
    with pytest.raises(InputError, match="leave none of 1 features"):
        read_features({"first": good}, ["first"], exclude=["*"])
    with pytest.raises(InputError, match=r"2 feature families .* but 1 tables"):
        family_tables(["first", "second"], ["good.parquet"])


def test_other_columns_in_the_test_set_are_refused(tmp_path):
    known = read_features({"f": write_family(tmp_path / "a.parquet", ["a"], x=[1.0])}, ["f"])
    new = read_features({"f": write_family(tmp_path / "b.parquet", ["b"], y=[1.0])}, ["f"])
    with pytest.raises(InputError, match=r"differ in features: f\.x, f\.y"):
        check_same_columns(known, new)


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
def test_result_does_not_depend_on_threads(estimator, target, tmp_path):
    X, codes, _ = toy_features(600)
    block = block_of(estimator, target=target, parameters=TINY[estimator])
    saved = []
    for threads in (1, 2):
        fitted = fit_block(block, X, codes, threads, seed=3)
        fitted.save(tmp_path / f"{threads}")
        saved.append(((tmp_path / f"{threads}").read_bytes(), fitted.predict_proba(X).tobytes()))
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
    block = block_of(estimator, target=target, early_stopping=on and {"rounds": 5, "watch": on})
    fitted = fit_block(block, X[:200], codes[:200], validation=(X[200:], codes[200:]))
    path = tmp_path / f"fitted{fitted.suffix}"
    fitted.save(path)
    loaded = type(fitted).load(path)
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert np.array_equal(loaded.importance().count, fitted.importance().count)
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


# ---------------------------------------------------------------- cross-validation
def test_siblings_flatter_random_folds_and_not_parent_folds():
    """Features say who the parent is and nothing else: only random folds can profit."""
    rng = np.random.default_rng(0)
    parents = np.repeat(np.arange(120), 3)
    codes = np.repeat(np.where(rng.random(120) < 0.25, TDE, 0), 3)
    X = np.repeat(rng.normal(size=(120, 6)), 3, axis=0) + 0.01 * rng.normal(size=(360, 6))
    found = {}
    for kind in ("random", "parent"):
        fold = assign_folds(codes, parents, kind, 5, 0)
        probability = cross_validate_block(block_of("lightgbm"), X, codes, fold, parents if kind == "parent" else None)
        found[kind] = average_precision(codes == TDE, probability[:, -1])[0]
    assert found["random"] > 0.7
    assert found["parent"] < 0.4


def test_noise_scores_at_chance():
    _, codes, parents = toy_features(600)
    X = np.random.default_rng(1).normal(size=(len(codes), 10))
    fold = assign_folds(codes, parents, "random", 5, 0)
    block = block_of("lightgbm", early_stopping={"rounds": 5}, balance_classes=True)
    probability = cross_validate_block(block, X, codes, fold)
    assert average_precision(codes == TDE, probability[:, -1])[0] == pytest.approx(np.mean(codes == TDE), abs=0.06)


def test_repeats_are_fitted_with_other_seeds():
    X, codes, parents = toy_features(300)
    fold = assign_folds(codes, parents, "random", 5, 0)
    first, second = (cross_validate_block(block_of("lightgbm"), X, codes, fold, repeat=r) for r in (0, 1))
    assert np.isfinite(first).all()
    assert not np.array_equal(first, second)


# ---------------------------------------------------------------- scripts
def digest(path):
    files = sorted(p for p in Path(path).rglob("*") if p.is_file()) if Path(path).is_dir() else [Path(path)]
    return [(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files]


@pytest.mark.parametrize(("estimator", "target"), [("lightgbm", "classes"), ("xgboost", "binary")])
def test_scripts_give_the_same_bytes_on_any_number_of_threads(tmp_path, estimator, target):
    ids, _, _, test_ids, codes_test = write_toy_set(tmp_path)
    training = str(tmp_path / "training.parquet")
    folds = str(tmp_path / "folds.parquet")
    make_folds_script.main(training_objects=training, n_splits=2, n_repeats=2, seed=0, output=folds)
    families = ["first", "second"]
    train, test = ([str(tmp_path / f"{family}_{kind}.parquet") for family in families] for kind in ("train", "test"))
    model = {
        "features": ["second", "first"],
        "estimator": estimator,
        "target": target,
        "balance_classes": True,
        "n_seeds": 2,
        "early_stopping": {"rounds": 5},
        "parameters": TINY[estimator],
    }
    bytes_of = []
    for threads in (1, 2):
        out = tmp_path / f"threads_{threads}"
        oof, models = str(out / "oof.parquet"), out / "fitted"
        tables, nothing = {"train": train, "photoz": train}, {"train": {}, "photoz": {}}
        cross_validate_script.main(
            features=tables,
            families=families,
            fold_features=nothing,
            training_objects=training,
            folds=folds,
            weights=[],
            tuned=[],
            model=model,
            name="mine",
            kind="parent",
            repeat=1,
            threads=threads,
            output=oof,
        )  # fmt: skip
        fit_model_script.main(
            features_train=train,
            features_test=test,
            families=families,
            training_objects=training,
            weights=[],
            tuned=[],
            model=model,
            name="mine",
            threads=threads,
            output_models=str(models),
            output_test=str(out / "test.parquet"),
            output_importance=str(out / "importance.parquet"),
        )
        bytes_of.append(digest(out))
    assert bytes_of[0] == bytes_of[1]
    table = pq.read_table(oof)
    classes = ["p_TDE"] if target == "binary" else [f"p_{name}" for name in CLASSES]
    with_photoz = [f"{name}_photoz" for name in classes]
    assert table.column_names == ["object_id", "kind", "repeat", "fold", *classes, *with_photoz]
    assert np.array_equal(table["object_id"].to_numpy(), ids)
    names, class_names, estimators = load_estimators(models)
    matrix = read_features(family_tables(families, test), ["second", "first"])
    assert names == matrix.names
    assert class_names[-1] == "TDE"
    predicted = pq.read_table(out / "test.parquet")
    assert predicted["object_id"].to_pylist() == list(test_ids)
    assert np.array_equal(predicted["p_TDE"].to_numpy(), mean_probability(estimators, matrix.values)[:, -1])
    assert average_precision(codes_test == TDE, predicted["p_TDE"].to_numpy())[0] > 0.7
    importance = importance_table(estimators, names)
    assert importance.equals(pq.read_table(out / "importance.parquet"))
    assert importance["gain"].to_numpy().sum() == pytest.approx(1.0)
    assert importance["count"].to_numpy().sum() == pytest.approx(1.0)
    # the TDEs of the toy set are shifted along the first column of the second family
    assert importance["feature"][0].as_py() == "second.x0" or target == "classes"


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
