"""What one curve for all bands shows, and laws of decline, computed again: families `domain` and `powerlaw`."""

import numpy as np
import pytest
from recomputed import declines, shared_curve
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, check_column, check_derived, whole_object

TIMES = {"relative": 1e-6, "absolute": 1e-6}
"""Times are kept to 0.1 s by the library."""

CURVES = [
    *whole_object("{b}_peak_flux", shared_curve.peak_flux, relative=1e-6),
    *whole_object("{b}_peak_time", shared_curve.peak_time),
    Column("peak_time_g_minus_r", shared_curve.peak_time_difference("g", "r")),
    Column("peak_time_u_minus_z", shared_curve.peak_time_difference("u", "z")),
    *whole_object("{b}_rise_time", shared_curve.rise_time, **TIMES),
    *whole_object("{b}_duration", shared_curve.duration, **TIMES),
    *whole_object("{b}_amplitude_ratio", shared_curve.amplitude_ratio, relative=1e-6),
    *whole_object("{b}_above_baseline_frac", shared_curve.above_baseline_frac),
    *whole_object("{b}_n_inflection_points", shared_curve.n_inflection_points),
    *whole_object("{b}_max_acceleration", shared_curve.max_acceleration, **TIMES),
    *whole_object("{b}_roughness", shared_curve.roughness, **TIMES),
    *whole_object("{b}_monotonic_ratio", shared_curve.monotonic_ratio),
    *(
        Column(f"color_{blue}_{red}", shared_curve.colour(blue, red), relative=1e-6, absolute=1e-6)
        for blue, red in ("ug", "gr", "ri", "iz")
    ),
    *(
        Column(f"color_{blue}_{red}_{name}", shared_curve.colour(blue, red, day, 40.0), relative=1e-6, absolute=1e-6)
        for blue, red in ("ug", "gr")
        for name, day in (("at_peak", 0.0), ("at_30d", 30.0))
    ),
    Column("color_g_r_evolution_rate", shared_curve.colour_rate("g", "r"), relative=1e-6, absolute=1e-9),
    Column("color_u_g_evolution_rate", shared_curve.colour_rate("u", "g"), relative=1e-6, absolute=1e-9, rare=True),
    *whole_object("{b}_decay_rate", declines.decay_rate, "gri"),
]

LAWS = (
    ("powerlaw_5_3", declines.FALLBACK, None),
    ("powerlaw_19_16", declines.power(19.0 / 16.0), None),
    ("powerlaw_5_12", declines.DISC, None),
    ("powerlaw_9_4", declines.power(9.0 / 4.0), None),
    ("powerlaw_2", declines.power(2.0), None),
    ("nickel", declines.exponential, 8.77),
    ("cobalt", declines.exponential, 111.3),
    ("exponential", declines.exponential, None),
    ("linear", declines.linear, None),
)

POWERLAW = [
    *(
        column
        for name, law, fixed in LAWS
        for column in whole_object(f"{{b}}_{name}_r2", declines.r_squared(law, fixed), "gri", **TIMES)
    ),
    # the library's Newton steps end where chi-squared gains less than 1e-3
    Column("decay_index", declines.decay_index, relative=0.01, absolute=0.01),
    Column("decay_index_err", declines.decay_index_err, relative=0.02, absolute=0.01),
    Column("decay_index_chi2", declines.decay_index_chi2, relative=1e-4, absolute=1e-3),
    Column("decay_delta_chi2_5_3_exponential", declines.difference(declines.FALLBACK, declines.exponential), **TIMES),
    Column("decay_delta_chi2_5_3_5_12", declines.difference(declines.FALLBACK, declines.DISC), **TIMES),
]

CHECKED = [
    pytest.param(family, column, id=f"{family}.{column.name}")
    for family, columns in (("domain", CURVES), ("powerlaw", POWERLAW))
    for column in columns
]


@pytest.mark.parametrize(("family", "column"), CHECKED)
def test_column_is_as_the_catalogue_says(family, column, tables):
    check_column(column, tables.table(family), tables.objects)


def test_indices_are_those_of_the_best_power_laws(tables):
    """domain.{b}_decay_alpha_dev, where the library ends near the least chi-squared."""
    column = Column("{b}_decay_alpha_dev", declines.decay_alpha_dev, bands="gri")
    check_derived(column, tables.table("domain"), tables.objects)


def test_most_power_laws_end_near_the_least_chi_squared(tables):
    """domain.{b}_decay_chi2: one climb from the best node of a coarse grid."""
    rows = [row for _, row in tables.table("domain").iterrows()]
    excess = [declines.excess(row, o, b) for row, o in zip(rows, tables.objects, strict=True) for b in "gri"]
    excess = np.array([value for value in excess if np.isfinite(value)])
    assert np.mean(np.abs(excess) < declines.SHORT_OF_BEST) > 0.95
