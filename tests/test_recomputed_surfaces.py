"""Log-likelihoods under colour surfaces, computed again by dense matrices: family `surfaces`.

The surfaces that the tests' tables take as learnt are black bodies of 5,000 K, 8,000 K and so on.
"""

import numpy as np
import pytest
from recomputed import class_surfaces as classes
from recomputed.chosen_objects import tables  # noqa: F401
from recomputed.comparison import Column, check_column
from recomputed.shared_flux import fitted as fitted_curves


class Likelihoods:
    """Of one outburst, by the classes' names in the columns, and of the black bodies."""

    def __init__(self, burst):
        self.name, self.n = burst.name, len(burst.o.mjd)
        surfaces = [classes.black_body_surface(5000.0 + 3000.0 * k) for k in range(len(classes.CLASSES))]
        values = [classes.log_likelihood(burst, surface) for surface in surfaces]
        self.of = dict(zip(classes.CLASSES, values, strict=True))
        self.black_bodies = classes.black_bodies(burst)
        self.best = max(self.of[name] for name in classes.SUPERNOVAE)


COLUMNS = [
    *(
        Column(f"{name}_minus_bb", lambda one, name=name: one.of[name] - one.black_bodies.log_likelihood)
        for name in classes.CLASSES
    ),
    *(Column(f"{name}_minus_best", lambda one, name=name: one.of[name] - one.best) for name in classes.SUPERNOVAE),
    Column("best_minus_bb", lambda one: one.best - one.black_bodies.log_likelihood),
    Column("best_minus_bb_per_point", lambda one: (one.best - one.black_bodies.log_likelihood) / one.n),
    Column("tde_minus_best", lambda one: one.of["tde"] - one.best),
    Column("tde_minus_agn", lambda one: one.of["tde"] - one.of["agn"]),
    Column("log_temperature", lambda one: one.black_bodies.mean / np.log(10.0)),
    Column("log_temperature_sd", lambda one: one.black_bodies.deviation / np.log(10.0)),
]


@pytest.fixture(scope="module")
def likelihoods(tables):
    return [Likelihoods(burst) for burst in classes.outbursts(tables, fitted_curves(tables))]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_column_is_as_the_catalogue_says(column, tables, likelihoods):
    tight = column._replace(relative=1e-6, absolute=1e-5)
    check_column(tight, tables.table("surfaces"), likelihoods)


def test_log_likelihoods_are_told_apart(likelihoods):
    """The surfaces differ by enough for a mistaken one to be seen."""
    assert max(abs(one.of["tde"] - one.of["agn"]) for one in likelihoods) > 1.0
