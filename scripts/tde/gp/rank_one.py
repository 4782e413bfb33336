"""Rank-one process: all bands of an object are one curve, ``flux_i = c_i F(t_i) + noise``.

F is a zero-mean Matern-3/2 process or damped random walk; c_i is the colour term of
observation i: of its band alone, or of band and time. What c depends on is the business
of the models built on this filter: they hand over log c and its derivatives with respect
to their own parameters, and get value, gradient and Fisher matrix of the log-likelihood.

The filter is that of `tde.gp.matern32`: state (F, F' / lam), covariance carried as its
deviation D from the stationary one. A damped random walk is a two-state model whose
second state stays 0. No white noise: scatter beyond the errors is left to F.

A point with c_i = 0 says nothing about F.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp import drw, matern32
from tde.gp.innovations import Matrix, log_density, multiply
from tde.gp.matern32 import Symmetric, Vector, sandwich, sandwich_change, turn
from tde.numerics.elementary import LOG_2PI, decay, exp
from tde.numerics.elementary_lanes import exp_lanes, log_lanes
from tde.numerics.lanes import WIDTH, Lanes, add_to, load, pack, positive, spread, store

DRW, MATERN32 = 0, 1
"""The process of F, as indices into `tde.gp.fit.MODELS`."""

N_PROCESS = 2
"""Parameters of the process, which come first: log s, log time scale."""


class Series(NamedTuple):
    """Fluxes of one object.

    Attributes
    ----------
    gap : ndarray, shape (n,)
        Days since the previous point, 0 for the first and at equal times.
    flux, variance : ndarray, shape (n,)
        Fluxes and squares of their errors.
    """

    gap: np.ndarray
    flux: np.ndarray
    variance: np.ndarray


class State(NamedTuple):
    """The filter's deviation D from the stationary covariance, and its mean."""

    D00: float
    D01: float
    D11: float
    m0: float
    m1: float


class Innovation(NamedTuple):
    """What a flux has to say.

    Attributes
    ----------
    r : float
        Flux less its prediction.
    variance, inverse : float
        Variance S of r, and 1 / S.
    keep : float
        Measurement variance / S: the share of the state's variance that is left.
    """

    r: float
    variance: float
    inverse: float
    keep: float


UNKNOWN = State(0.0, 0.0, 0.0, 0.0, 0.0)
"""Before any observation."""


@njit(error_model="numpy")
def transition(process: int, dt: float, time_scale: float) -> Matrix:
    """Transition matrix of the state over ``dt``, row by row.

    Parameters
    ----------
    process : int
        `DRW` or `MATERN32`.
    dt, time_scale : float
        In days.
    """
    if process == DRW:
        return drw.transition(dt, time_scale)
    return matern32.transition(dt, time_scale)


@njit(error_model="numpy")
def _transition_change(process: int, dt: float, time_scale: float) -> Matrix:
    """Derivative of the transition matrix with respect to the logarithm of the time scale."""
    if process == DRW:
        u = dt / time_scale
        return u * decay(u), 0.0, 0.0, 0.0
    return matern32.transition_change(dt, time_scale)


@njit(error_model="numpy")
def carry(state: State, A: Matrix) -> State:
    """The state after a gap with transition matrix A."""
    D00, D01, D11 = sandwich(A, state.D00, state.D01, state.D11)
    m0, m1 = turn(A, state.m0, state.m1)
    return State(D00, D01, D11, m0, m1)


@njit(error_model="numpy")
def innovation(state: State, s2: float, h: float, flux: float, variance: float) -> Innovation:
    """What a flux adds to a state.

    Parameters
    ----------
    state : State
        Carried to the time of the flux.
    s2 : float
        Stationary variance of F.
    h : float
        Colour term c of the flux.
    flux, variance : float
    """
    S = h * h * (state.D00 + s2) + variance
    inverse = 1.0 / S
    return Innovation(flux - h * state.m0, S, inverse, variance * inverse)


@njit(error_model="numpy")
def absorb(state: State, s2: float, h: float, new: Innovation) -> State:
    """The state after a flux.

    Parameters
    ----------
    state : State
    s2, h : float
        As in `innovation`.
    new : Innovation
        What `innovation` makes of them.
    """
    P = state.D00 + s2
    gain0, gain1 = h * P * new.inverse, h * state.D01 * new.inverse
    return State(
        P * new.keep - s2,
        state.D01 * new.keep,
        state.D11 - gain1 * h * state.D01,
        state.m0 + gain0 * new.r,
        state.m1 + gain1 * new.r,
    )


