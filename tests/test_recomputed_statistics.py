"""Statistics of fluxes, computed again: families `statistics`, `domain`, `rank1`, and redshift and dust."""

import numpy as np
import pytest
from recomputed import fluxes
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, check_column

GROUPS = (*"ugrizy", "all")

STATISTICS = [
    Column("{b}_n_obs", fluxes.n_obs, bands=GROUPS),
    Column("{b}_time_span", fluxes.time_span, bands=GROUPS),
    Column("{b}_cadence_mean", fluxes.cadence_mean, bands=GROUPS),
    Column("{b}_mean", fluxes.mean, bands=GROUPS),
    Column("{b}_std", fluxes.std, bands=GROUPS),
    Column("{b}_skew", fluxes.skewness, bands=GROUPS),
    Column("{b}_kurtosis", fluxes.excess_kurtosis, bands=GROUPS),
    Column("{b}_beyond_1std", fluxes.beyond(1.0), bands=GROUPS),
    Column("{b}_beyond_2std", fluxes.beyond(2.0), bands=GROUPS),
    Column("{b}_min", fluxes.lowest, bands=GROUPS),
    Column("{b}_max", fluxes.highest, bands=GROUPS),
    Column("{b}_median", fluxes.median, bands=GROUPS),
    Column("{b}_amplitude", fluxes.amplitude, bands=GROUPS),
    Column("{b}_mad", fluxes.mad, bands=GROUPS),
    Column("{b}_iqr", fluxes.iqr, bands=GROUPS),
    *(Column(f"{{b}}_p{percent}", fluxes.percentile(percent)) for percent in (5, 10, 25, 75, 90, 95)),
    *(Column(f"flux_p{percent}", fluxes.percentile(percent)) for percent in (10, 25, 75, 90)),
    Column("all_p95", fluxes.percentile(95)),
    Column("{b}_weighted_mean", fluxes.weighted_mean, bands=GROUPS),
    Column("{b}_mean_snr", fluxes.mean_absolute_snr, bands=GROUPS),
    Column("{b}_median_snr", fluxes.median_absolute_snr, bands=GROUPS),
    Column("{b}_max_snr", fluxes.max_snr, bands=GROUPS),
    Column("{b}_n_snr5", fluxes.known(1)(fluxes.n_detections), bands=GROUPS),
    Column("{b}_reduced_chi2", fluxes.reduced_chi2, bands=GROUPS),
    Column("{b}_von_neumann", fluxes.von_neumann, bands=GROUPS),
    Column("{b}_excess_variance", fluxes.excess_variance, bands=GROUPS),
    Column("{b}_normalised_excess_variance", fluxes.normalised_excess_variance),
    Column("excess_variance", fluxes.normalised_excess_variance),
    Column("{b}_max_slope", fluxes.max_slope, bands=GROUPS),
    Column("mean_snr", fluxes.mean_snr),
    Column("median_snr", fluxes.median_snr),
    Column("stetson_j_gr", fluxes.stetson_j("g", "r")),
    Column("stetson_j_ri", fluxes.stetson_j("r", "i")),
    *(Column(f"stetson_k_{band}", lambda o, band=band: fluxes.stetson_k(o.of(band))) for band in "gri"),
    # lags are logarithms of times, which the library keeps to 0.1 s
    *(Column(f"r_sf_tau_{lag}", fluxes.structure_function(lag), relative=1e-6) for lag in (10, 30, 100)),
    Column("r_sf_slope", fluxes.structure_slope, relative=1e-6),
    Column("flux_concentration", fluxes.flux_concentration),
    Column("peak_band", fluxes.peak_band),
    Column("flux_ratio_g_r", fluxes.flux_ratio("g", "r")),
    Column("flux_ratio_i_z", fluxes.flux_ratio("i", "z")),
]

DOMAIN = [
    Column("Z", lambda o: o.z),
    Column("EBV", lambda o: o.ebv),
    Column("Z_norm", lambda o: np.log(1.0 + o.z)),
    Column("EBV_norm", lambda o: o.ebv / 0.1),
    Column("{b}_mean_flux", fluxes.mean),
    Column("{b}_std_flux", fluxes.std),
    Column("{b}_median_flux", fluxes.median),
    Column("{b}_skewness", fluxes.skewness),
    Column("{b}_kurtosis", fluxes.excess_kurtosis),
    Column("{b}_snr_mean", fluxes.mean_snr),
    Column("{b}_snr_max", fluxes.max_snr),
    Column("{b}_snr_median", fluxes.median_snr),
    Column("{b}_n_obs", fluxes.n_obs),
    Column("{b}_has_enough_points", fluxes.has_enough_points),
    Column("{b}_median_dt", fluxes.median_dt),
    Column("{b}_max_gap", fluxes.max_gap),
    Column("total_flux_mean", fluxes.mean),
    Column("total_flux_std", fluxes.std),
]

RANK1 = [
    Column("n_obs", fluxes.n_obs),
    Column("{b}_n_detections", fluxes.n_detections),
    Column("{b}_max_snr", fluxes.max_snr),
    Column("{b}_min_snr", fluxes.min_snr),
    Column("{b}_skewness", fluxes.known(4)(fluxes.skewness), bands="griz"),
    Column("{b}_kurtosis", fluxes.known(4)(fluxes.excess_kurtosis), bands="griz"),
    Column("{b}_chi2_constant", fluxes.chi2_constant, bands="griz"),
    Column("{b}_median", fluxes.over_highest(fluxes.median), bands="griz"),
]

CHECKED = [
    pytest.param(family, column, id=f"{family}.{column.name}")
    for family, columns in (("statistics", STATISTICS), ("domain", DOMAIN), ("rank1", RANK1))
    for column in columns
]


@pytest.mark.parametrize(("family", "column"), CHECKED)
def test_statistic_is_as_the_catalogue_says(family, column, tables):
    check_column(column, tables.table(family), tables.objects)
