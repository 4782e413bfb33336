"""Thresholds that know how old an event is: the same list is pure or complete at other probabilities early and late."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.evaluation.thresholds import best_cuts, expit, logit

AGES = np.log([1.0, 3.0, 6.0, 12.0, 25.0, 50.0, 100.0, 200.0, 400.0, 1000.0])
"""Natural logarithms of the days since the trigger between which thresholds are interpolated."""

WIDTH = 0.5
"""Light curves within so much of an age, in the natural logarithm, count for it: the deviation of a Gaussian."""


class HeldOut(NamedTuple):
    """What was said of light curves that the models had not learnt from.

    Attributes
    ----------
    log_age : ndarray, shape (m,)
        Natural logarithm of the days since the trigger.
    probability : ndarray, shape (m,)
        P(TDE).
    positive : ndarray of bool, shape (m,)
    weight : ndarray, shape (m,)
    """

    log_age: np.ndarray
    probability: np.ndarray
    positive: np.ndarray
    weight: np.ndarray


def held_out_rows(table: pa.Table) -> HeldOut:
    """From a table of light curves held out: ``log_age``, ``both`` (P(TDE)), ``is_TDE`` and ``weight``.

    Parameters
    ----------
    table : pyarrow.Table
    """
    columns = (table[name].to_numpy(zero_copy_only=False) for name in ("log_age", "both", "is_TDE", "weight"))
    return HeldOut(*columns)


class _Lists(NamedTuple):
    """The lists that end at each of ``m`` probabilities, at each age: purity and completeness of shape (n_ages, m)."""

    probability: np.ndarray
    total: np.ndarray
    positive: np.ndarray

    @property
    def purity(self) -> np.ndarray:
        return np.cumsum(self.positive, axis=1) / np.maximum(np.cumsum(self.total, axis=1), 1e-300)

    @property
    def completeness(self) -> np.ndarray:
        return np.cumsum(self.positive, axis=1) / np.maximum(self.positive.sum(axis=1, keepdims=True), 1e-300)


def best_f1(held_out: HeldOut, log_age: np.ndarray) -> np.ndarray:
    """Thresholds with the highest F1 at some ages, shape (n,)."""
    lists = _lists(held_out)
    return _at(best_cuts(lists.probability, lists.total, lists.positive).threshold, log_age)


def of_purity(held_out: HeldOut, log_age: np.ndarray, purity: float) -> np.ndarray:
    """Thresholds of the longest lists that are as pure as asked, shape (n,); 1 where there is none.

    Parameters
    ----------
    held_out : HeldOut
    log_age : ndarray, shape (n,)
    purity : float
    """
    lists = _lists(held_out)
    enough = lists.purity >= purity
    last = enough.shape[1] - 1 - np.argmax(enough[:, ::-1], axis=1)
    found = np.where(enough.any(axis=1), _below(lists.probability, last), 1.0)
    return _at(found, log_age)


def of_completeness(held_out: HeldOut, log_age: np.ndarray, completeness: float) -> np.ndarray:
    """Thresholds of the shortest lists that are as complete as asked, shape (n,).

    Parameters
    ----------
    held_out : HeldOut
    log_age : ndarray, shape (n,)
    completeness : float
    """
    lists = _lists(held_out)
    first = np.argmax(lists.completeness >= completeness - 1e-12, axis=1)
    return _at(_below(lists.probability, first), log_age)


def _lists(held_out: HeldOut) -> _Lists:
    values, inverse = np.unique(-held_out.probability, return_inverse=True)
    nearness = np.exp(-0.5 * ((held_out.log_age - AGES[:, None]) / WIDTH) ** 2) * held_out.weight
    total = np.array([np.bincount(inverse, weights=row, minlength=len(values)) for row in nearness])
    of_tdes = nearness * held_out.positive
    positive = np.array([np.bincount(inverse, weights=row, minlength=len(values)) for row in of_tdes])
    return _Lists(-values, total, positive)


def _below(probability: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Halfway between the probability at a place and the next lower one."""
    lower = np.append(probability[1:], 0.0)
    return 0.5 * (probability[place] + lower[place])


def _at(thresholds: np.ndarray, log_age: np.ndarray) -> np.ndarray:
    """Interpolated in the log-odds."""
    return expit(np.interp(log_age, AGES, logit(thresholds)))
