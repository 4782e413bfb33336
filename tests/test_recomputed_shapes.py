"""Light-curve shapes times a black body, fitted again from several starts: family `hypotheses`."""

import numpy as np
import pytest
from recomputed import parametric_shapes as shapes
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, check_column, check_derived
from recomputed.shared_flux import fitted as fitted_curves

PREFIXES = ("bazin_bb", "bazin_bb_window", "power_bb")


@pytest.fixture(scope="module")
def fits(tables):
    rows = (row for _, row in tables.table("hypotheses").iterrows())
    return [shapes.ShapeFits(one, row) for one, row in zip(fitted_curves(tables), rows, strict=True)]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_losses_are_the_least_ones(prefix, tables, fits):
    """Within 1 for all objects, within 0.02 for most."""
    table = tables.table("hypotheses")
    check_column(Column(f"{prefix}_loss", shapes.loss(prefix)), table, fits)
    rows = (row for _, row in table.iterrows())
    excess = np.array([shapes.excess(row, prefix, one) for row, one in zip(rows, fits, strict=True)])
    assert np.mean(excess[np.isfinite(excess)] < 0.02) > 0.7


AT_END = [
    column
    for prefix in PREFIXES
    for column in (
        Column(f"{prefix}_median_chi2", shapes.at_end(prefix, shapes.median_chi2, 0.1)),
        Column(f"{prefix}_clipped_chi2", shapes.at_end(prefix, shapes.clipped_chi2, 0.05)),
        Column(f"{prefix}_log_temperature", shapes.at_end(prefix, shapes.temperature, 0.02, place=4)),
        Column(f"{prefix}_baseline", shapes.at_end(prefix, shapes.baseline, 0.02, place=6)),
    )
]
"""Where a loss is flat, 0.01 of it is a fifth of a standard error."""


@pytest.mark.parametrize("column", AT_END, ids=lambda column: column.name)
def test_fit_is_as_the_catalogue_says(column, tables, fits):
    check_derived(column, tables.table("hypotheses"), fits)


DERIVED = [
    *(Column(f"{prefix}_log_temperature_50d", shapes.later_temperature(prefix)) for prefix in PREFIXES),
    *(
        Column(
            f"{prefix}_rise_minus_fall",
            lambda row, o, band, prefix=prefix: row[f"{prefix}_log_tau_rise"] - row[f"{prefix}_log_tau_fall"],
        )
        for prefix in PREFIXES
    ),
]


@pytest.mark.parametrize("column", DERIVED, ids=lambda column: column.name)
def test_column_follows_from_others(column, tables, fits):
    check_derived(column, tables.table("hypotheses"), fits)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_fall_times_are_known_to_a_factor_e_or_flagged(prefix, tables):
    table = tables.table("hypotheses")
    error, edge = table[f"{prefix}_log_tau_fall_err"], table[f"{prefix}_log_tau_fall_edge"]
    known = (error <= 1.0) | edge.isin([-1.0, 1.0])
    assert (table[f"{prefix}_log_tau_fall"].notna() == known).all()


def test_power_minus_bazin_is_the_loss_of_the_exponential_less_that_of_the_power_law(tables, fits):
    n = np.array([np.nan if one.power_bb is None else len(one.power_bb.residual) for one in fits])
    table = tables.table("hypotheses")
    gain = (table["bazin_bb_loss"] - table["power_bb_loss"]).to_numpy() * n
    assert np.allclose(table["power_minus_bazin"], gain, equal_nan=True)
    assert np.allclose(table["power_minus_bazin_per_point"], gain / n, equal_nan=True)
