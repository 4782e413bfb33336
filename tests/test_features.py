"""The contract of every feature family, found by looking into the package."""

import importlib
import inspect
import pkgutil

import astropy.units as u
import numpy as np
import pytest
from families import OPTIONS, family_table, family_values
from simulated_objects import joined, odd_objects, transients

import tde.features
from tde.compiled.warm_up import warm_up_lightcurves
from tde.features.catalogue import check_columns
from tde.features.table import family_module


def families() -> list[str]:
    """Modules of the package that define both functions of the contract."""
    names = [module.name for module in pkgutil.iter_modules(tde.features.__path__)]
    return [
        name
        for name in names
        if all(inspect.isfunction(getattr(importlib.import_module(f"tde.features.{name}"), function, None))
               for function in ("columns", "compute"))
    ]  # fmt: skip


@pytest.fixture(params=families())
def family(request):
    return request.param


@pytest.fixture
def options(family):
    return OPTIONS.get(family, {})


def test_families_are_found():
    assert "domain" in families()


def test_declaration_is_complete(family, options):
    check_columns(family, family_module(family).columns(**options))


def test_units_are_astropys(family, options):
    for column in family_module(family).columns(**options):
        u.Unit(column.unit)


def test_meaning_is_one_line(family, options):
    for column in family_module(family).columns(**options):
        assert "\n" not in column.meaning + column.source, column.name


def test_table_has_the_declared_columns_and_the_objects_in_order(family, options):
    lightcurves = transients(21, n_objects=3)
    table = family_table(family, lightcurves, options)
    declared = [column.name for column in family_module(family).columns(**options)]
    assert table.column_names == ["object_id", *declared]
    assert table["object_id"].to_pylist() == list(lightcurves.object_id)


def test_no_object_depends_on_its_neighbours(family):
    lightcurves = joined([transients(22, n_objects=3), *odd_objects().values()])
    together = family_values(family, lightcurves)
    for i in range(len(lightcurves)):
        alone = family_values(family, lightcurves.select(np.array([i])))
        np.testing.assert_array_equal(alone[0], together[i])
    backwards = family_values(family, lightcurves.select(np.arange(len(lightcurves))[::-1]))
    np.testing.assert_array_equal(backwards[::-1], together)


def test_odd_objects_give_no_infinity(family):
    values = family_values(family, joined(odd_objects().values()))
    assert not np.isinf(values).any()


def test_input_is_left_alone(family):
    lightcurves = transients(23, n_objects=2)
    before = lightcurves.select(np.arange(2))
    family_values(family, lightcurves)
    for name in ("offsets", "mjd", "band", "flux", "flux_err", "z", "ebv"):
        np.testing.assert_array_equal(getattr(lightcurves, name), getattr(before, name))


def test_no_objects_at_all(family, options):
    values = family_values(family, transients(24, n_objects=1).select(np.array([], dtype=int)))
    assert values.shape == (0, len(family_module(family).columns(**options)))


def test_warm_up_objects_pass(family, options):
    lightcurves = warm_up_lightcurves()
    assert len(family_table(family, lightcurves, options)) == len(lightcurves)
