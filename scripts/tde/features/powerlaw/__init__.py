"""Laws of decline after the peak: how well nine of them describe each band, and the free index.

The decline is what lies up to `LAST_DAY` rest-frame days after the brightest point
(highest flux / flux_err of all bands), without that point, which noise helped to choose.
Nothing is said of a decline that was seen for less than `FIRST_DAYS`: it may be noise on a rise.
The time scale of a law is the same in all bands, as is the free index; amplitudes are
the bands' own (`tde.parametric.decline`). Errors have `MODEL_ERROR` of the band's highest
flux in the decline added in quadrature: no simple law is exact.

R^2 is weighted with the errors: 1 - chi2 / (chi2 of the weighted mean flux). A law worse
than a constant has a negative R^2, down to -1 at most.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.features.shared.conventions import REST, nan_at_edge
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.parametric.decline import (
    EXPONENTIAL,
    LINEAR,
    N_BANDS,
    POWER_LAW,
    SCALES,
    band_chi2,
    free_index,
)
from tde.photometry import BANDS

LAST_DAY = 400.0
FIRST_DAYS = 10.0
MODEL_ERROR = 0.03

LEAST_IN_BAND = 4
"""Points of the decline in a band from which its R^2 is defined."""

LEAST_IN_ALL = 6
"""Points of the decline in all bands from which the comparisons are defined."""

NADYOZHIN = "Nadyozhin 1994, ApJS 92, 527"

LAWS = (
    ("powerlaw_5_3", POWER_LAW, 5.0 / 3.0, 0.0, "(t - t0)^(-5/3), fallback",
     "Rees 1988, Nature 333, 523; Phinney 1989, IAU Symp. 136, 543"),
    ("powerlaw_19_16", POWER_LAW, 19.0 / 16.0, 0.0, "(t - t0)^(-19/16), viscous disc",
     "Cannizzo, Lee & Goodman 1990, ApJ 351, 38"),
    ("powerlaw_5_12", POWER_LAW, 5.0 / 12.0, 0.0, "(t - t0)^(-5/12), disc in the optical",
     "Lodato & Rossi 2011, MNRAS 410, 359"),
    ("powerlaw_9_4", POWER_LAW, 9.0 / 4.0, 0.0, "(t - t0)^(-9/4), partial disruption",
     "Guillochon & Ramirez-Ruiz 2013, ApJ 767, 25; Coughlin & Nixon 2019, ApJ 883, L17"),
    ("powerlaw_2", POWER_LAW, 2.0, 0.0, "(t - t0)^(-2), magnetar spin-down", "Kasen & Bildsten 2010, ApJ 717, 245"),
    ("nickel", EXPONENTIAL, 0.0, 8.77, "exp(-t / 8.77 d), decay of 56Ni", NADYOZHIN),
    ("cobalt", EXPONENTIAL, 0.0, 111.3, "exp(-t / 111.3 d), decay of 56Co", NADYOZHIN),
    ("exponential", EXPONENTIAL, 0.0, 0.0, "exp(-t / T) with free T", ""),
    ("linear", LINEAR, 0.0, 0.0, "max(1 - t / T, 0) with free T", ""),
)  # fmt: skip
"""Name, kind, index, fixed time scale (0 for a free one), formula and source."""

_KIND = np.array([law[1] for law in LAWS])
_INDEX = np.array([law[2] for law in LAWS])
_FIXED = np.array([law[3] for law in LAWS])

_NAMES = [law[0] for law in LAWS]
_FALLBACK, _DISC, _EXPONENTIAL = (_NAMES.index(name) for name in ("powerlaw_5_3", "powerlaw_5_12", "exponential"))

DESCRIBED = np.array([BANDS.index(band) for band in "gri"])
"""Bands that have columns of their own; all six take part in the joint fits."""

JOINT = [
    Column(
        "decay_index",
        "",
        "-alpha of the fit of (t - t0)^alpha, one for all bands, positive in a decline, averaged over the onset t0;"
        " seen for 10 d or more, as all of these",
        frame=REST,
        edge=nan_at_edge("0..8"),
    ),
    Column("decay_index_err", "", "standard error of that alpha", edge=nan_at_edge("0..8")),
    Column("decay_index_chi2", "", "reduced chi-squared of that power law, all bands, at the best onset"),
    Column(
        "decay_delta_chi2_5_3_exponential",
        "",
        "chi-squared of t^(-5/3) minus exponential, / number of points",
        frame=REST,
    ),
    Column("decay_delta_chi2_5_3_5_12", "", "chi-squared of t^(-5/3) minus t^(-5/12), / number of points", frame=REST),
]


def columns() -> list[Column]:
    """Columns of the family: nine laws in g, r and i, and five of all bands together."""
    return [
        *(
            Column(
                f"{BANDS[b]}_{name}_r2",
                "",
                f"weighted R^2 of {formula}, seen for 10 d or more",
                source=source,
                frame=REST,
            )
            for name, _, _, _, formula, source in LAWS
            for b in DESCRIBED
        ),
        *JOINT,
    ]


@njit(error_model="numpy")
def _decline(
    time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, stretch: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rest-frame days after the brightest point, band, flux and weight of the decline."""
    peak = 0
    for k in range(time.size):
        if flux[k] / flux_err[k] > flux[peak] / flux_err[peak]:
            peak = k
    highest = np.zeros(N_BANDS)
    count = 0
    x, code, y, weight = np.empty(time.size), np.empty(time.size, np.int64), np.empty(time.size), np.empty(time.size)
    for k in range(time.size):
        since = (time[k] - time[peak]) / stretch
        if 0.0 < since <= LAST_DAY:
            highest[band[k]] = max(highest[band[k]], flux[k])
            x[count], code[count], y[count], weight[count] = since, band[k], flux[k], flux_err[k]
            count += 1
    if count == 0 or x[count - 1] < FIRST_DAYS:
        count = 0
    for k in range(count):
        floor = MODEL_ERROR * highest[code[k]]
        weight[k] = 1.0 / (weight[k] * weight[k] + floor * floor)
    return x[:count], code[:count], y[:count], weight[:count]


