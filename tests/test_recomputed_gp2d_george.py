"""The radial process over time and wavelength, fitted again by dense matrices: family `gp2d_george`."""

import pytest
from recomputed import radial_process as radial
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, check_derived

COLUMNS = [
    Column("gp2d_log_likelihood", radial.log_likelihood),
    Column("gp2d_amplitude", radial.scale(0)),
    Column("gp2d_time_scale", radial.scale(1)),
    Column("gp2d_wave_scale", radial.scale(2)),
    Column("gp2d_time_wave_ratio", radial.time_wave_ratio),
    *(Column(f"gp_flux_{band}_{days}d", radial.flux(band, days)) for days in radial.DAYS for band in "gri"),
    *(
        Column(f"gp_{blue}{red}_color_{days}d", radial.colour(blue, red, days), rare=days == 100)
        for days in radial.DAYS
        for blue, red in ("gr", "ri")
    ),
    Column("gp_gr_slope_50d", radial.slope(50)),
    Column("gp_gr_slope_100d", radial.slope(100), rare=True),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_column_is_as_the_catalogue_says(column, tables):
    check_derived(column, tables.table("gp2d_george"), tables.objects)
