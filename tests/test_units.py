"""Every column changes with the unit of flux as the unit that it declares says, and in no other way.

Fluxes and errors are multiplied by four. A power of two shifts exponents and changes no digit, so
that fits of standardised light curves take the same steps, and columns agree but for the rounding
of logarithms.
"""

import math
import os
import re
from dataclasses import replace

import astropy.units as u
import numpy as np
import pytest
from families import OPTIONS, family_values
from mallorn_sample import read_objects
from simulated_objects import transients

from tde.features.registry import FAMILIES
from tde.features.table import Column, family_module
from tde.photometry import BANDS

FACTOR = 4.0
LN_FACTOR = math.log(FACTOR)

N_OBJECTS = 12

TOLERANCE = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-6}
"""Largest difference in units of the column's largest value, by the precision that a family computes in."""

NEVER_KNOWN = {"sequences": r"[ugrizy]_(flux|flux_err|gap)_\d+"}
"""Columns that may be NaN in all simulated objects: places that wait for more observations of a band."""


@pytest.fixture(scope="module", params=["simulated", "real"])
def objects(request):
    if request.param == "real":
        if not os.environ.get("MALLORN_DATA"):
            pytest.skip("MALLORN_DATA is not set: the real files are not here")
        return read_objects(os.environ["MALLORN_DATA"], N_OBJECTS, seed=23)
    return simulated()


def simulated():
    """Transients seen from 300 d before their peaks to 540 d after it, rest frame: all phases that columns ask for."""
    return transients(41, n_objects=N_OBJECTS, n=280, span=(59800.0, 60900.0))


def factor(column):
    """What a value is multiplied by: the power of the flux in the declared unit."""
    unit = u.Unit(column.unit)
    if not isinstance(unit, u.UnitBase):  # logarithmic: magnitudes and dex
        return 1.0
    powers = dict(zip(unit.decompose().bases, unit.decompose().powers, strict=True))
    return FACTOR ** float(powers.get(u.kg, 0.0))  # Jy is the only unit here that holds a mass


def shift(column, n_points):
    """What is added to a value: logarithms of fluxes, and densities of probability per uJy."""
    if "of the fluxes in uJy" in column.meaning:
        return -LN_FACTOR * (1.0 if "/ number of" in column.meaning else n_points)
    if re.search(r"/ uJy\)|\[uJy", column.meaning):
        return LN_FACTOR
    if column.unit == "mag" and "AB" in column.meaning:
        return -2.5 * math.log10(FACTOR)
    return {"dex(erg / s)": 1.0, "dex(erg)": 1.0, "dex(cm)": 0.5}.get(column.unit, 0.0) * math.log10(FACTOR)


def points(column, lightcurves):
    """Observations that a likelihood is that of, shape (n,): those of the band that the name begins with, or all."""
    owner = np.repeat(np.arange(len(lightcurves)), np.diff(lightcurves.offsets))
    band = column.name.partition("_")[0]
    mine = lightcurves.band == BANDS.index(band) if band in tuple(BANDS) else np.ones(len(owner), dtype=bool)
    return np.bincount(owner[mine], minlength=len(lightcurves))


@pytest.mark.parametrize("family", [row.name for row in FAMILIES])
def test_columns_change_as_their_units_say(family, objects):
    brighter = replace(objects, flux=FACTOR * objects.flux, flux_err=FACTOR * objects.flux_err)
    before, after = family_values(family, objects), family_values(family, brighter)
    columns = family_module(family).columns(**OPTIONS.get(family, {}))
    expected = np.empty(before.shape)
    for j, column in enumerate(columns):
        expected[:, j] = factor(column) * before[:, j] + shift(column, points(column, objects))
    np.testing.assert_array_equal(np.isnan(after), np.isnan(before))
    known = np.where(np.isnan(expected), 0.0, np.abs(expected)).max(axis=0)
    difference = np.where(np.isnan(expected), 0.0, np.abs(after - expected)).max(axis=0)
    wrong = difference > TOLERANCE[before.dtype] * np.maximum(known, 1e-9)
    assert [column.name for column, bad in zip(columns, wrong, strict=True) if bad] == []


@pytest.mark.parametrize("family", [row.name for row in FAMILIES])
def test_columns_are_known_of_some_simulated_object(family):
    values = family_values(family, simulated())
    columns = family_module(family).columns(**OPTIONS.get(family, {}))
    unknown = [column.name for column, value in zip(columns, values.T, strict=True) if np.isnan(value).all()]
    assert [name for name in unknown if not re.fullmatch(NEVER_KNOWN.get(family, "(?!)"), name)] == []


def test_what_units_say():
    of = {unit: factor(Column("a", unit, "")) for unit in ("", "d", "uJy", "uJy2", "uJy / d(1/2)", "mag / d", "dex(K)")}
    assert of == {"": 1.0, "d": 1.0, "uJy": 4.0, "uJy2": 16.0, "uJy / d(1/2)": 4.0, "mag / d": 1.0, "dex(K)": 1.0}
    assert shift(Column("a", "", "ln(s / uJy)"), 7) == LN_FACTOR
    assert shift(Column("a", "", "maximum ln likelihood of the fluxes in uJy"), 7) == -7.0 * LN_FACTOR
    assert shift(Column("a", "dex(erg / s)", "log10 L"), 7) == pytest.approx(0.60206)
