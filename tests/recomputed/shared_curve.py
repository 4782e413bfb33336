"""Family `domain`: the curve that all bands share, a band's curve with what others lend it, and what they show.

The catalogue gives the widths of 15 and 40 d and the levels; that F may be off by a tenth,
a lent visit by 5 % of its flux, and that F and its scales are fitted in four turns, is said
in the words of `tde.features.domain` only.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

REACH = 15.0
EPOCH = 5.0


class Curve(NamedTuple):
    """Local average of a light curve at the object's visits, and its error."""

    value: np.ndarray
    error: np.ndarray

    @property
    def peak(self):
        return int(np.argmax(self.value - self.error))


def biweight(u):
    return (1.0 - u**2).clip(0.0) ** 2


def local_average(time, flux, flux_err, scale):
    """Least-squares F of flux = scale F around each visit, with biweight weights."""
    near = biweight((time[:, None] - time) / REACH)
    information = near * (scale / flux_err) ** 2
    weight = information.sum(axis=1)
    value = (near * scale * flux / flux_err**2).sum(axis=1) / weight
    return Curve(value, np.sqrt((near * information).sum(axis=1)) / weight)


@cache
def shared(o):
    """F(t) at all visits and the scales c_b, by letter."""
    letters = np.unique(o.letter)
    scale = dict.fromkeys("ugrizy", 1.0)
    curve = None
    for turn in range(5):
        curve = local_average(o.time, o.flux, o.flux_err, np.array([scale[letter] for letter in o.letter]))
        if turn < 4:
            scale |= _scales_of(o, letters, curve.value)
    return curve, scale


def _scales_of(o, letters, value):
    """c_b = sum(w flux) / sum(w F) with weights F / variance, of geometric mean 1."""
    weight = value / (o.flux_err**2 + (0.1 * value) ** 2)
    logs = {}
    for letter in letters:
        own = o.letter == letter
        norm = (weight * value)[own].sum()
        if norm > 0.0:
            logs[letter] = np.log(np.clip((weight * o.flux)[own].sum() / norm, 0.02, 50.0))
    centre = np.mean(list(logs.values()))
    return {letter: float(np.exp(log - centre)) for letter, log in logs.items()}


@cache
def band_curve(o, band):
    """Local average of a band's visits and of the others', scaled to it and with twice their errors."""
    scale = shared(o)[1]
    factor = np.array([scale[band] / scale[letter] for letter in o.letter])
    flux, error = o.flux * factor, o.flux_err * factor
    error = np.where(o.letter == band, error, 2.0 * np.hypot(error, 0.05 * flux))
    return local_average(o.time, flux, error, np.ones(len(flux)))


def of_band(function):
    """A function of an object and a band's letter; NaN if the band has no visit."""
    return lambda o, band: function(o, band) if (o.letter == band).any() else np.nan


def _baseline(flux, peak_flux):
    faint = flux[flux < 0.5 * peak_flux]
    return np.median(faint) if len(faint) >= 3 else 0.0


def _levels(o, band):
    """The band's curve, its baseline and its amplitude above that."""
    curve = band_curve(o, band)
    height = curve.value[curve.peak]
    baseline = _baseline(curve.value, height)
    return curve, baseline, height - baseline


def days_to_level(time, value, peak, step, level):
    """Time from the peak to where the curve falls through a level, by straight lines; NaN if it ends before."""
    k = peak
    while 0 <= k + step < len(time) and np.isfinite(value[k + step]):
        if value[k + step] <= level:
            part = (value[k] - level) / (value[k] - value[k + step])
            return abs(time[k] + part * (time[k + step] - time[k]) - time[peak])
        k += step
    return np.nan


@of_band
def peak_flux(o, band):
    curve = band_curve(o, band)
    return curve.value[curve.peak]


def _peak_time(o, band):
    return o.time[band_curve(o, band).peak]


@of_band
def peak_time(o, band):
    curve = shared(o)[0]
    detected = np.flatnonzero(curve.value > 5.0 * curve.error)
    return round(_peak_time(o, band) - o.time[detected[0]], 1) if len(detected) else np.nan


def peak_time_difference(first, second):
    def days(o):
        """NaN where one of the peaks is at the first or last visit, before or after which there may be a higher one."""
        both = all((o.letter == b).any() and o.time[0] < _peak_time(o, b) < o.time[-1] for b in (first, second))
        return round(_peak_time(o, first) - _peak_time(o, second), 1) if both else np.nan

    return days


@of_band
def rise_time(o, band):
    curve, baseline, amplitude = _levels(o, band)
    return days_to_level(o.time, curve.value, curve.peak, -1, baseline + 0.25 * amplitude)


@of_band
def duration(o, band):
    curve, baseline, amplitude = _levels(o, band)
    return sum(days_to_level(o.time, curve.value, curve.peak, step, baseline + 0.5 * amplitude) for step in (-1, 1))


@of_band
def amplitude_ratio(o, band):
    value, error = band_curve(o, band)
    trough = value[np.argmin(value + error)]
    height = value[np.argmax(value - error)]
    return (height - np.median(value)) / (height - trough)


