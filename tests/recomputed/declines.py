"""Laws of decline after the peak: `domain`'s of one band, and `powerlaw`'s of all bands together."""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from recomputed.comparison import Within
from recomputed.shared_curve import after_peak, of_band


def scaled_chi2(model, flux, error):
    """Chi-squared of A model with the best A >= 0, and that A."""
    norm = (model**2 / error**2).sum()
    A = max((model * flux / error**2).sum() / norm, 0.0) if norm > 0.0 else 0.0
    return (((flux - A * model) / error) ** 2).sum(), A


# --- one band: domain --------------------------------------------------------------------------------------------


@of_band
def decay_rate(o, band):
    """k of A exp(-k t). The library ends within 0.001 of the best ln k.

    Where a single point is bright, long after the peak, all large k serve alike, with huge A.
    """
    since, flux, error = after_peak(o, band)
    if len(since) < 3:
        return np.nan

    def chi2(log_k):
        return scaled_chi2(np.exp(-np.exp(log_k) * since), flux, error)[0]

    low, high = np.log(1e-4), np.log(1.0)
    nodes = np.linspace(low, high, 400)
    best = nodes[np.argmin([chi2(node) for node in nodes])]
    best = minimize_scalar(chi2, bounds=(best - 0.03, best + 0.03), method="bounded", options={"xatol": 1e-7}).x
    k = np.exp(np.clip(best, low, high))
    if scaled_chi2(np.exp(-k * since), flux, error)[1] == 0.0 or min(best - low, high - best) < 1e-3:
        return np.nan
    flat = min(best - low, high - best) < 4e-3 or chi2(high) - chi2(best) < 0.01 or chi2(best + 0.4) - chi2(best) < 0.01
    return Within(k, np.inf if flat else 2e-3 * k)


SHORT_OF_BEST = 0.05
"""By so much chi-squared and prior together may be above their least."""


class PowerLaw(NamedTuple):
    """Best index and onset, and the chi-squared there."""

    alpha: float
    chi2: float
    cost: float
    amplitude: float
    error: float


@cache
def _power_law(o, band):
    """F = A (t - t0)^alpha with the prior on ln(peak - t0), from many starts; None with fewer than four points."""
    since, flux, error = after_peak(o, band)
    if len(since) < 4:
        return None

    def shape(theta):
        return (1.0 + since / np.exp(theta[1])) ** theta[0]

    def cost(theta):
        return scaled_chi2(shape(theta), flux, error)[0] + ((theta[1] - np.log(30.0)) / 0.7) ** 2

    bounds = [(-6.0, 1.0), (np.log(2.0), np.log(300.0))]
    starts = sorted(((a, x) for a in np.linspace(-6.0, 1.0, 22) for x in np.linspace(*bounds[1], 9)), key=cost)[:4]
    ends = [minimize(cost, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13}) for start in starts]
    end = min(ends, key=lambda end: end.fun)
    chi2, amplitude = scaled_chi2(shape(end.x), flux, error)
    alpha, onset = end.x
    h = 1e-3
    curvature = (cost((alpha + h, onset)) - 2.0 * end.fun + cost((alpha - h, onset))) / h**2
    return PowerLaw(alpha, chi2, end.fun, amplitude, np.sqrt(2.0 / max(curvature, 1e-9)))


def excess(row, o, band):
    """Chi-squared of the table's power law above that of the best one; NaN where there is none."""
    found = _power_law(o, band) if (o.letter == band).any() else None
    return np.nan if found is None else row[f"{band}_decay_chi2"] * (len(after_peak(o, band)[0]) - 3.0) - found.chi2


def decay_alpha_dev(row, o, band):
    """An index that is `SHORT_OF_BEST` is off by the root of that in standard errors; of 30 d or more."""
    found = _power_law(o, band) if (o.letter == band).any() else None
    if found is None or found.amplitude == 0.0 or after_peak(o, band)[0][-1] < 30.0:
        return np.nan
    to_edge = min(found.alpha + 6.0, 1.0 - found.alpha)
    vague = to_edge < 0.02 or found.error > 1.0 or abs(excess(row, o, band)) > SHORT_OF_BEST
    return Within(abs(found.alpha + 5.0 / 3.0), np.inf if vague else np.sqrt(SHORT_OF_BEST) * found.error)


# --- all bands: powerlaw -----------------------------------------------------------------------------------------

SCALES = np.array([5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 56.0, 80.0, 112.0, 160.0, 224.0, 320.0])
"""Days that a free time scale may have: the steps of `tde.parametric.decline`, which the catalogue does not name."""


class Decline(NamedTuple):
    """Points after the brightest one: rest-frame days, letters, fluxes, errors with 3 % of the band's highest flux.

    None where they end within 10 d.
    """

    since: np.ndarray
    letter: np.ndarray
    flux: np.ndarray
    error: np.ndarray


