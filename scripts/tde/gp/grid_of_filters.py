"""Filters of all points of a grid of parameters side by side, in arrays that the compiler turns into vectors."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.numerics.elementary import LOG_2PI, log


class Sums(NamedTuple):
    """Sums over the innovations of each point of the grid, shape (n,) each.

    Attributes
    ----------
    yy, y1, one : ndarray
        Squares of the fluxes' innovations, their products with those of a series of ones, and
        squares of the latter, each over the variance.
    product, log_det : ndarray
        Product of the last variances, and the logarithm of those before.
    """

    yy: np.ndarray
    y1: np.ndarray
    one: np.ndarray
    product: np.ndarray
    log_det: np.ndarray


@njit(error_model="numpy")
def squared_amplitudes(amplitudes: np.ndarray, n_scales: int) -> np.ndarray:
    """Variance of the process at each point of a grid whose time scales run fastest."""
    out = np.empty(amplitudes.size * n_scales)
    for j in range(out.size):
        out[j] = amplitudes[j // n_scales] * amplitudes[j // n_scales]
    return out


@njit(error_model="numpy")
def no_sums(n: int) -> Sums:
    """Sums over nothing, at ``n`` points."""
    return Sums(np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n), np.zeros(n))


@njit(error_model="numpy")
def add_innovation(sums: Sums, j: int, r: float, o: float, variance: float) -> float:
    """Add the innovations of a flux and of a one at point ``j`` to the sums.

    Parameters
    ----------
    sums : Sums
    j : int
    r, o : float
        The innovations.
    variance : float
        Of either.

    Returns
    -------
    float
        1 / variance.
    """
    inverse = 1.0 / variance
    sums.yy[j] += r * r * inverse
    sums.y1[j] += r * o * inverse
    sums.one[j] += o * o * inverse
    sums.product[j] *= variance
    return inverse


@njit(error_model="numpy")
def close_products(sums: Sums, k: int, n_points: int) -> None:
    """After every eighth point and the last one, take the logarithm of the products.

    Parameters
    ----------
    sums : Sums
    k : int
        Index of the point just added.
    n_points : int
    """
    if k % 8 == 7 or k == n_points - 1:
        for j in range(sums.product.size):
            sums.log_det[j] += log(sums.product[j])
            sums.product[j] = 1.0


@njit(error_model="numpy")
def log_densities(sums: Sums, n_points: int, free_mean: bool, out: np.ndarray) -> None:
    """Fill ``out`` with the log-likelihoods of ``n_points`` fluxes, the mean profiled out if it is free.

    Parameters
    ----------
    sums : Sums
    n_points : int
    free_mean : bool
    out : ndarray, shape (n,)
    """
    for j in range(out.size):
        mean = sums.y1[j] / sums.one[j] if free_mean else 0.0
        value = -0.5 * (sums.yy[j] - mean * sums.y1[j] + sums.log_det[j] + n_points * LOG_2PI)
        out[j] = value if math.isfinite(value) else -math.inf
