"""What models learn besides their trees: features, weights, parameters, stacking; and how they are told apart."""

import numpy as np
import pyarrow as pa
import pytest
from toy import toy_features

from tde.errors import InputError
from tde.evaluation.ablation import ablation_rows, ablation_table
from tde.evaluation.agreement import agreement
from tde.evaluation.classes import TDE
from tde.evaluation.folds import assign_folds
from tde.evaluation.metrics import average_precision
from tde.evaluation.predictions import OutOfFold
from tde.evaluation.published import published_table
from tde.evaluation.redshifts import perturb_redshifts
from tde.evaluation.stacking import cross_fitted_stack
from tde.models.adversarial import adversarial_probability, adversarial_weights
from tde.models.block import parse_block
from tde.models.cross_validation import cross_validate
from tde.models.selection import select_features
from tde.models.training import Learner, fit, load_estimators, save_estimators
from tde.models.tuning import search
from tde.photometry import Z_FLOOR, distance_modulus
from tde.workflow.configuration.model_settings import Selection

TREES = {"features": ["first"], "estimator": "lightgbm", "parameters": {"n_estimators": 20, "num_leaves": 5}}


def shown_cells(table):
    """What a page shows of a table, row by row."""
    return [["".join(piece.text for piece in table.cell(row, column)) for column in table.shown] for row in table.rows]


# ---------------------------------------------------------------- selection
def test_selection_keeps_what_tells_and_drops_copies():
    X, codes, _ = toy_features(600)
    rng = np.random.default_rng(0)
    X = np.column_stack([X, X[:, TDE] + 1e-3 * rng.normal(size=len(X)), rng.normal(size=(len(X), 5))])
    names = [f"first.x{j}" for j in range(X.shape[1])]
    one = select_features(X, codes == TDE, Selection(n_features=1), names, 0)
    assert one.tolist() in ([TDE], [8])  # the shifted column or its copy
    both = select_features(X, codes == TDE, Selection(n_features=4, max_correlation=0.9), names, 0)
    assert len(both) == 4
    assert len({TDE, 8} & set(both.tolist())) == 1


def test_selection_is_the_same_on_any_number_of_threads():
    generator = np.random.default_rng(2)
    X = generator.normal(size=(900, 40))
    positive = X[:, :6].sum(axis=1) + generator.normal(size=900) > 2.0
    names = [f"first.x{j}" for j in range(40)]
    one, three = (select_features(X, positive, Selection(n_features=9), names, 0, threads=n) for n in (1, 3))
    assert one.tolist() == three.tolist()


def test_features_that_do_not_compete_are_kept():
    X, codes, _ = toy_features(300)
    names = [*(f"first.x{j}" for j in range(5)), *(f"second.x{j}" for j in range(3))]
    kept = select_features(X, codes == TDE, Selection(n_features=1, among=["first.*"]), names, 0)
    assert len(kept) == 4
    assert kept[1:].tolist() == [5, 6, 7]


def test_selection_sees_the_training_part_only(tmp_path):
    X, codes, parents = toy_features(450)
    names = [f"first.x{j}" for j in range(8)]
    block = parse_block("mine", {**TREES, "selection": {"n_features": 2}})
    fold = assign_folds(codes, parents, "random", 3, 0)
    turned = np.where((fold == 0)[:, None], X[:, ::-1], X)  # held-out features say something else
    first, second = (
        cross_validate(Learner(block, names), lambda place, m=m: [m], codes, fold[None])[0, 0, fold == 0]
        for m in (X, turned)
    )
    fitted = fit(Learner(block, names), X[fold != 0], codes[fold != 0], seed=0)
    assert np.array_equal(fitted.predict_proba(X[fold == 0]), first)
    assert np.array_equal(fitted.predict_proba(turned[fold == 0]), second)
    save_estimators(tmp_path, block, names, [fitted])
    loaded_names, _, (loaded,) = load_estimators(tmp_path)
    assert loaded_names == names
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert (loaded.importance().splits > 0).sum() <= 2
    assert len(loaded.importance().splits) == 8


# ---------------------------------------------------------------- adversarial weights
def test_sets_alike_give_even_weights_and_a_shift_is_seen():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(600, 4)), rng.normal(size=(900, 4))
    p, auc = adversarial_probability(train, test)
    assert auc == pytest.approx(0.5, abs=0.06)
    assert adversarial_weights(p).mean() == pytest.approx(1.25, abs=0.05)
    train[:200, 0] -= 3.0  # a third of the training set is unlike anything in the test set
    p, auc = adversarial_probability(train, test)
    weights = adversarial_weights(p)
    assert auc > 0.6
    assert weights[:200].mean() + 0.3 < weights[200:].mean()
    assert weights.min() >= 0.5
    assert weights.max() <= 2.0


# ---------------------------------------------------------------- tuning
SPACE = {
    "num_leaves": {"low": 2, "high": 8, "integer": True},
    "learning_rate": {"low": 0.001, "high": 0.3, "log": True},
    "boosting_type": ["gbdt", "dart"],
}


