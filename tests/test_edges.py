"""What the data do not determine is NaN, and so is what ends at an edge of the range it was looked for in."""

import numpy as np
import pytest

from tde.features.domain.decay import exponential_rate, power_law
from tde.features.rank1 import colour_temperature
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
