"""From models of unfinished light curves to models of whole ones: who is believed how far, by how far a curve has come.

A mixture of two experts (Jacobs et al. 1991, Neural Computation 3, 79) with a gate that is logistic in a few numbers
(`tde.views.states.progress`), so that P(TDE) does not jump from one night to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

SHRINKAGE = 1e-6
"""Penalty on the squared slopes of standardised numbers, per unit of weight."""

LEAST = 1e-6
"""Probabilities are kept this far from 0 and 1."""


class Handover(NamedTuple):
    """How the share of the models of unfinished light curves follows from their progress.

    Attributes
    ----------
    centre, scale : ndarray, shape (m,)
        Mean and standard deviation of the numbers over the light curves that it was learnt from.
    coefficients : ndarray, shape (m + 1,)
        Of 1 and of the standardised numbers in the log-odds of the share.
    """

    centre: np.ndarray
    scale: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def of(cls, content: Mapping[str, Sequence[float]]) -> Handover:
        """From what `content` gave."""
        return cls(*(np.array(content[name]) for name in cls._fields))

    def content(self) -> dict[str, list[float]]:
        """As numbers that JSON can hold."""
        return {name: values.tolist() for name, values in self._asdict().items()}

    def share(self, progress: np.ndarray) -> np.ndarray:
        """Share of the models of unfinished light curves, from 0 to 1, shape (n,)."""
        return expit(_with_one((progress - self.centre) / self.scale) @ self.coefficients)

    def mixed(self, progress: np.ndarray, whole: np.ndarray, unfinished: np.ndarray) -> np.ndarray:
        """P(TDE) of the two kinds of models put together, shape (n,).

        Parameters
        ----------
        progress : ndarray, shape (n, m)
        whole, unfinished : ndarray, shape (n,)
            P(TDE) by either kind.
        """
        share = self.share(progress)
        return share * unfinished + (1.0 - share) * whole


def fit_handover(
    progress: np.ndarray, whole: np.ndarray, unfinished: np.ndarray, positive: np.ndarray, weight: np.ndarray
) -> Handover:
    """Learn the share that makes the mixture's log-loss least.

    Parameters
    ----------
    progress : ndarray, shape (n, m)
    whole, unfinished : ndarray, shape (n,)
        P(TDE) by either kind of models, for objects that these have not learnt from.
    positive : ndarray of bool, shape (n,)
    weight : ndarray, shape (n,)
    """
    centre, scale = progress.mean(axis=0), progress.std(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)
    design = _with_one((progress - centre) / scale)
    said = [np.clip(np.where(positive, p, 1.0 - p), LEAST, 1.0) for p in (whole, unfinished)]
    weight = weight / weight.sum()

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        share = expit(design @ coefficients)
        likelihood = share * said[1] + (1.0 - share) * said[0]
        slope = -weight * (said[1] - said[0]) / likelihood * share * (1.0 - share)
        penalised = np.append(0.0, coefficients[1:])
        value = -(weight @ np.log(likelihood)) + SHRINKAGE * penalised @ penalised
        return float(value), design.T @ slope + 2.0 * SHRINKAGE * penalised

    with threadpool_limits(1):  # sums over objects would round by the number of cores
        found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B")
    return Handover(centre, scale, found.x)


def _with_one(values: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(values)), values])