@of_band
def above_baseline_frac(o, band):
    own = o.of(band)
    return (own.flux - _baseline(own.flux, peak_flux(o, band)) > 3.0 * own.flux_err).mean()


def after_peak(o, band):
    """A band's own visits from the peak of its curve on: days since it, fluxes and errors."""
    own = o.of(band)
    since = own.time - _peak_time(o, band)
    return since[since >= 0.0], own.flux[since >= 0.0], own.flux_err[since >= 0.0]


def epochs(own):
    """Visits of 5 d merged by their weights, as rows of time, flux and error."""
    merged, start = [], 0
    for k in range(1, len(own.time) + 1):
        if k == len(own.time) or own.time[k] - own.time[start] >= EPOCH:
            weight = own.flux_err[start:k] ** -2.0
            time, flux = (np.average(values[start:k], weights=weight) for values in (own.time, own.flux))
            merged.append((time, flux, weight.sum() ** -0.5))
            start = k
    return np.array(merged).T


class Bends(NamedTuple):
    """Flux of the line through an epoch's neighbours less its own, the error, and what gaps they span."""

    bend: np.ndarray
    error: np.ndarray
    gaps: np.ndarray


def _bends(own):
    time, flux, error = epochs(own)
    before, after = np.diff(time)[:-1], np.diff(time)[1:]
    part = before / (before + after)
    bend = (1.0 - part) * flux[:-2] + part * flux[2:] - flux[1:-1]
    variance = ((1.0 - part) * error[:-2]) ** 2 + (part * error[2:]) ** 2 + error[1:-1] ** 2
    return Bends(bend, np.sqrt(variance), before.clip(EPOCH) * after.clip(EPOCH))


def with_epochs(function):
    """A function of an object and a band; NaN with fewer than three epochs."""
    return of_band(lambda o, band: function(o, band) if epochs(o.of(band)).shape[1] >= 3 else np.nan)


@with_epochs
def n_inflection_points(o, band):
    found = _bends(o.of(band))
    signs = np.sign(found.bend[np.abs(found.bend) > found.error])
    return (signs[1:] != signs[:-1]).sum()


@with_epochs
def max_acceleration(o, band):
    found = _bends(o.of(band))
    return (2.0 * (np.abs(found.bend) - found.error) / found.gaps).max() / peak_flux(o, band)


@with_epochs
def roughness(o, band):
    found = _bends(o.of(band))
    return (found.bend**2 - found.error**2).mean() / peak_flux(o, band) ** 2


@of_band
def monotonic_ratio(o, band):
    _, flux, error = epochs(o.of(band))
    step = np.diff(flux)
    told = np.abs(step) > np.hypot(error[:-1], error[1:])
    rising = np.arange(len(step)) < np.argmax(flux - error)
    travel = np.abs(step)[told].sum()
    return np.abs(step)[told & ((step > 0.0) == rising)].sum() / travel if travel else np.nan


def _scale_near(o, band, epoch, reach):
    """c_b from visits around an epoch; NaN where it is no more than 2 errors."""
    curve = shared(o)[0]
    near = np.where(o.letter == band, biweight((o.time - o.time[curve.peak] - epoch) / reach), 0.0)
    weight = near * curve.value / (o.flux_err**2 + (0.1 * curve.value) ** 2)
    cross, norm = (weight * o.flux).sum(), (weight * curve.value).sum()
    return cross / norm if norm > 0.0 and cross > 2.0 * np.sqrt((weight * near * curve.value).sum()) else np.nan


def colour(blue, red, epoch=0.0, reach=np.inf):
    """NaN where the visits end before a later epoch."""

    def magnitudes(o):
        if epoch > 0.0 and o.time[-1] - o.time[shared(o)[0].peak] < epoch:
            return np.nan
        return -2.5 * np.log10(_scale_near(o, blue, epoch, reach) / _scale_near(o, red, epoch, reach))

    return magnitudes


def _relative_slope(o, band):
    """B / A of flux = F (A + B u), u = 0 at 50 d from the peak, by weighted least squares; 1 / d."""
    curve = shared(o)[0]
    u = o.time - o.time[curve.peak] - 50.0
    use = (np.abs(u) <= 100.0) & (o.letter == band)
    u, F, flux = u[use], curve.value[use], o.flux[use]
    error = np.sqrt(o.flux_err[use] ** 2 + (0.1 * F) ** 2)
    if use.sum() < 2 or np.ptp(u) < 30.0 or not (flux * F / error**2).sum() > 2.0 * np.sqrt((F**2 / error**2).sum()):
        return np.nan
    A, B = np.linalg.lstsq(np.column_stack([F, F * u]) / error[:, None], flux / error, rcond=None)[0]
    return B / A if A > 0.0 else np.nan


def colour_rate(blue, red):
    return lambda o: -2.5 / np.log(10.0) * (_relative_slope(o, blue) - _relative_slope(o, red))
