"""The process in time and wavelength of all bands by dense matrices: its likelihood's maximum and its posterior.

The fit is checked where it is a column: no start leads higher than the table's values. The
curves that other columns are read off are the posterior at the table's own parameters and
at the epochs of the library's grid, so that those columns are checked by themselves.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from recomputed.processes import best_starts, expected_information, log_errors, matern32, maximum, normal_log_likelihood
from recomputed.raw import WAVELENGTH


def _covariance(time, band, other_time, other_band, parameters):
    """Covariance of fluxes, and its changes with the logarithms of s, l_t and l_w."""
    s, time_scale, wave_scale = parameters
    in_time, by_time = matern32(time[:, None] - other_time, time_scale)
    in_wave, by_wave = matern32(WAVELENGTH[band][:, None] - WAVELENGTH[other_band], wave_scale)
    whole = s**2 * in_time * in_wave
    return whole, (2.0 * whole, s**2 * by_time * in_wave, s**2 * in_time * by_wave)


class JointFit:
    """Maximum of the likelihood of one object: zero mean, no white noise."""

    def __init__(self, o):
        rms = np.sqrt((o.flux**2).mean())
        self._noise = np.diag(o.flux_err**2)
        self._o = o
        low, high = np.log([1e-3 * rms, 0.01, 100.0]), np.log([1e3 * rms, 1e5, 1e6])
        grid = [(s, t, w) for s in (0.5, 1.5) for t in (5.0, 15.0, 40.0, 120.0, 400.0) for w in (1500.0, 6000.0, 2e4)]
        starts = np.log(np.array(grid) * (rms, 1.0, 1.0))
        best = maximum(self.log_likelihood, best_starts(self._value, starts, 3), low, high)
        covariance, changes = self._of(best)
        self.at_edge = (best - low < 1e-3) | (high - best < 1e-3)
        self.log_error = log_errors(expected_information(covariance, changes), ~self.at_edge)
        self.parameters = np.exp(best)
        self.highest = self._value(best)

    def _of(self, theta):
        o = self._o
        covariance, changes = _covariance(o.time, o.band, o.time, o.band, np.exp(theta))
        return covariance + self._noise, changes

    def log_likelihood(self, theta):
        return normal_log_likelihood(self._o.flux, *self._of(theta))

    def _value(self, theta):
        return normal_log_likelihood(self._o.flux, self._of(theta)[0]).value


@dataclass(frozen=True, eq=False)
class Curve:
    """Posterior of one object's six bands: days since its first observation, uJy; and misfit of the observations.

    NaN in bands without observations, and where a band's curve would be a guess beyond its own. ``peak`` is the
    node at which the bands' mean - sd, averaged with 1 / mean sd^2, are highest, guesses among them; -1 if that is
    not above 0.
    """

    name: str
    z: float
    time: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    chi2: float
    peak: int

    @property
    def days(self):
        """Days from that peak, observer's frame."""
        return self.time - self.time[self.peak] if self.peak >= 0 else np.full(len(self.time), np.nan)


def _peak(mean, sd, observed):
    level = (mean - sd)[:, observed] @ (1.0 / (sd[:, observed] ** 2).mean(axis=0))
    return int(np.argmax(level)) if level.max() > 0.0 else -1


def _is_guess(o, time, sd, s):
    """Beyond a band's first and last observation, from where more than half of the variance s^2 is left open."""
    guess = np.ones(sd.shape, dtype=bool)
    for b in np.unique(o.band):
        own, open_ = o.time[o.band == b], sd[:, b] ** 2 > 0.5 * s**2
        # the library counts in whole ticks of 1e-6 d
        before, after = open_ & (time < own.min() - 2e-6), open_ & (time > own.max() + 2e-6)
        guess[:, b] = np.logical_or.accumulate(before[::-1])[::-1] | np.logical_or.accumulate(after)
    return guess


def posterior(o, parameters, time):
    """Posterior of all bands at some epochs, for given parameters."""
    own = _covariance(o.time, o.band, o.time, o.band, parameters)[0]
    factor = cho_factor(own + np.diag(o.flux_err**2), lower=True)
    alpha = cho_solve(factor, o.flux)
    epoch, band = np.repeat(time, 6), np.tile(np.arange(6), len(time))
    cross = _covariance(epoch, band, o.time, o.band, parameters)[0]
    variance = parameters[0] ** 2 - (cross * cho_solve(factor, cross.T).T).sum(axis=1)
    mean, sd = (cross @ alpha).reshape(-1, 6), np.sqrt(variance.clip(0.0)).reshape(-1, 6)
    chi2 = (((o.flux - own @ alpha) / o.flux_err) ** 2).mean()
    peak = _peak(mean, sd, np.unique(o.band))
    mean[guess := _is_guess(o, time, sd, parameters[0])] = np.nan
    return Curve(o.name, o.z, time, mean, np.where(guess, np.nan, sd), chi2, peak)


def curves_of(tables):
    """Curves of all objects at the parameters and epochs of the library's curves."""
    fitted = tables.curves("gp2d")
    parameters = np.column_stack([fitted.parameters[name] for name in ("amplitude", "time_scale", "wavelength_scale")])
    rows = [slice(*fitted.offsets[k : k + 2]) for k in range(len(tables.objects))]
    return [posterior(o, parameters[k], fitted.mjd[rows[k]] - o.start) for k, o in enumerate(tables.objects)]
