"""Models of unfinished light curves in use: thresholds by age, wishes for the list, and `predict` by both kinds."""

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from shipped_configuration import changed, complaints

from tde.candidates.choice import choice_words
from tde.errors import InputError
from tde.evaluation.metrics import f1_score
from tde.evaluation.thresholds_by_age import HeldOut, best_f1, of_completeness, of_purity
from tde.lightcurves import read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.predict.decision import thresholds, within_budget
from tde.sources.flags import calibration_note, flag_mask
from tde.tables import read_json, read_parquet
from tde.trigger import trigger_mjd
from tde.views.cut import until
from tde.views.states import progress

RESULTS = "results/simulated"


def calibrated(seed, n=40_000, early=0.15, late=0.6):
    """Light curves whose P(TDE) is what it says, and tells more the older they are."""
    generator = np.random.default_rng(seed)
    log_age = generator.uniform(np.log(2.0), np.log(400.0), n)
    width = np.interp(log_age, [np.log(2.0), np.log(400.0)], [early, late])
    probability = 1.0 / (1.0 + np.exp(3.0 - 6.0 * width * generator.standard_normal(n)))
    return HeldOut(log_age, probability, generator.random(n) < probability, np.ones(n))


class TestThresholdsByAge:
    def test_the_list_is_as_pure_as_asked_at_every_age(self):
        known, new = calibrated(1), calibrated(2)
        chosen = new.probability > of_purity(known, new.log_age, 0.7)
        for youngest, oldest in ((2, 10), (10, 60), (60, 400)):
            rows = chosen & (new.log_age > np.log(youngest)) & (new.log_age < np.log(oldest))
            assert rows.sum() > 30
            error = np.sqrt(0.21 / rows.sum())
            assert new.positive[rows].mean() > 0.7 - 3 * error

    def test_the_list_is_as_complete_as_asked_at_every_age(self):
        known, new = calibrated(3), calibrated(4)
        chosen = new.probability > of_completeness(known, new.log_age, 0.8)
        for youngest, oldest in ((2, 10), (10, 60), (60, 400)):
            rows = new.positive & (new.log_age > np.log(youngest)) & (new.log_age < np.log(oldest))
            assert chosen[rows].mean() == pytest.approx(0.8, abs=3 * 0.4 / np.sqrt(rows.sum()) + 0.02)

    def test_no_single_threshold_beats_them_in_f1_at_an_age(self):
        known, new = calibrated(5), calibrated(6)
        for age in (3.0, 30.0, 300.0):
            rows = np.abs(new.log_age - np.log(age)) < 0.3
            ours = float(f1_score(new.positive[rows], (new.probability > best_f1(known, new.log_age))[rows])[0])
            best = max(
                float(f1_score(new.positive[rows], new.probability[rows] > cut)[0]) for cut in np.linspace(0, 0.9, 91)
            )
            assert ours > best - 0.03

    def test_a_purity_that_no_list_has_calls_nobody(self):
        known = calibrated(7)
        hopeless = known._replace(positive=known.positive & (known.probability < 0.3))
        assert not (known.probability > of_purity(hopeless, known.log_age, 0.9)).any()

    @given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 1000))
    def test_a_handful_of_light_curves_is_no_error(self, n, n_tde, seed):
        generator = np.random.default_rng(seed)
        positive = np.arange(n) < n_tde
        few = HeldOut(generator.uniform(0, 6, n), generator.random(n), positive, np.ones(n))
        ages = np.array([0.0, 3.0, 9.0])
        for found in (best_f1(few, ages), of_purity(few, ages, 0.5), of_completeness(few, ages, 0.5)):
            assert ((found >= 0.0) & (found <= 1.0)).all()


class TestBudget:
    def table(self, p):
        names = pa.array([f"o{k}" for k in range(len(p))])
        return pa.table({"object_id": names, "p_TDE": p, "is_TDE": [False] * len(p), "threshold": [0.3] * len(p)})

    def test_the_most_probable_are_chosen_and_ties_go_by_name(self):
        found = within_budget(self.table([0.2, 0.9, None, 0.9, 0.9, 0.1]), 2)
        assert found["is_TDE"].to_pylist() == [False, True, False, True, False, False]
        assert found["threshold"].to_pylist() == [0.9, 0.9, None, 0.9, 0.9, 0.9]
        assert choice_words(found, {"budget": 2}, {}) == "2 of them are within the budget of 2."

    def test_more_than_there_are_is_all_that_have_a_probability(self):
        assert within_budget(self.table([0.2, None, 0.1]), 9)["is_TDE"].to_pylist() == [True, False, True]
        assert within_budget(self.table([]).cast(within_budget(self.table([0.1]), 1).schema), 3).num_rows == 0


def test_unfinished_light_curves_are_no_reason_against_models_that_learnt_from_them():
    mask = flag_mask("no_decline;partial;z_missing")
    assert calibration_note(mask, with_views=False) == "reduced:partial+no_decline+z_missing"
    assert calibration_note(mask) == "reduced:z_missing"


