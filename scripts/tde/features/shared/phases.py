"""Phases of posterior curves."""

from __future__ import annotations

import numpy as np

from tde.curves import Curves


def since_peak(curves: Curves) -> np.ndarray:
    """Days from the object's peak (parameter ``peak_mjd``) of every grid point, shape (m,)."""
    return curves.mjd - np.repeat(curves.parameters["peak_mjd"], np.diff(curves.offsets))


def in_rest_frame(days: np.ndarray, curves: Curves, z: np.ndarray) -> np.ndarray:
    """Days of every grid point divided by the object's 1 + z, shape (m,).

    Parameters
    ----------
    days : ndarray, shape (m,)
    curves : Curves
    z : ndarray, shape (n,)
    """
    return days / np.repeat(1.0 + z, np.diff(curves.offsets))
