"""Family `rank1`: what the curve F and the fluxes over their colours show, at the table's own parameters."""

from typing import NamedTuple

import numpy as np
from astropy import units

from recomputed.black_bodies import COSMOLOGY
from recomputed.joint_shape import time_weights
from recomputed.rank_one import COLOUR_BANDS, SharedCurve, smoothed
from recomputed.raw import RawObject

EDGES = (-np.inf, -200.0, -60.0, -25.0, -10.0, 10.0, 25.0, 50.0, 100.0, 150.0, 250.0, 450.0, np.inf)


class Fitted(NamedTuple):
    """An object with the table's colours and F: ln c of all bands, the curve, all parameters, and fluxes over c."""

    name: str
    o: RawObject
    log_colour: np.ndarray
    curve: SharedCurve
    parameters: dict

    @property
    def phase(self):
        """Rest-frame days of the visits from the peak of F."""
        return (self.o.time - self.curve.time[self.curve.peak]) / (1.0 + self.o.z)

    @property
    def height(self):
        return self.curve.mean[self.curve.peak]

    @property
    def flux(self):
        return self.o.flux / np.exp(self.log_colour[self.o.band]) / self.height

    @property
    def flux_err(self):
        return self.o.flux_err / np.exp(self.log_colour[self.o.band]) / self.height


def fitted(tables):
    """All objects, at the parameters and epochs of the library's curves."""
    curves, found = tables.curves("rank1"), []
    for k, o in enumerate(tables.objects):
        value = {name: values[k] for name, values in curves.parameters.items()}
        log_colour = np.zeros(6)
        log_colour[list(COLOUR_BANDS)] = [value[f"log_colour_{b}"] for b in "ugizy"]
        time = curves.mjd[curves.offsets[k] : curves.offsets[k + 1]] - o.start
        curve = smoothed(o, value["log_s"], value["log_length_scale"], log_colour, time)
        found.append(Fitted(o.name, o, log_colour, curve, value))
    return found


# --- the curve ---------------------------------------------------------------------------------------------------


def log_peak_flux(one):
    return np.log(one.height)


def peak_snr(one):
    return one.height / one.curve.sd[one.curve.peak]


def absolute_magnitude(band):
    def magnitude(one):
        if not (one.o.band == band).any():
            return np.nan
        observed = (np.exp(one.log_colour[band]) * one.height * units.uJy).to_value(units.ABmag)
        return observed - COSMOLOGY.distmod(one.o.z).value + 2.5 * np.log10(1.0 + one.o.z)

    return magnitude


def peak_position(one):
    time = one.curve.time
    return round((time[one.curve.peak] - time[0]) / np.ptp(time), 3)


def _crossing(one, step, percent):
    """Rest-frame days to a level and whether it is reached; to 0.1 d if not, NaN if the curve ends at the peak."""
    time, mean, k = one.curve.time, one.curve.mean, one.curve.peak
    level = percent / 100.0 * one.height
    while 0 <= k + step < len(time):
        if mean[k + step] <= level:
            part = (mean[k] - level) / (mean[k] - mean[k + step])
            at = time[k] + part * (time[k + step] - time[k])
            return abs(at - time[one.curve.peak]) / (1.0 + one.o.z), True
        k += step
    days = round(abs(time[k] - time[one.curve.peak]) / (1.0 + one.o.z), 1)
    return (days if k != one.curve.peak else np.nan), False


def width(step, percent):
    return lambda one: _crossing(one, step, percent)[0]


def censored(step, percent):
    return lambda one: float(not _crossing(one, step, percent)[1])


def _above(one, percent):
    return one.curve.mean > percent / 100.0 * one.height


def n_excursions(percent):
    return lambda one: (np.diff(_above(one, percent).astype(int), prepend=0) == 1).sum()


def fraction_above(percent):
    return lambda one: time_weights(one.curve.time)[_above(one, percent)].sum()


def _reached(one, step, percent):
    """Days to a level; NaN if the data end before."""
    days, reached = _crossing(one, step, percent)
    return days if reached else np.nan


def asymmetry(percent):
    return lambda one: np.log((_reached(one, 1, percent) + 1.0) / (_reached(one, -1, percent) + 1.0))


def fade_ratio(upper, lower):
    return lambda one: _reached(one, 1, upper) / np.maximum(_reached(one, 1, lower), 1.0)


def lowest(one):
    return (one.curve.mean + one.curve.sd).min() / one.height


def quantile(part):
    """Each node stands for the middle of its share of the time."""

    def level(one):
        order = np.argsort(one.curve.mean)
        share = time_weights(one.curve.time)[order]
        return np.interp(part, np.cumsum(share) - 0.5 * share, one.curve.mean[order]) / one.height

    return level


