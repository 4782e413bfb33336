"""Posterior of all six slots of the process in time and wavelength, at any times, in O(N + M).

Kalman filter and modified Bryson-Fraser smoother (Bierman 1973, Automatica 9, 503) over
the observations and the wanted times in one sequence, in the state of `tde.gp.separable`
with all six slots, observed or not. No covariance is inverted, so that repeated times
and tiny errors do no harm.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tde.gp.matern32 import SQRT3
from tde.gp.separable import Series, band_correlation
from tde.gp.unit_series import ERROR_FLOOR
from tde.numerics.elementary import exp
from tde.numerics.lanes import WIDTH, lane, load, pack, spread, store
from tde.photometry import BANDS

N_BANDS = len(BANDS)
N_STATE = 2 * N_BANDS

_FOURS = N_STATE // WIDTH
"""Lanes (`tde.numerics.lanes`) in a row of a matrix of the state's size."""

NOT_OBSERVED = -1
"""Slot of a time that is wanted but not observed."""


class Posterior(NamedTuple):
    """Posterior at wanted times and at the observations.

    Attributes
    ----------
    mean, sd : ndarray, shape (M, 6)
        Mean and standard deviation of the six slots at the wanted times in micro-Jansky.
    fitted : ndarray, shape (N,)
        Mean of each observation's filter at its time.
    """

    mean: np.ndarray
    sd: np.ndarray
    fitted: np.ndarray


@njit(error_model="numpy")
def _stationary_covariance(amplitude: float, wave_scale: float, wavelength: np.ndarray) -> np.ndarray:
    """s^2 W [[1, 1], [1, 2]]: first all f, then all g."""
    P = np.empty((N_STATE, N_STATE))
    for i in range(N_BANDS):
        for j in range(N_BANDS):
            distance = wavelength[i] - wavelength[j]
            value = amplitude * amplitude * band_correlation(distance, wave_scale)[0]
            P[i, j] = P[i, N_BANDS + j] = P[N_BANDS + i, j] = value
            P[N_BANDS + i, N_BANDS + j] = 2.0 * value
    return P


@njit(error_model="numpy")
def _predict(m: np.ndarray, D: np.ndarray, u: float) -> None:
    """Prediction: m <- A m and D <- A D A^T with A = exp(-u) (1 + u N)."""
    decay = exp(-u)
    square = decay * decay
    for i in range(N_BANDS):
        m[i] = decay * (m[i] + u * m[N_BANDS + i])
        m[N_BANDS + i] *= decay
        for v in range(_FOURS):
            f, g = load(D, _FOURS * i + v), load(D, _FOURS * (N_BANDS + i) + v)
            store(D, _FOURS * i + v, square * (f + u * g))
            store(D, _FOURS * (N_BANDS + i) + v, square * g)
    for i in range(N_STATE):
        for j in range(N_BANDS):
            D[i, j] += u * D[i, N_BANDS + j]


@njit(error_model="numpy")
def _predict_backwards(adjoint: np.ndarray, u: float) -> None:
    """The transposed: adjoint <- A^T adjoint."""
    decay = exp(-u)
    for i in range(N_BANDS):
        adjoint[N_BANDS + i] = decay * (adjoint[N_BANDS + i] + u * adjoint[i])
        adjoint[i] *= decay


@njit(error_model="numpy")
def _predict_covariance_backwards(L: np.ndarray, u: float) -> None:
    """L <- A^T L A."""
    decay = exp(-u)
    square = decay * decay
    for i in range(N_BANDS):
        for v in range(_FOURS):
            f, g = load(L, _FOURS * i + v), load(L, _FOURS * (N_BANDS + i) + v)
            store(L, _FOURS * (N_BANDS + i) + v, square * (g + u * f))
            store(L, _FOURS * i + v, square * f)
    for i in range(N_STATE):
        for j in range(N_BANDS):
            L[i, N_BANDS + j] += u * L[i, j]


