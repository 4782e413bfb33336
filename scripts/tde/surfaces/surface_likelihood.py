"""Log-likelihood of outbursts given a colour surface, and its gradient.

The fluxes of an object are ``c_i F(t_i) + noise`` with F a Matern-3/2 process
(`tde.gp.rank_one`), and the surface S says ``ln c_i = S(band i) - S(band r)`` at the
observation's phase. By Fisher's identity the gradient with respect to ln c_i is an
expectation over the posterior of F, of mean m_i and variance v_i at the observation::

    d log L / d ln c_i = c_i ((flux_i - c_i m_i) m_i - c_i v_i) / variance_i

so one smoothing gives the derivatives with respect to all nodes of the surface.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.gp import rank_one
from tde.gp.rank_one_smoother import smooth
from tde.numerics.elementary import exp
from tde.surfaces.outbursts import Outbursts
from tde.surfaces.surface import ValueAndGradient, interpolate, spread

LIMIT = 6.0
"""Largest |ln c|: beyond, a band is dark or everything."""


@njit(error_model="numpy")
def _colours(surface: np.ndarray, places: tuple, first: int, colour: np.ndarray) -> None:
    """Fill the colours of one object whose observations begin at ``first``."""
    row, fraction, row_r, fraction_r, column, weight = places
    for i in range(colour.size):
        k = first + i
        log_colour = interpolate(surface, row[k], fraction[k], column[k], weight[k])
        log_colour -= interpolate(surface, row_r[k], fraction_r[k], column[k], weight[k])
        colour[i] = exp(min(max(log_colour, -LIMIT), LIMIT))


@njit(error_model="numpy")
def _series(data: tuple, first: int, last: int) -> rank_one.Series:
    gap, flux, variance = data
    return rank_one.Series(gap[first:last], flux[first:last], variance[first:last])


@njit(cache=True, error_model="numpy")
def _each(
    surface: np.ndarray, objects: np.ndarray, offsets: np.ndarray, data: tuple, places: tuple, process: tuple,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Log-likelihood of each of some objects."""
    log_s, log_length_scale = process
    for q in range(objects.size):
        o = objects[q]
        first, last = offsets[o], offsets[o + 1]
        colour = np.empty(last - first)
        _colours(surface, places, first, colour)
        series = _series(data, first, last)
        out[q] = rank_one.log_likelihood(rank_one.MATERN32, log_s[o], log_length_scale[o], colour, series)


@njit(cache=True, error_model="numpy")
def _gradient(
    surface: np.ndarray, objects: np.ndarray, offsets: np.ndarray, data: tuple, places: tuple, process: tuple,
    gradient: np.ndarray,
) -> float:  # fmt: skip
    """Sum of the log-likelihoods of some objects; fills its gradient."""
    log_s, log_length_scale = process
    row, fraction, row_r, fraction_r, column, weight = places
    total = 0.0
    for q in range(objects.size):
        o = objects[q]
        first, last = offsets[o], offsets[o + 1]
        colour, mean, variance = np.empty(last - first), np.empty(last - first), np.empty(last - first)
        _colours(surface, places, first, colour)
        series = _series(data, first, last)
        total += rank_one.log_likelihood(rank_one.MATERN32, log_s[o], log_length_scale[o], colour, series)
        smooth(rank_one.MATERN32, log_s[o], log_length_scale[o], colour, series, mean, variance)
        for i in range(colour.size):
            k = first + i
            c, m = colour[i], mean[i]
            amount = c * ((series.flux[i] - c * m) * m - c * variance[i]) / series.variance[i]
            spread(gradient, row[k], fraction[k], column[k], weight[k], amount)
            spread(gradient, row_r[k], fraction_r[k], column[k], weight[k], -amount)
    return total


def _arrays(outbursts: Outbursts) -> tuple[np.ndarray, tuple, tuple, tuple]:
    """What the compiled functions read, as plain tuples."""
    return (
        outbursts.offsets,
        (outbursts.gap, outbursts.flux, outbursts.variance),
        tuple(outbursts.places),
        (outbursts.log_s, outbursts.log_length_scale),
    )


def log_likelihoods(surface: np.ndarray, outbursts: Outbursts, objects: np.ndarray | None = None) -> np.ndarray:
    """Log-likelihood of each object given a surface.

    Parameters
    ----------
    surface : ndarray, shape (N_WAVELENGTHS, N_PHASES)
    outbursts : Outbursts
    objects : ndarray of int, shape (m,), optional
        Objects wanted; all by default.

    Returns
    -------
    ndarray, shape (m,)
        NaN for objects that are not usable.
    """
    objects = np.arange(len(outbursts)) if objects is None else objects
    usable = outbursts.usable[objects]
    values = np.full(len(objects), np.nan)
    out = np.empty(int(usable.sum()))
    _each(np.ascontiguousarray(surface), objects[usable], *_arrays(outbursts), out)
    values[usable] = np.where(np.isfinite(out), out, np.nan)
    return values


def summed_log_likelihood(surface: np.ndarray, outbursts: Outbursts, objects: np.ndarray) -> ValueAndGradient:
    """Sum over some usable objects, and its gradient with respect to the nodes.

    Parameters
    ----------
    surface : ndarray, shape (N_WAVELENGTHS, N_PHASES)
    outbursts : Outbursts
    objects : ndarray of int, shape (m,)

    Returns
    -------
    value : float
    gradient : ndarray, shape (N_WAVELENGTHS, N_PHASES)
    """
    gradient = np.zeros(surface.shape)
    value = _gradient(np.ascontiguousarray(surface), objects, *_arrays(outbursts), gradient)
    return ValueAndGradient(value, gradient)