@pytest.mark.parametrize(
    ("choose", "line"),
    [
        ({"purity": 0.8, "budget": 3}, "predict.choose: got {'purity': 0.8, 'budget': 3.0}; allowed: f1, or one of"),
        ({}, "predict.choose: got {}; allowed: f1, or one of"),
        ({"purity": 1.0}, "predict.choose.purity: got 1; allowed: a share below 1"),
        ({"budget": 2.5}, "predict.choose.budget: got 2.5; allowed: a whole number of objects"),
        ({"spectra": 3}, "predict.choose: got {'spectra': 3}; allowed: 'f1' or {purity, completeness, budget"),
        ("best", "predict.choose: got 'best'; allowed: 'f1' or"),
    ],
)
def test_wishes_that_cannot_be_met_stop_the_run(choose, line):
    (problem,) = complaints(changed("predict.choose", choose))
    assert problem.startswith(line)


def test_a_pure_list_asks_for_models_of_both_kinds():
    config = changed("predict.choose", {"purity": 0.8})
    config["predict"]["learnt_from"] = "whole"
    assert complaints(config) == [
        "predict.choose.purity: got purity with learnt_from: whole; allowed: with learnt_from: both"
    ]


@pytest.fixture(scope="module")
def bundle(quick):
    return read_bundle(quick.path / RESULTS / "bundle")


@pytest.fixture(scope="module")
def early(quick):
    """The test set's light curves until 40 d after their trigger."""
    base = quick.path / RESULTS
    objects = read_parquet(base / "objects/test.parquet")
    whole = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects)
    return until(whole, trigger_mjd(whole) + 40.0)


def said(bundle, curves, **how):
    objects = pa.table({"z_err": np.full(len(curves), np.nan)})
    return classify(bundle, curves, objects, How(n_resamples=0, **how))


class TestBoth:
    def test_p_tde_lies_between_the_two_kinds_as_their_share_says(self, bundle, early):
        whole, views, both = (said(bundle, early, learnt_from=kind) for kind in ("whole", "views", "both"))
        share = both["learnt_from_views"].to_numpy()
        np.testing.assert_allclose(share, bundle.share(progress(early)))
        assert set(whole["learnt_from_views"].to_pylist()) == {0.0}
        assert set(views["learnt_from_views"].to_pylist()) == {1.0}
        for name in ("AGN", "Ia", "CC", "SLSN", "TDE"):
            parts = (table[f"p_{name}"].to_numpy(zero_copy_only=False) for table in (whole, views))
            of_whole, of_views = parts
            expected = share * of_views + (1.0 - share) * of_whole
            np.testing.assert_allclose(both[f"p_{name}"].to_numpy(zero_copy_only=False), expected, atol=1e-12)
        p, low, high = (both[f"p_TDE{end}"].to_numpy(zero_copy_only=False) for end in ("", "_low", "_high"))
        seen = ~np.isnan(p)
        assert ((low <= p) & (p <= high))[seen].all()

    def test_young_light_curves_are_told_by_models_of_views_and_whole_ones_by_those_of_whole_ones(self, quick, bundle):
        told = read_parquet(quick.path / RESULTS / "views/views.parquet")
        far = np.column_stack([told[name].to_numpy() for name in ("log_age", "bands")])
        share = bundle.unfinished.handover.share(
            np.column_stack([told[name].to_numpy() for name in told.column_names[-4:]])
        )
        whole = told["whole"].to_numpy(zero_copy_only=False)
        young = ~whole & (far[:, 0] < np.log(30.0))
        assert share[young].mean() > share[whole].mean() + 0.2

    def test_wishes_ask_for_a_bundle_that_knows_ages(self, bundle):
        with pytest.raises(InputError, match=r"predict.choose: got purity; allowed with this bundle: f1, budget"):
            thresholds(bundle, {"purity": 0.8}, None)
        assert thresholds(bundle, "f1", None) == bundle.threshold

    def test_a_purer_list_is_shorter(self, bundle, early):
        lists = [set_of(said(bundle, early, choose={"purity": purity})) for purity in (0.2, 0.5, 0.95)]
        assert lists[0] >= lists[1] >= lists[2]
        assert len(lists[0]) > len(lists[2])

    def test_no_fold_has_learnt_from_what_is_held_out(self, quick):
        """Each light curve is told by the fits of its own fold, whole and cut."""
        base = quick.path / RESULTS / "views"
        held_out, told = read_parquet(base / "parent_0/held_out.parquet"), read_parquet(base / "views.parquet")
        assert held_out.num_rows == told.num_rows
        both = held_out["both"].to_numpy()
        ends = np.sort([held_out["whole"].to_numpy(), held_out["views"].to_numpy()], axis=0)
        assert ((both >= ends[0] - 1e-12) & (both <= ends[1] + 1e-12)).all()
        assert len(read_json(base / "parent_0/handover.json")["folds"]) == 3


def set_of(predictions):
    return set(predictions.filter(predictions["is_TDE"])["object_id"].to_pylist())
