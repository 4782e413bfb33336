"""What is not known yet: bands without observations, rises without a decline.

Columns say nothing of a band that was never observed, and a time or a slope that the end of the data cuts
short is NaN, or has a flag beside it.
"""

import os
import re

import numpy as np
import pytest
from families import OPTIONS, family_table
from mallorn_sample import read_objects
from simulated_objects import transients

from tde.candidates.records import _curve
from tde.features.gp2d.posterior_curves import _leave_out_guesses
from tde.features.registry import FAMILIES
from tde.features.table import fit_curves
from tde.photometry import BANDS
from tde.views.cut import in_bands, until

PEAK = 60200.0

SERIES = ("rocket", "rocket_linear", "minirocket", "multirocket")
"""Families that convolve six series: a band without observations is a series of zeros, as their words say."""

NAMES_OTHER_BANDS = re.compile(r"(^|_)(u|i|z|y|ug|ri|iz|gi|gz|ur)(_|$)")
OF_OTHER_THINGS = re.compile(r"^log1p_z$|_n_obs$|_n_detections$|_has_enough_points$")
"""The redshift, and counts, which are 0."""


@pytest.fixture(scope="module", params=["simulated", "real"])
def objects(request):
    if request.param == "real":
        if not os.environ.get("MALLORN_DATA"):
            pytest.skip("MALLORN_DATA is not set: the real files are not here")
        return read_objects(os.environ["MALLORN_DATA"], 25, seed=19)
    return transients(19, n_objects=8)


def columns_of(family, lightcurves):
    table = family_table(family, lightcurves, OPTIONS.get(family, {}))
    return {name: table[name].to_numpy().astype(float) for name in table.column_names[1:]}


@pytest.mark.parametrize("family", [row.name for row in FAMILIES if row.name not in SERIES])
def test_nothing_is_said_of_bands_that_were_not_observed(family, objects):
    whole, reduced = columns_of(family, objects), columns_of(family, in_bands(objects, ["gr"] * len(objects)))
    named = [name for name in whole if NAMES_OTHER_BANDS.search(name) and not OF_OTHER_THINGS.search(name)]
    assert [name for name in named if np.isfinite(reduced[name]).any()] == []
    assert not named or any(np.isfinite(whole[name]).any() for name in named)
    assert any(np.isfinite(values).any() for values in reduced.values())


@pytest.mark.parametrize("family", ["gp2d", "rank1"])
def test_pages_show_no_curve_of_a_band_that_was_not_observed(family, objects):
    reduced = in_bands(objects, ["gr"] * len(objects))
    shown = _curve(fit_curves(family, reduced, {}), reduced, 0)
    per_band = shown["factor"] if family == "rank1" else {band: shown["flux"][band][0] for band in BANDS}
    observed = {band for b, band in enumerate(BANDS) if b in reduced.band[reduced.rows(0)]}
    assert {band for band, value in per_band.items() if not np.isnan(value)} <= observed


def rising(n_objects=6):
    """Transients that are still rising on the day of the last observation: 10 d in 30 before the peak."""
    seen = transients(23, n_objects=n_objects, n=500, span=(PEAK - 120.0, PEAK + 300.0))
    return until(seen, np.full(n_objects, PEAK - 10.0))


AFTER_THE_PEAK = re.compile(
    r"fade|(?<!robust_)duration|decay|power_law_(alpha|residual)|asymmetry|fwhm|post_\d+d|rise_fade_ratio|log_tau_fall$"
    r"|rise_minus_fall|(?<!temp)late_|rebrightening|rises_after|decline|peak_lag|peak_time_(g|u|s)|temp_slope|exponential"
    r"|temperature_change|^(evolving|window)_slope|color_(trend|cooling|monoton|slope_gr$)|_r2$|_at_30d$"
    r"|color_.*(20|50|100)d$|temperature_(50|100)d|slope_(50|100)d"
)
"""Columns about what comes after a peak, or about when bands peak."""

BEFORE_THE_PEAK = re.compile(r"minus20d")
"""A phase before the peak."""


def _is_flagged(name, columns):
    """Whether a flag beside a column says, of every object, that its value is where the range or the data end."""
    level = re.sub(r"fade_time_(\d+)", r"fade_censored_\1", name)
    names = (f"{name}_censored", f"{name}_edge", level, name.replace("rise_minus_fall", "log_tau_fall_edge"))
    flags = [columns[flag] for flag in names if flag in columns and flag != name]
    return any(((flag != 0.0) | ~np.isfinite(columns[name])).all() for flag in flags)


@pytest.mark.parametrize("family", ["gp2d", "rank1", "shape", "tde_physics", "colour", "powerlaw", "luminosity",
                                    "domain", "hypotheses"])  # fmt: skip
def test_a_rise_without_a_decline_has_no_fade(family):
    columns = columns_of(family, rising())
    asked = [name for name in columns if AFTER_THE_PEAK.search(name) and not BEFORE_THE_PEAK.search(name)]
    asked = [name for name in asked if not name.endswith(("_censored", "_edge", "_err")) and "_censored_" not in name]
    assert len(asked) > 3
    told = [name for name in asked if np.isfinite(columns[name]).any() and not _is_flagged(name, columns)]
    assert told == []


def test_a_rise_is_known_while_it_lasts():
    lightcurves = rising()
    assert np.isfinite(columns_of("gp2d", lightcurves)["rise_time_50"]).all()
    assert np.isfinite(columns_of("shape", lightcurves)["r_rise_time"]).all()


def test_a_curve_ends_where_it_becomes_a_guess():
    """Beyond its band's observations a curve goes on to where its deviation first passes the limit."""
    grid = np.arange(10.0)
    seen_at, bands = np.array([3.5, 6.0]), np.array([1, 1], dtype=np.int8)
    mean, sd = np.ones((10, 6)), np.full((10, 6), 2.0)
    sd[[2, 3, 7], 1] = sd[0, 1] = 0.5
    _leave_out_guesses(seen_at, bands, grid, 1.0, mean, sd)
    assert np.flatnonzero(np.isfinite(mean[:, 1])).tolist() == [2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(np.isfinite(sd), np.isfinite(mean))
