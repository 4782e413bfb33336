"""One Gaussian process in time and wavelength for all bands of an object, and the shape of its curves.

The process is `tde.gp.separable`: Matern-3/2 in time times Matern-3/2 in wavelength, zero
mean, fitted by maximum likelihood. Shapes are those of the g curve, about its own peak:
the node at which its posterior mean less the standard deviation is highest, and NaN where
the mean there is below 3 standard deviations. Colours count from the peak of all bands.
A band that was not observed has no curve, nor has one far beyond its own observations
(`tde.features.gp2d.posterior_curves`); the data end where a curve does.
Times are in the rest frame unless a column says otherwise. Fluxes are difference fluxes,
so that the level of the quiet object is 0.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.curves import Curves
from tde.features.gp2d.band_colours import COLUMNS as COLOUR_COLUMNS
from tde.features.gp2d.band_colours import G, color_features
from tde.features.gp2d.band_shape import COLUMNS as SHAPE_COLUMNS
from tde.features.gp2d.band_shape import shape_features, time_weights
from tde.features.gp2d.posterior_curves import posterior_curves
from tde.features.shared.conventions import NOT_DETERMINED, OBSERVER, REST
from tde.features.table import Column
from tde.gp.unit_series import LARGEST_LOG_ERROR
from tde.lightcurves import LightCurves
from tde.numerics.elementary import LN_10, log_each
from tde.numerics.peaks import surest_peak

LEAST_SNR = 3.0
"""Of the g curve at its peak."""

SCALES = ("amplitude", "time_scale", "wavelength_scale")

FIT_COLUMNS = [
    Column("amplitude", "uJy", "amplitude s of the process", edge=NOT_DETERMINED),
    Column("time_scale", "d", "time scale l_t of the process", frame=OBSERVER, edge=NOT_DETERMINED),
    Column("wavelength_scale", "Angstrom", "wavelength scale l_w of the process", frame=OBSERVER, edge=NOT_DETERMINED),
    Column("time_scale_rest", "d", "l_t / (1 + z)", frame=REST, edge=NOT_DETERMINED),
    Column("wavelength_scale_rest", "Angstrom", "l_w / (1 + z)", frame=REST, edge=NOT_DETERMINED),
    Column("time_wave_ratio", "d / Angstrom", "l_t / l_w", frame=OBSERVER, edge=NOT_DETERMINED),
    Column("log_likelihood", "", "maximum ln likelihood of the fluxes in uJy"),
    Column("log_likelihood_per_point", "", "ln likelihood of the fluxes in uJy / number of observations"),
    Column("reduced_chi_square", "", "mean over the observations of ((flux - posterior mean) / flux_err)^2"),
    Column("negative_flux_fraction", "", "part of the observations with flux < -flux_err"),
    Column("g_peak_snr", "", "posterior mean / sd of the g curve at its peak"),
    Column(
        "g_peak_lag",
        "d",
        "time of the peak of the g curve after the peak of all bands, to 0.1 d; NaN if one is at an end of its curve",
        frame=REST,
    ),
    Column(
        "total_radiated_energy_proxy",
        "",
        "ln of the integral over time of the mean of the positive parts of the bands with a curve [uJy d]"
        " + 0.4 ln(10) distance modulus - ln(1 + z)",
        frame=REST,
    ),
]  # fmt: skip


def columns() -> list[Column]:
    """Columns of the family, in the order of `compute`."""
    return [*FIT_COLUMNS, *SHAPE_COLUMNS, *COLOUR_COLUMNS]


def fit(lightcurves: LightCurves) -> Curves:
    """Posterior mean and standard deviation of all six bands on a grid of epochs.

    Parameters
    ----------
    lightcurves : LightCurves

    Returns
    -------
    Curves
        Six bands in micro-Jansky, from the first to the last observation, every 4 d at
        the peak and up to every 25 d far from it (`tde.features.gp2d.posterior_curves`). NaN
        in a band without observations, and where a curve would be a guess beyond those of its
        band. Its parameters:

        - ``amplitude`` (micro-Jansky), ``time_scale`` (days, observer frame),
          ``wavelength_scale`` (Angstrom), and the standard errors of their natural
          logarithms ``..._log_error``, NaN for a parameter on the edge of its box;
        - ``log_likelihood``, and ``chi2``: mean over the observations of the squared
          difference from the posterior mean in units of the error;
        - ``peak_mjd``: where the posterior means less their standard deviations, averaged
          over the bands with their inverse mean posterior variances, are highest; NaN if
          that is nowhere above zero;
        - ``peak_flux_u`` ... ``peak_flux_y``: posterior means there (micro-Jansky), NaN
          without a curve.
    """
    return posterior_curves(lightcurves)


@njit(error_model="numpy")
def _integral_of_bands(grid: np.ndarray, mean: np.ndarray) -> float:
    """Integral over the grid of the mean of the positive parts of the bands that have a curve there."""
    total = 0.0
    for k in range(1, grid.size):
        levels, n_bands = 0.0, 0
        for b in range(mean.shape[1]):
            if not math.isnan(mean[k, b] + mean[k - 1, b]):
                levels += 0.5 * (max(mean[k, b], 0.0) + max(mean[k - 1, b], 0.0))
                n_bands += 1
        total += (grid[k] - grid[k - 1]) * levels / max(n_bands, 1)
    return total


@njit(error_model="numpy")
def _with_curve(mean: np.ndarray) -> slice:
    """The nodes at which one band has a curve, which are next to each other."""
    known = np.flatnonzero(~np.isnan(mean))
    return slice(known[0], known[-1] + 1) if known.size > 0 else slice(0, 0)


@njit(cache=True, error_model="numpy")
def _one_object(
    grid: np.ndarray,
    mean: np.ndarray,
    sd: np.ndarray,
    peak_mjd: float,
    stretch: float,
    own: np.ndarray,
    shape: np.ndarray,
    color: np.ndarray,
) -> None:
    """Fill (g_peak_snr, g_peak_lag, integral), the shape and the colours of one object."""
    own[2] = _integral_of_bands(grid, mean) / stretch
    g = _with_curve(mean[:, G])
    time, level, level_sd = grid[g], mean[g, G], sd[g, G]
    peak = surest_peak(level, level_sd)
    if peak >= 0:
        height = level[peak]
        own[0] = height / level_sd[peak]
        if 0 < peak < time.size - 1 and grid[0] < peak_mjd < grid[-1]:
            own[1] = np.floor((time[peak] - peak_mjd) / stretch * 10.0 + 0.5) / 10.0
        if height > LEAST_SNR * level_sd[peak]:
            t, w = (time - time[peak]) / stretch, time_weights(time)
            shape_features(t, level / height, level_sd / height, w, peak, shape)
    for k in range(grid.size):
        if grid[k] == peak_mjd:
            color_features((grid - peak_mjd) / stretch, mean, sd, time_weights(grid), k, color)


def _fit_values(lightcurves: LightCurves, parameters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Values of those of `FIT_COLUMNS` that come from the fit and the observations."""
    values = {}
    for name in SCALES:
        determined = parameters[f"{name}_log_error"] < LARGEST_LOG_ERROR
        values[name] = np.where(determined, parameters[name], np.nan)
    n_points = np.diff(lightcurves.offsets)
    row_object = np.repeat(np.arange(len(lightcurves)), n_points)
    negative = row_object[lightcurves.flux < -lightcurves.flux_err]
    per_point = 1.0 / np.where(n_points > 0, n_points, np.nan)
    return values | {
        "time_scale_rest": values["time_scale"] / (1.0 + lightcurves.z),
        "wavelength_scale_rest": values["wavelength_scale"] / (1.0 + lightcurves.z),
        "time_wave_ratio": values["time_scale"] / values["wavelength_scale"],
        "log_likelihood": parameters["log_likelihood"],
        "log_likelihood_per_point": parameters["log_likelihood"] * per_point,
        "reduced_chi_square": parameters["chi2"],
        "negative_flux_fraction": np.bincount(negative, minlength=len(lightcurves)) * per_point,
    }


