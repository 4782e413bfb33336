"""Family `gp2d`: shape of the g curve about its own peak, and colours of the six curves.

Functions take a `Curve`. Averages over time weigh each node with the part of the span it
stands for, by the trapezoidal rule.
"""

from functools import cached_property

import numpy as np

from recomputed.comparison import Within
from recomputed.raw import WAVELENGTH

G, R = 1, 2


def time_weights(time):
    edges = np.concatenate([time[:1], 0.5 * (time[1:] + time[:-1]), time[-1:]])
    return np.diff(edges) / np.ptp(time)


def weighted_slope(x, y, weight, least=3):
    """Slope of the least-squares line; NaN with fewer points than ``least``."""
    use = np.isfinite(y) & (weight > 0.0)
    if use.sum() < least:
        return np.nan
    x, y, weight = x[use], y[use], weight[use]
    dx = x - np.average(x, weights=weight)
    return (weight * dx * y).sum() / (weight * dx**2).sum()


def magnitude_difference(blue, red):
    return -2.5 * np.log10(blue / red)


class Shape:
    """The g curve over its highest point: rest-frame days from there, flux, deviation and weights of the nodes."""

    def __init__(self, curve):
        has_curve = np.isfinite(curve.mean[:, G])
        self.exists = has_curve.any()
        if self.exists:
            time, g, sd = curve.time[has_curve], curve.mean[has_curve, G], curve.sd[has_curve, G]
            self.peak = int(np.argmax(g - sd))
            self.time = time[self.peak]
            self.t = (time - self.time) / (1.0 + curve.z)
            self.f, self.sd = g / g[self.peak], sd / g[self.peak]
            self.w = time_weights(time)

    @cached_property
    def known(self):
        return self.exists and 1.0 > 3.0 * self.sd[self.peak] > 0.0

    def spans(self, first, last):
        """Whether half of the days between two phases are seen."""
        t = self.t[self.within(first, last)]
        return np.ptp(t) >= 0.5 * (last - first)

    def within(self, first, last):
        return (self.t >= first) & (self.t <= last)

    def crossing(self, step, level):
        """Days to a level, and whether it is reached; to the end of the data otherwise, to 0.1 d, NaN at that end."""
        k = self.peak
        while 0 <= k + step < len(self.t):
            if self.f[k + step] <= level:
                part = (self.f[k] - level) / (self.f[k] - self.f[k + step])
                return abs(self.t[k] + part * (self.t[k + step] - self.t[k])), True
            k += step
        return (round(abs(self.t[k]), 1) if k != self.peak else np.nan), False


def of_shape(function):
    """A function of the g curve's shape; NaN where its peak is below 3 deviations."""

    def value(curve):
        shape = Shape(curve)
        return float(function(shape)) if shape.known else np.nan

    return value


def width(step, percent):
    return of_shape(lambda s: s.crossing(step, percent / 100.0)[0])


def censored(step, percent):
    return of_shape(lambda s: not s.crossing(step, percent / 100.0)[1])


fwhm = of_shape(lambda s: s.crossing(-1, 0.5)[0] + s.crossing(1, 0.5)[0])


@of_shape
def rise_fade_ratio(s):
    (rise, risen), (fade, faded) = s.crossing(-1, 0.5), s.crossing(1, 0.5)
    return rise / fade if risen and faded and fade > 0.0 else np.nan


@of_shape
def compactness(s):
    return np.trapezoid(s.f.clip(0.0), s.t)


@of_shape
def robust_duration(s):
    level = (s.f - 2.0 * s.sd).clip(0.0)
    pieces = 0.5 * np.diff(s.t) * (level[1:] + level[:-1])
    growth = np.concatenate([[0.0], np.cumsum(pieces)])
    if growth[-1] == 0.0:
        return np.nan

    def reached(part):
        k = np.searchsorted(growth, part * growth[-1]) - 1
        return s.t[k] + (s.t[k + 1] - s.t[k]) * (part * growth[-1] - growth[k]) / pieces[k]

    return reached(0.95) - reached(0.05)


