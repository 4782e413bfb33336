"""Family `rank1`: the black body nearest to the colours, and colours in bins of phase. Functions take a `Fitted`.

An observed band weighs as its visits beyond 4 errors, ten at most, plus 0.1; temperatures lie on 70 nodes from
3 to 80 kK and a parabola through the three best. The catalogue says neither.
"""

import numpy as np

from recomputed.black_bodies import planck_fast

LOG_T = np.linspace(np.log(3000.0), np.log(80000.0), 70)
BINS = {"at_peak": (-30.0, 10.0), "10_to_40": (10.0, 40.0), "40_to_100": (40.0, 100.0), "160_to_600": (160.0, 600.0)}


def _weights(o):
    seen = np.abs(o.snr) > 4.0
    return np.array([min((seen & own).sum(), 10) + 0.1 if (own := o.band == b).any() else 0.0 for b in range(6)])


def _misfits(one, log_colour):
    """Weighted variance of ln c less that of each black body, over the observed bands; NaN of one band."""
    if (_weights(one.o) > 0.0).sum() < 2:
        return np.full(len(LOG_T), np.nan)
    models = np.log([planck_fast(node - np.log(1.0 + one.o.z)) for node in LOG_T])
    distance = log_colour - models
    weights = _weights(one.o)
    centre = (distance @ weights / weights.sum())[:, None]
    return (distance - centre) ** 2 @ weights / weights.sum()


def temperature(colours):
    """log10(T / K) of the nearest black body; NaN if it is the first or last node."""

    def value(one):
        misfit = _misfits(one, colours(one))
        if np.isnan(misfit).any():
            return np.nan
        k = int(np.argmin(misfit))
        if k in (0, len(LOG_T) - 1):
            return np.nan
        a, b, _ = np.polyfit((-1.0, 0.0, 1.0), misfit[k - 1 : k + 2], 2)
        return (LOG_T[k] - b / (2.0 * a) * (LOG_T[1] - LOG_T[0])) / np.log(10.0)

    return value


def misfit(colours):
    """Two bands have a black body that fits them exactly."""
    return lambda one: _misfits(one, colours(one)).min() if (_weights(one.o) > 0.0).sum() > 2 else np.nan


def constant(one):
    return one.log_colour


def at_days(prefix, days):
    """ln c of all bands so many days after the peak: colour and change in 50 d, r being 0; NaN if not observed."""

    def colours(one):
        if one.phase.max() < days:
            return np.full(6, np.nan)
        at = [
            one.parameters[f"{prefix}_colour_{b}"] + days / 50.0 * one.parameters[f"{prefix}_slope_{b}"]
            for b in "ugizy"
        ]
        return np.insert(at, 2, 0.0)

    return colours


def colour_ratio(band, where):
    """Least squares of flux / c against F, F's variance in the errors; where F is seen at 3 errors."""
    first, last = BINS[where]

    def value(one):
        use = (one.phase >= first) & (one.phase < last) & (one.o.band == band)
        F, flux = one.curve.at_visits[use] / one.height, one.flux[use]
        variance = one.flux_err[use] ** 2 + one.curve.variance_at_visits[use] / one.height**2
        norm = (F**2 / variance).sum()
        return (F * flux / variance).sum() / norm if np.sqrt(norm) >= 3.0 else np.nan

    return value
