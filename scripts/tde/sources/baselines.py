"""The level of photometry before the outburst.

A reference image that holds light of the transient, or errs, shifts all difference fluxes that
were made with it by the same amount. Each reference image (field, detector, quadrant, band) has
a level of its own; it is the weighted mean of the observations well before the outburst.

Observations come in groups that share a level, each in order of time; group ``i`` owns the rows
``start[i]:start[i + 1]``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIGNIFICANT = 5.0
"""Standard deviations by which fluxes have to leave the level before them to begin an outburst."""

TOGETHER = 3
"""Observations that are compared with all that came before."""

MARGIN, SHORT_MARGIN = 30.0, 5.0
"""Days before the first significant rise that are not taken for quiet; the shorter where too few would be left."""

FEWEST = 5
"""Observations that a level needs."""

CLIP = 3.5
"""Standard deviations beyond which an observation does not count for the level."""


class Changes(NamedTuple):
    """When the fluxes of each group first leave the level of those before.

    Attributes
    ----------
    mjd : ndarray, shape (n_groups,)
        inf for never.
    rise : ndarray of bool, shape (n_groups,)
        Whether they rise.
    """

    mjd: np.ndarray
    rise: np.ndarray


class Levels(NamedTuple):
    """Levels of groups and their errors, in micro-Jansky; NaN where there are too few observations.

    Attributes
    ----------
    offset, error : ndarray, shape (n_groups,)
    chi2 : ndarray, shape (n_groups,)
        Reduced chi-square of the quiet observations around it.
    n : ndarray of int, shape (n_groups,)
        Number of quiet observations.
    usual_error : ndarray, shape (n_groups,)
        Root of the harmonic mean of the variances.
    """

    offset: np.ndarray
    error: np.ndarray
    chi2: np.ndarray
    n: np.ndarray
    usual_error: np.ndarray


def first_changes(start: np.ndarray, mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray) -> Changes:
    """The first time in each group at which `TOGETHER` observations differ from all before them.

    Parameters
    ----------
    start : ndarray of int, shape (n_groups + 1,)
    mjd, flux, flux_err : ndarray, shape (n,)
    """
    n_groups = len(start) - 1
    changes = Changes(np.full(n_groups, np.inf), np.ones(n_groups, dtype=bool))
    group = np.repeat(np.arange(n_groups), np.diff(start))
    at = np.arange(len(mjd))
    at = at[(at - start[group] >= 2) & (at + TOGETHER <= start[group + 1])]
    group = group[at]
    weight = flux_err**-2.0
    sums = np.zeros((3, len(mjd) + 1))
    np.cumsum([weight, weight * flux, weight * flux**2], axis=1, out=sums[:, 1:])
    before, later = sums[:, at] - sums[:, start[group]], sums[:, at + TOGETHER] - sums[:, at]
    mean = before[1] / before[0]
    chi2 = np.maximum(before[2] - before[1] * mean, 0.0) / (at - start[group] - 1)
    error = np.sqrt(np.maximum(chi2, 1.0) * (1.0 / before[0] + 1.0 / later[0]))
    deviation = (later[1] / later[0] - mean) / error
    hits = np.flatnonzero(np.abs(deviation) > SIGNIFICANT)
    groups, first = np.unique(group[hits], return_index=True)
    changes.mjd[groups] = mjd[at[hits[first]]]
    changes.rise[groups] = deviation[hits[first]] > 0
    return changes


def quiet_until(changes: Changes, owner: np.ndarray, n_objects: int, margin: float = MARGIN) -> np.ndarray:
    """Time before which nothing had happened to an object: somewhat before the first rise in any of its groups.

    Parameters
    ----------
    changes : Changes
    owner : ndarray of int, shape (n_groups,)
        Object of each group.
    n_objects : int
    margin : float
        Days.

    Returns
    -------
    ndarray, shape (n_objects,)
        -inf if the object is in outburst from the start, inf if there is no outburst.
    """
    order = np.lexsort((changes.mjd, owner))
    objects, first = np.unique(owner[order], return_index=True)
    earliest = order[first]
    quiet = np.full(n_objects, np.inf)
    quiet[objects] = np.where(changes.rise[earliest], changes.mjd[earliest] - margin, -np.inf)
    return quiet


def levels(start: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, quiet: np.ndarray) -> Levels:
    """Level of the quiet observations of each group.

    Parameters
    ----------
    start : ndarray of int, shape (n_groups + 1,)
    flux, flux_err : ndarray, shape (n,)
    quiet : ndarray of bool, shape (n,)
    """
    n_groups = len(start) - 1
    group = np.repeat(np.arange(n_groups), np.diff(start))[quiet]
    flux, flux_err = flux[quiet], flux_err[quiet]
    middle = _medians(group, flux, n_groups)
    spread = 1.4826 * _medians(group, np.abs(flux - middle[group]), n_groups)
    good = np.abs(flux - middle[group]) <= CLIP * np.maximum(flux_err, spread[group])
    group, flux, weight = group[good], flux[good], flux_err[good] ** -2.0
    n = np.bincount(group, minlength=n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.where(n >= FEWEST, np.bincount(group, weight, minlength=n_groups), np.nan)
        offset = np.bincount(group, weight * flux, minlength=n_groups) / total
        chi2 = np.bincount(group, weight * (flux - offset[group]) ** 2, minlength=n_groups) / np.maximum(n - 1, 1)
        return Levels(offset, np.sqrt(np.maximum(chi2, 1.0) / total), chi2, n, np.sqrt(n / total))


def chosen(first: Levels, second: Levels) -> Levels:
    """The first level of each group where there is one, else the second."""
    known = np.isfinite(first.offset)
    return Levels(*(np.where(known, one, other) for one, other in zip(first, second, strict=True)))


def _medians(group: np.ndarray, values: np.ndarray, n_groups: int) -> np.ndarray:
    """Median of each group, NaN for an empty one."""
    order = np.lexsort((values, group))
    count = np.bincount(group, minlength=n_groups)
    first = np.cumsum(count) - count
    found = np.full(n_groups, np.nan)
    some = count > 0
    low, high = first[some] + (count[some] - 1) // 2, first[some] + count[some] // 2
    found[some] = 0.5 * (values[order[low]] + values[order[high]])
    return found
