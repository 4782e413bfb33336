"""Model blocks, the feature join, estimators and cross-validation."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from model_blocks import SMALL, TINY, block_of, cross_validate_block, every_estimator, fit_block
from toy import NOTHING_LEARNT, toy_features, write_toy_set

import cross_validate as cross_validate_script
import fit_model as fit_model_script
import make_folds as make_folds_script
from tde.errors import InputError
from tde.evaluation.blend import parse_weights
from tde.evaluation.classes import CLASSES, TDE
from tde.evaluation.folds import assign_folds
from tde.evaluation.metrics import average_precision
from tde.models.block import parse_block
from tde.models.cross_validation import cross_validate
from tde.models.estimator_class import estimator_class
from tde.models.features import family_tables, read_features
from tde.models.training import Learner, importance_table, load_estimators, mean_probability


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
    first, second = cross_validate(Learner(block_of("lightgbm")), lambda place: [X], codes, np.array([fold, fold]))[0]
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
    make_folds_script.main(training_objects=training, n_folds=2, n_repeats=2, seed=0, output=folds)
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
        tables, nothing = ({name: of_set for name in ("train", "photoz")} for of_set in (train, NOTHING_LEARNT))
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
            threads=threads,
            output=oof,
        )
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
    assert np.array_equal(table["object_id"].to_numpy(), np.tile(ids, 4))  # two kinds, two repeats
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
