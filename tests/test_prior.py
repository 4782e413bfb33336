"""Rates of the classes: estimated from probabilities, asked for, and what the predictions are under them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from shipped_configuration import changed, complaints

import gather_predictions
from tde.candidates.choice import choice_words
from tde.errors import InputError
from tde.evaluation.class_rates import estimated_rates, under_rates
from tde.evaluation.classes import CLASSES
from tde.lightcurves import read_shards
from tde.predict.bundle import read_bundle
from tde.predict.classify import How, classify
from tde.predict.decision import within_budget
from tde.predict.expected_words import expected_words
from tde.predict.histories import AGE, history, with_decisions
from tde.predict.under_prior import (
    FEWEST,
    decided,
    expected,
    held_out_under,
    learnt_rates,
    reweighted,
    settle_prior,
)
from tde.tables import read_json, read_parquet, write_json, write_parquet
from tde.views.states import progress

TRAINING = np.array([0.6, 0.25, 0.09, 0.01, 0.05])
SURVEYS = {"as trained": TRAINING, "rare": np.array([0.8, 0.13, 0.055, 0.01, 0.005]), "mixed": np.full(5, 0.2)}
MIDDLES = np.array([[0.0, 0.0], [2.5, 0.0], [2.0, 1.8], [0.0, 2.6], [-2.2, 1.2]])
"""Classes are Gaussians of two features, so that the probabilities of each rates are known exactly."""


def population(rates, n, seed):
    """Classes of some objects, and what one who learnt with `TRAINING` says of them."""
    generator = np.random.default_rng(seed)
    code = generator.choice(5, n, p=rates)
    X = MIDDLES[code] + generator.standard_normal((n, 2))
    density = np.exp(-0.5 * ((X[:, None] - MIDDLES) ** 2).sum(axis=2)) * TRAINING
    return code, density / density.sum(axis=1, keepdims=True)


def held_out_table(code, said):
    columns = {f"p_{name}": said[:, k] for k, name in enumerate(CLASSES[:-1])}
    return pa.table(
        {"log_age": np.linspace(0.0, 7.0, len(code)), "both": said[:, -1], **columns, "is_TDE": code == 4,
         "class": [CLASSES[k] for k in code], "weight": np.ones(len(code))}
    )  # fmt: skip


def prediction_table(said):
    ends = {"p_TDE": said[:, -1], "p_TDE_low": 0.8 * said[:, -1], "p_TDE_high": 1.0 - 0.8 * (1.0 - said[:, -1])}
    columns = {name: pa.array(values) for name, values in ends.items()}
    columns |= {f"p_{name}": pa.array(said[:, k]) for k, name in enumerate(CLASSES[:-1])}
    return pa.table(
        {"object_id": [f"o{k:06d}" for k in range(len(said))], **columns, "is_TDE": said[:, -1] > 0.5,
         "threshold": np.full(len(said), 0.5), "calibration": ["as_trained"] * len(said)}
    )  # fmt: skip


@pytest.fixture(scope="module")
def held_out():
    return held_out_table(*population(TRAINING, 30_000, 1))


class TestEstimate:
    @pytest.mark.parametrize("rates", SURVEYS.values(), ids=SURVEYS)
    def test_the_rates_of_a_survey_are_found_within_their_errors(self, rates):
        pulls = []
        for seed in range(6):
            _, said = population(rates, 2000, 100 + seed)
            found = estimated_rates(said, TRAINING, 40, seed)
            pulls.append((found.rates - rates) / found.errors())
        pulls = np.array(pulls)
        assert (np.abs(pulls) < 2.0).mean() > 0.85
        assert np.abs(pulls).max() < 4.0
        assert np.abs(pulls.mean(axis=0)).max() < 1.5

    def test_it_is_the_most_likely_mixture(self):
        _, said = population(SURVEYS["rare"], 500, 7)
        found = estimated_rates(said, TRAINING, 1).rates

        def log_likelihood(rates):
            return np.log((said / TRAINING) @ rates).sum()

        for other in np.random.default_rng(2).dirichlet(np.ones(5), 200):
            assert log_likelihood(0.99 * found + 0.01 * other) <= log_likelihood(found) + 1e-3

    def test_a_class_that_is_absent_has_an_error_all_the_same(self):
        _, said = population(np.array([0.7, 0.3, 0.0, 0.0, 0.0]), 1000, 3)
        found = estimated_rates(said, TRAINING)
        assert (found.errors() >= 1e-3).all()
        assert (found.rates - 3.0 * found.errors())[2:].max() <= 0.0

    def test_probabilities_under_the_rates_are_calibrated(self):
        rates = SURVEYS["mixed"]
        code, said = population(rates, 40_000, 5)
        after = under_rates(said, TRAINING, rates)
        np.testing.assert_allclose(after.sum(axis=1), 1.0)
        for k in range(5):
            for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.8), (0.8, 1.0)):
                rows = (after[:, k] >= low) & (after[:, k] < high)
                promised, error = after[rows, k].mean(), np.sqrt((after[rows, k] * (1 - after[rows, k])).mean())
                assert (code[rows] == k).mean() == pytest.approx(promised, abs=4 * error / np.sqrt(rows.sum()))
        assert abs(said[:, 4].mean() - 0.2) > 0.05  # as they were, they were not


class TestPredictionsUnderAPrior:
    def prior(self, held_out, rates):
        return settle_prior(dict(zip(CLASSES, rates.tolist(), strict=True)), CLASSES, held_out, prediction_table(
            np.zeros((0, 5))))  # fmt: skip

    def test_all_numbers_of_an_object_move_together(self, held_out):
        _, said = population(TRAINING, 300, 9)
        before, prior = prediction_table(said), self.prior(held_out, SURVEYS["rare"])
        after = reweighted(before, prior)
        columns = {name: after[name].to_numpy() for name in after.column_names if name.startswith("p_")}
        np.testing.assert_allclose(sum(columns[f"p_{name}"] for name in CLASSES), 1.0)
        assert (columns["p_TDE_low"] <= columns["p_TDE"]).all()
        assert (columns["p_TDE"] <= columns["p_TDE_high"]).all()

        def log_odds(p):
            return np.log(p) - np.log1p(-p)

        shift = log_odds(columns["p_TDE"]) - log_odds(said[:, -1])
        for end in ("low", "high"):
            moved = log_odds(columns[f"p_TDE_{end}"]) - log_odds(before[f"p_TDE_{end}"].to_numpy())
            np.testing.assert_allclose(moved, shift, atol=1e-6)

    def test_the_learnt_rates_themselves_change_nothing(self, held_out):
        _, said = population(TRAINING, 50, 10)
        prior = self.prior(held_out, learnt_rates(CLASSES, held_out))
        after = reweighted(prediction_table(said), prior)
        np.testing.assert_allclose(after["p_TDE"].to_numpy(), said[:, -1], rtol=1e-9)

    def test_an_object_without_observations_stays_without_probability(self, held_out):
        _, said = population(TRAINING, 3, 11)
        table = prediction_table(said)
        for name in ("p_TDE", "p_TDE_low", "p_TDE_high", *(f"p_{c}" for c in CLASSES[:-1])):
            values = pa.array(table[name].to_numpy(), mask=np.array([False, True, False]))
            table = table.set_column(table.column_names.index(name), name, values)
        prior = self.prior(held_out, SURVEYS["mixed"])
        after = decided(reweighted(table, prior), held_out_under(prior, held_out), "f1", np.zeros(3))
        assert after["p_TDE"].is_valid().to_pylist() == [True, False, True]
        assert after["is_TDE"].to_pylist()[1] is False
        assert expected(after, prior)["TDE_among_all"] == pytest.approx(np.nansum(after["p_TDE"].to_numpy()))

    @pytest.mark.parametrize("wish", [{"purity": 0.8}, {"completeness": 0.7}], ids=str)
    @pytest.mark.parametrize("rates", SURVEYS.values(), ids=SURVEYS)
    def test_wishes_are_met_in_the_survey(self, held_out, rates, wish):
        """A list is as pure or complete as asked where the classes have other rates, and as it says itself."""
        code, said = population(rates, 40_000, 12)
        prior = self.prior(held_out, rates)
        table = decided(
            reweighted(prediction_table(said), prior), held_out_under(prior, held_out), wish,
            np.random.default_rng(1).uniform(1.0, 6.0, len(code)),
        )  # fmt: skip
        called, (name, asked) = table["is_TDE"].to_numpy(zero_copy_only=False), next(iter(wish.items()))
        share = (code[called] == 4) if name == "purity" else called[code == 4]
        assert share.mean() == pytest.approx(asked, abs=4 * 0.5 / np.sqrt(len(share)) + 0.05)
        told = expected(table, prior)
        assert told["TDE_among_them"] == pytest.approx(
            (code[called] == 4).sum(), abs=4 * told["TDE_among_them_err"] + 1
        )
        assert told["TDE_among_all"] == pytest.approx((code == 4).sum(), abs=4 * told["TDE_among_all_err"])

    def test_a_list_of_highest_f1_beats_that_of_the_training_rates(self, held_out):
        code, said = population(SURVEYS["mixed"], 20_000, 13)
        prior = self.prior(held_out, SURVEYS["mixed"])
        table = decided(reweighted(prediction_table(said), prior), held_out_under(prior, held_out), "f1", np.full(
            len(code), 3.0))  # fmt: skip
        f1 = [2 * (call & (code == 4)).sum() / (call.sum() + (code == 4).sum()) for call in (
            table["is_TDE"].to_numpy(zero_copy_only=False), said[:, -1] > 0.4)]  # fmt: skip
        assert f1[0] > f1[1] + 0.02

    def test_a_budget_goes_by_the_new_probabilities(self, held_out):
        said = np.array([[0.5, 0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.4, 0.0, 0.6]])
        prior = self.prior(held_out, np.array([0.01, 0.09, 0.8, 0.01, 0.09]))
        assert within_budget(reweighted(prediction_table(said), prior), 1)["is_TDE"].to_pylist() == [True, False]

    def test_estimated_rates_have_errors_that_reach_the_list(self, held_out):
        code, said = population(SURVEYS["mixed"], 1000, 14)
        table = prediction_table(said)
        prior = settle_prior("estimated", CLASSES, held_out, table)
        after = reweighted(table, prior)
        with_errors, without = expected(after, prior), expected(after, prior._replace(estimate=None))
        assert with_errors["TDE_among_all_err"] > without["TDE_among_all_err"]
        assert with_errors["TDE_among_all"] == pytest.approx(
            (code == 4).sum(), abs=3 * with_errors["TDE_among_all_err"]
        )
        words = expected_words({"prior": {"asked": "estimated", **prior.content()}, "expected": with_errors})
        assert words.startswith("Under estimated rates of the classes (AGN ")
        assert f"{with_errors['TDE_among_all']:.1f} +- " in words
        assert choice_words(after, {"budget": 2}, {}, words).endswith(words)

    def test_objects_unlike_the_training_set_do_not_count_for_an_estimate(self, held_out):
        _, said = population(SURVEYS["mixed"], 3 * FEWEST, 15)
        table = prediction_table(said)
        notes = pa.array(["as_trained", "reduced:few_bands", "as_trained"] * FEWEST)
        table = table.set_column(table.column_names.index("calibration"), "calibration", notes)
        alone = table.filter(pc.equal(table["calibration"], "as_trained"))
        both, kept = (settle_prior("estimated", CLASSES, held_out, each) for each in (table, alone))
        np.testing.assert_array_equal(both.rates, kept.rates)
        assert both.content()["estimated_from"] == 2 * FEWEST


class TestRefused:
    def test_too_few_objects_for_an_estimate(self, held_out):
        _, said = population(TRAINING, FEWEST - 1, 16)
        with pytest.raises(InputError, match=r"at least 100 objects .* as_trained, got 99 of 99"):
            settle_prior("estimated", CLASSES, held_out, prediction_table(said))

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({"rest": 0.9, "TDE": 0.1}, "unknown class rest; the bundle's classes are AGN, Ia, CC, SLSN, TDE"),
            ({"AGN": 0.9, "TDE": 0.1}, "no rate of Ia, CC, SLSN; the bundle's classes are"),
        ],
    )
    def test_classes_that_are_not_the_bundles(self, held_out, asked, words):
        with pytest.raises(InputError, match=words):
            settle_prior(asked, CLASSES, held_out, prediction_table(np.zeros((0, 5))))

    def test_a_bundle_that_does_not_know_what_it_told_of_each_class(self, held_out):
        with pytest.raises(InputError, match=r"predict.prior: the bundle does not say .* allowed with it: training"):
            learnt_rates(CLASSES, held_out.drop_columns("class"))

    @pytest.mark.parametrize(
        ("prior", "line"),
        [
            (
                {"AGN": 0.9, "TDE": 0.2},
                "predict.prior: got rates that sum to 1.1; allowed: rates of all classes, sum 1",
            ),
            ({"AGN": 0.9, "QSO": 0.1}, "predict.prior.QSO: unknown class; allowed: AGN, Ia, CC, SLSN, TDE"),
            ({"AGN": 0.0, "TDE": 0.0}, "predict.prior: got rates that sum to 0; allowed: rates of all classes, sum 1"),
            ({"AGN": 1.0, "TDE": 0.0}, "predict.prior.TDE: got 0; allowed: more than 0"),
            (
                {"AGN": -0.1, "TDE": 1.1},
                "predict.prior: got {'AGN': -0.1, 'TDE': 1.1}; allowed: 'training', 'estimated' or",
            ),
            ("observed", "predict.prior: got 'observed'; allowed: 'training', 'estimated' or"),
        ],
    )
    def test_rates_that_are_none(self, prior, line):
        assert complaints(changed("predict.prior", prior))[0].startswith(line)

    def test_models_of_one_kind_alone(self):
        config = changed("predict.prior", "estimated")
        config["predict"]["learnt_from"] = "whole"
        (line,) = complaints(config)
        assert line == "predict.prior: got estimated with learnt_from: whole; allowed: with learnt_from: both"


RESULTS = "results/simulated"


@pytest.fixture(scope="module")
def classified(quick, tmp_path_factory):
    """Parts as a job writes them: the simulated test set, and histories of a few of its objects."""
    base, folder = quick.path / RESULTS, tmp_path_factory.mktemp("parts")
    objects = read_parquet(base / "objects/test.parquet")
    curves = read_shards(sorted(map(str, (base / "shards/test").glob("*.parquet"))), objects)
    loaded = read_bundle(base / "bundle")
    told = history(loaded, curves.select(np.arange(4)), None, How(n_resamples=0))
    found = classify(loaded, curves, objects, How(n_resamples=0))
    found = with_decisions(found, told, curves).append_column("label", pa.array(np.full(len(curves), -1)))
    write_parquet(folder / "part.parquet", found.append_column(AGE, pa.array(progress(curves)[:, 0])))
    write_parquet(folder / "history.parquet", told)
    write_json(folder / "reading.json", {"files refused": {}})
    return folder


def gathered(quick, classified, folder, prior, choose="f1"):
    files = {"table": "predictions.parquet", "text": "predictions.csv", "summary": "summary.json",
             "scores": "scores.csv", "history": "history.parquet", "history_text": "history.csv"}  # fmt: skip
    gather_predictions.main(
        parts=[str(classified / "part.parquet")],
        histories=[str(classified / "history.parquet")],
        bundle=str(quick.path / RESULTS / "bundle"),
        reading=str(classified / "reading.json"),
        choose=choose,
        prior=prior,
        **{name: str(folder / file) for name, file in files.items()},
    )
    return (
        read_parquet(folder / "predictions.parquet"),
        read_parquet(folder / "history.parquet"),
        read_json(folder / "summary.json"),
    )


class TestGathered:
    def test_without_a_prior_all_stays_as_the_jobs_wrote_it(self, quick, classified, tmp_path):
        table, told, summary = gathered(quick, classified, tmp_path, "training")
        assert table.equals(read_parquet(classified / "part.parquet").drop_columns(["label", AGE]))
        assert told.equals(read_parquet(classified / "history.parquet").drop_columns(AGE))
        assert summary["prior"] == {"asked": "training"}
        assert expected_words(summary) == ""

    def test_a_stream_with_few_tdes_has_a_shorter_list_and_says_how_pure_it_is(self, quick, classified, tmp_path):
        few = {"AGN": 0.8, "Ia": 0.13, "CC": 0.055, "SLSN": 0.01, "TDE": 0.005}
        before, _, _ = gathered(quick, classified, tmp_path, "training")
        table, told, summary = gathered(quick, classified, tmp_path, few)
        p, threshold = (table[name].to_numpy(zero_copy_only=False) for name in ("p_TDE", "threshold"))
        assert (p <= before["p_TDE"].to_numpy(zero_copy_only=False) + 1e-12).mean() > 0.9
        assert table["is_TDE"].to_pylist() == (p > threshold).tolist()
        assert summary["called_TDE"] == summary["expected"]["called_TDE"] == sum(table["is_TDE"].to_pylist())
        assert summary["prior"]["rates"] == pytest.approx(few)
        assert summary["expected"]["TDE_among_all"] == pytest.approx(p.sum())
        assert "Under the given rates of the classes (AGN 80.00" in expected_words(summary)
        # the last night of a history is the whole light curve
        for name in told["object_id"].unique().to_pylist():
            last = told.filter(pc.equal(told["object_id"], name)).slice(0).to_pylist()[-1]
            whole = table.filter(pc.equal(table["object_id"], name)).to_pylist()[0]
            assert last["p_TDE"] == pytest.approx(whole["p_TDE"])
            assert last["threshold"] == pytest.approx(whole["threshold"])
            assert last["is_TDE"] == whole["is_TDE"]
            assert (whole["decided_mjd"] is not None) <= whole["is_TDE"]
