"""One outburst against variability that never ends: evidences with time scales and amplitudes averaged over.

F(t) of an outburst is a Matern-3/2 process under an envelope that rises and falls from the peak of the joint fit; that
of an active galaxy is a stationary process about a free mean. Both are seen through the colours of the joint fit.
"""

from __future__ import annotations

import numpy as np
from harness import Study
from numba import njit
from scipy.special import logsumexp

from tde.gp import drw, matern32
from tde.photometry import BANDS
from tde.plots.fits import PHASE_UNIT, PHASES

RISES, FALLS = (8.0, 20.0, 50.0), (15.0, 40.0, 100.0, 250.0)
"""Rest-frame days of the envelope in front of and behind the peak."""

SCALES = np.geomspace(12.0, 400.0, 6)
"""Rest-frame days of the process."""

AMPLITUDES = np.array([0.3, 0.6, 1.2, 2.4])
"""Standard deviations of the process in units of the peak flux."""

FLOOR = 0.02
"""Of the envelope."""

COLUMNS = ("outburst", "power_law", "power_law_minus_exponential", "drw_minus_matern", "log_rise", "log_fall")


@njit(error_model="numpy")
def _on_grid(damped: bool, days: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, free_mean: bool) -> np.ndarray:
    """Log-likelihoods of a stationary process for all amplitudes and time scales."""
    gap = np.zeros(days.size)
    gap[1:] = days[1:] - days[:-1]
    out = np.empty(SCALES.size * AMPLITUDES.size)
    series = drw.Series(gap, flux, flux_err * flux_err, free_mean)
    if damped:
        drw.values_on_grid(AMPLITUDES, SCALES, 0.0, series, out)
    else:
        matern32.values_on_grid(AMPLITUDES, SCALES, 0.0, series, out)
    return out


def _log_colours(study: Study, index: int, phase: np.ndarray) -> np.ndarray:
    """Logarithm of each observation's colour relative to r, evolving near the peak."""
    fitted, band = study.rank1.parameters, study.lightcurves.band[study.lightcurves.rows(index)]
    at = np.clip(phase, *PHASES) / PHASE_UNIT
    colour = np.zeros(len(phase))
    for code, name in enumerate(BANDS):
        if name != "r":
            line = fitted[f"evolving_colour_{name}"][index] + fitted[f"evolving_slope_{name}"][index] * at
            colour = np.where(band == code, line, colour)
    return colour


def _log_envelopes(phase: np.ndarray) -> np.ndarray:
    """Envelopes that fall as a power law of -5/3, then exponentially; shape (2, rises, falls, n)."""
    before, after = np.minimum(phase, 0.0), np.maximum(phase, 0.0)
    fall = np.array(FALLS)[:, None]
    falls = np.array([(1.0 + after / fall) ** (-5.0 / 3.0), np.exp(-after / fall)])
    rises = np.exp(-0.5 * (before / np.array(RISES)[:, None]) ** 2)
    return np.log(np.maximum(rises[None, :, None] * falls[:, None], FLOOR))


def _evidences(study: Study, index: int) -> np.ndarray:
    rows, light_curves = study.lightcurves.rows(index), study.lightcurves
    peak, top = (study.rank1.parameters[name][index] for name in ("peak_mjd", "peak_flux"))
    phase = (light_curves.mjd[rows] - peak) / (1.0 + light_curves.z[index])
    colour = _log_colours(study, index, phase)
    if not (np.isfinite(colour).all() and top > 0.0 and len(phase) > 1):
        return np.full(len(COLUMNS), np.nan)
    flux, flux_err = light_curves.flux[rows] / top, light_curves.flux_err[rows] / top
    found = np.empty((2, len(RISES), len(FALLS)))
    envelopes = _log_envelopes(phase)
    for place in np.ndindex(found.shape):
        scale = np.exp(-colour - envelopes[place])
        found[place] = logsumexp(_on_grid(False, phase, flux * scale, flux_err * scale, False)) + np.log(scale).sum()
    still = np.exp(-colour)
    steady = [logsumexp(_on_grid(damped, phase, flux * still, flux_err * still, True)) for damped in (False, True)]
    per_law = logsumexp(found, axis=(1, 2)) - np.log(found[0].size)
    stationary = logsumexp(steady) - np.log(2.0) + np.log(still).sum()
    share = np.exp(found - logsumexp(found)).sum(axis=0)
    return np.array([
        logsumexp(per_law) - np.log(2.0) - stationary, per_law[0] - stationary, per_law[0] - per_law[1],
        steady[1] - steady[0], share.sum(axis=1) @ np.log(RISES), share.sum(axis=0) @ np.log(FALLS),
    ])  # fmt: skip


def outburst_columns(study: Study) -> np.ndarray:
    """Evidences of all training objects, shape (n, 6); they learn from nothing."""
    path = study.own / "outburst.npy"
    if not path.exists():
        np.save(path, np.array([_evidences(study, i) for i in range(len(study.training.codes))]))
    return np.load(path)
