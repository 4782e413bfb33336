"""What is measured: one function per line of the speed table, and the time of each family.

Both sides fit the same fluxes in one process, and CPU time is taken. The module that is
measured is imported in its function: a line can be measured without the others.
"""

from __future__ import annotations

import math
import time
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import references
import yaml
from families import LEARNT, OPTIONS

from tde.features.registry import curves_read, fits_curves
from tde.features.table import family_module, fit_curves
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH
from tde.workflow.configuration.check import checked
from tde.workflow.plan import Plan

OPTIMUM_TOLERANCE = 1e-3
"""A maximum of the log-likelihood may be so much below the reference's."""

CHI2_TOLERANCE = 1.01
LEAST_GOOD_CHI2 = 0.97
"""Bazin: chi-squared may be so many times the reference's; share of the fits that must keep to it."""

SECONDS = 1.0
"""Our side is repeated until so much CPU time has passed: much of it takes a millisecond only."""

RANDOM_STARTS = 60
LOSS_TOLERANCE = 1.0
LEAST_GOOD_LOSS = 0.97
"""Black bodies: random starts of the reference, by how much the loss may exceed its, share of fits that keep to it."""

FROM_CURVES = ("statistics", "tde_physics", "colour", "powerlaw", "luminosity")
"""Statistics, and the families that only read fluxes and curves fitted before."""


@dataclass(frozen=True)
class Measurement:
    """One line of the speed table.

    Attributes
    ----------
    fit, reference : str
        What is measured, and what it is compared with; empty if with nothing.
    ours, theirs : float
        CPU time in milliseconds per object.
    least_ratio, most_ms : float
        What is required: theirs / ours, or ours.
    optimum : str
        How the optima compare, in words.
    optimum_met : bool
    """

    fit: str
    ours: float
    reference: str = ""
    theirs: float = math.nan
    least_ratio: float = math.nan
    most_ms: float = math.nan
    optimum: str = ""
    optimum_met: bool = True

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours

    @property
    def met(self) -> bool:
        too_slow = self.ratio < self.least_ratio or self.ours > self.most_ms
        return self.optimum_met and not too_slow


def cpu_time(function, seconds=0.0):
    """Result of ``function`` and its CPU time in milliseconds, repeated until ``seconds`` have passed."""
    start = time.process_time()
    n_calls = 0
    while n_calls == 0 or time.process_time() - start < seconds:
        result = function()
        n_calls += 1
    return result, 1e3 * (time.process_time() - start) / n_calls


def few(lightcurves):
    """Three objects, to compile and import everything before the clock runs."""
    return lightcurves.select(np.arange(min(3, len(lightcurves))))


# Fits per band


def band_series(lightcurves, least_points):
    """Every band with enough points as (mjd, flux, flux_err)."""
    series = []
    for rows in lightcurves:
        for band in range(len(BANDS)):
            mine = lightcurves.band[rows] == band
            if mine.sum() >= least_points:
                series.append(tuple(getattr(lightcurves, name)[rows][mine] for name in ("mjd", "flux", "flux_err")))
    return series


def flatten(series):
    """The series as offsets and flat arrays."""
    offsets = np.concatenate([[0], np.cumsum([len(mjd) for mjd, _, _ in series])])
    return offsets, *(np.concatenate(columns) for columns in zip(*series, strict=True))


def _one_dimensional(model, reference, lightcurves):
    """Times and differences of the maxima of a one-dimensional process, all means kept at the average."""
    from tde.gp.fit import MIN_POINTS, fit_series

    series = [(mjd, flux - flux.mean(), error) for mjd, flux, error in band_series(lightcurves, MIN_POINTS)]
    flat = flatten(series)
    options = {"white_noise": model == "matern32", "mean": np.zeros(len(series))}
    fit_series(model, *flat, **options)  # compile
    reference(*series[0])  # import
    fits, ours = cpu_time(lambda: fit_series(model, *flat, **options), SECONDS)
    maxima, theirs = cpu_time(lambda: np.array([reference(*one) for one in series]))
    return {"ours": ours / len(lightcurves), "theirs": theirs / len(lightcurves)} | _same_model(
        fits.log_likelihood - maxima
    )


def _same_model(difference):
    """How the maxima of one and the same likelihood compare."""
    good = difference >= -OPTIMUM_TOLERANCE
    text = f"log L ≥ theirs − {OPTIMUM_TOLERANCE} in {good.sum()} of {good.size}, worst {difference.min():+.5f}"
    return {"optimum": text, "optimum_met": bool(good.all())}


