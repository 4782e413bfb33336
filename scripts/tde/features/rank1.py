"""One curve F(t) for all bands: rank-one Gaussian process, its colours, and what F looks like.

Flux of band b at time t is c_b F(t); F is in the units of the r band. The fits are described in
`tde.gp.rank_one_fit`. Time scales and phases are in the rest frame and phases count from
the peak, the highest point of mean - standard deviation of F.
"""

from __future__ import annotations

import numpy as np

from tde.curves import Curves
from tde.gp.rank_one_fit import MAX_GRID, PARAMETERS, fit_objects
from tde.lightcurves import LightCurves


def fit(lightcurves: LightCurves) -> Curves:
    """Fit the rank-one models to all objects.

    Returns
    -------
    Curves
        F with constant colours, in the flux of the r band, on a grid that is finer around
        the peak; parameters as in `tde.gp.rank_one_fit.PARAMETERS`, logarithms of fluxes in
        micro-Jansky and of times in days.
    """
    n = len(lightcurves)
    results = np.full((n, len(PARAMETERS)), np.nan)
    sizes = np.zeros(n, dtype=np.int64)
    grids = np.zeros((3, n, MAX_GRID))
    fit_objects(
        lightcurves.offsets,
        lightcurves.mjd,
        lightcurves.band,
        lightcurves.flux,
        lightcurves.flux_err,
        np.array(lightcurves.z),  # a copy: arrays read from Parquet are read-only, which numba compiles for anew
        results,
        sizes,
        grids,
    )
    used = np.arange(MAX_GRID) < sizes[:, None]
    return Curves(
        lightcurves.object_id,
        {name: np.ascontiguousarray(results[:, j]) for j, name in enumerate(PARAMETERS)},
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        grids[0][used],
        grids[1][used][:, None],
        grids[2][used][:, None],
    )