def compute(lightcurves: LightCurves, gp2d: Curves) -> np.ndarray:
    """Features of all objects, shape (n_objects, n_columns), in the order of `columns`.

    The curves are those of `fit`.
    """
    n = len(lightcurves)
    own = np.full((n, 3), np.nan)
    shape = np.full((n, len(SHAPE_COLUMNS)), np.nan)
    color = np.full((n, len(COLOUR_COLUMNS)), np.nan)
    mean, sd = gp2d.flux.astype(np.float64), gp2d.flux_err.astype(np.float64)
    peak_mjd, stretch = gp2d.parameters["peak_mjd"], 1.0 + lightcurves.z
    for i in np.flatnonzero(np.diff(gp2d.offsets)).tolist():
        rows = gp2d.rows(i)
        _one_object(gp2d.mjd[rows], mean[rows], sd[rows], peak_mjd[i], stretch[i], own[i], shape[i], color[i])
    fit_values = _fit_values(lightcurves, gp2d.parameters)
    fit_values["g_peak_snr"], fit_values["g_peak_lag"] = own[:, 0], own[:, 1]
    fit_values["total_radiated_energy_proxy"] = (
        log_each(own[:, 2]) + 0.4 * LN_10 * lightcurves.distance_modulus - log_each(stretch)
    )
    values = np.column_stack([*(fit_values[column.name] for column in FIT_COLUMNS), shape, color])
    return np.where(np.isfinite(values), values, np.nan)
