"""Bazin fits per band: a smooth rise, an exponential fall and a baseline.

The names are those of a public table that users compare with. The fit and its bounds are
described in `tde.parametric.bazin_fit`; time scales that end on a bound are kept, as in that
table: a tau equal to the span says that the band shows no fall (or no rise) in it.

t0 counts from the object's brightest point (highest flux / flux_err of all bands). A first
detection would depend on the depth of the survey, and on noise, much more than the peak
does. The rise's midpoint lies before the peak, so t0 is negative for a transient, and its
differences between bands are their lags. t0 and time scales can lie on a bound, which is a
difference of visit times; they are rounded to 0.1 d, so that no finer grid of times shows.
"""

from __future__ import annotations

import numpy as np

from tde.features.shared.conventions import OBSERVER, PUBLISHED_BOUND, REST
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.numerics.moments import known_mean_and_std
from tde.parametric.bazin_fit import BazinFits, fit_series
from tde.photometry import BANDS

BAZIN = "Bazin et al. 2009, A&A 499, 653, eq. 1"

N_PARAMETERS = 5

PER_BAND = [
    Column(
        "bazin_A",
        "uJy",
        "amplitude A of the fit of A exp(-x / tau_fall) / (1 + exp(-x / tau_rise)) + B, x = t - t0",
        frame=OBSERVER,
    ),
    Column("bazin_t0", "d", "t0 of that fit after the highest flux / flux_err of all bands, to 0.1 d", frame=OBSERVER),
    Column("bazin_tau_rise", "d", "tau_rise of that fit, to 0.1 d", frame=OBSERVER),
    Column("bazin_tau_fall", "d", "tau_fall of that fit, to 0.1 d", frame=OBSERVER),
    Column("bazin_B", "uJy", "baseline B of that fit"),
    Column("bazin_fit_chi2", "", "chi-squared of that fit / (number of points - 5)"),
    Column("bazin_rise_fall_ratio", "", "tau_rise / tau_fall of that fit, from the rounded values"),
    Column("bazin_peak_flux", "uJy", "highest point of that curve within the band's span"),
    Column("bazin_tau_rise_rest", "d", "bazin_tau_rise / (1 + z)", frame=REST),
    Column("bazin_tau_fall_rest", "d", "bazin_tau_fall / (1 + z)", frame=REST),
]

ACROSS_BANDS = [
    Column("bazin_rise_consistency", "", "standard deviation (n) / mean of bazin_tau_rise over g, r, i, at least two"),
    Column("bazin_fall_consistency", "", "standard deviation (n) / mean of bazin_tau_fall over g, r, i, at least two"),
    Column("bazin_avg_fit_chi2", "", "mean of bazin_fit_chi2 over the bands fitted"),
    Column(
        "bazin_fit_quality_dispersion",
        "",
        "standard deviation (n) of bazin_fit_chi2 over the bands fitted, at least two",
    ),
]

COMPARED = [BANDS.index(band) for band in "gri"]
"""Bands whose time scales are compared: the best sampled ones."""


def columns() -> list[Column]:
    """Columns of the family: 10 in each of 6 bands, 4 across bands."""
    return [
        *(_published(column, f"{band}_{column.name}") for column in PER_BAND for band in BANDS),
        *(_published(column, column.name) for column in ACROSS_BANDS),
    ]


def _published(column: Column, name: str) -> Column:
    """A column with its source and, if it is a parameter, its edge policy."""
    return column._replace(name=name, source=BAZIN, edge=PUBLISHED_BOUND if _is_fitted(column) else "")


def _is_fitted(column: Column) -> bool:
    return "chi2" not in f"{column.name} {column.meaning}" and column.name != "bazin_peak_flux"


def compute(lightcurves: LightCurves) -> np.ndarray:
    """Bazin features of all objects, shape (n_objects, 64), in the order of `columns`.

    NaN where a band cannot be fitted.
    """
    per_band = _band_values(_fit_bands(lightcurves), _brightest_times(lightcurves), lightcurves.z)
    rise, fall = (
        known_mean_and_std(per_band[_place(name)][:, COMPARED], ddof=0) for name in ("bazin_tau_rise", "bazin_tau_fall")
    )
    chi2 = known_mean_and_std(per_band[_place("bazin_fit_chi2")], ddof=0)
    return np.column_stack([*per_band, rise.std / rise.mean, fall.std / fall.mean, *chi2])


def _place(name: str) -> int:
    return [column.name for column in PER_BAND].index(name)


def _fit_bands(lightcurves: LightCurves) -> BazinFits:
    """Fits of all bands of all objects, object by object."""
    n_bands = len(BANDS)
    row_object = lightcurves.owner
    series = row_object * n_bands + lightcurves.band
    order = np.argsort(series, kind="stable")
    counts = np.bincount(series, minlength=len(lightcurves) * n_bands)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return fit_series(offsets, lightcurves.mjd[order], lightcurves.flux[order], lightcurves.flux_err[order])


def _brightest_times(lightcurves: LightCurves) -> np.ndarray:
    """Time of the highest flux / flux_err of each object; NaN without any point."""
    ratio = lightcurves.flux / lightcurves.flux_err
    times = np.full(len(lightcurves), np.nan)
    for i, rows in enumerate(lightcurves):
        if rows.stop > rows.start:
            times[i] = lightcurves.mjd[rows][np.argmax(ratio[rows])]
    return times


def _band_values(fits: BazinFits, reference: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Values of `PER_BAND`, shape (number of columns, n_objects, 6)."""
    shape = (len(z), len(BANDS))
    degrees = (fits.n_points - N_PARAMETERS).reshape(shape)
    chi2 = np.where(degrees > 0, fits.chi2.reshape(shape) / np.maximum(degrees, 1), np.nan)
    rise, fall = (np.round(10.0 * tau.reshape(shape)) / 10.0 for tau in (fits.tau_rise, fits.tau_fall))
    stretch = (1.0 + z)[:, None]
    return np.stack(
        [
            fits.amplitude.reshape(shape),
            np.round(10.0 * (fits.t0.reshape(shape) - reference[:, None])) / 10.0,
            rise,
            fall,
            fits.baseline.reshape(shape),
            chi2,
            rise / fall,
            fits.peak_flux.reshape(shape),
            rise / stretch,
            fall / stretch,
        ]
    )
