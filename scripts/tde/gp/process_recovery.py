"""How well the fits recover known truth: simulate, fit, compare."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
from numba import njit

from tde.gp import drw, matern32
from tde.gp.fit import MODELS, fit_series

SEASON = 180.0
"""Days per year in which a field is visible."""

RECOVERY_SCHEMA = pa.schema(
    [
        pa.field("model", pa.string()),
        pa.field("series", pa.int32()),
        pa.field("parameter", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("truth", pa.float64()),
        pa.field("estimate", pa.float64()),
        pa.field("log_error", pa.float64()),
    ]
)

_PARAMETERS = {"drw": ("amplitude", "tau", "white_noise"), "matern32": ("amplitude", "length_scale", "white_noise")}
_UNITS = ("uJy", "d", "uJy")


def cadence(rng: np.random.Generator, n_points: int, n_seasons: int) -> np.ndarray:
    """Random visits at night in yearly seasons of `SEASON` days.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_points, n_seasons : int

    Returns
    -------
    ndarray, shape (n_points,)
        Ascending times in days from 0.
    """
    season = rng.integers(n_seasons, size=n_points)
    night = rng.integers(int(SEASON), size=n_points)
    hour = rng.uniform(-0.15, 0.15, n_points)
    return np.sort(365.25 * season + night + hour)


@njit(cache=True, error_model="numpy")
def _walk(model: int, mjd: np.ndarray, time_scale: float, normal: np.ndarray) -> np.ndarray:
    """Process of unit variance at ascending times, from standard normal numbers of shape (N, 2)."""
    out = np.empty(mjd.size)
    second = drw.STATIONARY_SECOND if model == 0 else matern32.STATIONARY_SECOND
    x0, x1 = normal[0, 0], math.sqrt(second) * normal[0, 1]
    out[0] = x0
    for k in range(1, mjd.size):
        dt = mjd[k] - mjd[k - 1]
        if model == 0:
            a, b, c, d = drw.transition(dt, time_scale)
        else:
            a, b, c, d = matern32.transition(dt, time_scale)
        # Cholesky factor of the process noise, the part of the variance that is new
        q00 = max(1.0 - a * a - second * b * b, 0.0)
        q01 = -a * c - second * b * d
        q11 = max(second - c * c - second * d * d, 0.0)
        l00 = math.sqrt(q00)
        l10 = q01 / l00 if l00 > 0.0 else 0.0
        l11 = math.sqrt(max(q11 - l10 * l10, 0.0))
        y0, y1 = normal[k, 0], normal[k, 1]
        x0, x1 = a * x0 + b * x1 + l00 * y0, c * x0 + d * x1 + l10 * y0 + l11 * y1
        out[k] = x0
    return out


def simulate(
    rng: np.random.Generator, model: str, mjd: np.ndarray, flux_err: np.ndarray, truth: np.ndarray
) -> np.ndarray:
    """Draw the fluxes of one series.

    Parameters
    ----------
    rng : numpy.random.Generator
    model : str
        One of `tde.gp.fit.MODELS`.
    mjd, flux_err : ndarray, shape (N,)
        Ascending times in days and errors in micro-Jansky.
    truth : ndarray, shape (3,)
        Amplitude s, time scale and white noise w.

    Returns
    -------
    ndarray, shape (N,)
        Fluxes in micro-Jansky, with mean 0.
    """
    process = truth[0] * _walk(MODELS.index(model), mjd, truth[1], rng.standard_normal((mjd.size, 2)))
    return process + np.sqrt(flux_err**2 + truth[2] ** 2) * rng.standard_normal(mjd.size)


def recovery(n_series: int = 200, n_points: int = 120, n_seasons: int = 8, seed: int = 0) -> pa.Table:
    """Fit simulated series of both models whose truth is known.

    Amplitudes are drawn log-uniformly from 1 to 10 uJy, time scales from 20 to 200 days;
    the white noise is a tenth of the amplitude, errors are 3 to 30 per cent of it.

    Parameters
    ----------
    n_series : int
        Series per model.
    n_points, n_seasons : int
        Points per series and years they are spread over.
    seed : int

    Returns
    -------
    pyarrow.Table
        `RECOVERY_SCHEMA`: one row per model, series and parameter (amplitude, time scale
        and white noise) with truth, estimate and the Fisher error of its logarithm.
    """
    rng = np.random.default_rng(seed)
    tables = []
    for model in MODELS:
        truth = np.empty((n_series, 3))
        truth[:, 0] = 10.0 ** rng.uniform(0.0, 1.0, n_series)
        truth[:, 1] = 20.0 * 10.0 ** rng.uniform(0.0, 1.0, n_series)
        truth[:, 2] = 0.1 * truth[:, 0]
        mjd, flux, flux_err = np.empty((3, n_series, n_points))
        for i in range(n_series):
            mjd[i] = cadence(rng, n_points, n_seasons)
            flux_err[i] = truth[i, 0] * 0.03 * 10.0 ** rng.uniform(0.0, 1.0, n_points)
            flux[i] = simulate(rng, model, mjd[i], flux_err[i], truth[i])
        offsets = n_points * np.arange(n_series + 1)
        fits = fit_series(model, offsets, mjd.ravel(), flux.ravel(), flux_err.ravel())
        columns = {
            "model": [model] * (3 * n_series),
            "series": np.repeat(np.arange(n_series, dtype=np.int32), 3),
            "parameter": list(_PARAMETERS[model]) * n_series,
            "unit": list(_UNITS) * n_series,
            "truth": truth.ravel(),
            "estimate": fits.parameters.ravel(),
            "log_error": fits.log_error.ravel(),
        }
        tables.append(pa.table(columns, schema=RECOVERY_SCHEMA))
    return pa.concat_tables(tables).combine_chunks()
