"""Class probabilities under other rates of the classes than those they were learnt with, and what the rates are.

What a classifier says of a class is proportional to the rate that the class had where it learnt. Among objects with
other rates the probabilities are multiplied by the ratio of the rates and made to sum to 1. Where only probabilities
are known, the rates follow from them by maximum likelihood (Saerens, Latinne & Decaestecker 2002, Neural Computation
14, 21). The rates that the probabilities were learnt with are taken as the mean of what is said of objects held out: it
differs from the shares of the classes where models weigh classes or are unsure of rare ones, and the estimate would be
off by that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

N_RESAMPLES, SEED = 100, 1912
"""Bootstrap resamples behind the errors of estimated rates, and their seed."""

MOST_RESAMPLED = 20_000
"""Objects behind the resamples; of more, so many are drawn and the spread is made smaller accordingly."""

MOST_STEPS, SMALLEST_STEP = 1000, 1e-6
"""The iteration ends when no rate moves by more, or after so many steps."""


def under_rates(probability: np.ndarray, learnt: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Class probabilities under other rates, shape (n, n_classes).

    Parameters
    ----------
    probability : ndarray, shape (n, n_classes)
        Rows sum to 1.
    learnt : ndarray, shape (n_classes,)
        Rates under which the probabilities hold.
    rates : ndarray, shape (n_classes,)
        Those asked for.
    """
    weighed = probability * _ratio(rates, learnt)
    total = weighed.sum(axis=1, keepdims=True)
    # an object of which only classes that do not occur were thought possible stays as it is
    return np.where(total > 0.0, weighed / np.where(total > 0.0, total, 1.0), probability)


class Rates(NamedTuple):
    """Estimated rates of the classes.

    Attributes
    ----------
    rates : ndarray, shape (n_classes,)
        Sum to 1.
    resamples : ndarray, shape (n_resamples, n_classes)
        The same of bootstrap resamples of the objects.
    least_errors : ndarray, shape (n_classes,)
        Errors from the curvature of the likelihood, which stay where all resamples have a rate of 0.
    n : int
        Objects.
    """

    rates: np.ndarray
    resamples: np.ndarray
    least_errors: np.ndarray
    n: int

    def errors(self) -> np.ndarray:
        """Standard errors, shape (n_classes,)."""
        return np.maximum(self.resamples.std(axis=0), self.least_errors)


def estimated_rates(
    probability: np.ndarray, learnt: np.ndarray, n_resamples: int = N_RESAMPLES, seed: int = SEED
) -> Rates:
    """Rates of the classes among objects of which only probabilities are known.

    Parameters
    ----------
    probability : ndarray, shape (n, n_classes)
        At least one row.
    learnt : ndarray, shape (n_classes,)
    n_resamples, seed : int
        Of the bootstrap over objects.
    """
    n = len(probability)
    ratios = probability * _ratio(np.ones(len(learnt)), learnt)
    rates = _most_likely(ratios, np.full((1, n), 1.0 / n), learnt[None])[0]
    generator, m = np.random.default_rng(seed), min(n, MOST_RESAMPLED)
    drawn = ratios if m == n else ratios[generator.choice(n, m, replace=False)]
    counts = generator.multinomial(m, np.full(m, 1.0 / m), n_resamples)
    start = np.repeat(0.9 * rates[None] + 0.1 * learnt[None], n_resamples, axis=0)
    found = _most_likely(drawn, counts / m, start)
    resamples = np.maximum(rates + (found - found.mean(axis=0)) * np.sqrt(m / n), 0.0)
    return Rates(rates, resamples / resamples.sum(axis=1, keepdims=True), _curvature_errors(ratios, rates), n)


def _curvature_errors(ratios: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Errors from the information in all objects, for rates that sum to 1, shape (n_classes,)."""
    slopes = ratios / np.maximum(ratios @ rates, np.finfo(float).tiny)[:, None]
    # an orthonormal basis of the changes that keep the sum
    basis = np.linalg.svd(np.ones((1, len(rates))))[2][1:].T
    covariance = basis @ np.linalg.pinv(basis.T @ (slopes.T @ slopes) @ basis) @ basis.T
    return np.hypot(np.sqrt(np.maximum(np.diag(covariance), 0.0)), 1.0 / len(ratios))


def _most_likely(ratios: np.ndarray, weight: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Rates of the highest likelihood of several weighted samples of the same objects, by expectation-maximisation.

    Parameters
    ----------
    ratios : ndarray, shape (n, n_classes)
        Likelihood of each class, up to a factor of the object.
    weight : ndarray, shape (n_samples, n)
        Rows sum to 1.
    rates : ndarray, shape (n_samples, n_classes)
        To begin with.
    """
    for _ in range(MOST_STEPS):
        # the mean of r_k f_k / sum_j r_j f_j over the objects of a sample
        moved = rates * ((weight / np.maximum(rates @ ratios.T, np.finfo(float).tiny)) @ ratios)
        moved /= moved.sum(axis=1, keepdims=True)
        if np.abs(moved - rates).max() < SMALLEST_STEP:
            return moved
        rates = moved
    return rates


def _ratio(rates: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """Ratio of rates; 0 for a class that nothing has been learnt of."""
    return np.where(learnt > 0.0, rates / np.where(learnt > 0.0, learnt, 1.0), 0.0)
