"""One curve for all bands, flux = c F(t): log-posteriors by dense matrices, their maxima and the posterior of F.

F has zero mean. Priors, without the constants of their normalisation: ln l ~ N(3.5, 1.5) with
l in days, free ln c_b ~ N(0, 1) relative to r, their change in 50 d ~ N(0, 0.6), ln T ~ N(9.6, 0.8)
and its change in 50 d ~ N(0, 0.3); ln s has none. These are in no row of the catalogue.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from recomputed.black_bodies import X_KELVIN
from recomputed.processes import best_starts, log_errors, matern32, maximum
from recomputed.raw import WAVELENGTH

COLOUR_BANDS = (0, 1, 3, 4, 5)
R = 2


class Posterior(NamedTuple):
    """Log-posterior and its gradient."""

    value: float
    gradient: np.ndarray


class Colours(NamedTuple):
    """A model of ln c: values and derivatives for its parameters, and their priors, boxes and starts."""

    log_colour: object
    mean: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray
    starts: list


def phase_term(phase):
    return np.clip(phase, -30.0, 120.0) / 50.0


def free_colours(o, phase=None, inside=None):
    """Constant ln c_b, with phases also their changes; all bands equal outside of some rows."""
    design = np.array([o.band == b for b in COLOUR_BANDS], dtype=float).T
    sd = [1.0] * 5
    if phase is not None:
        design = np.hstack([design, design * phase_term(phase)[:, None]])
        sd = [1.0] * 5 + [0.6] * 5
    if inside is not None:
        design = design * inside[:, None]
    n = design.shape[1]
    start = np.zeros(n)
    start[:5] = _rms_colours(o)
    box = np.full(n, 3.0)
    return Colours(lambda phi: (design @ phi, design), np.zeros(n), np.array(sd), -box, box, [start, np.zeros(n)])


def _rms_colours(o):
    """Half of the logarithms of the bands' rms fluxes over that of r."""
    power = np.ones(6)
    for b in np.unique(o.band):
        own = o.band == b
        noise = (o.flux_err[own] ** 2).mean()
        power[b] = max((o.flux[own] ** 2).mean() - noise, noise * np.sqrt(2.0 / own.sum()))
    logs = np.log(power / power[R])
    return np.array([np.clip(0.25 * logs[b], -1.0, 1.0) if (o.band == b).any() else 0.0 for b in COLOUR_BANDS])


def grey(o):
    """No colours: c = 1."""
    nothing = np.empty(0)
    design = np.empty((len(o.mjd), 0))
    return Colours(lambda phi: (np.zeros(len(o.mjd)), design), nothing, nothing, nothing, nothing, [nothing])


def black_body_colours(o, phase, cooling, inside=None):
    """ln of B_nu over that of the r band, at ln T_0 and, if cooling, its change in 50 d."""
    x_kelvin = X_KELVIN * (1.0 + o.z)
    term = phase_term(phase)
    use = np.ones(len(o.mjd)) if inside is None else inside.astype(float)
    cube = 3.0 * np.log(WAVELENGTH[R] / WAVELENGTH[o.band])

    def log_colour(phi):
        log_t = np.clip(phi[0] + (phi[1] * term if cooling else 0.0), 7.6, 11.6)
        moves = (log_t > 7.6) & (log_t < 11.6)
        x, x_r = x_kelvin[o.band] / np.exp(log_t), x_kelvin[R] / np.exp(log_t)
        value = cube + np.log(np.expm1(x_r) / np.expm1(x))
        by_t = np.where(moves, x / -np.expm1(-x) - x_r / -np.expm1(-x_r), 0.0)
        columns = [by_t, by_t * term] if cooling else [by_t]
        return use * value, use[:, None] * np.array(columns).T

    n = 2 if cooling else 1
    starts = [np.array([log_t, 0.0])[:n] for log_t in (9.0, 9.6, 10.3)]
    prior = (np.array([9.6, 0.0])[:n], np.array([0.8, 0.3])[:n])
    return Colours(log_colour, *prior, np.array([7.8, -1.5])[:n], np.array([11.4, 1.5])[:n], starts)


