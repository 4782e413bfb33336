"""Scores by how far light curves have come: numbers worked out by hand, and what calibrated probabilities give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve

from tde.evaluation.growth import (
    KINDS,
    called_scores,
    completeness_at_purity,
    decided_words,
    growth_scores,
    growth_table,
    purity_at_completeness,
)


class TestScores:
    @given(st.integers(0, 2**31 - 1), st.sampled_from([0.2, 0.5, 0.8]))
    def test_purity_and_completeness_are_those_of_the_curve(self, seed, level):
        rng = np.random.default_rng(seed)
        p, positive = np.round(rng.random(60), 1), rng.random(60) < 0.3
        positive[0] = True
        precision, recall, _ = precision_recall_curve(positive, p)
        assert completeness_at_purity(positive, p, level) == pytest.approx(recall[precision >= level].max())
        reached = recall >= level
        assert purity_at_completeness(positive, p, level) == pytest.approx(precision[reached].max())

    def test_table(self):
        positive = np.array([True, True, False, False])
        scores = growth_scores(positive, np.array([0.9, 0.2, 0.6, 0.1]), np.arange(4))
        assert scores["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
        assert scores["completeness_at_purity_50"] == 1.0
        assert scores["completeness_at_purity_80"] == 0.5
        assert scores["purity_at_completeness_50"] == 1.0
        called = called_scores(positive, np.array([True, False, True, False]))
        assert called == {"f1": 0.5, "purity": 0.5, "completeness": 0.5}
        row = {"folds": "parent", "light curves": "whole", "median_points": 3.0, **scores, **called}
        rows = [
            row | {"learnt from": kind, "average_precision": ap}
            for kind, ap in zip(KINDS, (0.1, 0.2, 0.3), strict=True)
        ]
        text = growth_table(rows, 0.5, {"parent": 5, "random": 1}, "Half of them at once.").markdown(1)
        assert text.startswith("# While it still shines\n\n| folds | light curves | AP, whole | views | both |")
        assert "| parent | whole | 0.100 | 0.200 | 0.300 |" in text
        assert "sibling of what it is applied to), 5 repeats, at random, 1 repeat; one fit" in text
        assert "The share of TDEs is 0.500" in text
        assert "Half of them at once." in text

    def test_a_calibrated_probability_has_the_calibration_error_that_is_expected_of_it(self):
        rng = np.random.default_rng(8)
        p = rng.beta(0.5, 4.0, 20_000)
        scores = growth_scores(rng.random(20_000) < p, p, np.arange(20_000))
        assert scores["calibration_error"] == pytest.approx(scores["calibration_error_expected"], rel=0.6)
        assert growth_scores(rng.random(20_000) < p / 2, p, np.arange(20_000))["calibration_error"] > 0.04

    def test_half_of_the_tdes_are_called_so_when_most_stay(self):
        called = {5.0: [True, False, False], 30.0: [False, True, False], 80.0: [True, True, False]}
        words = decided_words({day: np.array(tdes) for day, tdes in called.items()})
        assert words == "From 80 d after the trigger on, half of the TDEs (67%) are called so for good."
        none = decided_words({5.0: np.array([False, True, False]), 9.0: np.array([False, False, True])})
        assert none == "Even 9 d after the trigger only 33% of the TDEs are called so."
