"""Colours, temperatures and widths along the curves, computed again: families `colour` and `shape`."""

import numpy as np
import pytest
from recomputed import curve_colours as along
from recomputed.chosen_objects import curves, tables  # noqa: F401
from recomputed.comparison import Column, check_column

PAIRS = {"g_r": (1, 2), "r_i": (2, 3), "u_g": (0, 1), "i_z": (3, 4)}
FRAMES = (("", False), ("_rest", True))

STORED = {"relative": 1e-4, "absolute": 2e-5}
"""Curves are stored in single precision; where bands are close their logarithms differ by little."""


def colour_columns(name, pair, end, rest):
    """The columns of one colour in one frame; that at the peak is the same in both."""
    epochs = (10, 20, 30, 50, 75, 100, 150)
    columns = [(f"post_{day}d", along.colour_at(pair, rest, day)) for day in epochs]
    columns += [(f"pre_{day}d", along.colour_at(pair, rest, -day)) for day in (10, 20)]
    columns += [
        ("slope_50d", along.slope(pair, rest, 0, 50)),
        ("slope_100d", along.slope(pair, rest, 0, 100)),
        ("std", along.spread(pair, rest, -20, along.deviation)),
        ("range", along.spread(pair, rest, -20, np.ptp)),
        ("curvature", along.curvature(pair, rest)),
        ("late_stability", along.spread(pair, rest, 75, along.deviation)),
        ("late_mean", along.spread(pair, rest, 75, np.mean)),
    ]
    if not rest:
        columns.append(("peak", along.colour_at(pair, rest, 0)))
    return [Column(f"{name}_{column}{end}", function, **STORED) for column, function in columns]


def temperature_columns(end, rest):
    columns = [
        ("temp_post_75d", along.temperature(rest, 75)),
        ("temp_post_150d", along.temperature(rest, 150)),
        ("temp_slope_early", along.temperature_change(rest, 0, 30)),
        ("temp_slope_mid", along.temperature_change(rest, 30, 75)),
        ("temp_slope_late", along.temperature_change(rest, 75, 150)),
        ("temp_stability", along.temperature_stability(rest)),
    ]
    return [
        Column(f"{name}{end}", function, **STORED, rare="150d" in name or "late" in name) for name, function in columns
    ]


COLOUR = [
    *(
        column
        for end, rest in FRAMES
        for name, pair in PAIRS.items()
        for column in colour_columns(name, pair, end, rest)
    ),
    *(column for end, rest in FRAMES for column in temperature_columns(end, rest)),
    Column("temp_peak", along.temperature(False, 0), **STORED),
    Column("temp_peak_err", along.temperature_error, **STORED),
    Column("temp_peak_chi2", along.temperature_chi2, **STORED),
    *(Column(f"{band}_peak_flux", along.peak_flux(band), **STORED) for band in "ugrizy"),
    *(Column(f"{name}_peak_flux_ratio", along.peak_flux_ratio(*name.split("_")), **STORED) for name in PAIRS),
    Column("g_r_peak_lag", along.peak_lag("g", "r")),
    Column("r_i_peak_lag", along.peak_lag("r", "i")),
]

DAYS = {"relative": 1e-4, "absolute": 2e-3}
"""At a flat peak the vertex of a parabola through single-precision fluxes is less sure than the fluxes."""

CURVES = (*"ugrizy", "all")


def rest_frame(function):
    return lambda curve: function(curve) / (1.0 + curve.z)


SHAPE = [
    *(Column(f"{band}_rise_time", along.rise_time(band), **DAYS) for band in CURVES),
    *(Column(f"{band}_fade_time_50", along.fade_time(band, 0.5), **DAYS) for band in CURVES),
    *(Column(f"{band}_fade_time_25", along.fade_time(band, 0.25), **DAYS) for band in CURVES),
    *(Column(f"{band}_duration_50", along.duration(band, 0.5), **DAYS) for band in CURVES),
    *(Column(f"{band}_duration_25", along.duration(band, 0.25), **DAYS) for band in CURVES),
    *(Column(f"{band}_asymmetry", along.asymmetry(band), **DAYS) for band in CURVES),
    Column("peak_time_spread", along.peak_time_spread),
    Column("peak_time_std", along.peak_time_std, **DAYS),
    Column("optical_mean_rise_time", along.optical(along.optical_rise, np.mean, 1), **DAYS),
    Column("optical_mean_fade_time", along.optical(along.optical_fade, np.mean, 1), **DAYS),
    Column("rise_time_consistency", along.optical(along.optical_rise, along.consistency, 2), **DAYS),
    Column("fade_time_consistency", along.optical(along.optical_fade, along.consistency, 2), **DAYS),
    Column("all_rise_time_rest", rest_frame(along.rise_time("all")), **DAYS),
    Column("all_fade_time_50_rest", rest_frame(along.fade_time("all", 0.5)), **DAYS),
    Column("all_duration_25_rest", rest_frame(along.duration("all", 0.25)), **DAYS),
]

CHECKED = [
    pytest.param(family, column, id=f"{family}.{column.name}")
    for family, columns in (("colour", COLOUR), ("shape", SHAPE))
    for column in columns
]


@pytest.mark.parametrize(("family", "column"), CHECKED)
def test_column_is_as_the_catalogue_says(family, column, tables, curves):
    check_column(column, tables.table(family), curves)
