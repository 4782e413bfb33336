"""Fits as public light-curve classifiers do them: the other side of the benchmark.

Each takes one light curve and returns the maximum of the log-likelihood, or the least
chi-squared. Kernels, starts and bounds are those of the public systems, in days, Angstrom
and micro-Jansky.
"""

from __future__ import annotations

import warnings

import numpy as np

TIME_START, WAVELENGTH_START = 100.0, 6000.0
"""Starts of the radial processes: days, and Angstrom as in Boone 2019, AJ 158, 257."""

OVERFLOW = 1e10
"""Value of the Bazin function's shape where it exceeds the range of double precision."""


def dense_drw(mjd, flux, flux_err):
    """Maximum log-likelihood of a damped random walk: dense Cholesky decomposition, numerical gradients.

    Tau from 1 to 500 days, driving amplitude sigma = s sqrt(2 / tau) from 0.01 to 10.
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.optimize import minimize

    def negative_log_likelihood(parameters):
        tau, sigma = parameters
        lag = np.abs(mjd[:, None] - mjd)
        try:
            factor = cho_factor(0.5 * tau * sigma**2 * np.exp(-lag / tau) + np.diag(flux_err**2), lower=True)
        except np.linalg.LinAlgError:
            return 1e10
        log_det = 2.0 * np.sum(np.log(np.diag(factor[0])))
        return 0.5 * (flux @ cho_solve(factor, flux) + log_det + flux.size * np.log(2.0 * np.pi))

    start = [min(max(np.ptp(mjd) / 4.0, 1.0), 100.0), min(max(np.std(flux), 0.01), 10.0)]
    return -minimize(negative_log_likelihood, start, method="L-BFGS-B", bounds=[(1.0, 500.0), (0.01, 10.0)]).fun


def sklearn_matern32(mjd, flux, flux_err):
    """Maximum log-likelihood of Matern-3/2 + white noise by scikit-learn, two restarts."""
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    kernel = ConstantKernel(np.var(flux), (1e-4, 1e4)) * Matern(30.0, (1.0, 300.0), nu=1.5)
    kernel += WhiteKernel(np.mean(flux_err) ** 2, (1e-8, 1.0))
    return _sklearn_maximum(kernel, mjd[:, None], flux, flux_err, n_restarts=2)


def sklearn_radial(mjd, wavelength, flux, flux_err):
    """Maximum log-likelihood of the radial Matern-3/2 process by scikit-learn: its default bounds, no restarts."""
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern

    kernel = ConstantKernel(np.var(flux)) * Matern([TIME_START, WAVELENGTH_START], nu=1.5)
    return _sklearn_maximum(kernel, np.column_stack([mjd, wavelength]), flux, flux_err, n_restarts=0)


def _sklearn_maximum(kernel, where, flux, flux_err, n_restarts):
    from sklearn.gaussian_process import GaussianProcessRegressor

    process = GaussianProcessRegressor(kernel, alpha=flux_err**2, n_restarts_optimizer=n_restarts, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about bounds and convergence
        process.fit(where, flux)
    return process.log_marginal_likelihood_value_


def george_radial(mjd, wavelength, flux, flux_err):
    """Maximum log-likelihood of the radial Matern-3/2 process and a constant mean by george.

    L-BFGS-B on george's gradient, no bounds.
    """
    import george
    from george.kernels import Matern32Kernel
    from scipy.optimize import minimize

    kernel = np.var(flux) * Matern32Kernel([TIME_START**2, WAVELENGTH_START**2], ndim=2)
    process = george.GP(kernel, mean=np.mean(flux), fit_mean=True)
    process.compute(np.column_stack([mjd, wavelength]), flux_err)

    def negative_log_likelihood(parameters):
        process.set_parameter_vector(parameters)
        value = process.log_likelihood(flux, quiet=True)
        return -value if np.isfinite(value) else 1e25

    def negative_gradient(parameters):
        process.set_parameter_vector(parameters)
        return -process.grad_log_likelihood(flux, quiet=True)

    start = process.get_parameter_vector()  # mean, logarithms of s^2 / 2, l_t^2 and l_w^2
    options = {"maxiter": 100}
    return -minimize(negative_log_likelihood, start, jac=negative_gradient, method="L-BFGS-B", options=options).fun


def bazin(time, amplitude, t0, tau_rise, tau_fall, baseline):
    """Flux of the Bazin function."""
    with np.errstate(over="ignore", invalid="ignore"):
        shape = np.exp(-(time - t0) / tau_fall) / (1.0 + np.exp(-(time - t0) / tau_rise))
    return amplitude * np.nan_to_num(shape, nan=0.0, posinf=OVERFLOW) + baseline


def scipy_bazin(mjd, flux, flux_err):
    """Least chi-squared of the Bazin function by scipy's curve_fit; NaN if it gives up."""
    from scipy.optimize import OptimizeWarning, curve_fit

    time = mjd - mjd[0]
    peak, span = flux.max(), time[-1]
    bounds = ([0.0, 0.0, 0.1, 0.1, -peak], [3.0 * peak, span, span, span, 2.0 * peak])
    start = np.clip([peak, time[np.argmax(flux)], 0.2 * span, 0.3 * span, 0.0], *bounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # the covariance is not used
        warnings.simplefilter("ignore", RuntimeWarning)  # steps far off, where chi-squared overflows
        try:
            best, _ = curve_fit(bazin, time, flux, start, flux_err, bounds=bounds, maxfev=5000)
        except RuntimeError:
            return np.nan
    return float(np.sum(((flux - bazin(time, *best)) / flux_err) ** 2))
