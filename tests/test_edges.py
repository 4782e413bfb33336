"""What the data do not determine is NaN, and so is what ends at an edge of the range it was looked for in."""

import re

import numpy as np
import pytest
from families import OPTIONS, family_values
from simulated_objects import transients

from tde.features import rank1
from tde.features.domain.decay import exponential_rate, power_law
from tde.features.rank1 import colour_temperature, decline_laws
from tde.features.shared.edges import at_edge, inside
from tde.features.table import family_module
from tde.lightcurves import from_rows
from tde.numerics.crossings import crossing
from tde.parametric.decline import free_index
from tde.photometry import BANDS

DAYS = np.linspace(0.0, 200.0, 25)
ERROR = np.full(DAYS.size, 0.05)

CURVES = {
    "zero amplitude": np.zeros(DAYS.size),
    "below zero": np.full(DAYS.size, -1.0),
    "rising only": np.exp(DAYS / 30.0),
}
"""Fluxes from the peak on that have no decline."""


@pytest.mark.parametrize("flux", CURVES.values(), ids=CURVES.keys())
def test_what_does_not_decline_has_no_rate_and_no_index(flux):
    assert np.isnan(exponential_rate(DAYS, flux, ERROR))
    assert np.isnan(power_law(DAYS, flux, ERROR).alpha)


def test_a_flat_curve_has_the_index_zero_but_no_rate():
    assert np.isnan(exponential_rate(DAYS, np.ones(DAYS.size), ERROR))
    assert power_law(DAYS, np.ones(DAYS.size), ERROR).alpha == pytest.approx(0.0, abs=1e-3)


def test_one_point_has_neither():
    assert np.isnan(exponential_rate(DAYS[:1], ERROR[:1], ERROR[:1]))
    assert np.isnan(power_law(DAYS[:1], ERROR[:1], ERROR[:1]).alpha)


@pytest.mark.parametrize("rate", [3e-4, 0.0123, 0.05, 0.4])
def test_rate_is_that_of_a_fine_fit(rate):
    flux = 20.0 * np.exp(-rate * DAYS) + np.random.default_rng(4).normal(0.0, 0.05, DAYS.size)
    rates = rate * np.exp(np.linspace(-0.5, 0.5, 20001))
    models = np.exp(-rates[:, None] * DAYS)
    amplitude = models @ flux / np.sum(models**2, axis=1)
    finest = rates[np.argmin(np.sum((flux - amplitude[:, None] * models) ** 2, axis=1))]
    assert np.log(exponential_rate(DAYS, flux, ERROR) / finest) == pytest.approx(0.0, abs=2e-3)


@pytest.mark.parametrize("rate", [1e-5, 10.0])
def test_rate_beyond_the_range_is_not_its_edge(rate):
    assert np.isnan(exponential_rate(DAYS, 20.0 * np.exp(-rate * DAYS), ERROR))


def test_index_of_a_curve_that_does_not_fall_is_not_zero():
    found = free_index(DAYS[1:], np.zeros(DAYS.size - 1, np.int64), np.exp(DAYS[1:] / 50.0), 1.0 / ERROR[1:] ** 2)
    assert np.isnan(found.exponent)
    assert np.isnan(found.error)
    assert found.chi2 > 0.0


def test_colours_beyond_the_hottest_black_body_have_no_temperature():
    models = colour_temperature.black_bodies(0.2, BANDS.index("r"))
    weights = np.ones(len(BANDS))
    inside = colour_temperature.nearest(models[30], weights, models)
    assert inside.misfit == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(inside.log10_temperature)
    for beyond in (2.0 * models[-1] - models[-2], 2.0 * models[0] - models[1]):
        found = colour_temperature.nearest(beyond, weights, models)
        assert np.isnan(found.log10_temperature)
        assert found.misfit > 0.0


def test_a_curve_that_ends_at_its_peak_has_no_width_on_that_side():
    rising = np.linspace(0.1, 1.0, 11)
    time = 10.0 * np.arange(11.0)
    ahead, back = crossing(time, rising, 10, 1, 0.5), crossing(time, rising, 10, -1, 0.5)
    assert np.isnan(ahead.days)
    assert not ahead.reached
    assert back.days == pytest.approx(100.0 * 0.5 / 0.9)


def _decline_laws(phase, flux):
    out = np.full(len(decline_laws.COLUMNS), np.nan)
    decline_laws.fill(phase, flux, np.full(phase.size, 0.01), 1.0, out)
    return dict(zip([column.name for column in decline_laws.COLUMNS], out, strict=True))