def line(first, last):
    @of_shape
    def slope(s):
        use = s.within(first, last)
        return weighted_slope(s.t[use], s.f[use], s.w[use]) if s.spans(first, last) else np.nan

    return slope


def _law_error(first, last, law, scales):
    """Least weighted rms difference from a law; NaN with fewer than three nodes or half the range unseen."""

    def least(s):
        use = s.within(first, last)
        if use.sum() < 3 or not s.spans(first, last):
            return np.nan
        squares = [np.average((s.f[use] - law(s.t[use], t0)) ** 2, weights=s.w[use]) for t0 in scales]
        return np.sqrt(min(squares))

    return of_shape(least)


def fallback(t, t0):
    return (1.0 + t / t0) ** (-5.0 / 3.0)


tde_power_law_error = _law_error(0.0, 150.0, fallback, [5.0 * 2.0**k for k in range(7)])
rise_fireball_error = _law_error(
    -60.0, 0.0, lambda t, t0: (1.0 + t / t0).clip(0.0) ** 2, (8.0, 12.0, 18.0, 27.0, 40.0, 60.0)
)


@of_shape
def template_chisq_tde(s):
    use = s.within(-60.0, 150.0)
    t = s.t[use]
    template = np.where(t < 0.0, np.exp(-(t**2) / 2.0 / 15.0**2), fallback(t.clip(0.0), 40.0))
    return np.average((s.f[use] - template) ** 2 / (s.sd[use] ** 2 + 0.05**2), weights=s.w[use])


@of_shape
def fade_shape_correlation(s):
    use = s.within(0.0, 150.0)
    if use.sum() < 3 or not s.spans(0.0, 150.0):
        return np.nan
    covariance = np.cov(s.f[use], fallback(s.t[use], 40.0), aweights=s.w[use])
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def _moment(s, k):
    return np.average((s.f - np.average(s.f, weights=s.w)) ** k, weights=s.w)


flux_skew = of_shape(lambda s: _moment(s, 3) / _moment(s, 2) ** 1.5)
flux_kurtosis = of_shape(lambda s: _moment(s, 4) / _moment(s, 2) ** 2 - 3.0)


def percentile(percent):
    """Level below which the curve spends a part of the time."""

    def level(s):
        order = np.argsort(s.f)
        return s.f[order][np.searchsorted(np.cumsum(s.w[order]), percent / 100.0)]

    return of_shape(level)


duty_cycle = of_shape(lambda s: s.w[s.f > 0.1].sum())
duty_cycle_50 = of_shape(lambda s: s.w[s.f > 0.5].sum())


@of_shape
def n_excursions(s):
    high = ((s.f > 0.3) & (s.f > 3.0 * s.sd)).astype(int)
    return high[0] + (np.diff(high) == 1).sum()


def _mean_over(values, use, weight):
    return np.average(values[use], weights=weight[use]) if use.any() else np.nan


baseline_ratio = of_shape(lambda s: _mean_over(s.f, (s.t < -100.0) | (s.t > 300.0), s.w))
pre_peak_var = of_shape(lambda s: _mean_over(s.f**2 - s.sd**2, s.t < -100.0, s.w))
post_peak_var = of_shape(lambda s: _mean_over(s.f**2 - s.sd**2, s.t > 300.0, s.w))
total_variation = of_shape(lambda s: np.abs(np.diff(s.f)).sum() / 2.0)


def g_peak_snr(curve):
    shape = Shape(curve)
    return 1.0 / shape.sd[shape.peak] if shape.exists else np.nan


def g_peak_lag(curve):
    """NaN where one of the two peaks is at an end."""
    shape = Shape(curve)
    if not shape.exists or not (0 < shape.peak < len(shape.t) - 1 and 0 < curve.peak < len(curve.time) - 1):
        return np.nan
    return round((shape.time - curve.time[curve.peak]) / (1.0 + curve.z), 1)


# --- colours -----------------------------------------------------------------------------------------------------


