"""What must not matter to any feature: the date, the order of rows, names, and other objects.

All comparisons are exact. Families count times from an object's first observation in whole ticks
(`tde.features.shared.own_clock`), rows are sorted before anything is summed, and objects are computed
one by one: the same numbers go through the same operations, so that no rounding is to be allowed for.
"""

import os
from dataclasses import replace

import numpy as np
import pytest
from families import LEARNT, OPTIONS, family_table
from mallorn_sample import read_objects
from simulated_objects import joined, odd_objects, transients

from tde.features.registry import FAMILIES
from tde.features.shared.own_clock import TICKS_PER_DAY, moved, on_own_clock, starts
from tde.features.table import fit_curves
from tde.lightcurves import from_rows

SHIFTS = (0.37, 7.123, 1000.0)
"""Days: a part of one, a part and whole ones, and whole ones across the date 65,536, where doubles coarsen."""

N_REAL = 25


@pytest.fixture(scope="module", params=["simulated", "real"])
def objects(request):
    if request.param == "real":
        if not os.environ.get("MALLORN_DATA"):
            pytest.skip("MALLORN_DATA is not set: the real files are not here")
        return read_objects(os.environ["MALLORN_DATA"], N_REAL, seed=13)
    made = joined([transients(31, n_objects=5), *odd_objects().values()])
    return replace(made, mjd=np.round(made.mjd, 4))  # as dates are written down: see the test of ties


@pytest.fixture(params=[row.name for row in FAMILIES])
def family(request):
    return request.param


def values(family, lightcurves):
    """Features as files hold them, shape (n_objects, n_columns)."""
    table = family_table(family, lightcurves, OPTIONS.get(family, {}))
    return np.column_stack([table[name].to_numpy() for name in table.column_names[1:]])


def rows_in_order(lightcurves, order):
    """The same observations, handed over in another order."""
    owner = np.repeat(np.arange(len(lightcurves)), np.diff(lightcurves.offsets))
    lc = lightcurves
    return from_rows(lc.object_id, lc.z, lc.ebv, owner[order], lc.mjd[order], lc.band[order], lc.flux[order],
                     lc.flux_err[order])  # fmt: skip


def test_features_do_not_depend_on_what_says_nothing_of_the_object(family, objects):
    expected = values(family, objects)
    for days in SHIFTS:
        later = values(family, replace(objects, mjd=objects.mjd + days))
        np.testing.assert_array_equal(later, expected, err_msg=f"all dates {days} d later")
    order = np.random.default_rng(3).permutation(len(objects.mjd))
    np.testing.assert_array_equal(values(family, rows_in_order(objects, order)), expected, err_msg="rows permuted")
    names = np.array([f"{k:03d}" for k in range(len(objects))][::-1])
    np.testing.assert_array_equal(values(family, replace(objects, object_id=names)), expected, err_msg="other names")
    for i in range(len(objects)):
        alone = values(family, objects.select(np.array([i])))
        np.testing.assert_array_equal(alone[0], expected[i], err_msg=f"{objects.object_id[i]} alone")


def test_learnt_families_are_among_those_compared():
    assert set(LEARNT) == {row.name for row in FAMILIES if row.learns}


def test_dates_with_six_decimals_are_never_rounded_two_ways():
    """The closest a decimal comes to half a tick is far above the error of a date near 60,000."""
    days = np.arange(1, 1_000_000) * 1e-6
    distance = np.abs(days * TICKS_PER_DAY % 1.0 - 0.5) / TICKS_PER_DAY
    assert distance.min() > 2.0 * np.spacing(65535.0)


def test_own_clock_begins_at_the_first_observation():
    lightcurves = joined([transients(32, n_objects=2), odd_objects()["no points"]])
    clocked = on_own_clock(lightcurves)
    for i in range(2):
        assert clocked.mjd[clocked.rows(i)][0] == 0.0
        np.testing.assert_allclose(
            clocked.mjd[clocked.rows(i)] + starts(lightcurves)[i],
            lightcurves.mjd[lightcurves.rows(i)],
            atol=1.0 / TICKS_PER_DAY,
            rtol=0,
        )
    assert starts(lightcurves)[2] == 0.0


def test_two_visits_that_become_one_time_are_in_order_of_band():
    close = odd_objects()["two points a microsecond apart"]
    clocked = on_own_clock(replace(close, filter=np.array([4, 1], dtype=np.int8)))
    assert clocked.mjd.tolist() == [0.0, 0.0]
    assert clocked.band.tolist() == [1, 4]


@pytest.mark.parametrize("family", [row.name for row in FAMILIES if row.curves])
def test_curves_have_dates_and_lose_none_of_their_bits(family):
    lightcurves = transients(33, n_objects=3)
    curves = fit_curves(family, lightcurves, OPTIONS.get(family, {}))
    for i in range(3):
        rows = lightcurves.rows(i)
        assert curves.mjd[curves.rows(i)][0] == pytest.approx(lightcurves.mjd[rows][0], abs=1e-6)
    assert (curves.parameters["peak_mjd"] > 60000.0).all()
    start = starts(lightcurves)
    there_and_back = moved(moved(moved(curves, -start), start), -start)
    np.testing.assert_array_equal(there_and_back.mjd, moved(curves, -start).mjd)
    assert np.isin(there_and_back.parameters["peak_mjd"], there_and_back.mjd).all()
