"""Damped random walk and Matern-3/2 fits per band and of all bands merged.

Active nuclei vary like a damped random walk, transients are smoother, which a
Matern-3/2 process describes better. Both models have the same mean (constant,
profiled out by generalised least squares, so that a shift of all fluxes changes
nothing) and the same noise (measurement errors plus white noise), hence the same
number of parameters, and their likelihood ratio compares the shapes of the two
covariances and nothing else.

A parameter that ends on the edge of its wide box (`tde.gp.fit`) is not determined by
the data and is NaN, and so is what depends on it; the likelihoods remain.

The combined series holds all six bands. A band's difference fluxes are divided by
their noise-corrected rms about zero and multiplied by the rms of all bands: if the
bands are one curve times a colour term, y_b(t) = c_b F(t), this is c F(t).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tde.features.shared.conventions import NOT_DETERMINED, OBSERVER, REST
from tde.features.table import Column
from tde.gp.fewest_points import MIN_POINTS
from tde.gp.fit import fit_series
from tde.gp.unit_series import Fits
from tde.lightcurves import LightCurves
from tde.numerics.elementary import log_each
from tde.numerics.moments import known_mean_and_std
from tde.photometry import BANDS

KELLY = "Kelly et al. 2009, ApJ 698, 895"
MACLEOD = "MacLeod et al. 2010, ApJ 721, 1014"
HARTIKAINEN = "Hartikainen & Sarkka 2010, MLSP, eq. 12"
AKAIKE = "Akaike 1974, IEEE Trans. Autom. Control 19, 716"

KOZLOWSKI = "Kozlowski 2017, A&A 597, A128"

_LIMIT = ", not reliable above a tenth of the time span"
"""Light curves shorter than ten damping times give some part of their span instead (Kozlowski 2017)."""

N_FREE_PARAMETERS = 4
"""Of either model: amplitude, time scale, white noise, mean."""


def columns(bands: Sequence[str], optional_bands: Mapping[str, int]) -> list[Column]:
    """The columns, in the order of `compute`.

    Parameters
    ----------
    bands : sequence of str
        Bands fitted where they have at least `tde.gp.fewest_points.MIN_POINTS` points; the columns
        across bands are about these.
    optional_bands : mapping of str to int
        Further bands and the fewest points with which they are fitted. They have columns
        of their own but take no part in the columns across bands, whose meaning would
        otherwise depend on the sampling.
    """
    least_points = _least_points(bands, optional_bands)
    declared = []
    for band in bands:
        declared += _series_columns(band, f"{band} band")
    declared += _series_columns("combined", "all bands merged")
    declared += _cross_band_columns("".join(bands))
    for band in bands:
        declared += _rest_frame_columns(band, f"{band} band")
    declared += _rest_frame_columns("combined", "all bands merged")
    for band in list(least_points)[len(bands) :]:
        name = f"{band} band (from {least_points[band]} points)"
        declared += _series_columns(band, name) + _rest_frame_columns(band, name)
    return declared


def compute(lightcurves: LightCurves, bands: Sequence[str], optional_bands: Mapping[str, int]) -> np.ndarray:
    """Fit both models to all series of all objects.

    Parameters
    ----------
    lightcurves : LightCurves
    bands, optional_bands
        See `columns`.

    Returns
    -------
    ndarray, shape (n_objects, n_columns)
    """
    least_points = _least_points(bands, optional_bands)
    offsets, mjd, flux, flux_err = _all_series(lightcurves, least_points)
    drw = fit_series("drw", offsets, mjd, flux, flux_err)
    gp = fit_series("matern32", offsets, mjd, flux, flux_err)
    values: dict[str, np.ndarray] = {}
    n = len(lightcurves)
    for k, prefix in enumerate([*least_points, "combined"]):
        values |= _series_values(prefix, drw, gp, slice(k * n, (k + 1) * n))
        values |= _rest_frame_values(prefix, values, lightcurves.z)
    values |= _cross_band_values(bands, values)
    values["log1p_z"] = log_each(1.0 + lightcurves.z)
    return np.column_stack([values[column.name] for column in columns(bands, optional_bands)])


def _least_points(bands: Sequence[str], optional_bands: Mapping[str, int]) -> dict[str, int]:
    """All bands to fit, each with the fewest points it needs."""
    return {band: MIN_POINTS for band in bands} | dict(optional_bands)


def _series_columns(prefix: str, of: str) -> list[Column]:
    """Columns of one series."""
    drw, matern = f"of the damped random walk, {of}", f"of the Matern-3/2 process, {of}"
    fluxes = f"of the fluxes in uJy, {of}"
    declared = [
        Column("drw_tau", "d", f"damping time {drw}{_LIMIT}", source=f"{KELLY}; {KOZLOWSKI}", frame=OBSERVER),
        Column("drw_sigma", "uJy / d(1/2)", f"driving amplitude s sqrt(2 / tau) {drw}", source=KELLY, frame=OBSERVER),
        Column("drw_SF_inf", "uJy", f"structure function at infinite lag, sqrt(2) s, {drw}", source=MACLEOD),
        Column("drw_log_likelihood", "", f"maximum ln likelihood as a damped random walk {fluxes}"),
        Column("gp_matern_length_scale", "d", f"length scale l {matern}", source=HARTIKAINEN, frame=OBSERVER),
        Column("gp_matern_amplitude", "uJy", f"amplitude s {matern}", source=HARTIKAINEN),
        Column("gp_log_likelihood", "", f"maximum ln likelihood as a Matern-3/2 process {fluxes}"),
        Column(
            "likelihood_ratio_drw_vs_gp",
            "",
            f"ln likelihood of damped random walk minus Matern-3/2; positive is like an active nucleus, {of}",
        ),
        Column("drw_ll_per_point", "", f"ln likelihood as a damped random walk / number of points, {fluxes}"),
        Column("gp_ll_per_point", "", f"ln likelihood as a Matern-3/2 process / number of points, {fluxes}"),
        Column("lr_per_point", "", f"likelihood_ratio_drw_vs_gp / number of points, {of}"),
        Column(
            "delta_aic_drw_minus_gp",
            "",
            f"AIC of damped random walk minus Matern-3/2, AIC = 2 k - 2 ln L with k = 4 in both, {of}",
            source=AKAIKE,
        ),
    ]
    return [_fitted(column._replace(name=f"{prefix}_{column.name}")) for column in declared]


def _fitted(column: Column) -> Column:
    """The column with its edge policy, unless it is about likelihoods."""
    return column if "likelihood" in column.meaning or "AIC" in column.meaning else column._replace(edge=NOT_DETERMINED)


def _rest_frame_columns(prefix: str, of: str) -> list[Column]:
    """Time scales of one series in the rest frame."""
    return [
        _fitted(
            Column(f"{prefix}_tau_rest", "d", f"damping time tau / (1 + z), {of}{_LIMIT}", source=KELLY, frame=REST)
        ),
        _fitted(
            Column(f"{prefix}_gp_length_scale_rest", "d", f"Matern-3/2 length scale l / (1 + z), {of}", frame=REST)
        ),
    ]


def _cross_band_columns(bands: str) -> list[Column]:
    """Columns that compare the bands, and the redshift."""
    over = f"over the bands {bands} that are fitted"
    declared = [
        Column("tau_mean_across_bands", "d", f"mean of drw_tau {over}", frame=OBSERVER),
        Column("tau_std_across_bands", "d", f"standard deviation (n) of drw_tau {over}, at least two", frame=OBSERVER),
        Column("tau_cv_across_bands", "", f"standard deviation (n) / mean of drw_tau {over}, at least two"),
        Column("sigma_cv_across_bands", "", f"standard deviation (n) / mean of drw_sigma {over}, at least two"),
        Column("sf_inf_cv_across_bands", "", f"standard deviation (n) / mean of drw_SF_inf {over}, at least two"),
        Column("lr_mean", "", f"mean of likelihood_ratio_drw_vs_gp {over}"),
        Column("lr_std", "", f"standard deviation (n) of likelihood_ratio_drw_vs_gp {over}, at least two"),
        Column("lr_max", "", f"largest likelihood_ratio_drw_vs_gp {over}"),
        Column("lr_sign_agreement", "", f"fraction of bands whose likelihood prefers the damped random walk, {over}"),
        Column("delta_tau_combined_minus_mean", "d", "combined_drw_tau - tau_mean_across_bands", frame=OBSERVER),
        Column("abs_delta_lr_combined_minus_lr_mean", "", "|combined_likelihood_ratio_drw_vs_gp - lr_mean|"),
        Column("combined_prefers_drw", "", "1 if combined_likelihood_ratio_drw_vs_gp > 0, else 0"),
    ]
    return [*(_fitted(column) for column in declared), Column("log1p_z", "", "ln(1 + z), z the redshift")]


def _all_series(
    lightcurves: LightCurves, least_points: Mapping[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Offsets, mjd, flux and flux_err of all series: band by band, then combined."""
    n = len(lightcurves)
    row_object = np.repeat(np.arange(n), np.diff(lightcurves.offsets))
    rows, counts = [], []
    for band, least in least_points.items():
        mine = np.flatnonzero(lightcurves.band == BANDS.index(band))
        count = np.bincount(row_object[mine], minlength=n)
        enough = count >= least
        rows.append(mine[enough[row_object[mine]]])
        counts.append(np.where(enough, count, 0))
    factor = _common_scale(lightcurves, row_object)
    order = np.concatenate(rows)
    counts.append(np.diff(lightcurves.offsets))
    return (
        np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64),
        np.concatenate([lightcurves.mjd[order], lightcurves.mjd]),
        np.concatenate([lightcurves.flux[order], lightcurves.flux * factor]),
        np.concatenate([lightcurves.flux_err[order], lightcurves.flux_err * factor]),
    )


