"""Models of the colours against each other, fitted again by dense matrices: families `rank1` and `hypotheses`."""

import pytest
from recomputed import colour_hypotheses as models
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.colour_hypotheses import Hypotheses, difference, error, in_rest_frame, parameter, temperature
from recomputed.comparison import Column, check_column, check_derived
from recomputed.shared_flux import fitted as fitted_curves

COLOURS = "ugizy"

RANK1 = [
    Column("log_posterior", models.posterior("free")),
    Column("gain_over_noise", difference("free", "noise")),
    Column("drw_gain", difference("drw", "free")),
    Column("evolving_gain", difference("evolving", "free")),
    Column("evolving_over_drw", difference("evolving", "drw")),
    Column("window_gain", difference("window_evolving", "free")),
    Column("window_over_evolving", difference("window_evolving", "evolving")),
    Column("log_s", parameter("free", 0)),
    Column("log_length_scale", parameter("free", 1)),
    Column("drw_log_s", parameter("drw", 0)),
    Column("drw_log_time_scale", parameter("drw", 1)),
    Column("evolving_log_length_scale_rest", in_rest_frame("evolving", 1)),
    Column("window_log_length_scale_rest", in_rest_frame("window_evolving", 1)),
    *(Column(f"log_colour_{band}", parameter("free", 2 + k)) for k, band in enumerate(COLOURS)),
    *(
        column
        for prefix, model in (("evolving", "evolving"), ("window", "window_evolving"))
        for k, band in enumerate(COLOURS)
        for column in (
            Column(f"{prefix}_colour_{band}", parameter(model, 2 + k)),
            Column(f"{prefix}_slope_{band}", models.change_of_colour(model, 7 + k, band)),
        )
    ),
]

T_BOX, SLOPE_BOX = (7.8, 11.4), (-1.5, 1.5)


def selection_columns(prefix, free):
    """Black bodies against free colours for one selection of the data."""
    steady, cooling = f"{prefix}black_body", f"{prefix}cooling"
    return [
        Column(f"{prefix}bb_minus_free", difference(steady, free)),
        Column(f"{prefix}cooling_minus_free", difference(cooling, free)),
        Column(f"{prefix}cooling_minus_bb", difference(cooling, steady)),
        Column(f"{prefix}bb_log_length_scale_rest", in_rest_frame(steady, 1)),
        Column(f"{prefix}cooling_log_temperature", temperature(cooling, 2, *T_BOX)),
        Column(f"{prefix}cooling_log_temperature_err", error(cooling, 2, *T_BOX)),
        Column(f"{prefix}cooling_slope", temperature(cooling, 3, *SLOPE_BOX)),
        Column(f"{prefix}cooling_slope_err", error(cooling, 3, *SLOPE_BOX)),
    ]


def inside(one):
    return one.inside


def outburst(one):
    return one.outburst


HYPOTHESES = [
    *selection_columns("", "free"),
    *selection_columns("window_", "window_free"),
    *selection_columns("outburst_", "outburst_free"),
    Column("bb_minus_evolving", difference("black_body", "evolving")),
    Column("cooling_minus_evolving", difference("cooling", "evolving")),
    Column("bb_minus_drw", difference("black_body", "drw")),
    Column("cooling_minus_drw", difference("cooling", "drw")),
    Column("bb_minus_grey", difference("black_body", "grey")),
    Column("free_minus_grey", difference("free", "grey")),
    Column("window_bb_minus_all_free", difference("window_black_body", "free")),
    Column("window_bb_minus_all_evolving", difference("window_black_body", "evolving")),
    Column("window_cooling_minus_all_evolving", difference("window_cooling", "evolving")),
    Column("window_cooling_minus_all_free", difference("window_cooling", "free")),
    Column("window_bb_minus_all_bb", difference("window_black_body", "black_body")),
    Column("window_cooling_minus_all_cooling", difference("window_cooling", "cooling")),
    Column("window_free_minus_all_free", difference("window_free", "free")),
    Column("window_bb_minus_drw", difference("window_black_body", "drw")),
    Column("window_bb_minus_grey", difference("window_black_body", "grey")),
    Column("window_log_power", models.log_power(inside)),
    Column("window_n_points", models.n_points(inside)),
    Column("window_n_bands", models.n_bands(inside)),
    Column("window_outside_log_power", models.log_power(lambda one: ~one.inside)),
    Column("outburst_log_power", models.log_power(outburst)),
    Column("outburst_n_points", models.n_points(outburst)),
    Column("outburst_n_bands", models.n_bands(outburst)),
]


def per_point(name, points=None):
    return lambda row, o, band: row[name] / (len(o.mjd) if points is None else row[points])


DERIVED = [
    *(
        Column(f"{prefix}{name}_per_point", per_point(f"{prefix}{name}", points))
        for prefix, points in (("", None), ("window_", None), ("outburst_", "outburst_n_points"))
        for name in ("bb_minus_free", "cooling_minus_free")
    ),
    *(
        Column(
            f"{prefix}cooling_slope_significance",
            lambda row, o, band, prefix=prefix: row[f"{prefix}cooling_slope"] / row[f"{prefix}cooling_slope_err"],
        )
        for prefix in ("", "window_", "outburst_")
    ),
    Column("grey_minus_free_per_point", lambda row, o, band: -row.free_minus_grey / len(o.mjd)),
    Column("window_bb_minus_all_free_per_point", per_point("window_bb_minus_all_free")),
]

LATER = [
    Column(f"{prefix}cooling_log_temperature_50d", models.later_temperature(prefix))
    for prefix in ("", "window_", "outburst_")
]

CHECKED = [
    pytest.param(family, column, id=f"{family}.{column.name}")
    for family, columns in (("rank1", RANK1), ("hypotheses", HYPOTHESES))
    for column in columns
]


@pytest.fixture(scope="module")
def hypotheses(tables):
    """All models of all objects; each is fitted when it is asked for."""
    return [Hypotheses(one.o, one.phase, models.outburst_rows(one)) for one in fitted_curves(tables)]


@pytest.mark.parametrize(("family", "column"), CHECKED)
def test_hypothesis_is_as_the_catalogue_says(family, column, tables, hypotheses):
    check_column(column, tables.table(family), hypotheses)


@pytest.mark.parametrize("column", DERIVED, ids=lambda column: column.name)
def test_column_follows_from_others(column, tables):
    check_derived(column, tables.table("hypotheses"), tables.objects)


@pytest.mark.parametrize("column", LATER, ids=lambda column: column.name)
def test_later_temperatures_follow_where_something_was_observed(column, tables, hypotheses):
    check_derived(column, tables.table("hypotheses"), hypotheses)