@njit(error_model="numpy")
def _filter(sequence: Series, rate: float, stationary: np.ndarray, means: np.ndarray, P: np.ndarray) -> None:
    """Keep the predicted mean and covariance of the state before each point of the sequence."""
    gap, band, flux, variance, _ = sequence
    m = np.zeros(N_STATE)
    D = np.zeros((N_STATE, N_STATE))
    for k in range(gap.size):
        if gap[k] > 0.0:
            _predict(m, D, gap[k] * rate)
        for v in range(_FOURS):
            store(means[k], v, load(m, v))
        for v in range(_FOURS * N_STATE):
            store(P[k], v, load(D, v) + load(stationary, v))
        b = band[k]
        if b == NOT_OBSERVED:
            continue
        column = P[k, b]
        inverse = 1.0 / (column[b] + variance[k])
        r = flux[k] - m[b]
        for i in range(N_STATE):
            gain = column[i] * inverse
            m[i] += gain * r
            for v in range(_FOURS):
                store(D, _FOURS * i + v, load(D, _FOURS * i + v) - gain * load(column, v))


@njit(error_model="numpy")
def _absorb(adjoint: np.ndarray, b: int, gain: np.ndarray, r: float, inverse: float) -> None:
    """Take one flux of slot ``b`` into the adjoint state."""
    along = 0.0
    for i in range(N_STATE):
        along += gain[i] * adjoint[i]
    adjoint[b] -= along + r * inverse


@njit(error_model="numpy")
def _absorb_covariance(L: np.ndarray, b: int, gain: np.ndarray, inverse: float) -> None:
    """Take one flux of slot ``b`` into the covariance L of the adjoint state."""
    both = 0.0
    turned = np.empty(N_STATE)
    for i in range(N_STATE):
        along = 0.0
        for j in range(N_STATE):
            along += L[i, j] * gain[j]
        turned[i] = along
    for i in range(N_STATE):
        both += gain[i] * turned[i]
    for i in range(N_STATE):
        L[b, i] -= turned[i]
        L[i, b] -= turned[i]
    L[b, b] += both + inverse


@njit(error_model="numpy")
def _variances_left(P: np.ndarray, L: np.ndarray, room: np.ndarray, out: np.ndarray) -> None:
    """Elements (b, b) of P - P L P for all slots b, side by side (`tde.numerics.lanes`).

    ``room`` has the shape (N_STATE, 8); its last two columns are 0 and stay so.
    """
    for b in range(N_BANDS):
        for j in range(N_STATE):
            room[j, b] = P[b, j]
    for half in range(2):
        b = WIDTH * half
        left = pack(room[b, b], room[b + 1, b + 1], room[b + 2, b + 2], room[b + 3, b + 3])
        for i in range(N_STATE):
            turned = spread(0.0)
            for j in range(N_STATE):
                turned = turned + L[i, j] * load(room, 2 * j + half)
            left = left - load(room, 2 * i + half) * turned
        for a in range(WIDTH):
            b = WIDTH * half + a
            if b < N_BANDS:
                out[b] = max(lane(left, a), 0.0)


@njit(error_model="numpy")
def smooth(sequence: Series, parameters: np.ndarray, mean: np.ndarray, variance_left: np.ndarray) -> None:
    """Posterior of every slot at every point of a sequence of observed and wanted times.

    Parameters
    ----------
    sequence : Series
        Its band is `NOT_OBSERVED` at the wanted times; fluxes in micro-Jansky.
    parameters : ndarray, shape (3,)
        Amplitude (micro-Jansky), time scale (days), wavelength scale (Angstrom).
    mean : ndarray, shape (n, 6)
        Filled with the posterior mean in micro-Jansky.
    variance_left : ndarray, shape (n, 6)
        Filled with the posterior variance where nothing is observed; observed points
        keep what is there. Without rows, variances are not computed.
    """
    with_variance = variance_left.shape[0] > 0
    gap, band, flux, variance, wavelength = sequence
    rate = SQRT3 / parameters[1]
    means = np.empty((gap.size, N_STATE))
    covariances = np.empty((gap.size, N_STATE, N_STATE))
    _filter(sequence, rate, _stationary_covariance(parameters[0], parameters[2], wavelength), means, covariances)
    adjoint = np.zeros(N_STATE)
    L = np.zeros((N_STATE, N_STATE))
    gain, room = np.empty(N_STATE), np.zeros((N_STATE, 2 * WIDTH))
    for k in range(gap.size - 1, -1, -1):
        P = covariances[k]
        b = band[k]
        if b != NOT_OBSERVED:
            inverse = 1.0 / (P[b, b] + variance[k])
            for i in range(N_STATE):
                gain[i] = P[b, i] * inverse
            _absorb(adjoint, b, gain, flux[k] - means[k, b], inverse)
            if with_variance:
                _absorb_covariance(L, b, gain, inverse)
        for i in range(N_BANDS):
            value = means[k, i]
            for j in range(N_STATE):
                value -= P[i, j] * adjoint[j]
            mean[k, i] = value
        if b == NOT_OBSERVED and with_variance:
            _variances_left(P, L, room, variance_left[k])
        if gap[k] > 0.0:
            _predict_backwards(adjoint, gap[k] * rate)
            if with_variance:
                _predict_covariance_backwards(L, gap[k] * rate)


