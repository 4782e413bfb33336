"""What all columns must satisfy together, on real objects.

None is another's twin, none shows the grid of times, none piles up at an edge of a search.
"""

import os
import re

import numpy as np
import pytest
from families import IN_USE, family_values
from mallorn_sample import read_objects

from tde.evaluation.parents import spacings
from tde.features.table import family_module

pytestmark = pytest.mark.mallorn

N_OBJECTS = 600

PUBLISHED_TWINS = {("domain", "Z_norm"), ("domain", "EBV_norm")} | {
    ("gp_drw", f"{band}_delta_aic_drw_minus_gp") for band in ("g", "r", "i", "u", "combined")
}
"""Columns of published tables that are linear in another one, and stay under their published names."""

FAMILIES = [name for name in IN_USE if name not in ("gp2d_george", "surfaces")]
"""Families measured here: those of the models that need not learn."""


@pytest.fixture(scope="module")
def objects():
    return read_objects(os.environ["MALLORN_DATA"], N_OBJECTS, seed=17)


@pytest.fixture(scope="module", params=FAMILIES)
def columns(request, objects):
    """Family, names and values of the columns that vary."""
    names = [column.name for column in family_module(request.param).columns(**(IN_USE[request.param] or {}))]
    return request.param, dict(zip(names, family_values(request.param, objects).T, strict=True))


def _linear(x, y):
    """Whether one column is a multiple of the other plus a constant, in rank and in value."""
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < 50 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return False
    order = np.argsort(x, kind="stable")
    steps_x, steps_y = np.diff(x[order]), np.diff(y[order])
    told = steps_x > 1e-9 * np.abs(x[order][1:])
    ratio = steps_y[told] / steps_x[told]
    typical = np.median(ratio)
    return typical != 0.0 and np.mean(np.abs(ratio / typical - 1.0) < 1e-4) > 0.9


def test_no_column_is_linear_in_another(columns):
    family, values = columns
    names = [name for name in values if (family, name) not in PUBLISHED_TWINS]
    twins = []
    for k, one in enumerate(names):
        for other in names[:k]:
            both = np.isfinite(values[one]) & np.isfinite(values[other])
            if both.sum() < 50:
                continue
            x, y = values[one][both], values[other][both]
            if x.std() > 0.0 and y.std() > 0.0 and abs(np.corrcoef(x, y)[0, 1]) > 0.9999 and _linear(x, y):
                twins.append((one, other))
    assert twins == []


def test_no_column_is_a_whole_number_of_steps_of_the_grid_of_times(columns, objects):
    """Times of simulated visits lie on a grid that tells which event was simulated: see `tde.evaluation.parents`."""
    _, values = columns
    step = spacings(objects)
    for stretch in (np.ones(len(objects)), 1.0 + objects.z):
        for name, value in values.items():
            n_steps = value * stretch / step
            asked = np.isfinite(n_steps) & (np.abs(n_steps) > 0.5) & (np.abs(n_steps) < 5000.0) & (value % 1.0 > 0.0)
            if asked.sum() > 100:
                near = np.abs(n_steps[asked] - np.rint(n_steps[asked])) < 1e-4
                assert near.mean() < 0.02, name  # one in 5,000 by chance, one in 200 if rounded to 0.1 d


NATURAL_LIMITS = re.compile(
    r"_frac|fraction|beyond_2std|peak_time|duty_cycle|monoton|n_obs|n_points|n_det|_n_|excursions|percentile|peak_position|negative_power"
    r"|skew|kurtosis|_over_|_r2$|rebrightening|rises_after|falls_before|color_var|spread|peak_time_std"
    r"|cooling_minus_bb|_gain|median_dt|max_gap|^Z|Z$|EBV|ebv|^log1p_z"
)
"""Names of shares, counts, sums of what may be absent, and gains of a model over one that it contains."""


def test_no_column_piles_up_at_an_edge_of_a_search(columns):
    family, values = columns
    if family == "bazin":
        pytest.skip("time scales on a bound are kept, as in the table it follows")
    piled = {}
    for name, value in values.items():
        known = value[np.isfinite(value)]
        if f"{name}_edge" in values or f"{name.removesuffix('_rest')}_edge" in values or "rise_minus_fall" in name:
            continue  # the flag beside it says so
        if len(known) < 200 or len(np.unique(known)) < 60 or NATURAL_LIMITS.search(name):
            continue
        share = max(np.mean(known == known.min()), np.mean(known == known.max()))
        if share > 0.012:
            piled[name] = share
    assert piled == {}
