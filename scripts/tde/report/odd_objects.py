"""Objects that are odd in some way, so that features can hardly be defined for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tde.lightcurves import LightCurves

FEW_POINTS = 5
LARGE_SIGNIFICANCE = 1e6
ERROR_SPAN = 1e9

REASONS = {
    "no_observation": "no observation",
    "one_point": "one point",
    "few_points": f"fewer than {FEW_POINTS} points",
    "one_band": "one band",
    "one_time": "all points at one time",
    "no_positive_flux": "no positive flux",
    "constant_flux": "constant flux",
    "large_significance": f"|flux| above {LARGE_SIGNIFICANCE:,.0f} errors",
    "wide_errors": "errors over more than nine decades",
    "z_missing": "redshift missing",
    "z_at_floor": "redshift at the floor",
}
"""What can be odd about an object, and how to say it. An object may have several reasons."""


def odd_objects(lightcurves: LightCurves, z_floor: float) -> dict[str, np.ndarray]:
    """Find the odd objects among some light curves.

    Reasons about the points other than ``no_observation`` need two points or more, but for
    ``few_points``, ``one_band`` and ``no_positive_flux``, which need one: an object without
    observations has that one reason only.

    Parameters
    ----------
    lightcurves : LightCurves
    z_floor : float
        Redshifts were set to this floor when they were below it.

    Returns
    -------
    dict of str to ndarray of bool, shape (n,)
        By the keys of `REASONS`.
    """
    points = [_odd_points(lightcurves, rows) for rows in lightcurves]
    odd = {reason: np.array([reason in found for found in points], dtype=bool) for reason in REASONS}
    odd["z_missing"] = np.isnan(lightcurves.z)
    odd["z_at_floor"] = lightcurves.z <= z_floor
    return odd


def _odd_points(lightcurves: LightCurves, rows: slice) -> set[str]:
    """Reasons that lie in the points of one object."""
    mjd, band, flux, flux_err = (getattr(lightcurves, name)[rows] for name in ("mjd", "band", "flux", "flux_err"))
    if len(mjd) == 0:
        return {"no_observation"}
    several = len(mjd) > 1
    found = {
        "one_point": not several,
        "few_points": len(mjd) < FEW_POINTS,
        "one_band": band.min() == band.max(),
        "one_time": several and mjd[0] == mjd[-1],
        "no_positive_flux": not (flux > 0.0).any(),
        "constant_flux": several and flux.min() == flux.max(),
        "large_significance": (np.abs(flux) > LARGE_SIGNIFICANCE * flux_err).any(),
        "wide_errors": flux_err.max() > ERROR_SPAN * flux_err.min(),
    }
    return {reason for reason, is_so in found.items() if is_so}


def count_odd_objects(odd: Mapping[str, np.ndarray], missing_share: np.ndarray) -> list[dict[str, Any]]:
    """How many objects have each reason, and how much of their features is missing.

    Parameters
    ----------
    odd : mapping of str to ndarray of bool, shape (n,)
        As `odd_objects` gives it.
    missing_share : ndarray, shape (n,)
        Share of feature values that each object lacks.

    Returns
    -------
    list of dict
        ``reason`` in words, number of ``objects`` and mean ``missing_share`` (None without
        objects); first of all objects, then of those with any reason, then per reason.
    """
    everyone = np.ones(len(missing_share), dtype=bool)
    groups = {"all objects": everyone, "odd for any reason": np.any(list(odd.values()), axis=0)}
    groups |= {REASONS[reason]: found for reason, found in odd.items()}
    return [
        {
            "reason": name,
            "objects": int(found.sum()),
            "missing_share": float(missing_share[found].mean()) if found.any() else None,
        }
        for name, found in groups.items()
    ]
