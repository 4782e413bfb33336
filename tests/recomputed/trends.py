"""Family `tde_physics`: colours, temperatures, late emission, rise and decline along the curves.

Curves are read every 2.5 d from -150 to 300 d. Colours and magnitudes count from 3 deviations on, colours
below an error of 0.3 mag; 0.05 is added to all errors in quadrature, and trends need three values over
30 d. The catalogue says neither; it does say which days.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from recomputed.black_bodies import least_squares_black_body
from recomputed.joint_shape import weighted_slope
from recomputed.luminosities import read_at

G, R = 1, 2
MAGNITUDE = 2.5 / np.log(10.0)


@cache
def _grid(curve, rest):
    return read_at(curve, -150.0, 300.0, 2.5, rest)


class Points(NamedTuple):
    """Values at phases, and their errors with 0.05 added."""

    phase: np.ndarray
    value: np.ndarray
    error: np.ndarray

    def within(self, first, last):
        use = (self.phase >= first) & (self.phase <= last) & np.isfinite(self.value)
        return Points(self.phase[use], self.value[use], self.error[use])

    @property
    def enough(self):
        return len(self.phase) >= 3 and np.ptp(self.phase) >= 30.0

    @property
    def mean(self):
        return np.average(self.value, weights=self.error**-2.0) if len(self.phase) else np.nan

    @property
    def variance(self):
        return np.average((self.value - self.mean) ** 2, weights=self.error**-2.0) if self.enough else np.nan

    @property
    def slope(self):
        return weighted_slope(self.phase, self.value, self.error**-2.0) if self.enough else np.nan


@cache
def magnitude(curve, rest, band):
    """Magnitudes of a band up to a constant."""
    phase, flux, sd = _grid(curve, rest)
    f = np.where(flux[:, band] > 3.0 * sd[:, band], flux[:, band], np.nan)
    return Points(phase, -MAGNITUDE * np.log(f), np.hypot(MAGNITUDE * sd[:, band] / f, 0.05))


def _colour(curve, rest, blue):
    first, second = (magnitude(curve, rest, band) for band in (blue, blue + 1))
    error = np.sqrt(first.error**2 + second.error**2 - 2.0 * 0.05**2)
    value = np.where(error <= 0.3, first.value - second.value, np.nan)
    return Points(first.phase, value, np.hypot(error, 0.05))


def color_var(rest, blue):
    return lambda curve: _colour(curve, rest, blue).within(-20.0, 100.0).variance


def color_range(rest, blue):
    def extent(curve):
        points = _colour(curve, rest, blue).within(-20.0, 100.0)
        return np.ptp(points.value) if points.enough else np.nan

    return extent


def color_trend(rest, blue):
    return lambda curve: _colour(curve, rest, blue).within(0.0, 100.0).slope


def late_slope(rest, band):
    return lambda curve: magnitude(curve, rest, band).within(50.0, 150.0).slope


def _of_peak(function):
    """A function of phases, fluxes and deviations of a band and the node of its peak, -30..60 d from the object's."""

    def of_band(rest, band):
        def value(curve):
            phase, flux, sd = (values if values.ndim == 1 else values[:, band] for values in _grid(curve, rest))
            level = np.where((phase >= -30.0) & (phase <= 60.0), flux - sd, np.nan)
            if np.isnan(level).all():
                return np.nan
            peak = int(np.nanargmax(level))
            return function(phase, flux, sd, peak) if flux[peak] > 3.0 * sd[peak] else np.nan

        return value

    return of_band


@_of_peak
def late_flux_ratio(phase, flux, sd, peak):
    """Half of the window must have a curve, with a mean error below a fifth of the peak."""
    window = (phase >= 50.0) & (phase <= 150.0)
    known = window & np.isfinite(flux)
    if 2 * known.sum() < window.sum() or not sd[known].mean() <= 0.2 * flux[peak]:
        return np.nan
    return flux[known].mean() / flux[peak]


