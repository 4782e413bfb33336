"""Families `colour` and `shape`: colours and temperatures along the curves, and times about each band's peak.

A flux counts from 3 deviations on.
"""

from functools import cache

import numpy as np

from recomputed.black_bodies import most_probable_temperature
from recomputed.joint_shape import magnitude_difference
from recomputed.luminosities import read_at
from recomputed.shared_curve import days_to_level

PHASES = np.arange(-20.0, 151.0, 5.0)
TEMPERATURE_PHASES = (0, 15, 30, 50, 75, 100, 125, 150)


@cache
def _grid(curve, rest):
    return read_at(curve, -20.0, 150.0, 5.0, rest)


def _colour(curve, pair, rest):
    """A colour at all phases."""
    _, flux, sd = _grid(curve, rest)
    blue, red = (np.where(flux[:, b] >= 3.0 * sd[:, b], flux[:, b], np.nan) for b in pair)
    return magnitude_difference(blue, red)


def _at(phase):
    return int((phase + 20) / 5)


def colour_at(pair, rest, phase):
    return lambda curve: _colour(curve, pair, rest)[_at(phase)]


def _slope(colour, first, last):
    """Straight line through the known phases; NaN unless these are more than half."""
    part = slice(_at(first), _at(last) + 1)
    x, y = PHASES[part], colour[part]
    known = np.isfinite(y)
    return np.polyfit(x[known], y[known], 1)[0] if 2 * known.sum() > len(x) else np.nan


def slope(pair, rest, first, last):
    return lambda curve: _slope(_colour(curve, pair, rest), first, last)


def curvature(pair, rest):
    def change(curve):
        colour = _colour(curve, pair, rest)
        return (_slope(colour, 50, 100) - _slope(colour, 0, 50)) / 50.0

    return change


def spread(pair, rest, first, statistic):
    """A statistic of the known phases from one on; NaN of fewer than three, or if they span less than 30 d."""

    def value(curve):
        colour, phase = _colour(curve, pair, rest)[_at(first) :], PHASES[_at(first) :]
        known = np.isfinite(colour)
        return statistic(colour[known]) if known.sum() >= 3 and np.ptp(phase[known]) >= 30.0 else np.nan

    return value


def deviation(values):
    return values.std(ddof=1)


# --- temperatures ------------------------------------------------------------------------------------------------


@cache
def _temperature(curve, rest, phase):
    """The fit at one phase; None where T is not known to a factor e^0.5 or fewer than two bands are seen."""
    _, flux, sd = _grid(curve, rest)
    f, e = flux[_at(phase)], sd[_at(phase)]
    if not (f >= 3.0 * e).sum() >= 2:
        return None
    found = most_probable_temperature(f, e, curve.z)
    return found if found.log_error <= 0.5 else None


def kilokelvin(curve, rest, phase):
    found = _temperature(curve, rest, phase)
    return np.nan if found is None else 1e-3 * np.exp(found.log_temperature)


def temperature(rest, phase):
    return lambda curve: kilokelvin(curve, rest, phase)


def temperature_change(rest, first, last):
    return lambda curve: (kilokelvin(curve, rest, last) - kilokelvin(curve, rest, first)) / (last - first)


def temperature_stability(rest):
    def value(curve):
        kelvins = np.array([kilokelvin(curve, rest, phase) for phase in TEMPERATURE_PHASES])
        known = kelvins[np.isfinite(kelvins)]
        return known.std(ddof=1) / known.mean() if len(known) >= 3 else np.nan

    return value


def temperature_error(curve):
    found = _temperature(curve, False, 0)
    return np.nan if found is None else found.log_error * kilokelvin(curve, False, 0)


def temperature_chi2(curve):
    """Two less than the bands with a curve are the degrees of freedom."""
    found = _temperature(curve, False, 0)
    n_bands = np.isfinite(_grid(curve, False)[1][_at(0)]).sum()
    return found.chi2 / (n_bands - 2) if found is not None and n_bands > 2 else np.nan


