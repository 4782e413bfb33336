"""The tables that are checked: all that is taken from the library."""

from functools import cache

import numpy as np
from families import LEARNT, OPTIONS

from tde.features.registry import curves_read
from tde.features.table import compute_table, fit_curves
from tde.lightcurves import from_rows
from tde.photometry import dereddening_factor


class FeatureTables:
    """Features of raw objects, family by family, and the curves that families read."""

    def __init__(self, objects):
        self.objects = objects
        row_object = np.repeat(np.arange(len(objects)), [len(o.mjd) for o in objects])
        ebv = np.array([o.ebv for o in objects])
        band = np.concatenate([o.band for o in objects])
        factor = dereddening_factor(band, ebv[row_object])
        self._lightcurves = from_rows(
            np.array([o.name for o in objects]),
            np.array([o.z for o in objects]),
            ebv,
            row_object,
            np.concatenate([o.mjd for o in objects]),
            band,
            np.concatenate([o.observed for o in objects]) * factor,
            np.concatenate([o.observed_err for o in objects]) * factor,
        )

    @cache  # noqa: B019, one of these lives as long as the test file
    def curves(self, family):
        """The curves that a family fits."""
        return fit_curves(family, self._lightcurves, OPTIONS.get(family, {}))

    @cache  # noqa: B019
    def table(self, family):
        """A family's features, one row per object."""
        curves = {name: self.curves(name) for name in curves_read(family)}
        learnt = LEARNT.get(family, {}).get("learnt")
        return compute_table(family, self._lightcurves, OPTIONS.get(family, {}), curves, learnt).to_pandas()
