"""What the curve that all bands share shows, computed again by dense matrices: family `rank1`."""

import numpy as np
import pytest
from recomputed import nearest_temperatures as nearest
from recomputed import shared_flux as shared
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, Within, check_column, check_derived

STORED = {"relative": 1e-4, "absolute": 1e-4}
"""The curve of F is stored in single precision."""

LEVELS = (75, 50, 25, 10)
BINS = ("before_m200", "m200_to_m60", "m60_to_m25", "m25_to_m10", "m10_to_10", "10_to_25", "25_to_50", "50_to_100",
        "100_to_150", "150_to_250", "250_to_450", "after_450")  # fmt: skip
BANDS = "ugrizy"

CURVE = [
    Column("log_peak_flux", shared.log_peak_flux, **STORED),
    Column("peak_snr", shared.peak_snr, **STORED),
    *(Column(f"absolute_magnitude_{b}", shared.absolute_magnitude(BANDS.index(b)), **STORED) for b in "ugriz"),
    Column("peak_position", shared.peak_position),
    *(Column(f"rise_{level}", shared.width(-1, level), absolute=1e-3) for level in LEVELS),
    *(Column(f"fade_{level}", shared.width(1, level), absolute=1e-3) for level in LEVELS),
    *(Column(f"rise_{level}_censored", shared.censored(-1, level)) for level in LEVELS),
    *(Column(f"fade_{level}_censored", shared.censored(1, level)) for level in LEVELS),
    *(Column(f"n_excursions_{level}", shared.n_excursions(level)) for level in LEVELS),
    *(Column(f"fraction_above_{level}", shared.fraction_above(level), **STORED) for level in LEVELS),
    Column("asymmetry_50", shared.asymmetry(50), **STORED),
    Column("asymmetry_25", shared.asymmetry(25), **STORED),
    Column("fade_50_over_25", shared.fade_ratio(50, 25), **STORED),
    Column("fade_25_over_10", shared.fade_ratio(25, 10), **STORED),
    Column("lowest", shared.lowest, **STORED),
    Column("percentile_10", shared.quantile(0.1), **STORED),
    Column("median", shared.quantile(0.5), **STORED),
    Column("percentile_90", shared.quantile(0.9), **STORED),
    Column("std", shared.std, **STORED),
    Column("skewness", shared.skewness, **STORED),
    Column("kurtosis", shared.kurtosis, **STORED),
    Column("total_variation", shared.total_variation, **STORED),
    Column("rises_after_peak", shared.rises_after_peak, **STORED),
    Column("falls_before_peak", shared.falls_before_peak, **STORED),
    Column("residual_chi2", shared.residual_chi2, **STORED),
]

FLUXES = [
    *(
        Column(f"{name}_{where}", shared.of_bin(name, k), **STORED, rare=True)
        for k, where in enumerate(BINS)
        for name in ("flux", "flux_err", "chi2", "n_points")
    ),
    *(Column(f"significance_{where}", shared.significance(k), **STORED, rare=True) for k, where in enumerate(BINS)),
    Column("early_chi2", shared.over(shared.early, shared.chi2)),
    Column("early_highest", shared.over(shared.early, shared.highest), **STORED),
    Column("early_max_snr", shared.over(shared.early, shared.max_snr)),
    Column("early_min_snr", shared.over(shared.early, shared.min_snr)),
    Column("late_chi2", shared.over(shared.late, shared.chi2)),
    Column("late_max_snr", shared.over(shared.late, shared.max_snr)),
    Column("late_min_snr", shared.over(shared.late, shared.min_snr)),
    Column("outside_chi2", shared.over(shared.outside, shared.chi2)),
    Column("negative_fraction", lambda one: (one.o.snr < -3.0).mean()),
    Column("positive_fraction", lambda one: (one.o.snr > 3.0).mean()),
    Column("negative_power", lambda one: -(one.o.snr.clip(None, 0.0) ** 2).mean()),
]

FALLBACK, PARTIAL, DISC = shared.power_law(5.0 / 3.0), shared.power_law(2.5), shared.power_law(5.0 / 12.0)

LAWS = [
    Column("power_law_53", FALLBACK, **STORED),
    Column("power_law_53_onset", shared.power_law(5.0 / 3.0, "scale")),
    Column("power_law_53_amplitude", shared.power_law(5.0 / 3.0, "amplitude"), **STORED),
    Column("power_law_43", shared.power_law(4.0 / 3.0), **STORED),
    Column("power_law_512", DISC, **STORED),
    Column("power_law_52", PARTIAL, **STORED),
    Column("power_law_53_over_52", shared.ratio(FALLBACK, PARTIAL), **STORED),
    Column("power_law_512_over_53", shared.ratio(DISC, FALLBACK), **STORED),
    Column("exponential", shared.exponential(), **STORED),
    Column("exponential_time", shared.exponential("scale")),
    Column("power_law_53_over_exponential", shared.ratio(FALLBACK, shared.exponential()), **STORED),
]

COLOURS = [
    Column("temperature", nearest.temperature(nearest.constant), **STORED),
    Column("temperature_misfit", nearest.misfit(nearest.constant), **STORED),
    *(
        Column(f"{window}temperature_{days}d{end}", function(nearest.at_days(prefix, days)), **STORED)
        for window, prefix in (("", "evolving"), ("window_", "window"))
        for days in (0, 50, 100)
        for end, function in (("", nearest.temperature), ("_misfit", nearest.misfit))
    ),
    *(
        Column(f"colour_ratio_{band}_{where}", nearest.colour_ratio(k, where), **STORED, rare=True)
        for where in nearest.BINS
        for k, band in enumerate(BANDS)
    ),
]


@pytest.fixture(scope="module")
def fitted(tables):
    return shared.fitted(tables)


@pytest.mark.parametrize("column", [*CURVE, *FLUXES, *LAWS, *COLOURS], ids=lambda column: column.name)
def test_curve_shows_what_the_catalogue_says(column, tables, fitted):
    check_column(column, tables.table("rank1"), fitted)


def pair(kind, first, second):
    """Nothing is asked where one of the two is at the edge of its box, and therefore NaN."""

    def difference(row, o, band):
        value = row[f"{kind}_{first}"] - row[f"{kind}_{second}"]
        return Within(value, np.inf if np.isnan(value) else 1e-9)

    return difference


def in_rest_frame(name):
    return lambda row, o, band: row[name] - np.log(1.0 + o.z)


def per_point(name):
    return lambda row, o, band: row[name] / len(o.mjd)


KINDS = ("log_colour", "evolving_colour", "evolving_slope", "window_colour", "window_slope")
GAINS = ("gain_over_noise", "drw_gain", "evolving_over_drw", "evolving_gain", "window_gain", "window_over_evolving")

DERIVED = [
    *(Column(f"{kind}_{pairs}", pair(kind, *pairs)) for kind in KINDS for pairs in ("ug", "gi", "iz", "gz")),
    Column("log_length_scale_rest", in_rest_frame("log_length_scale")),
    Column("drw_log_time_scale_rest", in_rest_frame("drw_log_time_scale")),
    *(Column(f"{name}_per_point", per_point(name)) for name in GAINS),
    Column("temperature_change", lambda row, o, band: row.temperature_50d - row.temperature_0d),
    Column("window_temperature_change", lambda row, o, band: row.window_temperature_50d - row.window_temperature_0d),
]


@pytest.mark.parametrize("column", DERIVED, ids=lambda column: column.name)
def test_column_follows_from_others(column, tables):
    check_derived(column, tables.table("rank1"), tables.objects)
