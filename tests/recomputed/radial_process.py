"""Family `gp2d_george`: one Matern-3/2 process in the plane of time and wavelength, by dense matrices.

The peak is the visit at which g, r and i together are highest; a flux is given in observed bands where its
variance is below half of the process's. The family's words say so, not the catalogue's.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from recomputed.comparison import Within
from recomputed.joint_shape import magnitude_difference
from recomputed.processes import best_starts, expected_information, log_errors, maximum, normal_log_likelihood
from recomputed.raw import WAVELENGTH

BANDS = {"g": 1, "r": 2, "i": 3}
DAYS = (0, 20, 50, 100)


def _covariance(time, wave, other_time, other_wave, parameters):
    """(1 + sqrt(3) r) exp(-sqrt(3) r) s^2, and its changes with ln s, ln l_t and ln l_w."""
    s, time_scale, wave_scale = parameters
    in_time = ((time[:, None] - other_time) / time_scale) ** 2
    in_wave = ((wave[:, None] - other_wave) / wave_scale) ** 2
    x = np.sqrt(3.0 * (in_time + in_wave))
    fall = s**2 * np.exp(-x)
    return (1.0 + x) * fall, (2.0 * (1.0 + x) * fall, 3.0 * in_time * fall, 3.0 * in_wave * fall)


class RadialFit(NamedTuple):
    """Maximum of the likelihood: its value, the parameters and the errors of their logarithms."""

    value: float
    parameters: np.ndarray
    error: np.ndarray


@cache
def fit(o):
    wave, rms = WAVELENGTH[o.band], np.sqrt((o.flux**2).mean())

    def of(theta):
        covariance, changes = _covariance(o.time, wave, o.time, wave, np.exp(theta))
        return covariance + np.diag(o.flux_err**2), changes

    low, high = np.log([1e-3 * rms, 0.01, 100.0]), np.log([1e3 * rms, 1e5, 1e6])
    grid = [(s * rms, t, w) for s in (0.5, 1.5) for t in (5.0, 15.0, 40.0, 120.0, 400.0) for w in (2e3, 6e3, 2e4)]
    starts = best_starts(lambda theta: normal_log_likelihood(o.flux, of(theta)[0]).value, np.log(grid), 3)
    best = maximum(lambda theta: normal_log_likelihood(o.flux, *of(theta)), starts, low, high)
    free = (best - low > 1e-3) & (high - best > 1e-3)
    error = np.where(free, log_errors(expected_information(*of(best)), free), np.inf)
    return RadialFit(normal_log_likelihood(o.flux, of(best)[0]).value, np.exp(best), error)


def log_likelihood(row, o, band):
    return Within(fit(o).value, 0.02)


def scale(place):
    """A scale, to a tenth of its error."""

    def value(row, o, band):
        found = fit(o)
        want, error = found.parameters[place], found.error[place]
        return Within(want, (0.002 + 0.1 * error) * want if error < 0.7 else np.inf)

    return value


def time_wave_ratio(row, o, band):
    return row["gp2d_time_scale"] / row["gp2d_wave_scale"]


class Fluxes(NamedTuple):
    """Fluxes in g, r and i at the days after the peak, NaN where not fixed, and their deviations."""

    flux: np.ndarray
    sd: np.ndarray


@cache
def _after_peak(o, parameters):
    wave, parameters = WAVELENGTH[o.band], np.array(parameters)
    own = _covariance(o.time, wave, o.time, wave, parameters)[0] + np.diag(o.flux_err**2)
    factor = cho_factor(own, lower=True)
    gri = WAVELENGTH[list(BANDS.values())]

    def cross(times):
        return _covariance(np.repeat(times, 3), np.tile(gri, len(times)), o.time, wave, parameters)[0]

    visits = np.unique(o.time)
    together = (cross(visits) @ cho_solve(factor, o.flux)).reshape(-1, 3).sum(axis=1)
    wanted = cross(visits[np.argmax(together)] + np.array(DAYS))
    variance = parameters[0] ** 2 - (wanted * cho_solve(factor, wanted.T).T).sum(axis=1)
    fixed = (variance < 0.5 * parameters[0] ** 2) & np.tile(np.isin(list(BANDS), o.letter), len(DAYS))
    flux = np.where(fixed, wanted @ cho_solve(factor, o.flux), np.nan)
    return Fluxes(flux.reshape(-1, 3), np.sqrt(variance.clip(0.0)).reshape(-1, 3))


def _fluxes(row, o):
    """At the table's own parameters; None where one of these is not determined."""
    parameters = tuple(row[f"gp2d_{name}"] for name in ("amplitude", "time_scale", "wave_scale"))
    return None if np.isnan(parameters).any() else _after_peak(o, parameters)


def flux(name, days):
    def value(row, o, band):
        found = _fluxes(row, o)
        if found is None:
            return Within(np.nan, np.inf)
        want = found.flux[DAYS.index(days), BANDS[name] - 1]
        return Within(want, 1e-6 * row["gp2d_amplitude"])

    return value


def _colour(found, blue, red, days):
    k = DAYS.index(days)
    f, e = found.flux[k], found.sd[k]
    b, r = BANDS[blue] - 1, BANDS[red] - 1
    return magnitude_difference(f[b], f[r]) if f[b] > 2.0 * e[b] and f[r] > 2.0 * e[r] else np.nan


def colour(blue, red, days):
    def value(row, o, band):
        found = _fluxes(row, o)
        return Within(np.nan, np.inf) if found is None else Within(_colour(found, blue, red, days), 1e-6)

    return value


def slope(days):
    def value(row, o, band):
        found = _fluxes(row, o)
        if found is None:
            return Within(np.nan, np.inf)
        return Within((_colour(found, "g", "r", days) - _colour(found, "g", "r", 0)) / days, 1e-7)

    return value
