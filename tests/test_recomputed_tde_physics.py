"""Trends of colours and temperatures, late emission, rise and decline, computed again: family `tde_physics`."""

import pytest
from recomputed import trends
from recomputed.chosen_objects import curves, tables  # noqa: F401
from recomputed.comparison import Column, check_column

STORED = {"relative": 2e-4, "absolute": 2e-5}
"""Curves are stored in single precision."""

BANDS = {"g": 1, "r": 2, "i": 3}


def frame_columns(end, rest):
    columns = [
        *((f"{name}_color_var", trends.color_var(rest, blue)) for name, blue in (("g_r", 1), ("r_i", 2))),
        *((f"{name}_color_range", trends.color_range(rest, blue)) for name, blue in (("g_r", 1), ("r_i", 2))),
        *((f"{name}_color_trend", trends.color_trend(rest, blue)) for name, blue in (("g_r", 1), ("r_i", 2))),
        *((f"{name}_late_slope", trends.late_slope(rest, band)) for name, band in BANDS.items()),
        *((f"{name}_late_flux_ratio", trends.late_flux_ratio(rest, band)) for name, band in BANDS.items()),
        *((f"{name}_rebrightening", trends.rebrightening(rest, band)) for name, band in BANDS.items()),
        *((f"{name}_rise_rate", trends.rise_rate(rest, BANDS[name])) for name in "gr"),
        ("temp_stability", trends.temp_stability(rest)),
        ("temp_trend", trends.temp_trend(rest)),
        ("temp_late_vs_peak", trends.temp_late_vs_peak(rest)),
        ("r_decay_alpha", trends.decay("alpha", rest)),
        ("r_decay_residual", trends.decay("residual", rest)),
        ("r_decay_alpha_late", trends.decay("late", rest)),
    ]
    if not rest:
        columns += [(f"{name}_rise_shape", trends.rise_shape(rest, BANDS[name])) for name in "gr"]
    return [Column(f"{name}{end}", function, **STORED) for name, function in columns]


@pytest.mark.parametrize(
    "column", [*frame_columns("", False), *frame_columns("_rest", True)], ids=lambda column: column.name
)
def test_column_is_as_the_catalogue_says(column, tables, curves):
    check_column(column, tables.table("tde_physics"), curves)
