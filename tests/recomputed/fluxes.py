"""Statistics of fluxes without any model: what `statistics`, `domain` and `rank1` say of single series.

Each function takes rows of one band, or of all; what is about variation compares rows of one
band only and pools the bands.
"""

import numpy as np

NIGHT = 0.5
"""Days: visits closer than this are of one night."""


def known(least):
    """A function that is NaN of fewer rows than ``least``."""

    def wrap(function):
        return lambda o: function(o) if len(o.mjd) >= least else np.nan

    return wrap


def n_obs(o):
    return len(o.mjd)


def has_enough_points(o):
    return len(o.mjd) >= 5


def _gaps(o):
    return np.diff(np.sort(o.time))


@known(1)
def time_span(o):
    return round(np.ptp(o.time), 1)


@known(2)
def cadence_mean(o):
    return round(_gaps(o).mean(), 1)


@known(2)
def median_dt(o):
    return round(float(np.median(_gaps(o))), 1)


@known(2)
def max_gap(o):
    return round(_gaps(o).max(), 1)


@known(1)
def mean(o):
    return o.flux.mean()


@known(2)
def std(o):
    return o.flux.std(ddof=1)


def central_moment(values, k):
    return ((values - values.mean()) ** k).mean()


def _standardised(o, k):
    return central_moment(o.flux, k) / central_moment(o.flux, 2) ** (k / 2.0)


@known(2)
def skewness(o):
    return _standardised(o, 3)


@known(2)
def excess_kurtosis(o):
    return _standardised(o, 4) - 3.0


def beyond(n_deviations):
    @known(2)
    def share(o):
        return (np.abs(o.flux - o.flux.mean()) > n_deviations * o.flux.std(ddof=1)).mean()

    return share


@known(1)
def lowest(o):
    return o.flux.min()


@known(1)
def highest(o):
    return o.flux.max()


@known(1)
def median(o):
    return np.median(o.flux)


@known(1)
def amplitude(o):
    return np.ptp(o.flux)


@known(1)
def mad(o):
    return np.median(np.abs(o.flux - np.median(o.flux)))


def percentile(percent):
    return known(1)(lambda o: np.percentile(o.flux, percent))


@known(1)
def iqr(o):
    return np.percentile(o.flux, 75) - np.percentile(o.flux, 25)


@known(1)
def weighted_mean(o):
    return np.average(o.flux, weights=o.flux_err**-2.0)


@known(1)
def mean_absolute_snr(o):
    return np.abs(o.snr).mean()


@known(1)
def median_absolute_snr(o):
    return np.median(np.abs(o.snr))


@known(1)
def mean_snr(o):
    return o.snr.mean()


@known(1)
def median_snr(o):
    return np.median(o.snr)


@known(1)
def max_snr(o):
    return o.snr.max()


@known(1)
def min_snr(o):
    return o.snr.min()


def n_detections(o):
    return (o.snr > 5.0).sum()


def bands_of(o):
    """The rows band by band."""
    return [o.of(band) for band in np.unique(o.letter)]


def _degrees_of_freedom(o):
    return sum(len(part.mjd) - 1 for part in bands_of(o))


def _chi2(o):
    return (((o.flux - weighted_mean(o)) / o.flux_err) ** 2).sum()


@known(2)
def reduced_chi2(o):
    return sum(map(_chi2, bands_of(o))) / _degrees_of_freedom(o)


def pooled_variance(o):
    """Variance about each band's own mean, with n - 1."""
    return sum(len(part.mjd) * part.flux.var() for part in bands_of(o)) / _degrees_of_freedom(o)


@known(2)
def von_neumann(o):
    steps = np.concatenate([np.diff(part.flux) for part in bands_of(o)])
    return (steps**2).mean() / (pooled_variance(o) * _degrees_of_freedom(o) / len(o.mjd))  # a variance with n


@known(2)
def excess_variance(o):
    return pooled_variance(o) - (o.flux_err**2).mean()


