"""Highest log-posteriors of models of the colours: free, evolving, a black body, or none (`rank1`, `hypotheses`)."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from recomputed.comparison import Within
from recomputed.processes import damped_random_walk, matern32
from recomputed.rank_one import RankOne, black_body_colours, free_colours, grey

LN_10 = np.log(10.0)
LARGEST = 125
"""Visits up to which an object is fitted again: ten models by dense matrices take their time."""

SHORT_OF_BEST = 0.02
"""Where two climbs along a flat ridge may end apart; the library's own steps end at gains of 1e-4."""


class Fit(NamedTuple):
    """Highest log-posterior, its parameters (ln s, ln l, colours) and their errors."""

    value: float
    theta: np.ndarray
    error: np.ndarray


def _fit(o, colours, correlation=matern32, more_starts=()):
    model = RankOne(o, colours, correlation)
    theta = model.maximise(more_starts)
    return Fit(model.value(theta), theta, model.errors(theta))


class Hypotheses:
    """All models of one object; ``phase`` are rest-frame days from the peak of F, ``outburst`` its rows."""

    def __init__(self, o, phase, outburst):
        self.o, self.phase, self.outburst = o, phase, outburst
        self.inside = (phase >= -50.0) & (phase <= 150.0)

    @property
    def left_out(self):
        return len(self.o.mjd) > LARGEST

    @cached_property
    def free(self):
        return _fit(self.o, free_colours(self.o))

    @cached_property
    def drw(self):
        return _fit(self.o, free_colours(self.o), damped_random_walk)

    @cached_property
    def noise(self):
        pull = self.o.snr**2 + np.log(2.0 * np.pi * self.o.flux_err**2)
        return Fit(-0.5 * pull.sum(), np.empty(0), np.empty(0))

    @cached_property
    def grey(self):
        return _fit(self.o, grey(self.o))

    @cached_property
    def evolving(self):
        start = np.concatenate([self.free.theta, np.zeros(5)])
        return _fit(self.o, free_colours(self.o, self.phase), more_starts=(start,))

    @cached_property
    def window_evolving(self):
        start = np.concatenate([self.free.theta, np.zeros(5)])
        return _fit(self.o, free_colours(self.o, self.phase, self.inside), more_starts=(start,))

    @cached_property
    def black_body(self):
        return _fit(self.o, black_body_colours(self.o, self.phase, False))

    @cached_property
    def cooling(self):
        return _fit(self.o, black_body_colours(self.o, self.phase, True))

    @cached_property
    def window_free(self):
        return _fit(self.o, free_colours(self.o, inside=self.inside))

    @cached_property
    def window_black_body(self):
        return _fit(self.o, black_body_colours(self.o, self.phase, False, self.inside))

    @cached_property
    def window_cooling(self):
        return _fit(self.o, black_body_colours(self.o, self.phase, True, self.inside))

    @cached_property
    def _burst(self):
        return self.o.only(self.outburst, self.o.name), self.phase[self.outburst]

    @cached_property
    def outburst_free(self):
        return _fit(self._burst[0], free_colours(self._burst[0]))

    @cached_property
    def outburst_black_body(self):
        return _fit(self._burst[0], black_body_colours(*self._burst, False))

    @cached_property
    def outburst_cooling(self):
        return _fit(self._burst[0], black_body_colours(*self._burst, True))

    @property
    def name(self):
        return self.o.name


def fitted(function):
    """A function of an object's hypotheses; objects that are left out agree with anything."""
    return lambda all_of: Within(np.nan, np.inf) if all_of.left_out else function(all_of)


def posterior(name):
    return fitted(lambda one: Within(getattr(one, name).value, SHORT_OF_BEST))


def difference(upper, lower):
    return fitted(lambda one: Within(getattr(one, upper).value - getattr(one, lower).value, 2.0 * SHORT_OF_BEST))


def parameter(name, place, minus=None, vague=1.0):
    """A parameter less a number, to a fifth of its error; nothing is asked where that is the prior's, ``vague``."""

    def value(one):
        fit = getattr(one, name)
        want, error = fit.theta[place], fit.error[place]
        if minus is not None:
            want = want - minus(one)
        return Within(want, 0.002 + 0.2 * error if error < 0.95 * vague else np.inf)

    return fitted(value)


def change_of_colour(name, place, letter):
    """A change of a band's colour; NaN unless it and r were observed, and 30 d of the phases -30 to 120 d."""

    def value(one):
        near = one.phase[(one.phase >= -30.0) & (one.phase <= 120.0)]
        observed = (one.o.letter == letter).any() and (one.o.letter == "r").any()
        return parameter(name, place, vague=0.6)(one) if observed and np.ptp(near) >= 30.0 else np.nan

    return fitted(value)


def later_temperature(prefix):
    """log10 T at the peak and its change in 50 d; NaN if nothing was observed then."""

    def value(row, one, band):
        seen = one.phase.max() >= 50.0
        return row[f"{prefix}cooling_log_temperature"] + row[f"{prefix}cooling_slope"] if seen else np.nan

    return value


def in_rest_frame(name, place):
    return parameter(name, place, lambda one: np.log(1.0 + one.o.z))


def temperature(name, place, low, high):
    """log10 T or its change; at an edge, which the posterior may just reach or not, nothing is asked."""

    def value(one):
        fit = getattr(one, name)
        edge = min(fit.theta[place] - low, high - fit.theta[place]) < 0.05 or np.isinf(fit.error[place])
        return Within(fit.theta[place] / LN_10, np.inf if edge else (0.002 + 0.1 * fit.error[place]) / LN_10)

    return fitted(value)


def error(name, place, low, high):
    """A standard error to two fifths: the library's matrix is without second derivatives of the innovations."""

    def value(one):
        fit = getattr(one, name)
        edge = min(fit.theta[place] - low, high - fit.theta[place]) < 0.05
        return Within(fit.error[place] / LN_10, np.inf if edge else 0.4 * fit.error[place] / LN_10)

    return fitted(value)


def n_points(rows):
    return lambda one: float(rows(one).sum())


def log_power(rows):
    """ln(1 + sum of squared significances) of the positive fluxes; NaN without a visit."""

    def value(one):
        use = rows(one)
        return np.log1p((one.o.snr[use].clip(0.0) ** 2).sum()) if use.any() else np.nan

    return value


def n_bands(rows):
    return lambda one: float(len(np.unique(one.o.letter[rows(one) & (one.o.snr > 5.0)])))


def outburst_rows(one):
    """Visits while F is above 10 % of its peak and 2 errors, on either side of the peak; one is a `Fitted`."""
    curve = one.curve
    low = (curve.mean <= 0.1 * one.height) | (curve.mean <= 2.0 * curve.sd)
    if low[curve.peak]:
        return one.o.time == curve.time[curve.peak]
    before, after = np.flatnonzero(low[: curve.peak]), np.flatnonzero(low[curve.peak :])
    first = before[-1] + 1 if len(before) else 0
    last = curve.peak + after[0] - 1 if len(after) else len(low) - 1
    return (one.o.time >= curve.time[first] - 1e-6) & (one.o.time <= curve.time[last] + 1e-6)