@pytest.mark.parametrize(("time", "expected", "flag"), [(25.0, 25.0, 0.0), (3.0, 8.0, -1.0), (900.0, 160.0, 1.0)])
def test_decay_time_beyond_the_values_tried_is_flagged(time, expected, flag):
    phase = np.linspace(0.0, 120.0, 40)
    values = _decline_laws(phase, np.exp(-phase / time))
    assert np.isfinite(values["exponential"])
    assert (values["exponential_time"], values["exponential_time_edge"]) == (expected, flag)


@pytest.mark.parametrize(("onset", "expected", "flag"), [(30.0, 30.0, 0.0), (4.0, 10.0, -1.0), (900.0, 90.0, 1.0)])
def test_onset_beyond_the_values_tried_is_flagged(onset, expected, flag):
    phase = np.linspace(0.0, 300.0, 60)
    values = _decline_laws(phase, (1.0 + phase / onset) ** (-5.0 / 3.0))
    assert np.isfinite(values["power_law_53_amplitude"])
    assert (values["power_law_53_onset"], values["power_law_53_onset_edge"]) == (expected, flag)


def test_colours_of_bands_that_were_not_observed_are_unknown():
    rng = np.random.default_rng(3)
    mjd = np.sort(rng.uniform(0.0, 200.0, 120))
    band = rng.integers(1, 3, 120).astype(np.int8)
    flux = 20.0 * np.exp(-0.5 * ((mjd - 80.0) / 20.0) ** 2) + rng.normal(0.0, 0.3, 120)
    objects = from_rows(np.array(["a"]), [0.1], [0.0], np.zeros(120, int), mjd, band, flux, np.full(120, 0.3))
    names = [column.name for column in rank1.columns()]
    values = dict(zip(names, family_values("rank1", objects)[0], strict=True))
    for name in names:
        if "colour_" in name or "slope_" in name or "absolute_magnitude_" in name:
            bands = set(name.rpartition("_")[2]) & set(BANDS)
            known = bands <= {"g", "r"} and "ratio" not in name
            assert np.isfinite(values[name]) or not known, name
            assert np.isnan(values[name]) or bands <= {"g", "r"}, name


def test_parameters_at_an_edge_of_their_box_are_unknown_or_flagged():
    low, high = np.array([0.0, -1.0]), np.array([1.0, 1.0])
    found = inside(np.array([[0.0, 0.5], [1.0, -1.0], [0.3, 1.0], [np.nan, 0.0]]), low, high)
    np.testing.assert_array_equal(at_edge(np.array([0.0, 0.3, 1.0, np.nan]), 0.0, 1.0), [-1.0, 0.0, 1.0, np.nan])
    np.testing.assert_array_equal(found, [[np.nan, 0.5], [np.nan, np.nan], [0.3, np.nan], [np.nan, 0.0]])


RANGE = re.compile(r"NaN at an edge of (-?[\d.e-]+)\.\.([\d.e-]+)")


def _as_its_range(column, values, z):
    """Values in the unit of the range that their row names; None of errors, differences and what is made of them."""
    if re.search(
        r"error|slope of|change of the|\| of that|deviation|radius|sigma|mean ln T| d - | - at the peak", column.meaning
    ):
        return None
    values = values * (1.0 + z) if column.unit == "d" and "observer" in column.edge else values
    if column.unit == "dex(K)":
        return 10.0 ** (values - 3.0)
    if re.search(r"ln\((l|tau) / d\)|ln of the fall time", column.meaning):
        return np.exp(values) * (1.0 + z if column.frame == "rest frame" and "observer" in column.edge else 1.0)
    return values


@pytest.mark.parametrize("family", ["domain", "rank1", "hypotheses", "colour", "powerlaw", "luminosity"])
def test_values_lie_inside_the_range_that_their_row_names(family):
    objects = transients(6, n_objects=20, amplitude=5.0)
    columns = family_module(family).columns(**OPTIONS.get(family, {}))
    outside, asked = [], 0
    for column, values in zip(columns, family_values(family, objects).T, strict=True):
        named = RANGE.match(column.edge)
        found = _as_its_range(column, values, objects.z) if named else None
        if found is not None:
            low, high = (float(edge) for edge in named.groups())
            margin = 0.01 * (high - low)  # edges are rounded in the row
            asked += 1
            if np.any(found < low - margin) or np.any(found > high + margin):
                outside.append((column.name, np.nanmin(found), np.nanmax(found)))
    assert outside == []
    assert asked > 0
