"""Reliability and expected numbers of probabilities whose truth is known."""

import numpy as np
import pytest

from tde.evaluation.calibration import candidate_counts, reliability
from tde.evaluation.predictions import OutOfFold


def predictions(n=20000, seed=0):
    """Probabilities, and TDEs drawn with just these probabilities."""
    rng = np.random.default_rng(seed)
    probability = rng.beta(0.3, 3.0, n)
    return probability, rng.random(n) < probability


def test_true_probabilities_are_reliable():
    probability, positive = predictions()
    found = reliability(probability, positive)
    assert found.count.sum() == len(positive)
    error = np.sqrt(found.predicted * (1 - found.predicted) / found.count)
    assert np.max(np.abs(found.observed - found.predicted) / error) < 4.0
    assert found.expected_error < 0.01


def test_exaggerated_probabilities_are_not():
    probability, positive = predictions()
    odds = (probability / (1 - probability)) ** 2.0
    found = reliability(odds / (1 + odds), positive)
    assert found.expected_error > 0.03
    assert found.observed[0] > found.predicted[0]


def test_bins_share_out_the_expected_tdes():
    probability, positive = predictions()
    found = reliability(probability, positive, n_bins=10)
    assert len(found.count) == 10
    np.testing.assert_allclose(found.predicted * found.count, probability.sum() / 10, rtol=0.05)


def test_equal_probabilities_make_one_bin():
    found = reliability(np.full(100, 0.2), np.arange(100) < 20)
    assert found.count.tolist() == [100]
    assert found.expected_error == pytest.approx(0.0, abs=1e-12)


def test_expected_numbers_are_sums_of_probabilities():
    probability, positive = predictions(2000)
    oof = OutOfFold("random", np.array([probability, probability]), np.zeros((2, 2000), int))
    rows = candidate_counts(oof, positive, cuts=(0.5, 1.0))
    above = probability > 0.5
    assert rows[0]["candidates"] == above.sum()
    assert rows[0]["expected_tde"] == pytest.approx(probability[above].sum())
    assert rows[0]["true_tde"] == positive[above].sum()
    assert rows[0]["recall"] == pytest.approx(positive[above].sum() / positive.sum())
    assert rows[1]["candidates"] == 0
    assert np.isnan(rows[1]["precision"])
