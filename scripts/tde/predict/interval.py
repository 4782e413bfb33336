"""How far P(TDE) would move with other fits of the models and other nights of data.

Two sources are resampled. *Models*: the members of the blend are drawn with replacement
(by their weights) and, within each, the fits with different seeds. *Data*, for objects
with a probability worth the time: half of the nights are left out at random, redshifts are
drawn from their errors, and the features computed again. Both act on the log-odds and are
taken as independent, each about its own mean: otherwise less data would pull every
probability down. The interval is the central 68 % of the sum, centred on P(TDE).

It says how stable the number is. It does not say whether the sky is like the training set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tde.evaluation.thresholds import expit, logit

N_DRAWS = 100
LEVELS = (0.16, 0.84)
SEED = 2718


def resampled(
    probability: Sequence[np.ndarray], weights: np.ndarray, n_draws: int = N_DRAWS, seed: int = SEED
) -> np.ndarray:
    """P(TDE) of a blend whose members and their fits are drawn with replacement.

    Parameters
    ----------
    probability : sequence of ndarray, shape (n_estimators, n)
        P(TDE) of each fit of each member.
    weights : ndarray, shape (n_members,)
        Sum to 1.
    n_draws, seed : int
        The same draws serve all objects.

    Returns
    -------
    ndarray, shape (n_draws, n)
    """
    generator = np.random.default_rng(seed)
    n_members = len(probability)
    drawn = np.empty((n_draws, probability[0].shape[1]))
    for draw in range(n_draws):
        parts = []
        for member in generator.choice(n_members, n_members, p=weights):
            fits = generator.integers(0, len(probability[member]), len(probability[member]))
            parts.append(probability[member][fits].mean(axis=0))
        drawn[draw] = np.mean(parts, axis=0)
    return drawn


class Interval(NamedTuple):
    """Ends of the intervals of ``n`` objects, each of shape (n,); they hold the probability between them."""

    low: np.ndarray
    high: np.ndarray


def interval(probability: np.ndarray, of_models: np.ndarray, of_data: np.ndarray | None = None) -> Interval:
    """Ends of the central 68 % interval.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        P(TDE).
    of_models : ndarray, shape (n_draws, n)
        Deviations of the log-odds with other models.
    of_data : ndarray, shape (n_resamples, n), optional
        Log-odds of resampled light curves.
    """
    total = of_models
    if of_data is not None:
        centred = of_data - of_data.mean(axis=0)
        total = (of_models[:, None] + centred[None]).reshape(-1, len(probability))
    low, high = np.quantile(total, LEVELS, axis=0)
    middle = logit(probability)
    return Interval(np.minimum(expit(middle + low), probability), np.maximum(expit(middle + high), probability))