# --- peaks and widths --------------------------------------------------------------------------------------------


def _band(curve, band):
    """Curve of a band by its letter, or the sum of those observed with independent deviations."""
    if band == "all":
        observed = np.isfinite(curve.mean).any(axis=0)
        return curve.mean[:, observed].sum(axis=1), np.sqrt((curve.sd[:, observed] ** 2).sum(axis=1))
    return curve.mean[:, "ugrizy".index(band)], curve.sd[:, "ugrizy".index(band)]


@cache
def _top(curve, band):
    """Node of highest flux - deviation within 60 d of the object's peak, None if that is below 3 deviations."""
    if curve.peak < 0:
        return None
    flux, sd = _band(curve, band)
    near = (np.abs(curve.days) <= 60.0) & np.isfinite(flux)
    k = int(np.argmax(np.where(near, flux - sd, -np.inf)))
    return k if flux[k] >= 3.0 * sd[k] else None


def _is_inner(curve, band, k):
    """Whether the curve goes on to both sides of a node."""
    return 0 < k < len(curve.time) - 1 and np.isfinite(_band(curve, band)[0][k - 1 : k + 2]).all()


def seen_epoch(curve, band):
    """The epoch of a peak that is not at an end of its curve."""
    k = _top(curve, band)
    return epoch(curve, band) if k is not None and _is_inner(curve, band, k) else np.nan


def epoch(curve, band):
    """Vertex of the parabola through that node and its neighbours, if it lies between these."""
    k = _top(curve, band)
    if k is None:
        return np.nan
    if _is_inner(curve, band, k):
        t = curve.time[k - 1 : k + 2] - curve.time[k]
        a, b, _ = np.polyfit(t, _band(curve, band)[0][k - 1 : k + 2], 2)
        if a < 0.0 and t[0] < -b / (2.0 * a) < t[2]:
            return curve.time[k] - b / (2.0 * a)
    return curve.time[k]


def peak_flux(band):
    return lambda curve: np.nan if _top(curve, band) is None else _band(curve, band)[0][_top(curve, band)]


def peak_flux_ratio(blue, red):
    return lambda curve: peak_flux(blue)(curve) / peak_flux(red)(curve)


def peak_lag(first, second):
    return lambda curve: np.round(seen_epoch(curve, first) - seen_epoch(curve, second), 1)


def _days(curve, band, step, part):
    """Time between the peak and a part of its flux."""
    k = _top(curve, band)
    if k is None:
        return np.nan
    flux = _band(curve, band)[0]
    days = days_to_level(curve.time, flux, k, step, part * flux[k])
    return days - step * (epoch(curve, band) - curve.time[k])


def rise_time(band):
    return lambda curve: _days(curve, band, -1, 0.5)


def fade_time(band, part):
    return lambda curve: _days(curve, band, 1, part)


def duration(band, part):
    return lambda curve: _days(curve, band, -1, part) + _days(curve, band, 1, part)


def asymmetry(band):
    def value(curve):
        rise, fade = _days(curve, band, -1, 0.5), _days(curve, band, 1, 0.5)
        return (fade - rise) / (fade + rise)

    return value


def _epochs(curve):
    times = np.array([seen_epoch(curve, band) for band in "ugrizy"])
    return times[np.isfinite(times)]


def peak_time_spread(curve):
    times = _epochs(curve)
    return round(np.ptp(times), 1) if len(times) >= 2 else np.nan


def peak_time_std(curve):
    times = _epochs(curve)
    return times.std(ddof=1) if len(times) >= 2 else np.nan


def optical(function, statistic, least):
    """A statistic of g, r and i, where they have a value."""

    def value(curve):
        values = np.array([function(curve, band) for band in "gri"])
        known = values[np.isfinite(values)]
        return statistic(known) if len(known) >= least else np.nan

    return value


def optical_rise(curve, band):
    return _days(curve, band, -1, 0.5)


def optical_fade(curve, band):
    return _days(curve, band, 1, 0.5)


def consistency(values):
    return values.std(ddof=1) / values.mean()
