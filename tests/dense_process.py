"""Covariance and likelihood of the two processes from their definitions, by dense matrices."""

import math

import numpy as np
from scipy.linalg import cho_factor, cho_solve


def unit_covariance(model, lag, time_scale):
    """Process covariance for s = 1, from the definitions."""
    if model == "drw":
        return np.exp(-np.abs(lag) / time_scale)
    u = math.sqrt(3.0) * np.abs(lag) / time_scale
    return (1.0 + u) * np.exp(-u)


def dense_covariance(model, theta, mjd, variance):
    s, scale = np.exp(theta[:2])
    white = np.exp(2.0 * theta[2]) if len(theta) == 3 else 0.0
    return s**2 * unit_covariance(model, mjd[:, None] - mjd, scale) + np.diag(variance + white)


def dense_log_likelihood(model, theta, mjd, flux, variance, free_mean):
    """Log-likelihood by Cholesky decomposition, with the generalised-least-squares mean."""
    factor = cho_factor(dense_covariance(model, theta, mjd, variance), lower=True)
    one = np.ones(flux.size)
    mean = one @ cho_solve(factor, flux) / (one @ cho_solve(factor, one)) if free_mean else 0.0
    log_det = 2.0 * np.sum(np.log(np.diag(factor[0])))
    residual = flux - mean
    return -0.5 * (residual @ cho_solve(factor, residual) + log_det + flux.size * math.log(2.0 * math.pi)), mean
