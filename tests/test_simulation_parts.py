"""The parts of the simulator: processes, light-curve shapes, distances, names, settings."""

import numpy as np
import pytest
from astropy.cosmology import WMAP9
from hypothesis import given
from hypothesis import strategies as st

from tde.errors import InputError
from tde.simulation.data_set import simulate
from tde.simulation.intrinsic import (
    N_GRID,
    TRANSIENTS,
    bazin_shape,
    damped_random_walk,
    draw_curve,
    matern32,
    tde_shape,
)
from tde.simulation.names import draw_names
from tde.simulation.population import luminosity_distance, redshift_at


@pytest.mark.parametrize(
    ("sample", "shape", "covariance"),
    [
        (damped_random_walk, (12,), lambda lag: np.exp(-lag / 5.0)),
        (matern32, (12, 2), lambda lag: (1 + np.sqrt(3) * lag / 5.0) * np.exp(-np.sqrt(3) * lag / 5.0)),
    ],
)
def test_processes_have_their_covariance(sample, shape, covariance):
    rng = np.random.default_rng(3)
    walks = np.array([sample(1.5, 5.0, rng.standard_normal(shape)) for _ in range(20000)])
    lag = 1.5 * np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    assert np.abs(walks.T @ walks / len(walks) - covariance(lag)).max() < 5 / np.sqrt(len(walks))


@given(st.floats(0.5, 40), st.floats(1.2, 30), st.floats(-2000, 2000))
def test_a_bazin_shape_peaks_at_phase_zero(rise, ratio, phase):
    at_peak, before, here = bazin_shape(np.array([0.0, -3000.0, phase]), rise, rise * ratio)
    assert at_peak == pytest.approx(1.0)
    assert 0.0 <= here <= 1.0 + 1e-12
    assert before < 1e-4


def test_a_disruption_fades_as_a_power_law():
    late = np.array([1e4, 1e5])
    shape = tde_shape(np.array([-20.0, 0.0, *late]), 20.0, 40.0, 5 / 3)
    assert shape[0] == pytest.approx(np.exp(-0.5))
    assert shape[1] == 1.0
    assert np.diff(np.log(shape[2:])) / np.diff(np.log(late)) == pytest.approx(-5 / 3, rel=0.01)


@pytest.mark.parametrize("kind", [*TRANSIENTS, "AGN"])
def test_every_curve_is_finite_with_a_maximum_of_one(kind):
    for seed in range(20):
        curve = draw_curve(kind, 1800.0, 0.1, np.random.default_rng(seed))
        assert curve.flux.shape == (N_GRID,)
        assert np.isfinite(curve.flux).all()
        assert curve.flux[curve.peak] == curve.flux.max() == 1.0


def test_distances_are_wmap9_and_invertible():
    redshift = np.array([0.01, 0.1, 0.5, 1.0, 3.0, 6.0])
    distance = [luminosity_distance(z) for z in redshift]
    np.testing.assert_allclose(distance, WMAP9.luminosity_distance(redshift).value, rtol=1e-5)
    np.testing.assert_allclose([redshift_at(d) for d in distance], redshift, rtol=1e-9)


def test_names_are_unique_for_large_data_sets():
    names, translations = draw_names(200_000, np.random.default_rng(0))
    assert len(set(names)) == len(translations) == 200_000


@pytest.mark.parametrize(
    ("settings", "key", "got", "allowed"),
    [
        ((10, 1, 0), "n_objects", "10", "20"),
        ((100, 99, 0), "n_objects", "100", "330"),
        ((300, 0, 0), "n_splits", "0", "1 to 99"),
        ((3000, 100, 0), "n_splits", "100", "1 to 99"),
        ((300, 2, -1), "seed", "-1", "0 or more"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path, settings, key, got, allowed):
    with pytest.raises(InputError, match=rf"simulated\.{key}: got {got}, allowed {allowed}"):
        simulate(tmp_path / "none", *settings)
    assert not (tmp_path / "none").exists()