def drw(lightcurves):
    """Damped random walk per band."""
    return Measurement(
        fit="DRW, six bands",
        reference="dense Cholesky, SciPy L-BFGS-B, numerical gradients",
        least_ratio=300.0,
        **_one_dimensional("drw", references.dense_drw, lightcurves),
    )


def matern32(lightcurves):
    """Matern-3/2 and white noise per band."""
    return Measurement(
        fit="Matern-3/2 + white noise, six bands",
        reference="scikit-learn GaussianProcessRegressor, 2 restarts",
        least_ratio=250.0,
        **_one_dimensional("matern32", references.sklearn_matern32, lightcurves),
    )


def bazin(lightcurves):
    """Bazin function per band, where its highest flux is positive."""
    from tde.parametric.bazin_fit import MIN_POINTS, fit_series

    series = [one for one in band_series(lightcurves, MIN_POINTS) if one[1].max() > 0.0 and np.ptp(one[0]) > 1.0]
    flat = flatten(series)
    fit_series(*flat)  # compile
    references.scipy_bazin(*series[0])  # import
    fits, ours = cpu_time(lambda: fit_series(*flat), SECONDS)
    chi2, theirs = cpu_time(lambda: np.array([references.scipy_bazin(*one) for one in series]))
    found = np.isfinite(chi2)
    good = fits.chi2[found] <= CHI2_TOLERANCE * chi2[found]
    return Measurement(
        fit="Bazin function, six bands",
        reference="SciPy curve_fit",
        ours=ours / len(lightcurves),
        theirs=theirs / len(lightcurves),
        least_ratio=40.0,
        optimum=f"chi² ≤ {CHI2_TOLERANCE} theirs in {good.mean():.1%} of {good.size}"
        f" ({LEAST_GOOD_CHI2:.0%} required); they gave up on {(~found).sum()}",
        optimum_met=bool(good.mean() >= LEAST_GOOD_CHI2),
    )


# Fits in time and wavelength


def _references_in_wavelength(reference, lightcurves):
    """Maxima by a reference in time and wavelength, and its CPU time per object."""

    def fit(rows):
        wavelength = EFFECTIVE_WAVELENGTH[lightcurves.band[rows]]
        return reference(lightcurves.mjd[rows], wavelength, lightcurves.flux[rows], lightcurves.flux_err[rows])

    fit(lightcurves.rows(0))  # import
    maxima, theirs = cpu_time(lambda: np.array([fit(rows) for rows in lightcurves]))
    return maxima, theirs / len(lightcurves)


def _ours_in_wavelength(fit_objects, lightcurves):
    """Our fits in time and wavelength, and their CPU time per object."""

    def fit(some):
        return fit_objects(some.offsets, some.mjd, some.band, some.flux, some.flux_err)

    fit(few(lightcurves))  # compile
    fits, ours = cpu_time(lambda: fit(lightcurves), SECONDS)
    return fits, ours / len(lightcurves)


def in_time_and_wavelength(lightcurves):
    """The lines that share their references: separable and radial process."""
    from tde.gp import radial, separable_fit

    by_sklearn, sklearn_ms = _references_in_wavelength(references.sklearn_radial, lightcurves)
    by_george, george_ms = _references_in_wavelength(references.george_radial, lightcurves)
    separable, separable_ms = _ours_in_wavelength(separable_fit.fit_objects, lightcurves)
    dense, dense_ms = _ours_in_wavelength(radial.fit_objects, lightcurves)

    def other_model(maxima):
        gain = separable.log_likelihood - maxima
        return f"another model: log L higher in {np.mean(gain > 0.0):.0%}, median {np.median(gain):+.2f}"

    yield Measurement(
        fit="separable process in time and wavelength",
        reference="scikit-learn, radial Matern-3/2",
        ours=separable_ms,
        theirs=sklearn_ms,
        least_ratio=250.0,
        optimum=other_model(by_sklearn),
    )
    yield Measurement(
        fit="separable process in time and wavelength",
        reference="george, radial Matern-3/2 and free mean, L-BFGS-B on its gradient",
        ours=separable_ms,
        theirs=george_ms,
        least_ratio=150.0,
        optimum=other_model(by_george),
    )
    yield Measurement(
        fit="radial process (dense), same model",
        reference="scikit-learn, radial Matern-3/2",
        ours=dense_ms,
        theirs=sklearn_ms,
        least_ratio=2.0,
        **_same_model(dense.log_likelihood - by_sklearn),
    )