def _moment(one, k):
    weight = time_weights(one.curve.time)
    return np.average((one.curve.mean - np.average(one.curve.mean, weights=weight)) ** k, weights=weight)


def std(one):
    return np.sqrt(_moment(one, 2)) / one.height


def skewness(one):
    return _moment(one, 3) / _moment(one, 2) ** 1.5


def kurtosis(one):
    return _moment(one, 4) / _moment(one, 2) ** 2 - 3.0


def _changes(one):
    return np.diff(one.curve.mean) / one.height


def total_variation(one):
    return np.abs(_changes(one)).sum()


def _rest_days(one, end):
    """Between the peak and the first or last node."""
    return abs(one.curve.time[end] - one.curve.time[one.curve.peak]) / (1.0 + one.o.z)


def rises_after_peak(one):
    return _changes(one)[one.curve.peak :].clip(0.0).sum() if _rest_days(one, -1) >= 30.0 else np.nan


def falls_before_peak(one):
    return -_changes(one)[: one.curve.peak].clip(None, 0.0).sum() if _rest_days(one, 0) >= 30.0 else np.nan


# --- fluxes over their colours -----------------------------------------------------------------------------------


class Bin(NamedTuple):
    """Weighted mean of flux / c over the peak, its error, mean squared significance and number of visits."""

    flux: float
    flux_err: float
    chi2: float
    n_points: int


def _bin(one, k):
    use = (one.phase >= EDGES[k]) & (one.phase < EDGES[k + 1])
    if not use.any():
        return Bin(np.nan, np.nan, np.nan, 0)
    weight = one.flux_err[use] ** -2.0
    return Bin(np.average(one.flux[use], weights=weight), weight.sum() ** -0.5, (one.o.snr[use] ** 2).mean(), use.sum())


def of_bin(name, k):
    return lambda one: getattr(_bin(one, k), name)


def significance(k):
    return lambda one: _bin(one, k).flux / _bin(one, k).flux_err


def over(rows, function):
    """A function of the chosen visits' significances, or fluxes over c; NaN of fewer than three."""
    return lambda one: function(one, rows(one)) if rows(one).sum() >= 3 else np.nan


def early(one):
    return one.phase < -60.0


def late(one):
    return one.phase > 300.0


def outside(one):
    return early(one) | late(one)


def chi2(one, use):
    return (one.o.snr[use] ** 2).mean()


def highest(one, use):
    return one.flux[use].max()


def max_snr(one, use):
    return one.o.snr[use].max()


def min_snr(one, use):
    return one.o.snr[use].min()


def residual_chi2(one):
    model = np.exp(one.log_colour[one.o.band]) * one.curve.at_visits
    return (((one.o.flux - model) / one.o.flux_err) ** 2).mean()


# --- laws of decline ---------------------------------------------------------------------------------------------

ONSETS = (10.0, 20.0, 30.0, 45.0, 60.0, 90.0)
DECAY_TIMES = (8.0, 12.0, 18.0, 25.0, 35.0, 50.0, 75.0, 110.0, 160.0)
"""Days that t0 and tau may have: steps that no row of the catalogue names."""


class Law(NamedTuple):
    """Least misfit of a law, its time scale and its amplitude over the peak."""

    misfit: float
    scale: float
    amplitude: float


def _law(one, shape, scales):
    """Mean of chi-squared, 3 % of the peak in the errors, no visit above 50; NaN with fewer than five visits.

    The first and last time scales say only that the best one lies beyond.
    """
    use = (one.phase > 5.0) & (one.phase < 400.0)
    if use.sum() < 5:
        return Law(np.nan, np.nan, np.nan)
    since, flux = one.phase[use], one.flux[use]
    error = np.hypot(one.flux_err[use], 0.03)
    laws = []
    for scale in scales:
        model = shape(since, scale)
        A = (model * flux / error**2).sum() / (model**2 / error**2).sum()
        laws.append(Law((((flux - A * model) / error) ** 2).clip(None, 50.0).mean(), scale, A))
    best = min(laws, key=lambda law: law.misfit)
    return best


def power_law(index, name="misfit"):
    return lambda one: getattr(_law(one, lambda x, t0: (1.0 + x / t0) ** -index, ONSETS), name)


def exponential(name="misfit"):
    return lambda one: getattr(_law(one, lambda x, tau: np.exp(-x / tau), DECAY_TIMES), name)


def ratio(upper, lower):
    return lambda one: upper(one) / lower(one)
