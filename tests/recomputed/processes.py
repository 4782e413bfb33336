"""Gaussian processes by dense matrices: covariances, likelihoods, their maxima and posteriors."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize


def damped_random_walk(lag, tau):
    """Correlation exp(-|dt| / tau), and its derivative with ln tau."""
    x = np.abs(lag) / tau
    return np.exp(-x), x * np.exp(-x)


def matern32(lag, scale):
    """Correlation (1 + x) exp(-x), x = sqrt(3) |dt| / l, and its derivative with ln l."""
    x = np.sqrt(3.0) * np.abs(lag) / scale
    return (1.0 + x) * np.exp(-x), x**2 * np.exp(-x)


class Likelihood(NamedTuple):
    """Log-likelihood and its gradient."""

    value: float
    gradient: np.ndarray


def normal_log_likelihood(flux, covariance, changes=(), mean=0.0):
    """Log-likelihood of fluxes, with its slopes by the changes of the covariance.

    ``mean`` is subtracted; None stands for the generalised least-squares mean.
    """
    factor = cho_factor(covariance, lower=True)
    if mean is None:
        ones = cho_solve(factor, np.ones(len(flux)))
        mean = ones @ flux / ones.sum()
    alpha = cho_solve(factor, flux - mean)
    log_det = 2.0 * np.log(np.diag(factor[0])).sum()
    value = -0.5 * ((flux - mean) @ alpha + log_det + len(flux) * np.log(2.0 * np.pi))
    if not len(changes):
        return Likelihood(value, np.empty(0))
    inverse = cho_solve(factor, np.eye(len(flux)))
    weight = np.outer(alpha, alpha) - inverse
    return Likelihood(value, np.array([0.5 * np.vdot(weight, change) for change in changes]))


def expected_information(covariance, changes):
    """Fisher matrix of the parameters whose changes of the covariance are given."""
    moved = np.linalg.solve(covariance, np.array(changes))
    return np.array([[0.5 * (a * b.T).sum() for b in moved] for a in moved])


def log_errors(information, free):
    """Standard errors of the free parameters; infinite where these say the same, as s and w of a tiny time scale do."""
    error = np.full(len(free), np.nan)
    own = information[np.ix_(free, free)]
    degenerate = np.linalg.cond(own) > 1e6
    error[free] = np.inf if degenerate else np.sqrt(np.diag(np.linalg.inv(own)))
    return error


class ProcessFit(NamedTuple):
    """Maximum of the likelihood: parameters in their own units and the errors of their logarithms."""

    log_likelihood: float
    parameters: np.ndarray
    log_error: np.ndarray
    at_edge: np.ndarray
    n_points: int


def best_starts(value, starts, n, apart=1.5):
    """The starts that are best by value and not alike: all parameters within some distance of another's are."""
    order = np.argsort([-value(start) for start in starts], kind="stable")
    chosen = []
    for start in starts[order]:
        if len(chosen) < n and all(np.abs(start - other).max() > apart for other in chosen):
            chosen.append(start)
    return chosen


def maximum(log_likelihood, starts, low, high):
    """Parameters of the highest maximum within a box that climbs from some starts reach."""

    def minus(theta):
        found = log_likelihood(theta)
        return -found.value, -found.gradient

    options = {"maxiter": 200, "ftol": 1e-12, "gtol": 1e-5}
    box = list(zip(low, high, strict=True))
    ends = [minimize(minus, start, jac=True, method="L-BFGS-B", bounds=box, options=options) for start in starts]
    return min(ends, key=lambda end: end.fun).x


def fit_series(time, flux, flux_err, correlation):
    """A process of free amplitude and time scale, white noise and a free mean: maximum likelihood.

    The box is the library's: amplitude 1e-3..1e3 and white noise 1e-4..100 standard
    deviations of the fluxes, time scale 0.01..1e5 d.
    """
    lag = time[:, None] - time
    scatter = flux.std()
    noise, unit = np.diag(flux_err**2), np.eye(len(flux))

    def covariance(theta):
        s, scale, w = np.exp(theta)
        rho, by_scale = correlation(lag, scale)
        changes = (2.0 * s**2 * rho, s**2 * by_scale, 2.0 * w**2 * unit)
        return s**2 * rho + noise + w**2 * unit, changes

    def log_likelihood(theta):
        return normal_log_likelihood(flux, *covariance(theta), mean=None)

    def value(theta):
        return normal_log_likelihood(flux, covariance(theta)[0], mean=None).value

    low, high = np.log([1e-3 * scatter, 0.01, 1e-4 * scatter]), np.log([1e3 * scatter, 1e5, 100.0 * scatter])
    scales = np.geomspace(1.0, 2.0 * max(np.ptp(time), 1.0), 14)
    grid = [(s, t, w) for s in (0.3, 0.7, 1.5, 4.0) for t in scales for w in (0.01, 0.5)]
    starts = np.clip(np.log(np.array(grid) * (scatter, 1.0, scatter)), low, high)
    n_climbs = 12 if len(flux) < 20 else 5 if len(flux) < 60 else 3  # few points leave many maxima
    climbs = best_starts(value, starts, n_climbs, apart=0.9)
    best = maximum(log_likelihood, climbs, low, high)
    at_edge = (best - low < 1e-3) | (high - best < 1e-3)
    at, changes = covariance(best)
    error = log_errors(expected_information(at, changes), ~at_edge)
    return ProcessFit(log_likelihood(best).value, np.exp(best), error, at_edge, len(flux))