def of_peak(function):
    """A function of a curve whose peak is known."""
    return lambda curve: function(curve) if curve.peak >= 0 else np.nan


def _phase(curve):
    return curve.days / (1.0 + curve.z)


def colour_at(blue, red, phase):
    def colour(curve):
        t = _phase(curve)
        if not t[0] <= phase <= t[-1]:
            return np.nan
        flux, sd = ([np.interp(phase, t, v[:, b]) for b in (blue, red)] for v in (curve.mean, curve.sd))
        seen = all(one > 2.0 * error for one, error in zip(flux, sd, strict=True))
        return magnitude_difference(*flux) if seen else np.nan

    return of_peak(colour)


def colour_slope(blue, red, end):
    return lambda curve: (colour_at(blue, red, end)(curve) - colour_at(blue, red, 0.0)(curve)) / end


def _g_r(curve):
    """g - r at all nodes."""
    seen = (curve.mean > 2.0 * curve.sd)[:, [G, R]].all(axis=1)
    blue, red = (np.where(seen, curve.mean[:, b], 1.0) for b in (G, R))
    return np.where(seen, magnitude_difference(blue, red), np.nan)


def _beta(curve):
    """Slope of ln flux against ln wavelength at all nodes; three or more bands at 2 deviations."""
    weight = np.where(curve.mean > 2.0 * curve.sd, (curve.mean / curve.sd) ** 2, 0.0)
    logs = np.log(np.where(weight > 0.0, curve.mean, 1.0))
    return np.array([weighted_slope(np.log(WAVELENGTH), y, w) for y, w in zip(logs, weight, strict=True)])


def over_time(values, first, last, statistic, least=1):
    """A statistic of phases, values and weights of the nodes between two phases at which the values are known."""

    def value(curve):
        t, x = _phase(curve), values(curve)
        use = (t >= first) & (t <= last) & np.isfinite(x)
        return statistic(t[use], x[use], time_weights(curve.time)[use]) if use.sum() >= least else np.nan

    return of_peak(value)


def _mean(t, x, w):
    return np.average(x, weights=w)


def _std(t, x, w):
    return np.sqrt(np.average((x - _mean(t, x, w)) ** 2, weights=w))


def _slope_of_20_days(t, x, w):
    return weighted_slope(t, x, w) if np.ptp(t) >= 20.0 else np.nan


def _net_over_total(t, x, w):
    """Where the colour does not change by more than single precision shows, the ratio is chance."""
    if np.ptp(t) < 20.0:
        return np.nan
    total = np.abs(np.diff(x)).sum()
    return Within((x[-1] - x[0]) / total, 1e-3) if total > 1e-3 else Within(np.nan, np.inf)


mean_color_gr = over_time(_g_r, -50.0, 150.0, _mean)
std_color_gr = over_time(_g_r, -50.0, 150.0, _std, 3)
mean_color_gr_pre = over_time(_g_r, -50.0, 0.0, _mean)
color_slope_gr_pre = over_time(_g_r, -50.0, 0.0, weighted_slope, 3)
color_slope_gr = over_time(_g_r, 0.0, 150.0, _slope_of_20_days, 3)
color_monotonicity = over_time(_g_r, 0.0, 150.0, _net_over_total, 2)
spectral_slope_peak = of_peak(lambda curve: _beta(curve)[curve.peak])
spectral_slope_mean = over_time(_beta, -50.0, 150.0, _mean)
spectral_slope_std = over_time(_beta, -50.0, 150.0, _std, 3)
color_cooling_rate = over_time(_beta, 0.0, 150.0, _slope_of_20_days, 3)


@of_peak
def blue_energy_fraction(curve):
    t = _phase(curve)
    use = (t >= -50.0) & (t <= 150.0) & np.isfinite(curve.mean).all(axis=1)
    if not use.any():
        return np.nan
    power = time_weights(curve.time)[use] @ curve.mean[use].clip(0.0)
    return power[:2].sum() / power.sum()
