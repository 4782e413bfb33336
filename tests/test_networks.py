"""Sequences of observations, and the networks that read them (skipped where PyTorch is not installed)."""

import importlib.util

import numpy as np
import pytest
from simulated_objects import transients

from tde.errors import InputError
from tde.features import sequences
from tde.models.block import parse_block
from tde.models.estimator_class import estimator_class
from tde.models.training import Learner, fit

HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed (envs/requirements-networks.txt)")
every_network = pytest.mark.parametrize("estimator", ["cnn", "transformer"])


class TestSequences:
    def test_observations_are_there_band_by_band(self):
        lightcurves = transients(3, n_objects=4)
        values = sequences.compute(lightcurves)
        assert values.shape == (4, len(sequences.columns()))
        names = [column.name for column in sequences.columns()]
        rows = lightcurves.rows(2)
        mine = lightcurves.band[rows] == 3
        n = int(mine.sum())
        assert 5 < n <= sequences.LENGTH
        scale = np.exp(values[2, names.index("log_scale")])
        first = names.index("i_flux_0")
        np.testing.assert_allclose(values[2, first : first + n] * scale, lightcurves.flux[rows][mine], rtol=1e-4)
        assert np.isnan(values[2, first + n : first + sequences.LENGTH]).all()
        gap = names.index("i_gap_0")
        np.testing.assert_allclose(
            np.expm1(values[2, gap + 1 : gap + n]), np.diff(lightcurves.mjd[rows][mine]), rtol=1e-3
        )
        assert values[2, gap] == 0.0

    def test_the_observations_next_to_the_brightest_are_kept(self, monkeypatch):
        monkeypatch.setattr(sequences, "LENGTH", 3)
        lightcurves = transients(3, n_objects=1)
        values = sequences.compute(lightcurves)[0]
        snr = lightcurves.flux / lightcurves.flux_err
        brightest = lightcurves.mjd[np.argmax(snr)]
        mine = lightcurves.band == 2
        nearest = np.sort(np.argsort(np.abs(lightcurves.mjd[mine] - brightest), kind="stable")[:3])
        names = [column.name for column in sequences.columns()]
        place = names.index("r_flux_0")
        scale = np.exp(values[names.index("log_scale")])
        np.testing.assert_allclose(values[place : place + 3] * scale, lightcurves.flux[mine][nearest], rtol=1e-4)


@every_network
def test_without_pytorch_the_message_says_what_to_install(estimator, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else real(name, *rest))
    with pytest.raises(InputError, match=r"models\.mine: .*needs torch.*envs/requirements-networks\.txt"):
        parse_block("mine", {"features": ["sequences"], "estimator": estimator})


def fitted(estimator, X, codes, seed=0, **block):
    parameters = {"n_epochs": 150, "batch_size": 16, "dropout": 0.0, "learning_rate": 3e-3}
    block = {"features": ["sequences"], "estimator": estimator, "parameters": parameters, **block}
    return fit(Learner(parse_block("mine", block)), X, codes, seed=seed)


@needs_torch
@every_network
class TestNetworks:
    X = sequences.compute(transients(9, n_objects=32))
    codes = np.where(np.random.default_rng(0).random(32) < 0.3, 4, 0)

    def test_a_network_overfits_32_objects(self, estimator):
        probability = fitted(estimator, self.X, self.codes, balance_classes=True).predict_proba(self.X)[:, -1]
        assert probability[self.codes == 4].min() > probability[self.codes == 0].max()

    def test_same_seed_same_network_and_files_keep_it(self, estimator, tmp_path):
        parameters = {"n_epochs": 3}
        first, again, other = (fitted(estimator, self.X, self.codes, seed, parameters=parameters) for seed in (1, 1, 2))
        expected = first.predict_proba(self.X)
        np.testing.assert_array_equal(again.predict_proba(self.X), expected)
        assert (other.predict_proba(self.X) != expected).any()
        first.save(tmp_path / "network.npz")
        loaded = estimator_class(estimator).load(tmp_path / "network.npz")
        np.testing.assert_array_equal(loaded.predict_proba(self.X), expected)
        np.testing.assert_allclose(expected.sum(axis=1), 1.0, rtol=1e-6)

    def test_hidden_gaps_make_no_difference(self, estimator, tmp_path):
        names = [column.name for column in sequences.columns()]
        moved = self.X.copy()
        moved[:, ["_gap_" in name for name in names]] *= 0.5
        parameters = {"n_epochs": 3, "use_gaps": False}
        blind, seeing = (
            fitted(estimator, self.X, self.codes, parameters=parameters),
            fitted(estimator, self.X, self.codes),
        )
        blind.save(tmp_path / "network.npz")
        for network in (blind, estimator_class(estimator).load(tmp_path / "network.npz")):
            np.testing.assert_array_equal(network.predict_proba(moved), blind.predict_proba(self.X))
        assert (seeing.predict_proba(moved) != seeing.predict_proba(self.X)).any()

    def test_early_stopping_looks_at_training_objects_alone(self, estimator):
        stopping = {"early_stopping": {"rounds": 2}, "parameters": {"n_epochs": 40}}
        estimator = fitted(estimator, self.X, self.codes, **stopping)
        assert np.isfinite(estimator.predict_proba(self.X)).all()

    def test_other_columns_are_refused(self, estimator):
        with pytest.raises(InputError, match=r"it reads the .* of the family 'sequences'"):
            fitted(estimator, self.X[:, :100], self.codes)