def _common_scale(lightcurves: LightCurves, row_object: np.ndarray) -> np.ndarray:
    """Factor of each row that brings its band to the mean amplitude of the object's bands.

    A band's amplitude is the rms flux about zero less the noise, but not less than what
    noise alone leaves with that many points: sqrt(2 / n) of the noise variance.
    """
    n_bands = len(BANDS)
    key = row_object * n_bands + lightcurves.band
    size = len(lightcurves) * n_bands
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        count = np.bincount(key, minlength=size)
        power = np.bincount(key, lightcurves.flux**2, minlength=size) / count
        noise = np.bincount(key, lightcurves.flux_err**2, minlength=size) / count
        amplitude = np.sqrt(np.maximum(power - noise, np.sqrt(2.0 / count) * noise))
        total = np.bincount(row_object, amplitude[key], minlength=len(lightcurves))
        common = total / np.diff(lightcurves.offsets)
        factor = common[row_object] / amplitude[key]
    return np.where(amplitude[key] > 0.0, factor, 1.0)


def _series_values(prefix: str, drw: Fits, gp: Fits, part: slice) -> dict[str, np.ndarray]:
    """Values of `_series_columns`."""
    s, tau = _determined(drw, part)
    amplitude, length = _determined(gp, part)
    drw_ll, gp_ll, points = drw.log_likelihood[part], gp.log_likelihood[part], drw.n_points[part]
    ratio = drw_ll - gp_ll
    points = np.where(points > 0, points, 1)  # without points the likelihoods are NaN
    aic_drw = 2.0 * N_FREE_PARAMETERS - 2.0 * drw_ll
    aic_gp = 2.0 * N_FREE_PARAMETERS - 2.0 * gp_ll
    values = {
        "drw_tau": tau,
        "drw_sigma": s * np.sqrt(2.0 / tau),
        "drw_SF_inf": np.sqrt(2.0) * s,
        "drw_log_likelihood": drw_ll,
        "gp_matern_length_scale": length,
        "gp_matern_amplitude": amplitude,
        "gp_log_likelihood": gp_ll,
        "likelihood_ratio_drw_vs_gp": ratio,
        "drw_ll_per_point": drw_ll / points,
        "gp_ll_per_point": gp_ll / points,
        "lr_per_point": ratio / points,
        "delta_aic_drw_minus_gp": aic_drw - aic_gp,
    }
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _determined(fits: Fits, part: slice) -> tuple[np.ndarray, np.ndarray]:
    """Amplitude and time scale, NaN where the data do not determine them."""
    known = fits.determined[part]
    values = np.where(known, fits.parameters[part], np.nan)
    return values[:, 0], values[:, 1]


