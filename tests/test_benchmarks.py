"""The benchmark: what it calls met, how it says so, and the references it compares with."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from simulated_objects import transients

sys.path.append(str(Path(__file__).parent / "benchmarks"))

import performance_page
import references
from measure import Measurement, band_series, cpu_time

from tde.gp import radial
from tde.photometry import EFFECTIVE_WAVELENGTH


@pytest.mark.parametrize(
    ("measurement", "met"),
    [
        (Measurement("fit", ours=1.0, theirs=100.0, least_ratio=99.0), True),
        (Measurement("fit", ours=1.0, theirs=100.0, least_ratio=101.0), False),
        (Measurement("fit", ours=1.0, theirs=100.0, least_ratio=99.0, optimum_met=False), False),
        (Measurement("fit", ours=1.0, most_ms=1.5), True),
        (Measurement("fit", ours=2.0, most_ms=1.5), False),
    ],
)
def test_a_requirement_that_is_not_met_is_shown(measurement, met):
    assert measurement.met == met
    assert ("**NO**" in performance_page.speed_line(measurement)) != met
    assert ("NOT met: fit" in performance_page.verdict([measurement])) != met


@pytest.mark.parametrize(
    ("value", "text"), [(123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.01234, "0.0123"), (math.nan, "–")]
)
def test_times_have_three_digits(value, text):
    assert performance_page.milliseconds(value) == text


def test_families_are_listed_from_the_slowest():
    table = performance_page.family_table({"quick": (math.nan, 1.0), "slow": (2.0, 1.0)})
    assert table.index("| slow | 2.00 | 1.00 | 75.0% |") < table.index("| quick | – | 1.00 | 25.0% |")


def test_cpu_time_is_that_of_one_call():
    calls = []
    _, milliseconds = cpu_time(lambda: calls.append(sum(range(200_000))), seconds=0.2)
    assert len(calls) > 1
    assert milliseconds * len(calls) == pytest.approx(200.0, rel=0.5)


def test_both_references_in_wavelength_fit_the_radial_process():
    rng = np.random.default_rng(41)
    mjd = np.sort(rng.uniform(60000.0, 60300.0, 40))
    band = rng.integers(0, 6, 40)
    wavelength = EFFECTIVE_WAVELENGTH[band]
    r = np.sqrt(3.0) * np.hypot((mjd[:, None] - mjd) / 40.0, (wavelength[:, None] - wavelength) / 6000.0)
    flux = rng.multivariate_normal(np.zeros(40), 9.0 * (1.0 + r) * np.exp(-r) + 0.1 * np.eye(40))
    flux_err = np.full(40, math.sqrt(0.1))
    ours = radial.fit_objects(np.array([0, 40]), mjd, band, flux, flux_err).log_likelihood[0]
    assert references.sklearn_radial(mjd, wavelength, flux, flux_err) == pytest.approx(ours, abs=1e-3)
    free_mean = references.george_radial(mjd, wavelength, flux, flux_err)
    assert ours - 1e-3 < free_mean < ours + 3.0


def test_reference_of_the_bazin_function_finds_a_simulated_one():
    rng = np.random.default_rng(42)
    time = np.sort(rng.uniform(0.0, 200.0, 80))
    flux = references.bazin(time, 50.0, 60.0, 8.0, 30.0, 1.0) + rng.normal(size=80)
    chi2 = references.scipy_bazin(60000.0 + time, flux, np.ones(80))
    assert 40.0 < chi2 < 120.0


def test_series_are_single_bands_with_enough_points():
    lightcurves = transients(43, n_objects=2, n=40)
    series = band_series(lightcurves, 7)
    counts = np.array([np.bincount(lightcurves.band[rows], minlength=6) for rows in lightcurves])
    assert [len(mjd) for mjd, _, _ in series] == [count for count in counts.ravel() if count >= 7]
