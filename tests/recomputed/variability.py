"""Family `gp_drw`: damped random walk and Matern-3/2 process of single bands and of all bands merged."""

from functools import cache

import numpy as np

from recomputed.comparison import Within
from recomputed.processes import damped_random_walk, fit_series, matern32

FEWEST = {"u": 15}
MODELS = {"drw": damped_random_walk, "gp": matern32}
LARGEST = 140
"""Points of all bands up to which the merged bands are fitted again: dense matrices take the cube of it."""


def merged(o):
    """All bands on one scale: each divided by its rms about zero, less the noise, times the mean of these."""
    factor, amplitude = np.ones(len(o.mjd)), np.ones(len(o.mjd))
    for code in np.unique(o.band):
        own = o.band == code
        noise = (o.flux_err[own] ** 2).mean()
        excess = (o.flux[own] ** 2).mean() - noise
        amplitude[own] = np.sqrt(max(excess, np.sqrt(2.0 / own.sum()) * noise))
    factor = amplitude.mean() / amplitude
    return o.time, o.flux * factor, o.flux_err * factor


def left_out(o, series):
    """Whether a series is not fitted again, to save time."""
    return series == "combined" and len(o.mjd) > LARGEST


@cache
def fit(o, series, model):
    """Fit of a band (by its letter) or of all merged (`combined`); None with too few points."""
    part = o if series == "combined" else o.of(series)
    if len(part.mjd) < FEWEST.get(series, 5):
        return None
    rows = merged(part) if series == "combined" else (part.time, part.flux, part.flux_err)
    return fit_series(*rows, MODELS[model])


def log_likelihood(series, model):
    def highest(o):
        found = None if left_out(o, series) else fit(o, series, model)
        return np.nan if found is None else found.log_likelihood

    return highest


def log_likelihood_ratio(series):
    return lambda o: log_likelihood(series, "drw")(o) - log_likelihood(series, "gp")(o)


def per_point(function, series):
    def divided(o):
        n = len(o.mjd) if series == "combined" else len(o.of(series).mjd)
        return function(o) / n if n else np.nan

    return divided


def within(function, series, tolerance):
    """A function with a tolerance, infinite for series that are left out."""
    return lambda o: Within(function(o), np.inf if left_out(o, series) else tolerance)


def parameter(series, model, value, exponents):
    """A parameter, or a product of powers of amplitude and time scale.

    It is asked for to a fiftieth of its error. Where that is a factor of e^2.5 and more, the maximum is so
    flat that two optimisers may stop well apart, and whether it is at an edge is chance; so it is with
    fewer than twelve points.
    """

    def known(o):
        if left_out(o, series):
            return Within(np.nan, np.inf)
        found = fit(o, series, model)
        if found is None:
            return np.nan
        vague = found.at_edge[:2].any() or not (found.log_error[:2] < 2.5).all() or found.n_points < 12
        error = np.abs(exponents) @ np.nan_to_num(found.log_error[:2], posinf=0.0)
        want = value(*found.parameters[:2])
        return Within(want, np.inf if vague else 0.02 * error * want)

    return known