@njit(error_model="numpy")
def _constant_chi2(band: np.ndarray, flux: np.ndarray, weight: np.ndarray, chi2: np.ndarray, count: np.ndarray) -> None:
    """Fill each band's chi-squared of the weighted mean flux, and its number of points."""
    total, mean = np.zeros(N_BANDS), np.zeros(N_BANDS)
    chi2[:] = 0.0
    count[:] = 0
    for k in range(flux.size):
        total[band[k]] += weight[k]
        mean[band[k]] += weight[k] * flux[k]
        count[band[k]] += 1
    for k in range(flux.size):
        offset = flux[k] - mean[band[k]] / total[band[k]]
        chi2[band[k]] += weight[k] * offset * offset


@njit(error_model="numpy")
def _best_scale(law: int, decline: tuple, chi2: np.ndarray, trial: np.ndarray) -> float:
    """Fill each band's chi-squared of a law at its best time scale; returns the sum."""
    x, band, flux, weight = decline
    least = np.inf
    n_scales = 1 if _FIXED[law] > 0.0 else SCALES.size
    for j in range(n_scales):
        scale = _FIXED[law] if _FIXED[law] > 0.0 else SCALES[j]
        total = band_chi2(_KIND[law], _INDEX[law], scale, x, band, flux, weight, trial)
        if total < least:
            least = total
            for b in range(N_BANDS):
                chi2[b] = trial[b]
    return least


@njit(error_model="numpy")
def _one_object(decline: tuple, out: np.ndarray) -> None:
    """Fill one object's features."""
    x, band, flux, weight = decline
    constant, chi2, trial = np.empty(N_BANDS), np.empty(N_BANDS), np.empty(N_BANDS)
    count = np.empty(N_BANDS, np.int64)
    total = np.empty(_KIND.size)
    _constant_chi2(band, flux, weight, constant, count)
    for law in range(_KIND.size):
        total[law] = _best_scale(law, decline, chi2, trial)
        for d in range(DESCRIBED.size):
            b = DESCRIBED[d]
            if count[b] >= LEAST_IN_BAND and constant[b] > 0.0:
                out[law * DESCRIBED.size + d] = max(1.0 - chi2[b] / constant[b], -1.0)
    joint = out[_KIND.size * DESCRIBED.size :]
    if x.size >= LEAST_IN_ALL:
        joint[0], joint[1], least = free_index(x, band, flux, weight)
        degrees = x.size - np.sum(count > 0) - 2
        joint[2] = least / degrees if degrees > 0 else np.nan
        joint[3] = (total[_FALLBACK] - total[_EXPONENTIAL]) / x.size
        joint[4] = (total[_FALLBACK] - total[_DISC]) / x.size


@njit(cache=True, error_model="numpy")
def _all_objects(
    offsets: np.ndarray, z: np.ndarray, time: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Fill the features of all objects whose redshift is known."""
    for i in range(z.size):
        rows = slice(offsets[i], offsets[i + 1])
        if offsets[i + 1] > offsets[i] and z[i] > -1.0:
            decline = _decline(time[rows], band[rows], flux[rows], flux_err[rows], 1.0 + z[i])
            _one_object(decline, out[i])


def compute(lightcurves: LightCurves) -> np.ndarray:
    """Features of the decline of all objects, shape (n_objects, 32), in the order of `columns`.

    NaN without redshift, or with too few points after the peak.
    """
    out = np.full((len(lightcurves), len(columns())), np.nan)
    _all_objects(
        lightcurves.offsets,
        lightcurves.z,
        lightcurves.mjd,
        lightcurves.band,
        lightcurves.flux,
        lightcurves.flux_err,
        out,
    )
    return np.where(np.isfinite(out), out, np.nan)