@known(2)
def normalised_excess_variance(o):
    error = np.sqrt((o.flux_err**2).sum()) / len(o.mjd)
    return excess_variance(o) / o.flux.mean() ** 2 if abs(o.flux.mean()) > 3.0 * error else np.nan


def max_slope(o):
    steepest = [np.nan]
    for part in bands_of(o):
        gap = np.diff(part.time)
        apart = gap >= NIGHT
        steepest += list((np.abs(np.diff(part.flux)) / np.round(gap, 1).clip(0.1))[apart])
    return np.nanmax(steepest) if len(steepest) > 1 else np.nan


@known(4)
def chi2_constant(o):
    return _chi2(o) / len(o.mjd)


def over_highest(function):
    """A statistic of the fluxes over their maximum."""
    return known(4)(lambda o: function(o) / o.flux.max() if o.flux.max() > 0.0 else np.nan)


def flux_concentration(o):
    p10, p25, p75, p90 = np.percentile(o.flux, (10, 25, 75, 90))
    return (p75 - p25) / (p90 - p10)


def peak_band(o):
    return o.band[np.argmax(o.flux)]


def flux_ratio(upper, lower):
    def ratio(o):
        one, other = o.of(upper), o.of(lower)
        if not len(one.mjd) or not len(other.mjd):
            return np.nan
        error = np.sqrt((other.flux_err**2).sum()) / len(other.mjd)
        return one.flux.mean() / other.flux.mean() if other.flux.mean() > 3.0 * error else np.nan

    return ratio


def _residuals(o):
    n = len(o.mjd)
    return np.sqrt(n / (n - 1.0)) * (o.flux - weighted_mean(o)) / o.flux_err


@known(2)
def stetson_k(o):
    delta = _residuals(o)
    return np.abs(delta).mean() / np.sqrt((delta**2).mean())


def stetson_j(first, second):
    """Visits of one night are paired in the order of time, each once."""

    def index(o):
        one, other = o.of(first), o.of(second)
        if min(len(one.mjd), len(other.mjd)) < 2:
            return np.nan
        products, start = [], 0
        for time, delta in zip(one.time, _residuals(one), strict=True):
            near = [k for k in range(start, len(other.mjd)) if abs(other.time[k] - time) < NIGHT]
            if near:
                products.append(delta * _residuals(other)[near[0]])
                start = near[0] + 1
        return np.mean(np.sign(products) * np.sqrt(np.abs(products))) if len(products) >= 2 else np.nan

    return index


def _pairs(o):
    """Lags of all pairs of visits, squares of their differences, and what noise adds to these."""
    i, j = np.triu_indices(len(o.mjd), 1)
    return o.time[j] - o.time[i], (o.flux[j] - o.flux[i]) ** 2, o.flux_err[i] ** 2 + o.flux_err[j] ** 2


def _squared_structure(o, lag):
    """SF^2 at a lag and the mean ln lag of its pairs; NaN with fewer than three pairs."""
    lags, square, noise = _pairs(o)
    square, noise, lags = square[lags > 0], noise[lags > 0], lags[lags > 0]
    weight = (1.0 - (np.log(lags / lag) / np.log(10.0)) ** 2).clip(0.0) ** 2
    if (weight > 0).sum() < 3:
        return np.nan, np.nan
    return np.average(square - noise, weights=weight), np.average(np.log(lags), weights=weight)


def structure_function(lag):
    def root(o):
        square = _squared_structure(o.of("r"), lag)[0]
        return np.sign(square) * np.sqrt(abs(square))

    return root


def structure_slope(o):
    points = np.array([_squared_structure(o.of("r"), lag) for lag in (1.0, 5.0, 10.0, 30.0, 100.0)])
    points = points[points[:, 0] > 0.0]
    if len(points) < 3 or points[:, 1].var() < 0.1:
        return np.nan
    return np.polyfit(points[:, 1], 0.5 * np.log(points[:, 0]), 1)[0]