@_of_peak
def rebrightening(phase, flux, sd, peak):
    """From nodes known to a fifth of the peak, if they reach 30 d beyond it."""
    known = np.flatnonzero(sd <= 0.2 * flux[peak])
    known = known[known >= peak]
    if not len(known) or phase[known[-1]] - phase[peak] < 30.0:
        return np.nan
    lowest = np.minimum.accumulate(np.concatenate([[flux[peak]], flux[known]]))[1:]
    return max((flux[known] - lowest).max(), 0.0) / flux[peak]


def _days_from(level, phase, flux, sd, peak):
    """Days from the last rise through a level to the peak; NaN if it is not seen, or not to a fifth of the peak."""
    below = np.flatnonzero(~(flux[:peak] > level * flux[peak]))
    if not len(below):
        return np.nan
    k = below[-1]
    if np.isnan(flux[k]) or sd[k] > 0.2 * flux[peak]:
        return np.nan
    part = (level * flux[peak] - flux[k]) / (flux[k + 1] - flux[k])
    return phase[peak] - phase[k] - 2.5 * part


rise_rate = _of_peak(lambda *curve: 0.5 / _days_from(0.5, *curve))
rise_shape = _of_peak(lambda *curve: _days_from(0.5, *curve) / _days_from(0.25, *curve))


@cache
def _temperatures(curve, rest):
    """ln T every 10 d, 1,500 to 80,000 K as observed."""
    phase, flux, sd = (values[::4] for values in _grid(curve, rest))
    use = (phase >= -20.0) & (phase <= 120.0)
    fits = [least_squares_black_body(f, e, 1500.0, 80000.0) for f, e in zip(flux[use], sd[use], strict=True)]
    value = np.array([np.nan if fit is None else fit.log_temperature for fit in fits])
    error = np.array([np.nan if fit is None else np.sqrt(fit.covariance[1, 1]) for fit in fits])
    return Points(phase[use], value, np.hypot(error, 0.05))


def temp_stability(rest):
    return lambda curve: np.sqrt(_temperatures(curve, rest).within(-20.0, 100.0).variance)


def temp_trend(rest):
    return lambda curve: _temperatures(curve, rest).within(0.0, 100.0).slope


def temp_late_vs_peak(rest):
    def change(curve):
        found = _temperatures(curve, rest)
        return found.within(70.0, 120.0).mean - found.within(-10.0, 10.0).mean

    return change


class Decay(NamedTuple):
    """Index of a decline averaged over its onset, its late index, and the residual at the best onset."""

    alpha: float
    late: float
    residual: float


@cache
def _decay(curve, rest):
    """Magnitudes every 10 d against ln(t - t0), for ln(peak - t0) from 1.1 in steps of 0.25."""
    points = magnitude(curve, rest, R)
    points = Points(*(values[::4] for values in points)).within(0.0, 200.0)
    late = points.within(50.0, 200.0)
    if not points.enough:
        return Decay(np.nan, np.nan, np.nan)
    costs, rows = [], []
    for log_onset in 1.1 + 0.25 * np.arange(16):
        x, weight = np.log(points.phase + np.exp(log_onset)), points.error**-2.0
        slope = weighted_slope(x, points.value, weight)
        rest_of = points.value - points.mean - slope * (x - np.average(x, weights=weight))
        costs.append((weight * rest_of**2).sum() + ((log_onset - 3.4) / 0.7) ** 2)
        late_x = np.log(late.phase + np.exp(log_onset))
        late_slope = weighted_slope(late_x, late.value, late.error**-2.0)
        rows.append((-slope / MAGNITUDE, -late_slope / MAGNITUDE, np.sqrt(np.average(rest_of**2, weights=weight))))
    share = np.exp(-0.5 * (np.array(costs) - min(costs)))
    alpha, late_alpha = np.average(np.array(rows)[:, :2], axis=0, weights=share)
    return Decay(alpha, late_alpha if late.enough else np.nan, rows[int(np.argmin(costs))][2])


def decay(name, rest):
    return lambda curve: getattr(_decay(curve, rest), name)
