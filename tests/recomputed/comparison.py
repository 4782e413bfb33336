"""Columns with the functions that compute them again, and their comparison."""

from typing import NamedTuple

import numpy as np


class Column(NamedTuple):
    """A column, or one per band where the name begins with {b}, and how it is computed again.

    ``function`` takes an object, or its rows of one band. ``relative`` and ``absolute`` are the
    tolerances, of which the larger counts; ``bands`` are those of the columns.
    """

    name: str
    function: object
    relative: float = 1e-9
    absolute: float = 1e-12
    bands: object = "ugrizy"

    def each(self):
        """Names of the columns, each with the band it is of (`all` for the whole object)."""
        if "{b}" in self.name:
            return [(self.name.format(b=band), band) for band in self.bands]
        return [(self.name, "all")]


def disagreement(name, got, want, relative, absolute):
    """What is wrong with one value; empty if nothing is. NaN is a value like others."""
    if np.isnan(got) or np.isnan(want):
        wrong = np.isnan(got) != np.isnan(want)
    else:
        wrong = abs(got - want) > max(absolute, relative * abs(want))
    return f"{name}: {got!r} in the table, {want!r} computed again" if wrong else ""


def check_column(column, table, objects):
    """Assert that a column of a table is what its function says of every object, and known of some."""
    n_known = 0
    for name, band in column.each():
        wants = [float(column.function(o.of(band))) for o in objects]
        found = [
            disagreement(o.name, got, want, column.relative, column.absolute)
            for o, got, want in zip(objects, table[name].to_numpy(np.float64), wants, strict=True)
        ]
        assert not any(found), f"{name}\n" + "\n".join(filter(None, found))
        n_known += np.isfinite(wants).sum()
    assert n_known, f"{column.name} is known of no object"
