"""Bazin functions fitted again from many starts: family `bazin`."""

import numpy as np
import pytest
from recomputed import bazin_fits
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, check_derived

FITTED = [
    Column("{b}_bazin_fit_chi2", bazin_fits.reduced_chi2, bands="gri"),
    Column("{b}_bazin_A", bazin_fits.amplitude, bands="gri"),
    Column("{b}_bazin_t0", bazin_fits.t0, bands="gri"),
    Column("{b}_bazin_tau_rise", bazin_fits.tau_rise, bands="gri"),
    Column("{b}_bazin_tau_fall", bazin_fits.tau_fall, bands="gri"),
    Column("{b}_bazin_B", bazin_fits.baseline, bands="gri"),
    Column("{b}_bazin_peak_flux", bazin_fits.peak_flux, bands="gri"),
]


def over(name, bands):
    """A column's values in the bands that have one."""
    return lambda row: np.array([row[f"{b}_bazin_{name}"] for b in bands if np.isfinite(row[f"{b}_bazin_{name}"])])


def consistency(name):
    def ratio(row, o, band):
        values = over(name, "gri")(row)
        return values.std() / values.mean() if len(values) > 1 else np.nan

    return ratio


def of_chi2(function, least):
    def value(row, o, band):
        values = over("fit_chi2", "ugrizy")(row)
        return function(values) if len(values) >= least else np.nan

    return value


def rest_frame(name):
    return lambda row, o, band: row[f"{band}_bazin_{name}"] / (1.0 + o.z)


DERIVED = [
    Column("{b}_bazin_rise_fall_ratio", lambda row, o, band: row[f"{band}_bazin_tau_rise"]
           / row[f"{band}_bazin_tau_fall"]),
    Column("{b}_bazin_tau_rise_rest", rest_frame("tau_rise")),
    Column("{b}_bazin_tau_fall_rest", rest_frame("tau_fall")),
    Column("bazin_rise_consistency", consistency("tau_rise")),
    Column("bazin_fall_consistency", consistency("tau_fall")),
    Column("bazin_avg_fit_chi2", of_chi2(np.mean, 1)),
    Column("bazin_fit_quality_dispersion", of_chi2(np.std, 2)),
]  # fmt: skip


@pytest.mark.parametrize("column", [*FITTED, *DERIVED], ids=lambda column: column.name)
def test_column_is_as_the_catalogue_says(column, tables):
    check_derived(column, tables.table("bazin"), tables.objects)
