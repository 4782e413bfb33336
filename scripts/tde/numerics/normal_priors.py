"""Independent normal priors on the parameters of a fit, without the constants of their normalisation.

A prior is an array of shape (n, 2): the mean of each parameter and its precision, the inverse square
of the standard deviation; precision 0 is flat.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(error_model="numpy")
def log_prior(theta: np.ndarray, prior: np.ndarray) -> float:
    """Logarithm of the prior density."""
    total = 0.0
    for j in range(theta.size):
        total -= 0.5 * prior[j, 1] * (theta[j] - prior[j, 0]) * (theta[j] - prior[j, 0])
    return total


@njit(error_model="numpy")
def add_log_prior(theta: np.ndarray, prior: np.ndarray, g: np.ndarray, F: np.ndarray) -> float:
    """`log_prior`, whose gradient and Fisher matrix are added to those of the log-likelihood.

    Parameters
    ----------
    theta : ndarray, shape (n,)
    prior : ndarray, shape (n, 2)
    g : ndarray, shape (n,)
    F : ndarray, shape (n, n)
    """
    for j in range(theta.size):
        g[j] -= prior[j, 1] * (theta[j] - prior[j, 0])
        F[j, j] += prior[j, 1]
    return log_prior(theta, prior)
