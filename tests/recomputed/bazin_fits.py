"""Family `bazin`: f = A exp(-x / tau_fall) / (1 + exp(-x / tau_rise)) + B, x = t - t0, fitted from many starts.

A lies in 0..3 and B in -1..2 times the highest flux, t0 within the band's span, and the time
scales between 0.1 d and that span. Chi-squared has many minima: a fit of the library may end
in another one than the least, of about the same depth. So its own end is a start here, too.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from recomputed.comparison import Within

N_CLIMBS = 5
SHORTEST = 0.1


class Fit(NamedTuple):
    """Least chi-squared, parameters (A, t0, ln tau_rise, ln tau_fall, B), and the curve's highest point; errors."""

    chi2: float
    parameters: np.ndarray
    error: np.ndarray
    peak: float
    peak_error: float
    n: int


def shape(x, rise, fall):
    """The function of A = 1 and B = 0; the exponents are joined before either can overflow.

    With a rise slower than the fall it grows without end to the past, as far as a number is let to.
    """
    return np.exp(np.minimum(-x / fall - np.logaddexp(0.0, -x / rise), 150.0))


def _function(time, theta):
    A, t0, log_rise, log_fall, B = theta
    return A * shape(time - t0, np.exp(log_rise), np.exp(log_fall)) + B


def _grid(time, span):
    """Starts of (t0, ln tau_rise, ln tau_fall)."""
    times = np.linspace(0.0, span, 30) + time[0]
    scales = np.log(np.geomspace(0.5, max(span, 1.0), 8).clip(SHORTEST, span))
    return np.array([(t0, rise, fall) for t0 in times for rise in scales for fall in scales])


def _with_linear(time, flux, error, grid):
    """The best cells of a grid by chi-squared, each with its best A and B, let loose from the box."""
    shapes = shape(time - grid[:, :1], np.exp(grid[:, 1:2]), np.exp(grid[:, 2:]))
    weight = error**-2.0 / (error**-2.0).sum()
    centred = shapes - (shapes @ weight)[:, None]
    offset = flux - flux @ weight
    square = (centred**2) @ weight
    A = np.where(square > 1e-12, (centred @ (weight * offset)) / square.clip(1e-12), 0.0).clip(0.0)
    B = flux @ weight - A * (shapes @ weight)
    chi2 = ((flux - A[:, None] * shapes - B[:, None]) ** 2) @ weight
    chosen = []
    for k in np.argsort(chi2, kind="stable"):
        steps = np.array([time[-1] - time[0], 1.0, 1.0]) * (0.05, 0.7, 0.7)
        if all((np.abs(grid[k] - grid[j]) > steps).any() for j in chosen):
            chosen.append(k)
        if len(chosen) == N_CLIMBS:
            break
    return np.column_stack([A, grid, B])[chosen]


def fit(time, flux, error, more_starts=()):
    """Least chi-squared of one band's fluxes."""
    span, top = np.ptp(time), flux.max()
    low = np.array([0.0, time[0], np.log(SHORTEST), np.log(SHORTEST), -top])
    high = np.array([3.0 * top, time[-1], np.log(span), np.log(span), 2.0 * top])
    starts = [*_with_linear(time, flux, error, _grid(time, span)), *more_starts]
    inside = 1e-9 * (high - low)
    ends = [
        least_squares(
            lambda theta: (_function(time, theta) - flux) / error,
            np.clip(start, low + inside, high - inside),
            bounds=(low, high),
            x_scale=(top, 10.0, 1.0, 1.0, top),
            max_nfev=60,
        )
        for start in starts
    ]
    end = min(ends, key=lambda end: end.cost)
    return Fit(2.0 * end.cost, end.x, *_errors(time, end), len(time))


def _errors(time, end):
    """Errors of the parameters, the curve's highest point and its error."""
    fine = np.linspace(time[0], time[-1], 10001)
    peak = _function(fine, end.x).max()
    curvature = end.jac.T @ end.jac
    if np.linalg.cond(curvature) > 1e14:
        return np.full(5, np.inf), peak, np.inf
    covariance = np.linalg.inv(curvature)
    steps = 0.1 * np.diag(np.sqrt(np.diag(covariance)))
    slopes = np.array([(_function(fine, end.x + step).max() - peak) / step.sum() for step in steps])
    return np.sqrt(np.diag(covariance)), peak, np.sqrt(slopes @ covariance @ slopes)


@cache
def _fit_of(o, band, own_end):
    part = o.of(band)
    return fit(part.time, part.flux, part.flux_err, (own_end,))


def fit_of(row, o, band):
    """Fit of a band, one of its starts the table's own end; None where there is none."""
    part = o.of(band)
    if len(part.mjd) < 5 or part.flux.max() <= 0.0 or np.ptp(part.time) < 2.0 * SHORTEST:
        return None
    A, t0, rise, fall, B = (row[f"{band}_bazin_{name}"] for name in ("A", "t0", "tau_rise", "tau_fall", "B"))
    if np.isnan(A):
        return fit(part.time, part.flux, part.flux_err)
    return _fit_of(o, band, (A, t0 + _brightest(o), np.log(max(rise, SHORTEST)), np.log(max(fall, SHORTEST)), B))


def _brightest(o):
    return o.time[np.argmax(o.snr)]


def reduced_chi2(row, o, band):
    """Chi-squared to a thousandth or 0.5, whichever is more: the library's five starts reach the least."""
    found = fit_of(row, o, band)
    if found is None or found.n == 5:
        return np.nan
    return Within(found.chi2 / (found.n - 5), max(1e-3 * found.chi2, 0.5) / (found.n - 5))


def parameter(place, value):
    """A parameter, to its error and the 0.05 d of rounding; where chi-squared is another, nothing is said."""

    def known(row, o, band):
        found = fit_of(row, o, band)
        if found is None:
            return np.nan
        got = row[f"{band}_bazin_fit_chi2"] * (found.n - 5)
        other = not got - found.chi2 < 0.02
        error = found.error[place] * (value(found, o) if place in (2, 3) else 1.0)
        return Within(value(found, o), np.inf if other else 0.06 + 0.3 * error)

    return known


def peak_flux(row, o, band):
    found = fit_of(row, o, band)
    if found is None:
        return np.nan
    other = not row[f"{band}_bazin_fit_chi2"] * (found.n - 5) - found.chi2 < 0.02
    return Within(found.peak, np.inf if other else 0.02 * found.peak + 0.3 * found.peak_error)


amplitude = parameter(0, lambda found, o: found.parameters[0])
t0 = parameter(1, lambda found, o: found.parameters[1] - _brightest(o))
tau_rise = parameter(2, lambda found, o: np.exp(found.parameters[2]))
tau_fall = parameter(3, lambda found, o: np.exp(found.parameters[3]))
baseline = parameter(4, lambda found, o: found.parameters[4])
