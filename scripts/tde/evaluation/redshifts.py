"""Photometric redshifts for the training objects, whose own are exact.

Models learn from exact redshifts but meet photometric ones in the test set. Scoring the
held-out objects once more with scattered redshifts says what that costs.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from tde.photometry import Z_FLOOR, distance_modulus


def perturb_redshifts(objects: pa.Table, sigma: float, seed: int) -> pa.Table:
    """Scatter the redshifts of an object table.

    Parameters
    ----------
    objects : pyarrow.Table
        With the columns ``z`` and ``distance_modulus``.
    sigma : float
        Standard deviation of the error, in units of 1 + z.
    seed : int

    Returns
    -------
    pyarrow.Table
        The same with z' = z + sigma (1 + z) N(0, 1), at least `Z_FLOOR`, and its distance modulus.
        Unknown redshifts stay unknown.
    """
    z = objects["z"].to_numpy()
    noise = np.random.default_rng(seed).normal(size=len(z))
    scattered = np.where(np.isnan(z), np.nan, np.maximum(z + sigma * (1.0 + z) * noise, Z_FLOOR))
    columns = {"z": scattered, "distance_modulus": distance_modulus(scattered)}
    for name, values in columns.items():
        objects = objects.set_column(objects.column_names.index(name), name, pa.array(values))
    return objects
