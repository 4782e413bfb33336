"""The simulation's truth is what it says, and the report compares features with it fairly."""

import importlib.util

import numpy as np
import pyarrow as pa
import pytest
from families import OPTIONS

from tde.evaluation.feature_recovery import QUANTITIES, Quantity, recover, robust_scatter, summarise_recovery
from tde.features.table import family_module
from tde.photometry import BANDS
from tde.plots.recovered_features import plot_feature_recovery
from tde.simulation.intrinsic import N_GRID, Curve, half_times, tde_shape
from tde.simulation.siblings import draw_parent, draw_siblings, noiseless_flux, truth_of


@pytest.fixture(scope="module")
def objects():
    """One object of each of several types."""
    drawn = []
    for spec_type in ("TDE", "AGN", "SN Ia", "SN II"):
        siblings = (s for number in range(60) for s in draw_siblings(3, draw_parent(3, number, spec_type, 3)))
        drawn.append(next(siblings))
    return drawn


class TestTruth:
    def test_colours_are_those_of_the_noiseless_flux_at_the_peak(self, objects):
        for drawn in objects:
            flux = noiseless_flux(drawn, np.full(6, drawn.peak_mjd), np.arange(6), extinction=False)
            truth = truth_of(drawn)
            for code, band in enumerate(BANDS):
                if band != "r":
                    assert truth[f"log_colour_{band}"] == pytest.approx(np.log(flux[code] / flux[2]), abs=1e-6)

    def test_flux_is_at_half_of_its_peak_at_the_half_times(self, objects):
        for drawn in objects:
            truth, curve = truth_of(drawn), drawn.parent.curve
            days = curve.time / (1.0 + drawn.parent.redshift)
            at = np.interp(days[curve.peak] + np.array([-truth["rise_half"], truth["fade_half"]]), days, curve.flux)
            known = np.isfinite([truth["rise_half"], truth["fade_half"]])
            np.testing.assert_allclose(at[known], 0.5, atol=1e-9)

    def test_half_times_of_a_power_law_decay(self):
        time = np.linspace(0.0, 1000.0, N_GRID)
        flux = tde_shape((time - time[300]) / 1.5, 20.0, 40.0, 5 / 3)
        rise, fade = half_times(Curve(time, flux, 300, {}), 0.5)
        assert rise == pytest.approx(20.0 * np.sqrt(2.0 * np.log(2.0)), rel=2e-3)
        assert fade == pytest.approx(40.0 * (2.0**0.6 - 1.0), rel=2e-3)

    def test_no_half_time_where_the_curve_ends_before(self):
        rise, fade = half_times(Curve(np.arange(3.0), np.array([0.8, 1.0, 0.2]), 1, {}), 0.0)
        assert np.isnan(rise)
        assert fade == pytest.approx(0.625)


TIME = Quantity("time", "d", "true_time", "shape", "log_time", ("TDE", "Ia"), np.exp, censored="limit")
INDEX = Quantity("index", "", "true_index", "shape", "index", ("TDE",), logarithmic=False)


@pytest.fixture(scope="module")
def tables():
    """2,000 objects whose features are 10 % too large with 20 % scatter, in another order than the truth."""
    rng = np.random.default_rng(8)
    names = [f"object_{i}" for i in range(2000)]
    kinds = rng.choice(["TDE", "Ia", "AGN"], 2000)
    time, index = np.exp(rng.normal(3.0, 0.7, 2000)), rng.normal(1.7, 0.3, 2000)
    truth = pa.table({"object_id": names, "class": kinds, "true_time": time, "true_index": index})
    log_time = np.log(1.1 * time) + 0.2 * rng.standard_normal(2000)
    limit = (rng.random(2000) < 0.1).astype(float)
    log_time[limit == 1] += 3.0
    features = {"object_id": names, "log_time": log_time, "limit": limit, "index": index - 0.05}
    return truth, pa.table(features).take(rng.permutation(1900)), kinds


def test_bias_and_scatter_come_back(tables):
    truth, features, kinds = tables
    time, index = summarise_recovery(recover(truth, {"shape": features}, (TIME, INDEX)))
    assert time["objects"] == int(np.isin(kinds, ("TDE", "Ia")).sum())
    assert 0.8 < time["measured"] / time["objects"] < 0.9  # a twentieth has no features, a tenth limits
    assert time["bias"] == pytest.approx(np.log(1.1), abs=4 * time["bias_error"])
    assert time["scatter"] == pytest.approx(0.2, rel=0.1)
    assert time["correlation"] > 0.9
    assert index["bias"] == pytest.approx(-0.05)
    assert index["scatter"] == pytest.approx(0.0, abs=1e-12)
    assert (time["scale"], index["scale"]) == ("ln(estimate / truth)", "estimate - truth")


def test_families_not_in_use_are_left_out(tables):
    truth, features, _ = tables
    assert recover(truth, {}, (TIME,)) == []
    other = TIME._replace(family="other")
    assert [r.quantity for r in recover(truth, {"shape": features}, (other, INDEX))] == [INDEX]


def test_a_quantity_nobody_measures_is_drawn_empty(tables, tmp_path):
    truth, features, _ = tables
    nothing = features.set_column(1, "log_time", pa.array(np.full(len(features), np.nan)))
    recoveries = recover(truth, {"shape": nothing}, (TIME, INDEX))
    assert summarise_recovery(recoveries)[0]["measured"] == 0
    for name in ("a.png", "b.png"):
        plot_feature_recovery(recoveries, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_robust_scatter_of_normal_numbers():
    values = np.random.default_rng(9).normal(5.0, 2.0, 20000)
    values[:200] = 1e6
    assert robust_scatter(values) == pytest.approx(2.0, rel=0.04)


@pytest.mark.parametrize("family", sorted({quantity.family for quantity in QUANTITIES}))
def test_families_declare_the_features_compared(family):
    if importlib.util.find_spec(f"tde.features.{family}") is None:
        pytest.skip(f"there is no family {family}")
    declared = {column.name for column in family_module(family).columns(**OPTIONS.get(family, {}))}
    of_family = [quantity for quantity in QUANTITIES if quantity.family == family]
    compared = {name for q in of_family for name in (q.feature, q.censored) if name}
    assert compared <= declared


def test_the_simulation_knows_the_quantities_compared():
    drawn = next(draw_siblings(3, draw_parent(3, 0, "TDE", 3)))
    assert {quantity.truth for quantity in QUANTITIES} <= set(truth_of(drawn))