@cache
def decline(o):
    since = (o.time - o.time[np.argmax(o.snr)]) / (1.0 + o.z)
    use = (since > 0.0) & (since <= 400.0)
    use &= since[use].max(initial=0.0) >= 10.0
    letter, flux, error = o.letter[use], o.flux[use], o.flux_err[use]
    highest = {band: flux[letter == band].max(initial=0.0) for band in np.unique(letter)}
    floor = 0.03 * np.array([highest[band] for band in letter])
    return Decline(since[use], letter, flux, np.hypot(error, floor))


def power(index):
    return lambda x, scale: (1.0 + x / scale) ** -index


def exponential(x, scale):
    return np.exp(-x / scale)


def linear(x, scale):
    return (1.0 - x / scale).clip(0.0)


def _chi2_of_bands(data, model):
    bands = np.unique(data.letter)
    rows = {band: data.letter == band for band in bands}
    return {band: scaled_chi2(model[own], data.flux[own], data.error[own])[0] for band, own in rows.items()}


@cache
def _best(o, law, fixed):
    """Chi-squared of each band at the time scale that is best for all together."""
    data = decline(o)
    trials = [_chi2_of_bands(data, law(data.since, scale)) for scale in ((fixed,) if fixed else SCALES)]
    return min(trials, key=lambda chi2: sum(chi2.values()))


def r_squared(law, fixed=None):
    def value(o, band):
        data = decline(o)
        own = data.letter == band
        if own.sum() < 4:
            return np.nan
        flux, error = data.flux[own], data.error[own]
        mean = np.average(flux, weights=error**-2.0)
        return max(1.0 - _best(o, law, fixed)[band] / (((flux - mean) / error) ** 2).sum(), -1.0)

    return value


FALLBACK, DISC = power(5.0 / 3.0), power(5.0 / 12.0)


def difference(first, second):
    """Chi-squared of one law minus that of another, per point."""

    def per_point(o):
        n = len(decline(o).since)
        return sum(_best(o, first, None).values()) / n - sum(_best(o, second, None).values()) / n if n >= 6 else np.nan

    return per_point


class FreeIndex(NamedTuple):
    """Best index for one time scale, its variance and chi-squared."""

    index: float
    variance: float
    chi2: float


def _free_index(data, scale):
    def chi2(index):
        return sum(_chi2_of_bands(data, power(index)(data.since, scale)).values())

    nodes = np.linspace(0.0, 8.0, 41)
    best = nodes[np.argmin([chi2(node) for node in nodes])]
    bounds = (max(best - 0.2, 0.0), min(best + 0.2, 8.0))
    best = minimize_scalar(chi2, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x
    information = 0.0
    log_time = np.log1p(data.since / scale)
    for band in np.unique(data.letter):
        own = data.letter == band
        shape = np.exp(-best * log_time[own])
        A = scaled_chi2(shape, data.flux[own], data.error[own])[1]
        weight = (A * shape / data.error[own]) ** 2
        if A > 0.0:
            spread = log_time[own] - np.average(log_time[own], weights=weight)
            information += (weight * spread**2).sum()
    return FreeIndex(best, 1.0 / information if information > 0.0 else np.nan, chi2(best))


@cache
def _free_indices(o):
    data = decline(o)
    return [_free_index(data, scale) for scale in SCALES] if len(data.since) >= 6 else None


def decay_index_chi2(o):
    found, data = _free_indices(o), decline(o)
    if found is None:
        return np.nan
    degrees = len(data.since) - len(np.unique(data.letter)) - 2
    return min(fit.chi2 for fit in found) / degrees if degrees > 0 else np.nan


@cache
def _marginal_index(o):
    """Mean and deviation of the index: Laplace's weights, chi-squared and errors widened by the misfit."""
    found = _free_indices(o)
    if found is None:
        return np.nan, np.nan
    index, variance, chi2 = np.array(found).T
    misfit = max(1.0, chi2.min() / max(len(decline(o).since) - len(np.unique(decline(o).letter)) - 2, 1))
    prior = ((np.log(SCALES) - np.log(30.0)) / 0.7) ** 2
    weight = np.exp(-0.5 * ((chi2 - chi2.min()) / misfit + prior)) * np.sqrt(variance)
    mean = np.average(index, weights=weight)
    spacing = np.gradient(index)
    spacing[[0, -1]] *= 0.5  # half a step at the ends of the grid
    spread = variance * misfit + spacing**2 / 12.0
    deviation = np.sqrt(np.average((index - mean) ** 2 + spread, weights=weight))
    return (mean, deviation) if 2e-3 < mean < 8.0 - 2e-3 else (np.nan, np.nan)


def decay_index(o):
    return _marginal_index(o)[0]


def decay_index_err(o):
    return _marginal_index(o)[1]
