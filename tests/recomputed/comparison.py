"""Columns with the functions that compute them again, and their comparison."""

from functools import partial
from typing import NamedTuple

import numpy as np


class Column(NamedTuple):
    """A column, or one per band where the name begins with {b}, and how it is computed again.

    ``function`` takes an object, or its rows of one band. ``relative`` and ``absolute`` are the
    tolerances, of which the larger counts, unless the function returns its own (`Within`);
    ``bands`` are those of the columns.
    """

    name: str
    function: object
    relative: float = 1e-9
    absolute: float = 1e-12
    bands: object = "ugrizy"
    rare: bool = False
    """Whether it may be known of none of the objects."""

    def each(self):
        """Names of the columns, each with the band it is of (`all` for the whole object)."""
        if "{b}" in self.name:
            return [(self.name.format(b=band), band) for band in self.bands]
        return [(self.name, "all")]


class Within(NamedTuple):
    """A value that is known to no better than some tolerance; with an infinite one even NaN agrees."""

    value: float
    tolerance: float


def disagreement(name, got, want, relative, absolute):
    """What is wrong with one value; empty if nothing is. NaN is a value like others."""
    if isinstance(want, Within):
        want, absolute = want
    if np.isinf(absolute):
        wrong = False
    elif np.isnan(got) or np.isnan(want):
        wrong = np.isnan(got) != np.isnan(want)
    else:
        wrong = abs(got - want) > max(absolute, relative * abs(want))
    return f"{name}: {got!r} in the table, {want!r} computed again" if wrong else ""


def check_column(column, table, objects):
    """Assert that a column of a table is what its function says of every object, and known of some."""
    known = False
    for name, band in column.each():
        wants = [column.function(o if band == "all" else o.of(band)) for o in objects]
        known |= _check(name, column, wants, table, objects)
    assert known or column.rare, f"{column.name} is known of no object"


def check_derived(column, table, objects):
    """Assert that a column follows from others of its table: its function takes the table's row and the object."""
    known = False
    for name, band in column.each():
        rows = (row for _, row in table.iterrows())
        wants = [column.function(row, o, band) for row, o in zip(rows, objects, strict=True)]
        known |= _check(name, column, wants, table, objects)
    assert known or column.rare, f"{column.name} is known of no object"


def _check(name, column, wants, table, objects):
    """Compare one column; returns whether any of its numbers was compared with one."""
    got = table[name].to_numpy(np.float64)
    found = [
        disagreement(o.name, value, want, column.relative, column.absolute)
        for o, value, want in zip(objects, got, wants, strict=True)
    ]
    assert not any(found), f"{name}\n" + "\n".join(filter(None, found))
    return any(map(_is_known, wants))


def _is_known(want):
    return np.isfinite(want).all() if isinstance(want, Within) else np.isfinite(want)


def whole_object(name, function, bands="ugrizy", **tolerances):
    """Columns of single bands whose function takes the whole object and the band's letter."""
    return [Column(name.format(b=band), partial(function, band=band), **tolerances) for band in bands]