@njit(error_model="numpy")
def merge(
    mjd: np.ndarray,
    slot: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    wavelength: np.ndarray,
    times: np.ndarray,
) -> Series:
    """One sequence of the observations and the wanted times, both ascending.

    Parameters
    ----------
    mjd, slot, flux, flux_err : ndarray, shape (N,)
    wavelength : ndarray, shape (6,)
        Of the slots, in Angstrom.
    times : ndarray, shape (M,)

    Returns
    -------
    Series
        As `smooth` takes it. Errors have the floor of the fits.
    """
    n = mjd.size + times.size
    gap, y, variance = np.zeros(n), np.zeros(n), np.zeros(n)
    own_slot = np.full(n, NOT_OBSERVED)
    square = 0.0
    for k in range(mjd.size):
        square += flux[k] * flux[k] / mjd.size
    least_error = ERROR_FLOOR * math.sqrt(square)
    observed = wanted = 0
    before = 0.0
    for k in range(n):
        if wanted == times.size or (observed < mjd.size and mjd[observed] <= times[wanted]):
            now = mjd[observed]
            own_slot[k] = slot[observed]
            y[k] = flux[observed]
            error = max(flux_err[observed], least_error)
            variance[k] = error * error
            observed += 1
        else:
            now = times[wanted]
            wanted += 1
        gap[k] = now - before if k > 0 else 0.0
        before = now
    return Series(gap, own_slot, y, variance, wavelength)


@njit(cache=True, error_model="numpy")
def posterior(
    mjd: np.ndarray,
    slot: np.ndarray,
    flux: np.ndarray,
    flux_err: np.ndarray,
    wavelength: np.ndarray,
    parameters: np.ndarray,
    times: np.ndarray,
) -> Posterior:
    """Posterior mean and standard deviation of the six slots; parameters are taken as known.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (N,)
        The observations: days, ascending; micro-Jansky.
    slot : ndarray of int8, shape (N,)
    wavelength : ndarray, shape (6,)
        Of the slots, in Angstrom.
    parameters : ndarray, shape (3,)
        Amplitude (micro-Jansky), time scale (days), wavelength scale (Angstrom).
    times : ndarray, shape (M,)
        Times wanted, ascending, inside or outside the observations.
    """
    sequence = merge(mjd, slot, flux, flux_err, wavelength, times)
    own_slot = sequence[1]
    all_means, all_variances = np.empty((own_slot.size, N_BANDS)), np.empty((own_slot.size, N_BANDS))
    smooth(sequence, parameters, all_means, all_variances)
    mean, sd = np.empty((times.size, N_BANDS)), np.empty((times.size, N_BANDS))
    fitted = np.empty(mjd.size)
    observed = wanted = 0
    for k in range(own_slot.size):
        if own_slot[k] == NOT_OBSERVED:
            for b in range(N_BANDS):
                mean[wanted, b] = all_means[k, b]
                sd[wanted, b] = math.sqrt(all_variances[k, b])
            wanted += 1
        else:
            fitted[observed] = all_means[k, own_slot[k]]
            observed += 1
    return Posterior(mean, sd, fitted)