def run_search(journal, n_trials, **changes):
    X, codes, parents = toy_features(240)
    tuning = {"n_trials": n_trials, "objective": "average_precision", "space": SPACE, **changes}
    block = parse_block("mine", {**TREES, "tuning": tuning})
    fold = assign_folds(codes, parents, "random", 3, 42)
    return search(block, block.tuning, [f"first.x{j}" for j in range(8)], X, codes, fold, journal)


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(tmp_path):
    whole = run_search(tmp_path / "whole.journal", 5)
    run_search(tmp_path / "parts.journal", 2)
    parts = run_search(tmp_path / "parts.journal", 5)
    assert [trial.params for trial in parts.trials] == [trial.params for trial in whole.trials]
    assert [trial.value for trial in parts.trials] == [trial.value for trial in whole.trials]
    assert whole.best_value > 0.8
    assert set(whole.best_params) == set(SPACE)
    with pytest.raises(InputError, match="another search"):
        run_search(tmp_path / "parts.journal", 6, objective="log_loss")


def test_tuned_parameters_join_those_of_the_block():
    block = parse_block("mine", TREES, {"num_leaves": 9})
    assert block.parameters == {"n_estimators": 20, "num_leaves": 9}


# ---------------------------------------------------------------- stacking
def test_stacking_ignores_noise_and_its_own_fold():
    rng = np.random.default_rng(0)
    positive = rng.random(800) < 0.2
    good = 1.0 / (1.0 + np.exp(-(3.0 * positive - 2.0 + rng.normal(size=800))))
    fold = np.tile(np.arange(800) % 4, (1, 1))
    models = [OutOfFold("random", p[None], fold) for p in (good, rng.random(800))]
    (stacked,) = cross_fitted_stack(models, positive)
    alone, together = (average_precision(positive, p)[0] for p in (good, stacked.probability[0]))
    assert together > alone - 0.02
    changed = np.where(fold[0] == 2, ~positive, positive)
    (other,) = cross_fitted_stack(models, changed)
    assert np.array_equal(other.probability[0, fold[0] == 2], stacked.probability[0, fold[0] == 2])
    assert not np.array_equal(other.probability, stacked.probability)


# ---------------------------------------------------------------- comparison pages
def test_agreement_is_symmetric_and_one_with_itself():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 3, 100)) < 0.3
    assert agreement(first, first) == 1.0
    assert agreement(first, second) == agreement(second, first) < 1.0
    assert agreement(first & ~first, first & ~first) == 1.0


def test_published_figures_stand_beside_the_same_statistic():
    mean = {"f1": 0.6, "average_precision": 0.7, "optimistic_f1_pooled": 0.65, "optimistic_f1_per_fold": 0.68}
    metrics = {name: {"random": {"mean": mean}} for name in ("a", "b", "c")}
    reported = {"a": {"f1": 0.61, "statistic": "per_fold", "leaderboard": 0.59}, "b": {"f1": 0.66}, "c": {}}
    a, b = shown_cells(published_table(reported, metrics))
    assert a[1:5] == ["0.610", "best threshold of each fold", "0.680", "0.600"]
    assert b[3] == "0.650"
    assert (a[-1], b[-1]) == ("0.590", "–")


def test_ablation_shows_changes_against_all_families():
    def result(how, family, ap):
        scores = {"mean": {"f1": 0.5, "average_precision": ap, "log_loss": 0.1}}
        errors = dict.fromkeys(scores["mean"], 0.01)
        metrics = {kind: {**scores, "standard_error": errors} for kind in ("random", "parent")}
        return {"how": how, "family": family, "metrics": metrics}

    results = [result("only", "x", 0.3), result("without", "x", 0.7), result("without", "y", 0.6),
               result("only", "y", 0.4), result("full", "all", 0.8)]  # fmt: skip
    cells = shown_cells(ablation_table("a model", ablation_rows(results)))
    assert [row[0] for row in cells] == ["all families", "without y", "without x", "only y", "only x"]
    assert [row[2] for row in cells] == ["0.800 ± 0.010", "-0.200", "-0.100", "0.400 ± 0.010", "0.300 ± 0.010"]


# ---------------------------------------------------------------- photometric redshifts
def test_redshifts_are_scattered_as_the_test_set_states():
    z = np.concatenate([np.full(4000, 0.5), [np.nan, 0.001]])
    objects = pa.table({"object_id": [str(i) for i in range(len(z))], "z": z, "distance_modulus": distance_modulus(z)})
    found = perturb_redshifts(objects, 0.02, 7)
    scattered = found["z"].to_numpy()
    assert np.std(scattered[:4000]) == pytest.approx(0.03, rel=0.05)
    assert np.mean(scattered[:4000]) == pytest.approx(0.5, abs=0.002)
    assert np.isnan(scattered[4000])
    assert scattered[4001] >= Z_FLOOR
    assert found["distance_modulus"].to_numpy() == pytest.approx(distance_modulus(scattered), nan_ok=True)
    assert found["object_id"].equals(objects["object_id"])
    assert np.array_equal(scattered, perturb_redshifts(objects, 0.02, 7)["z"].to_numpy(), equal_nan=True)
    assert not np.array_equal(scattered, perturb_redshifts(objects, 0.02, 8)["z"].to_numpy(), equal_nan=True)
