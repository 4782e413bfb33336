"""Which training objects were simulated from the same real event: FOR GROUPING ONLY.

Each real event was turned into up to three simulated ones, stretched in time by
(1 + z) / (1 + z_parent). Their recorded times lie on a regular grid whose spacing D
is stretched with them, so D / (1 + z) is the same for all children of one parent.
This is an artefact of the simulation, worth nothing on the sky: it may define the
groups of a group-wise cross-validation, so that the score on *new* events is known.
It must never become a feature, a rule, or a way to look up neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from tde.lightcurves import LightCurves

MIN_TIMES = 6
"""Fewest distinct times from which a spacing is measured."""

MIN_SPACING = 0.1
"""Smallest spacing believed, in days; far above the rounding of the times."""

TIME_ROUNDING = 1e-4
"""Unit of the last recorded decimal of a time, in days."""

Z_SIGNIFICANT_DIGITS = 4
"""Digits to which the redshift of the object table is rounded."""

SPACING_TOLERANCE = 1e-6
"""Error of a measured D / (1 + z) beside that from the rounding of z, in days."""


@njit(error_model="numpy")
def _refine(steps: np.ndarray, spacing: float, error: float) -> float:
    """Sharpen a trial spacing on ever longer steps; NaN if a step does not fit."""
    for step in steps:
        count = np.round(step / spacing)
        tolerance = 2.0 * TIME_ROUNDING + count * error
        if tolerance > 0.25 * spacing:
            break
        if count < 1.0 or abs(step - count * spacing) > tolerance:
            return np.nan
        if TIME_ROUNDING / count < error:
            spacing = step / count
            error = TIME_ROUNDING / count
    return spacing


@njit(error_model="numpy")
def _least_squares(times: np.ndarray, spacing: float) -> tuple[float, float]:
    """Spacing fitted to all times, and the rms distance of the times from the grid."""
    n = len(times)
    rms = np.inf
    for _ in range(4):
        count_sum = x_sum = count_count = count_x = x_x = 0.0
        for time in times:
            x = time - times[0]
            count = np.round(x / spacing)
            count_sum += count
            x_sum += x
            count_count += count * count
            count_x += count * x
        slope_base = count_count - count_sum * count_sum / n
        if slope_base <= 0.0:
            return np.nan, np.inf
        fitted = (count_x - count_sum * x_sum / n) / slope_base
        zero = (x_sum - fitted * count_sum) / n
        for time in times:
            x = time - times[0]
            x_x += (x - zero - fitted * np.round(x / spacing)) ** 2
        spacing = fitted
        rms = np.sqrt(x_x / n)
    return spacing, rms


@njit(cache=True, error_model="numpy")
def _grid_spacing(times: np.ndarray, steps: np.ndarray) -> float:
    """See `grid_spacing`; ``steps`` are the differences of the times in ascending order."""
    # the smallest step between two times is a whole number of grid steps
    for divisor in range(1, int(steps[0] / MIN_SPACING) + 1):
        trial = _refine(steps, steps[0] / divisor, TIME_ROUNDING / divisor)
        if np.isnan(trial):
            continue
        spacing, rms = _least_squares(times, trial)
        if rms < TIME_ROUNDING and spacing >= MIN_SPACING:
            return spacing
    return np.nan


def grid_spacing(times: np.ndarray) -> float:
    """Spacing of the regular grid on which all times lie.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Distinct times in ascending order, in days, rounded to 4 decimals.

    Returns
    -------
    float
        The widest spacing that explains all times, in days; NaN if there is none.
    """
    if len(times) < MIN_TIMES:
        return np.nan
    return _grid_spacing(times, np.sort(np.diff(times)))


def spacings(lightcurves: LightCurves) -> np.ndarray:
    """Grid spacing of the times of each object, all bands together.

    Returns
    -------
    ndarray, shape (n_objects,)
        In days; NaN where it cannot be measured.
    """
    return np.array([grid_spacing(np.unique(lightcurves.mjd[rows])) for rows in lightcurves], dtype=np.float64)


def _half_unit(z: np.ndarray) -> np.ndarray:
    """Half a unit of the last significant digit of z."""
    magnitude = np.floor(np.log10(np.maximum(np.abs(z), 1e-4)))
    return 0.5 * 10.0 ** (magnitude - Z_SIGNIFICANT_DIGITS + 1)


def label_parents(spacing: np.ndarray, z: np.ndarray, spec_type: Sequence[str]) -> np.ndarray:
    """Label the real parent of each object; for grouping only, see the module's text.

    Within one spectroscopic type the objects are ordered by D / (1 + z) and divided
    where the gap exceeds what the rounding of both redshifts allows.

    Parameters
    ----------
    spacing : ndarray, shape (n,)
        Grid spacing D of each object's times in days, see `spacings`.
    z : ndarray, shape (n,)
        Exact redshifts.
    spec_type : sequence of str, length n

    Returns
    -------
    ndarray of int64, shape (n,)
        Labels 0, 1, ... in order of first appearance. An object whose spacing
        or redshift is unknown is a group of its own.
    """
    stretch = 1.0 + z
    rest = spacing / stretch
    # a little more than the sum of two half units: the fitted spacing has an error, too
    tolerance = 1.3 * rest * _half_unit(z) / stretch + SPACING_TOLERANCE
    known = np.flatnonzero(np.isfinite(rest))
    label = np.arange(len(z), dtype=np.int64) + len(z)
    types = np.asarray(spec_type, dtype=str)
    order = known[np.lexsort((rest[known], types[known]))]
    if len(order):
        apart = np.diff(rest[order]) > tolerance[order[1:]] + tolerance[order[:-1]]
        apart |= types[order[1:]] != types[order[:-1]]
        label[order] = np.concatenate([[0], np.cumsum(apart)])
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def recover_parents(lightcurves: LightCurves, spec_type: Sequence[str]) -> np.ndarray:
    """Parent labels of training objects: `spacings`, then `label_parents`."""
    return label_parents(spacings(lightcurves), lightcurves.z, spec_type)