class RankOne:
    """The log-posterior of one object, or of some of its rows, under a model of colours."""

    def __init__(self, o, colours, correlation=matern32):
        self._o, self._colours, self._correlation = o, colours, correlation
        self._lag = o.time[:, None] - o.time

    def _prior(self, theta):
        pull = (theta[2:] - self._colours.mean) / self._colours.sd
        of_scale = (theta[1] - 3.5) / 1.5
        slope = np.concatenate([[0.0, -of_scale / 1.5], -pull / self._colours.sd])
        return -0.5 * (of_scale**2 + (pull**2).sum()), slope

    def _parts(self, theta):
        s, scale = np.exp(theta[:2])
        log_c, design = self._colours.log_colour(theta[2:])
        c = np.exp(log_c)
        rho, by_scale = self._correlation(self._lag, scale)
        outer = s**2 * np.outer(c, c)
        factor = cho_factor(outer * rho + np.diag(self._o.flux_err**2), lower=True)
        return outer * rho, outer * by_scale, design, factor

    def _value(self, factor, theta):
        alpha = cho_solve(factor, self._o.flux)
        n = len(alpha)
        log_det = 2.0 * np.log(np.diag(factor[0])).sum()
        return -0.5 * (self._o.flux @ alpha + log_det + n * np.log(2.0 * np.pi)) + self._prior(theta)[0], alpha

    def value(self, theta):
        return self._value(self._parts(theta)[3], theta)[0]

    def posterior(self, theta):
        signal, by_scale, design, factor = self._parts(theta)
        value, alpha = self._value(factor, theta)
        weight = np.outer(alpha, alpha) - cho_solve(factor, np.eye(len(alpha)))
        rows = (weight * signal).sum(axis=1)
        gradient = np.concatenate([[rows.sum(), 0.5 * np.vdot(weight, by_scale)], design.T @ rows])
        return Posterior(value, gradient + self._prior(theta)[1])

    def errors(self, theta):
        """Standard errors: the curvature of the log-posterior, of gradients a step apart."""
        steps = 1e-4 * np.eye(len(theta))
        slopes = [(self.posterior(theta + h).gradient - self.posterior(theta - h).gradient) / 2e-4 for h in steps]
        curvature = -0.5 * (np.array(slopes) + np.array(slopes).T)
        positive = np.linalg.eigvalsh(curvature)[0] > 0.0
        return log_errors(curvature, np.ones(len(theta), dtype=bool)) if positive else np.full(len(theta), np.inf)

    def maximise(self, more_starts=()):
        """Parameters of the highest log-posterior that climbs from a few starts reach."""
        rms = np.sqrt((self._o.flux**2).mean())
        low = np.concatenate([[np.log(rms) - 9.0, 1.0], self._colours.low])
        high = np.concatenate([[np.log(rms) + 7.0, 7.5], self._colours.high])
        grid = [(s, t) for s in (0.5, 1.5, 5.0) for t in (6.0, 12.0, 25.0, 50.0, 100.0, 200.0, 400.0)]
        starts = [np.concatenate([[np.log(rms * s), np.log(t)], phi]) for phi in self._colours.starts for s, t in grid]
        chosen = best_starts(self.value, np.array(starts), 2, apart=0.9)
        return maximum(self.posterior, [*chosen, *more_starts], low, high)


class SharedCurve(NamedTuple):
    """Posterior of F: days since the first observation, mean and deviation; mean and variance at the visits."""

    time: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    at_visits: np.ndarray
    variance_at_visits: np.ndarray

    @property
    def peak(self):
        return int(np.argmax(self.mean - self.sd))


def smoothed(o, log_s, log_scale, log_colour, time):
    """F as a Matern-3/2 process with constant colours, at some epochs."""
    c = np.exp(log_colour[o.band])
    s2, scale = np.exp(2.0 * log_s), np.exp(log_scale)
    own = s2 * matern32(o.time[:, None] - o.time, scale)[0]
    factor = cho_factor(np.outer(c, c) * own + np.diag(o.flux_err**2), lower=True)
    alpha = c * cho_solve(factor, o.flux)

    def variance(cross):
        return (s2 - ((cross * c) * cho_solve(factor, (cross * c).T).T).sum(axis=1)).clip(0.0)

    cross = s2 * matern32(time[:, None] - o.time, scale)[0]
    return SharedCurve(time, cross @ alpha, np.sqrt(variance(cross)), own @ alpha, variance(own))
