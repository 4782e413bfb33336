"""Shape of the peak along the curves of `gp2d`: rise, fade, asymmetry and power-law decline.

Each band's peak is where flux - error is highest within 60 d of the object's peak
(`peak_mjd` of `gp2d`), its time refined by a parabola through three grid points. Rise and
fade times run between the peak and where the curve first falls through a share of the
peak flux, counted from the template level 0; they are NaN if the curve ends before. `all`
bands are the sum of the curves of the observed bands, as far as all of them go. Days are the
observer's, except in columns that end in ``_rest``.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tde.curves import Curves
from tde.features.shared.conventions import OBSERVER, REST, UNBOUNDED, UNSEEN
from tde.features.shared.curve_peak import is_inside, is_significant, peak_epoch, peak_point
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.numerics.crossings import time_to_level
from tde.numerics.elementary import log
from tde.numerics.lines import fit_line
from tde.numerics.moments import known_mean_and_std
from tde.photometry import BANDS

DECLINE = (8.0, 300.0)
"""Days after the peak between which the power law is fitted."""

MIN_POINTS = 6
"""Grid points at 3 errors that a power law needs."""

OF_CURVE = [
    *(
        Column(name, "d", meaning, frame=OBSERVER, edge=UNSEEN)
        for name, meaning in (
            ("rise_time", "time from half the peak flux to the peak"),
            ("fade_time_50", "time from the peak to half its flux"),
            ("fade_time_25", "time from the peak to a quarter of its flux"),
            ("duration_50", "time above half the peak flux around the peak"),
            ("duration_25", "time above a quarter of the peak flux around the peak"),
        )
    ),
    Column("asymmetry", "", "(fade_time_50 - rise_time) / duration_50", edge=UNSEEN),
    Column(
        "power_law_alpha",
        "",
        "slope of ln flux against ln time since the peak, 8 to 300 d, points at 3 errors, negative in a decline: -1.2"
        " to -0.8 for a t^(-5/3) law that began 20 to 80 d before the peak",
        frame=OBSERVER,
        edge=UNBOUNDED,
    ),
    Column("power_law_residual", "", "rms of ln flux about that line"),
]
_NAMES = [column.name for column in OF_CURVE]

OPTICAL = "gri"
"""Bands of the columns `optical_mean`."""

OF_OBJECT = [
    Column(
        "peak_time_spread",
        "d",
        "last minus first of the bands' peaks that are not at an end of their curve, to 0.1 d",
        frame=OBSERVER,
    ),
    Column("peak_time_std", "d", "standard deviation (n - 1) of the times of these peaks", frame=OBSERVER),
    Column("optical_mean_rise_time", "d", "mean rise_time of the bands gri that have one", frame=OBSERVER, edge=UNSEEN),
    Column(
        "optical_mean_fade_time", "d", "mean fade_time_50 of the bands gri that have one", frame=OBSERVER, edge=UNSEEN
    ),
    Column(
        "optical_mean_power_alpha",
        "",
        "mean power_law_alpha of the bands gri that have one, negative in a decline",
        edge=UNBOUNDED,
    ),
    Column(
        "rise_time_consistency",
        "",
        "standard deviation (n - 1) / mean of rise_time over gri, at least two",
        edge=UNSEEN,
    ),
    Column(
        "fade_time_consistency",
        "",
        "standard deviation (n - 1) / mean of fade_time_50 over gri, at least two",
        edge=UNSEEN,
    ),
    *(
        Column(f"{name}_rest", "d", f"{name} / (1 + z)", frame=REST, edge=UNSEEN)
        for name in ("all_rise_time", "all_fade_time_50", "all_duration_25")
    ),
]
CURVES = [*BANDS, "all"]
"""One band each, and their sum."""


def columns() -> list[Column]:
    """Columns of the family: 8 of each band and of their sum, 10 of the object."""
    return [
        *(column._replace(name=f"{curve}_{column.name}") for curve in CURVES for column in OF_CURVE),
        *OF_OBJECT,
    ]


@njit(error_model="numpy")
def _decline(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak: float, out: np.ndarray) -> None:
    """Fill index and residual of the power law."""
    n = 0
    x, y = np.empty(mjd.size), np.empty(mjd.size)
    for k in range(mjd.size):
        since = mjd[k] - peak
        if DECLINE[0] <= since <= DECLINE[1] and is_significant(flux[k], flux_err[k]):
            x[n], y[n] = log(since), log(flux[k])
            n += 1
    if n < MIN_POINTS:
        return
    line = fit_line(x[:n], y[:n], np.ones(n), -np.inf, np.inf)
    out[0] = line.xy / line.xx
    out[1] = math.sqrt(max(line.yy - line.xy * line.xy / line.xx, 0.0) / n)


@njit(error_model="numpy")
def _one_curve(mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak: float, out: np.ndarray) -> float:
    """Fill the features of one curve, in the order of `OF_CURVE`, NaN before.

    Returns the epoch of its peak, NaN if that is at an end of the curve.
    """
    top = peak_point(mjd, flux, flux_err, peak)
    if top < 0:
        return math.nan
    height = flux[top]
    epoch = peak_epoch(mjd, flux, top)
    late = epoch - mjd[top]
    rise_50 = time_to_level(mjd, flux, top, -1, 0.5 * height) + late
    rise_25 = time_to_level(mjd, flux, top, -1, 0.25 * height) + late
    fade_50 = time_to_level(mjd, flux, top, 1, 0.5 * height) - late
    fade_25 = time_to_level(mjd, flux, top, 1, 0.25 * height) - late
    out[0], out[1], out[2] = rise_50, fade_50, fade_25
    out[3], out[4] = rise_50 + fade_50, rise_25 + fade_25
    out[5] = (fade_50 - rise_50) / (fade_50 + rise_50)
    _decline(mjd, flux, flux_err, epoch, out[6:8])
    return epoch if is_inside(flux, top) else math.nan


@njit(cache=True, error_model="numpy")
def _all_objects(
    offsets: np.ndarray, mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak: np.ndarray,
    values: np.ndarray, epochs: np.ndarray,
) -> None:  # fmt: skip
    """Fill ``values`` of shape (n, 7, 8) and ``epochs`` of shape (n, 7), NaN before.

    ``flux`` and ``flux_err`` have shape (7, m): the six bands and their sum.
    """
    for i in range(len(offsets) - 1):
        rows = slice(offsets[i], offsets[i + 1])
        if np.isfinite(peak[i]):
            for c in range(len(flux)):
                epochs[i, c] = _one_curve(mjd[rows], flux[c, rows], flux_err[c, rows], peak[i], values[i, c])


def _of_all_bands(gp2d: Curves, values: np.ndarray) -> np.ndarray:
    """Sum over the bands that an object has curves of, NaN where one of them has none, shape (m,).

    Parameters
    ----------
    gp2d : Curves
    values : ndarray, shape (6, m)
    """
    owner = np.repeat(np.arange(len(gp2d)), np.diff(gp2d.offsets))
    total = np.zeros(len(owner))
    for of_band in values:
        has_curve = np.bincount(owner, np.isfinite(of_band), minlength=len(gp2d)) > 0
        total += np.where(has_curve[owner], of_band, 0.0)
    return total


def _of_object(values: np.ndarray, epochs: np.ndarray, z: np.ndarray) -> list[np.ndarray]:
    """Values of `OF_OBJECT`."""
    value = {name: values[:, :, k] for k, name in enumerate(_NAMES)}
    optical = [BANDS.index(band) for band in OPTICAL]
    bands = epochs[:, : len(BANDS)]
    two = np.isfinite(bands).sum(axis=1) >= 2
    last = np.where(np.isfinite(bands), bands, -np.inf).max(axis=1)
    first = np.where(np.isfinite(bands), bands, np.inf).min(axis=1)
    rise, fade, alpha = (
        known_mean_and_std(value[name][:, optical], ddof=1) for name in ("rise_time", "fade_time_50", "power_law_alpha")
    )
    rest = [value[name][:, len(BANDS)] / (1.0 + z) for name in ("rise_time", "fade_time_50", "duration_25")]
    spread = np.where(two, np.round(10.0 * (last - first)) / 10.0, np.nan)
    of_epochs = known_mean_and_std(bands, ddof=1).std
    means = (rise.mean, fade.mean, alpha.mean)
    return [spread, of_epochs, *means, rise.std / rise.mean, fade.std / fade.mean, *rest]


def compute(lightcurves: LightCurves, gp2d: Curves) -> np.ndarray:
    """Shape features of all objects, shape (n_objects, n_columns), in the order of `columns`.

    The curves are those of `tde.features.gp2d.fit`. NaN where a feature is not defined.
    """
    n = len(lightcurves)
    flux, flux_err = gp2d.flux.T.astype(np.float64), gp2d.flux_err.T.astype(np.float64)
    values = np.full((n, len(CURVES), len(OF_CURVE)), np.nan)
    epochs = np.full((n, len(CURVES)), np.nan)
    _all_objects(
        gp2d.offsets,
        gp2d.mjd,
        np.concatenate([flux, _of_all_bands(gp2d, flux)[None]]),
        np.concatenate([flux_err, np.sqrt(_of_all_bands(gp2d, flux_err**2))[None]]),
        np.asarray(gp2d.parameters["peak_mjd"], dtype=np.float64),
        values,
        epochs,
    )
    with np.errstate(invalid="ignore"):
        of_object = np.column_stack(_of_object(values, epochs, lightcurves.z))
    return np.concatenate([values.reshape(n, len(CURVES) * len(OF_CURVE)), of_object], axis=1)
