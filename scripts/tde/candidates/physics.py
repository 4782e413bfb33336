"""The numbers an astronomer asks for first, from the features and curves of a candidate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numba import njit

from tde.black_body.temperature import N_NODES, fit_temperature, node_colours
from tde.curves import Curves
from tde.photometry import EFFECTIVE_WAVELENGTH

SOURCES = {
    "peak_abs_mag": ("luminosity.peak_abs_mag", "rank1.absolute_magnitude_g"),
    "temperature_kK": ("colour.temp_peak", "rank1.temperature", "hypotheses.bb_log_temperature"),
    "decay_index": ("powerlaw.decay_index", "tde_physics.r_decay_alpha_rest"),
}
"""Features that hold each number, the best first."""

IN_LOG10_KELVIN = ("rank1.temperature", "hypotheses.bb_log_temperature")
EXPONENTS = ("tde_physics.r_decay_alpha_rest",)
"""Features that are log10(T / K), and exponents alpha of t^alpha, whose negative is the decay index."""

TRACK_PHASES = (-40.0, 250.0)
"""Rest-frame days from the peak between which temperatures are drawn."""

LARGEST_LOG_ERROR = 0.35
"""Standard error of ln T above which a temperature is not drawn."""


def _as_told(name: str, value: np.ndarray) -> np.ndarray:
    """A feature in the unit and with the sign in which an astronomer is told it."""
    if name in IN_LOG10_KELVIN:
        return 10.0 ** (value - 3.0)
    return -value if name in EXPONENTS else value


def headline(features: Mapping[str, np.ndarray], n: int) -> dict[str, np.ndarray]:
    """Peak absolute magnitude, temperature in kK and decay index of each object, NaN where unknown.

    Parameters
    ----------
    features : mapping of str to ndarray, shape (n,)
        By ``family.column``.
    n : int
    """
    numbers = {}
    for key, names in SOURCES.items():
        value = np.full(n, np.nan)
        for name in names:
            if name in features:
                value = np.where(np.isnan(value), _as_told(name, features[name]), value)
        numbers[key] = value
    return numbers


@njit(cache=True, error_model="numpy")
def _track(flux: np.ndarray, flux_err: np.ndarray, wavelength: np.ndarray) -> np.ndarray:
    """Ln T and its error at each epoch, shape (m, 2)."""
    colours = np.empty((N_NODES, wavelength.size))
    slopes = np.empty((N_NODES, wavelength.size))
    node_colours(wavelength, colours, slopes)
    out = np.empty((flux.shape[0], 2))
    for k in range(flux.shape[0]):
        out[k, 0], out[k, 1], _ = fit_temperature(wavelength, flux[k], flux_err[k], colours, slopes)
    return out


def temperature_track(curves: Curves, index: int, z: float) -> dict[str, list[float]]:
    """Black-body temperatures along the posterior curves of one object.

    Parameters
    ----------
    curves : Curves
        Of ``gp2d``.
    index : int
    z : float
        Redshift; no temperature without it.

    Returns
    -------
    dict
        ``mjd`` in days, ``kK`` and the ends ``low`` and ``high`` of one standard deviation, all in kK.
    """
    rows = curves.rows(index)
    mjd, peak = curves.mjd[rows], curves.parameters["peak_mjd"][index]
    if np.isfinite(z) and np.isfinite(peak):
        phase = (mjd - peak) / (1.0 + z)
        near = np.flatnonzero((phase >= TRACK_PHASES[0]) & (phase <= TRACK_PHASES[1]))
    else:
        near = np.empty(0, dtype=np.int64)
    flux, flux_err = (
        np.ascontiguousarray(values[rows][near], dtype=np.float64) for values in (curves.flux, curves.flux_err)
    )
    found = _track(flux, flux_err, EFFECTIVE_WAVELENGTH / (1.0 + z)) if len(near) else np.empty((0, 2))
    good = np.isfinite(found[:, 0]) & (found[:, 1] < LARGEST_LOG_ERROR)
    log_t, error = found[good, 0], found[good, 1]
    return {
        "mjd": mjd[near][good].tolist(),
        "kK": (np.exp(log_t) / 1e3).tolist(),
        "low": (np.exp(log_t - error) / 1e3).tolist(),
        "high": (np.exp(log_t + error) / 1e3).tolist(),
    }