def _rest_frame_values(prefix: str, values: Mapping[str, np.ndarray], z: np.ndarray) -> dict[str, np.ndarray]:
    """Values of `_rest_frame_columns`."""
    return {
        f"{prefix}_tau_rest": values[f"{prefix}_drw_tau"] / (1.0 + z),
        f"{prefix}_gp_length_scale_rest": values[f"{prefix}_gp_matern_length_scale"] / (1.0 + z),
    }


def _cross_band_values(bands: Sequence[str], values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Values of `_cross_band_columns`, apart from the redshift."""

    def across(name: str) -> np.ndarray:
        return np.column_stack([values[f"{band}_{name}"] for band in bands])

    ratio = across("likelihood_ratio_drw_vs_gp")
    fitted = np.isfinite(ratio)
    any_fitted = fitted.any(axis=1)
    tau, sigma, sf_inf = (known_mean_and_std(across(f"drw_{name}"), ddof=0) for name in ("tau", "sigma", "SF_inf"))
    of_ratio = known_mean_and_std(ratio, ddof=0)
    combined = values["combined_likelihood_ratio_drw_vs_gp"]
    n_fitted = np.where(any_fitted, fitted.sum(axis=1), 1)
    return {
        "tau_mean_across_bands": tau.mean,
        "tau_std_across_bands": tau.std,
        "tau_cv_across_bands": tau.std / tau.mean,
        "sigma_cv_across_bands": sigma.std / sigma.mean,
        "sf_inf_cv_across_bands": sf_inf.std / sf_inf.mean,
        "lr_mean": of_ratio.mean,
        "lr_std": of_ratio.std,
        "lr_max": np.where(any_fitted, np.where(fitted, ratio, -np.inf).max(axis=1), np.nan),
        "lr_sign_agreement": np.where(any_fitted, (ratio > 0.0).sum(axis=1) / n_fitted, np.nan),
        "delta_tau_combined_minus_mean": values["combined_drw_tau"] - tau.mean,
        "abs_delta_lr_combined_minus_lr_mean": np.abs(combined - of_ratio.mean),
        "combined_prefers_drw": np.where(np.isfinite(combined), (combined > 0.0) * 1.0, np.nan),
    }
