"""Simulated processes give back the parameters they were drawn with."""

import numpy as np
import pytest
from dense_process import dense_covariance

from tde.gp.fit import MODELS
from tde.gp.process_recovery import recovery, simulate
from tde.plots.recovered_processes import plot_recovery

both_models = pytest.mark.parametrize("model", MODELS)


@pytest.fixture(scope="module")
def recovered():
    return recovery(n_series=100, n_points=100, n_seasons=8, seed=5)


@pytest.mark.parametrize(
    ("model", "parameter", "scatter"),
    [
        ("drw", "tau", 0.5),
        ("drw", "amplitude", 0.2),
        ("matern32", "length_scale", 0.25),
        ("matern32", "amplitude", 0.2),
    ],
)
def test_simulated_truth_is_recovered(recovered, model, parameter, scatter):
    rows = recovered.to_pandas().query("model == @model and parameter == @parameter")
    assert len(rows) == 100
    difference = np.log(rows["estimate"] / rows["truth"])
    pulls = difference / rows["log_error"]
    assert difference.std() < scatter
    # maximum likelihood with a free mean is biased low by a fraction of sigma in short series
    assert -0.7 < pulls.mean() < 0.3
    assert 0.8 < pulls.std() < 1.25
    assert 0.55 < np.mean(np.abs(pulls) < 1.0) < 0.8


@both_models
def test_simulated_series_have_the_covariance_of_the_definition(model):
    rng = np.random.default_rng(0)
    mjd = np.array([0.0, 0.0, 3.0, 10.0, 60.0])
    truth = np.array([2.0, 20.0, 0.5])
    draws = np.array([simulate(rng, model, mjd, np.full(5, 0.3), truth) for _ in range(20000)])
    expected = dense_covariance(model, np.log(truth), mjd, np.full(5, 0.09))
    np.testing.assert_allclose(draws.T @ draws / len(draws), expected, atol=0.15)
    np.testing.assert_allclose(draws.mean(axis=0), 0.0, atol=0.06)


def test_recovery_is_reproducible_and_depends_on_the_seed():
    first, again, other = (recovery(n_series=3, n_points=30, seed=seed) for seed in (1, 1, 2))
    assert first.to_pandas().equals(again.to_pandas())
    assert not first.to_pandas().equals(other.to_pandas())


def test_recovery_figure_is_written_and_reproducible(recovered, tmp_path):
    for name in ("a.png", "b.png"):
        plot_recovery(recovered, tmp_path / name)
    content = (tmp_path / "a.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 20_000
    assert content == (tmp_path / "b.png").read_bytes()