@njit(error_model="numpy")
def log_likelihood(process: int, log_s: float, log_scale: float, colour: np.ndarray, series: Series) -> float:
    """Log-likelihood of the fluxes.

    Parameters
    ----------
    process : int
        `DRW` or `MATERN32`.
    log_s, log_scale : float
        Logarithms of the standard deviation of F and of its time scale in days.
    colour : ndarray, shape (n,)
        c_i, positive.
    series : Series

    Returns
    -------
    float
        -inf where the covariance is numerically singular.
    """
    gap, flux, variance = series
    s2 = exp(2.0 * log_s)
    time_scale = exp(log_scale)
    state = UNKNOWN
    chi2 = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            state = carry(state, transition(process, gap[k], time_scale))
        new = innovation(state, s2, colour[k], flux[k], variance[k])
        if not new.variance > 0.0:
            return -math.inf
        chi2 += new.r * new.r * new.inverse
        product, log_det = multiply(product, log_det, new.variance)
        state = absorb(state, s2, colour[k], new)
    return log_density(chi2, log_det, product, gap.size)


@njit(error_model="numpy")
def _transitions(process: int, u: Lanes) -> Matrix:
    """Transition matrices of four parameter sets; ``u`` is dt / time scale, times sqrt(3) for the Matern process."""
    e = exp_lanes(-1.0 * u)
    if process == DRW:
        zero = spread(0.0)
        return e, zero, zero, zero
    return e * (1.0 + u), e * u, -1.0 * (e * u), e * (1.0 - u)


@njit(error_model="numpy")
def log_likelihoods(
    process: int, s: np.ndarray, time_scale: np.ndarray, colour: np.ndarray, series: Series, out: np.ndarray
) -> None:
    """Log-likelihoods of four parameter sets, computed side by side.

    Parameters
    ----------
    process, colour, series
        As in `log_likelihood`.
    s, time_scale : ndarray, shape (4,)
        Standard deviations of F in the unit of flux, and time scales in days.
    out : ndarray, shape (4,)
        Filled with the log-likelihoods; -inf where the covariance is numerically singular.
    """
    gap, flux, variance = series
    s2 = load(s, 0) * load(s, 0)
    rate = spread(1.0 if process == DRW else matern32.SQRT3) / load(time_scale, 0)
    D00 = D01 = D11 = m0 = m1 = chi2 = log_det = spread(0.0)
    product = spread(1.0)
    for k in range(gap.size):
        if gap[k] > 0.0:
            A = _transitions(process, gap[k] * rate)
            D00, D01, D11 = sandwich(A, D00, D01, D11)
            m0, m1 = turn(A, m0, m1)
        h = colour[k]
        P = D00 + s2
        S = positive(variance[k] + (h * h) * P)
        inverse = 1.0 / S
        r = flux[k] - h * m0
        chi2 = chi2 + r * r * inverse
        product = product * S
        if k % 8 == 7:  # far from the ends of double precision
            log_det = log_det + log_lanes(product)
            product = spread(1.0)
        gain0, gain1 = h * (P * inverse), h * (D01 * inverse)
        keep = variance[k] * inverse
        m0, m1 = m0 + gain0 * r, m1 + gain1 * r
        D11 = D11 - h * (gain1 * D01)
        D01 = keep * D01
        D00 = keep * P - s2
    store(out, 0, -0.5 * (gap.size * LOG_2PI + (chi2 + log_det + log_lanes(product))))
    for j in range(WIDTH):
        if not math.isfinite(out[j]):
            out[j] = -math.inf


# Derivatives of D00, D01, D11, m0, m1 with respect to four parameters after the other.
_D00, _D01, _D11, _M0, _M1, _N_CHANGES = 0, 1, 2, 3, 4, 5


