"""What all Kalman filters of this package share: the log-likelihood that adds up from the innovations."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.numerics.elementary import LOG_2PI, Number, log
from tde.numerics.lanes import Lanes, lane

Matrix = tuple[Number, Number, Number, Number]
"""A matrix of the state's size, row by row."""


class Determinant(NamedTuple):
    """Product of variances so far, and the logarithm of those before."""

    product: float
    log_det: float


@njit(error_model="numpy")
def multiply(product: float, log_det: float, variance: float) -> Determinant:
    """Take the variance of one innovation into the determinant.

    The logarithm is taken of products, as long as these are far from the ends of double precision.

    Parameters
    ----------
    product, log_det : float
        Product of variances so far, and the logarithm of those before.
    variance : float
    """
    product *= variance
    if not 1e-100 < product < 1e100:
        return Determinant(1.0, log_det + log(product))
    return Determinant(product, log_det)


@njit(error_model="numpy")
def log_density(chi2: float, log_det: float, product: float, n: int) -> float:
    """Log-likelihood of a series; -inf if it is not finite.

    Parameters
    ----------
    chi2 : float
        Sum of the squared innovations over their variances.
    log_det, product : float
        Of `multiply`.
    n : int
        Number of fluxes.
    """
    value = -0.5 * (chi2 + log_det + log(product) + n * LOG_2PI)
    return value if math.isfinite(value) else -math.inf


class Information(NamedTuple):
    """Gradient with respect to up to four parameters, and the first three rows of its Fisher matrix."""

    slope: Lanes
    row_0: Lanes
    row_1: Lanes
    row_2: Lanes


@njit(error_model="numpy")
def add_information(before: Information, r: float, inverse: float, relative: Lanes, change: Lanes) -> Information:
    """Take one innovation into the gradient and the Fisher matrix in innovation form.

    Parameters
    ----------
    before : Information
    r, inverse : float
        The innovation and the inverse of its variance S.
    relative, change : Lanes
        Derivatives of S over S, and of the prediction.
    """
    e = r * inverse
    return Information(
        before.slope + (0.5 * (r * e - 1.0) * relative + e * change),
        before.row_0 + (0.5 * lane(relative, 0) * relative + inverse * lane(change, 0) * change),
        before.row_1 + (0.5 * lane(relative, 1) * relative + inverse * lane(change, 1) * change),
        before.row_2 + (0.5 * lane(relative, 2) * relative + inverse * lane(change, 2) * change),
    )


@njit(error_model="numpy")
def unpack(slope: Lanes, rows: tuple[Lanes, ...], first: int, g: np.ndarray, F: np.ndarray) -> None:
    """Gradient and Fisher matrix from lanes.

    Parameters
    ----------
    slope : Lanes
        The gradient, from lane ``first`` on.
    rows : tuple of Lanes
        The rows of the Fisher matrix, likewise.
    first : int
    g : ndarray, shape (n,)
        Filled.
    F : ndarray, shape (n, n)
        Filled.
    """
    for j in range(g.size):
        g[j] = lane(slope, first + j)
    for j in range(g.size):
        for i in range(g.size):
            F[i, j] = lane(rows[i], first + j)