def black_bodies(lightcurves):
    """Light curves times a black body, against many climbs from anywhere in the box of the parameters."""
    from tde.features.hypotheses import hypothesis_fits
    from tde.features.shared.own_clock import on_own_clock
    from tde.parametric import bazin_black_body as parametric

    lightcurves = on_own_clock(lightcurves)
    curves = fit_curves("rank1", lightcurves, OPTIONS.get("rank1", {}))
    fit = hypothesis_fits.fit_hypotheses
    fit(few(lightcurves), curves.select(np.arange(3)))  # compile
    mine, ours = cpu_time(lambda: fit(lightcurves, curves), SECONDS)
    rng = np.random.default_rng(1)
    box = rng.uniform(parametric.LOW, parametric.HIGH, (RANDOM_STARTS, parametric.N_PARAMETERS))
    climbs = [(shape, (), range(RANDOM_STARTS)) for shape in range(len(hypothesis_fits.SHAPES))]
    with patch.object(parametric, "STARTS", box), patch.object(hypothesis_fits, "CLIMBS", climbs):
        other, theirs = cpu_time(lambda: fit(lightcurves, curves))
    loss, reference = (fits.shape_statistics[:, :, hypothesis_fits.LOSS].ravel() for fits in (mine, other))
    found = np.isfinite(reference)
    good = loss[found] <= reference[found] + LOSS_TOLERANCE
    return Measurement(
        fit="every hypothesis about an object; light curves times a black body among them",
        reference=f"the latter from {RANDOM_STARTS} random starts",
        ours=ours / len(lightcurves),
        theirs=theirs / len(lightcurves),
        least_ratio=4.0,
        optimum=f"loss ≤ theirs + {LOSS_TOLERANCE:g} in {good.mean():.1%} of {good.size}"
        f" ({LEAST_GOOD_LOSS:.0%} required)",
        optimum_met=bool(good.mean() >= LEAST_GOOD_LOSS),
    )


# Families


def rank1(lightcurves):
    """All variants of the rank-one fit."""
    options = OPTIONS.get("rank1", {})
    fit_curves("rank1", few(lightcurves), options)  # compile
    _, ours = cpu_time(lambda: fit_curves("rank1", lightcurves, options), SECONDS)
    return Measurement(fit="rank-one process, all its variants", ours=ours / len(lightcurves), most_ms=15.0)


def from_curves(lightcurves):
    """All families that need no fit of their own, together."""
    total = 0.0
    fitted = {}
    for family in FROM_CURVES:
        total += _family_times(family, lightcurves, fitted)[1]
    return Measurement(fit=f"features of {', '.join(FROM_CURVES)} together, curves given", ours=total, most_ms=2.0)


def _family_times(family, lightcurves, fitted):
    """CPU times of a family's fit (NaN if it has none) and of its features, in milliseconds per object.

    ``fitted`` keeps the curves, and the times of their fits, for the families that read them.
    """
    for name in (name for name in curves_read(family) if name not in fitted):
        options = OPTIONS.get(name, {})
        fit_curves(name, few(lightcurves), options)  # compile
        fitted[name] = cpu_time(lambda name=name, options=options: fit_curves(name, lightcurves, options), SECONDS)
    compute = family_module(family).compute
    arguments = (
        OPTIONS.get(family, {}) | LEARNT.get(family, {}) | {name: fitted[name][0] for name in curves_read(family)}
    )
    compute(lightcurves, **arguments)  # compile
    # a copy each time: a family may remember what it has worked out of an object
    _, features = cpu_time(lambda: compute(copy(lightcurves), **arguments), SECONDS)
    fit = fitted[family][1] if fits_curves(family) else math.nan
    return fit / len(lightcurves), features / len(lightcurves)


def family_times(lightcurves):
    """For each family that the default models read, CPU times of its fit and of its features, see `_family_times`."""
    fitted = {}
    config = yaml.safe_load((Path(__file__).resolve().parents[2] / "config.yaml").read_text(encoding="utf-8"))
    return {family: _family_times(family, lightcurves, fitted) for family in Plan(checked(config)).families}


def all_measurements(lightcurves):
    """The lines of the speed table, one after the other."""
    yield drw(lightcurves)
    yield matern32(lightcurves)
    yield from in_time_and_wavelength(lightcurves)
    yield rank1(lightcurves)
    yield bazin(lightcurves)
    yield black_bodies(lightcurves)
    yield from_curves(lightcurves)