@njit(error_model="numpy")
def _predict_changes(changes: np.ndarray, A: Matrix, more: Symmetric, shift: Vector) -> None:
    """Carry the derivatives over a gap.

    ``more`` and ``shift`` are what the time scale, the second parameter, changes in the covariance and in the mean.
    """
    for at in range(0, changes.size // WIDTH, _N_CHANGES):
        X = sandwich(A, load(changes, at + _D00), load(changes, at + _D01), load(changes, at + _D11))
        x = turn(A, load(changes, at + _M0), load(changes, at + _M1))
        if at == 0:
            X = (
                X[0] + pack(0.0, more[0], 0.0, 0.0),
                X[1] + pack(0.0, more[1], 0.0, 0.0),
                X[2] + pack(0.0, more[2], 0.0, 0.0),
            )
            x = x[0] + pack(0.0, shift[0], 0.0, 0.0), x[1] + pack(0.0, shift[1], 0.0, 0.0)
        store(changes, at + _D00, X[0])
        store(changes, at + _D01, X[1])
        store(changes, at + _D11, X[2])
        store(changes, at + _M0, x[0])
        store(changes, at + _M1, x[1])


@njit(error_model="numpy")
def _update_changes(
    changes: np.ndarray, dlog_colour: np.ndarray, filtered: tuple[float, ...], new: Innovation, dS: np.ndarray,
    dr: np.ndarray,
) -> None:  # fmt: skip
    """Take an observation into the derivatives.

    Parameters
    ----------
    changes : ndarray
    dlog_colour : ndarray, shape (m,)
        Of the observation.
    filtered : tuple
        (h, P, D01, m0, 2 s^2) before the observation.
    new : Innovation
    dS, dr : ndarray, shape (m,)
        Filled with the derivatives of S / S and of r / sqrt(S).
    """
    h, P, D01, m0, twice_s2 = filtered
    r, _, inverse, keep = new
    gain0, gain1, root = h * P * inverse, h * D01 * inverse, math.sqrt(inverse)
    ds2 = pack(twice_s2, 0.0, 0.0, 0.0)
    for v in range(dS.size // WIDTH):
        at = _N_CHANGES * v
        d00, d01, e0 = load(changes, at + _D00), load(changes, at + _D01), load(changes, at + _M0)
        dh = h * load(dlog_colour, v)
        dP = d00 + ds2
        relative = inverse * ((2.0 * h * P) * dh + (h * h) * dP)
        change = -m0 * dh - h * e0
        dgain0 = inverse * (h * dP + P * dh) - gain0 * relative
        dgain1 = inverse * (h * d01 + D01 * dh) - gain1 * relative
        d11 = load(changes, at + _D11) - ((h * D01) * dgain1 + gain1 * (D01 * dh + h * d01))
        store(changes, at + _M0, e0 + (r * dgain0 + gain0 * change))
        store(changes, at + _M1, load(changes, at + _M1) + (r * dgain1 + gain1 * change))
        store(changes, at + _D11, d11)
        store(changes, at + _D01, keep * (d01 - D01 * relative))
        store(changes, at + _D00, keep * (dP - P * relative) - ds2)
        store(dS, v, relative)
        store(dr, v, root * change)
        ds2 = spread(0.0)


@njit(error_model="numpy")
def _add_observation(new: Innovation, dS: np.ndarray, dr: np.ndarray, sums: np.ndarray) -> None:
    """Add an observation to gradient (row 0) and lower triangle of the Fisher matrix (the other rows)."""
    r, _, inverse, _ = new
    excess, ratio = 0.5 * (r * r * inverse - 1.0), r * math.sqrt(inverse)
    for v in range(dS.size // WIDTH):
        add_to(sums[0], v, excess * load(dS, v) - ratio * load(dr, v))
    for i in range(sums.shape[0] - 1):
        half, own = 0.5 * dS[i], dr[i]
        row = sums[i + 1]
        for v in range(i // WIDTH + 1):
            add_to(row, v, half * load(dS, v) + own * load(dr, v))


@njit(error_model="numpy")
def gradient(
    process: int,
    log_s: float,
    log_scale: float,
    colour: np.ndarray,
    dlog_colour: np.ndarray,
    series: Series,
    g: np.ndarray,
    F: np.ndarray,
) -> float:
    """Log-likelihood with its gradient and Fisher matrix.

    The derivatives with respect to four parameters are computed side by side (`tde.numerics.lanes`).

    Parameters
    ----------
    process, log_s, log_scale, colour, series
        As in `log_likelihood`.
    dlog_colour : ndarray, shape (n, m)
        Derivatives of log c_i with respect to the parameters, m their number `tde.numerics.lanes.padded`. The
        first two columns, of the process, are 0, and so are those after the last.
    g : ndarray, shape (2 + p,)
        Filled with the gradient: log s, log time scale, colour parameters.
    F : ndarray, shape (2 + p, 2 + p)
        Filled with the Fisher matrix in innovation form, sum over the innovations r of
        variance S of (dS_i dS_j / 2 S^2 + dr_i dr_j / S).

    Returns
    -------
    float
        Log-likelihood, as `log_likelihood` gives it.
    """
    gap, flux, variance = series
    n_columns = dlog_colour.shape[1]
    s2 = exp(2.0 * log_s)
    time_scale = exp(log_scale)
    state = UNKNOWN
    changes, sums = np.zeros(_N_CHANGES * n_columns), np.zeros((1 + g.size, n_columns))
    dS, dr = np.empty(n_columns), np.empty(n_columns)
    chi2 = log_det = 0.0
    product = 1.0
    for k in range(gap.size):
        if gap[k] > 0.0:
            A, B = transition(process, gap[k], time_scale), _transition_change(process, gap[k], time_scale)
            more = sandwich_change(A, B, state.D00, state.D01, state.D11)
            _predict_changes(changes, A, more, turn(B, state.m0, state.m1))
            state = carry(state, A)
        h = colour[k]
        new = innovation(state, s2, h, flux[k], variance[k])
        chi2 += new.r * new.r * new.inverse
        product, log_det = multiply(product, log_det, new.variance)
        filtered = (h, state.D00 + s2, state.D01, state.m0, 2.0 * s2)
        _update_changes(changes, dlog_colour[k], filtered, new, dS, dr)
        _add_observation(new, dS, dr, sums)
        state = absorb(state, s2, h, new)
    for i in range(g.size):
        g[i] = sums[0, i]
        for j in range(i + 1):
            F[i, j] = F[j, i] = sums[i + 1, j]
    return log_density(chi2, log_det, product, gap.size)
