"""Fits behind the family `hypotheses`: every hypothesis about every object.

Each hypothesis of `tde.gp.rank_one_hypotheses` is asked of a selection of the data: of all
observations; of all, but with colours only within a window of phases and c = 1 outside, as MALLORN
was simulated; or of the observations of the outburst alone. Beside them are parametric light curves
times a black body (`tde.parametric.bazin_black_body`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.black_body.cooling import make_design, wavelength_terms
from tde.curves import Curves
from tde.gp import rank_one_hypotheses as gp
from tde.gp.filter_colours import FILTER_COLOURS
from tde.gp.rank_one_colours import COLOUR_BANDS, PHASE_RANGE, PHASE_UNIT, REFERENCE, constant_design
from tde.gp.slots import OTHERS, find_slots
from tde.lightcurves import LightCurves
from tde.numerics.elementary import LOG_2PI, log_each
from tde.parametric import bazin_black_body as parametric
from tde.photometry import EFFECTIVE_WAVELENGTH

SELECTIONS = ("all", "window", "outburst")
ALL, WINDOW, OUTBURST = range(len(SELECTIONS))

MIN_POINTS = 2
"""Fewest observations of a selection for fits of the rank-one process."""

COLOUR_WINDOW = (-50.0, 150.0)
"""Rest-frame days from the peak between which simulated MALLORN light curves have colours
(Magill et al. 2025, arXiv:2512.04946); outside, all bands are equal."""

OUTBURST_LEVEL = 0.1
OUTBURST_SIGNIFICANCE = 2.0
"""An outburst lasts while F is above this share of its peak and above so many of its errors."""

SHAPES = ("bazin_bb", "bazin_bb_window", "power_bb")
BAZIN, BAZIN_WINDOW, POWER = range(len(SHAPES))
"""Parametric fits: exponential decline without and with the colour window, power-law decline without."""

CLIMBS = (
    (POWER, (), (0, 1)),
    (BAZIN, (POWER,), (0, 2)),
    (POWER, (POWER, BAZIN), (2,)),
    (BAZIN_WINDOW, (BAZIN, POWER), (2,)),
)
"""Fits of the shapes, one after the other: which, from the optima of which, and from which of
`tde.parametric.bazin_black_body.STARTS`. The optimum of one shape is often near that of another: so fewer climbs
miss no more than all starts for each shape would. The benchmark of the fits says how often they do."""

SHAPE_RANGE = (-400.0, 700.0)
"""Rest-frame days from the peak of the observations that parametric fits use."""

SHAPE_MIN_POINTS = 8
"""Fewest observations for a parametric fit, which has seven parameters."""

CLIPPED_CHI2 = 50.0
"""Squared residuals above this count as this in their clipped mean."""

DETECTION = 5.0
"""Signal to noise of a detection in a band."""

SHAPE_STATISTICS = ("loss", "median", "clipped", "log_likelihood", "points")
LOSS, MEDIAN, CLIPPED, LOG_LIKELIHOOD, POINTS = range(len(SHAPE_STATISTICS))

PLACES = ("outside", "window", "outburst")
COUNTS = ("log_power", "points", "bands")


class HypothesisFits(NamedTuple):
    """Results of ``n`` objects; NaN where there is no fit.

    Attributes
    ----------
    grey : ndarray, shape (n,)
        Maximum of the log-posterior without colours.
    value : ndarray, shape (n, 3, 3)
        Maxima of the log-posteriors by `SELECTIONS` and `tde.gp.rank_one_hypotheses.MODELS`;
        that of free colours of all observations is the curve family's.
    theta, errors : ndarray, shape (n, 3, 3, 7)
        Their parameters and standard errors; unused places are NaN.
    shape_theta, shape_errors : ndarray, shape (n, 3, 7)
        Parameters of `SHAPES`, fluxes in units of the peak, and their standard errors.
    shape_statistics : ndarray, shape (n, 3, 5)
        By `SHAPE_STATISTICS`: sum of the robust loss, median and clipped mean of the squared
        residuals, Gaussian log-likelihood and number of the observations fitted.
    counts : ndarray, shape (n, 3, 3)
        Of the observations outside the window, inside it, and of the outburst (`PLACES`): logarithm
        of 1 + the sum of squared signal to noise, number, number of bands with a detection (`COUNTS`).
    last_phase : ndarray, shape (n,)
        Rest-frame days from the peak to the last observation.
    """

    grey: np.ndarray
    value: np.ndarray
    theta: np.ndarray
    errors: np.ndarray
    shape_theta: np.ndarray
    shape_errors: np.ndarray
    shape_statistics: np.ndarray
    counts: np.ndarray
    last_phase: np.ndarray


class _Object(NamedTuple):
    """Observations of one object, phases in rest-frame days from the peak, wavelengths at rest."""

    mjd: np.ndarray
    band: np.ndarray
    slot: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray
    phase: np.ndarray
    in_window: np.ndarray
    in_outburst: np.ndarray
    wavelength: np.ndarray
    wavelength_r: float


class _Starts(NamedTuple):
    """Parameters of the process and colours to start from: with those of the LSST bands, and of the slots."""

    bands: np.ndarray
    slots: np.ndarray


class OutburstRange(NamedTuple):
    """First and last time of an outburst (MJD)."""

    first: float
    last: float


def outburst_range(
    mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak_mjd: float, peak_flux: float
) -> OutburstRange:
    """First and last time of the outburst around the peak of a smooth curve.

    Parameters
    ----------
    mjd, flux, flux_err : ndarray, shape (m,)
        The curve with its standard deviation, m > 0.
    peak_mjd, peak_flux : float

    Returns
    -------
    first, last : float
        The last grid points, to either side of the peak, down to which the curve stays above
        `OUTBURST_LEVEL` of the peak and `OUTBURST_SIGNIFICANCE` of its errors; both ``peak_mjd``
        if the peak itself does not.
    """
    peak = int(np.argmin(np.abs(mjd - peak_mjd)))
    low = (flux <= OUTBURST_LEVEL * peak_flux) | (flux <= OUTBURST_SIGNIFICANCE * flux_err)
    if low[peak]:
        return OutburstRange(peak_mjd, peak_mjd)
    before, after = np.flatnonzero(low[:peak]), np.flatnonzero(low[peak:])
    first = before[-1] + 1 if before.size else 0
    last = peak + after[0] - 1 if after.size else len(mjd) - 1
    return OutburstRange(float(mjd[first]), float(mjd[last]))


def _count(one: _Object, use: np.ndarray) -> tuple[float, float, float]:
    """`COUNTS` of some observations; negative fluxes are no signal, and nothing observed has no power."""
    ratio = one.flux[use] / one.flux_err[use]
    power = np.maximum(ratio, 0.0) ** 2
    log_power = log_each(np.array([1.0 + power.sum()]))[0] if use.any() else np.nan
    return log_power, use.sum(), len(np.unique(one.band[use][ratio > DETECTION]))


def _fit_processes(one: _Object, start: _Starts, value: np.ndarray, theta: np.ndarray, errors: np.ndarray) -> None:
    """Fit the hypotheses on the rank-one process for the three selections of one object."""
    term = np.clip(one.phase, *PHASE_RANGE) / PHASE_UNIT
    everything = np.ones(one.mjd.size, dtype=np.bool_)
    for selection in range(len(SELECTIONS)):
        use = one.in_outburst if selection == OUTBURST else everything
        if use.sum() < MIN_POINTS:
            continue
        series, log_scale = gp.make_series(one.mjd[use], one.flux[use], one.flux_err[use])
        coloured = (one.in_window if selection == WINDOW else everything)[use]
        fit = (series, log_scale, theta[selection], errors[selection])
        if selection != ALL:
            X = constant_design(one.slot[use]) * coloured[:, None]
            value[selection, gp.FREE] = gp.fit_free(start.slots, X, *fit)
        design = make_design(term[use], wavelength_terms(one.wavelength[use], coloured, one.wavelength_r))
        value[selection, gp.BLACK_BODY :] = gp.fit_black_bodies(start.bands, design, *fit)


def _shape_data(one: _Object, near: np.ndarray, scale: float, shape: int) -> parametric.ShapeData:
    """What the fit of a shape reads, of the observations ``near`` the peak, fluxes in units of ``scale``."""
    coloured = one.in_window[near] if shape == BAZIN_WINDOW else np.ones(int(near.sum()), dtype=np.bool_)
    decline = parametric.POWER_LAW if shape == POWER else parametric.EXPONENTIAL
    terms = wavelength_terms(one.wavelength[near], coloured, one.wavelength_r)
    return parametric.make_data(one.phase[near], one.flux[near] / scale, one.flux_err[near] / scale, terms, decline)


def _fit_shapes(one: _Object, scale: float, theta: np.ndarray, errors: np.ndarray, statistics: np.ndarray) -> None:
    """Fit the parametric shapes to one object, to the fluxes in units of ``scale``, in the order of `CLIMBS`."""
    near = (one.phase >= SHAPE_RANGE[0]) & (one.phase <= SHAPE_RANGE[1])
    n = int(near.sum())
    if n < SHAPE_MIN_POINTS or not 1e-100 < scale < 1e100:
        return
    log_norm = log_each(one.flux_err[near]).sum() + 0.5 * n * LOG_2PI
    for shape, optima, own in CLIMBS:
        data = _shape_data(one, near, scale, shape)
        found = [theta[other] for other in optima if np.isfinite(theta[other]).all()]
        starts = np.vstack([*found, parametric.STARTS[list(own)]])
        reached = parametric.fit(data, starts, theta[shape], errors[shape])
        if np.isfinite(reached):
            residual = parametric.residuals(data, n)
            square = residual * residual
            clipped = np.minimum(square, CLIPPED_CHI2).mean()
            statistics[shape] = -reached, np.median(square), clipped, -0.5 * square.sum() - log_norm, n


def _fit_object(one: _Object, start: _Starts, scale: float, i: int, fits: HypothesisFits) -> None:
    """Fit one object and fill its place in the results."""
    series, log_scale = gp.make_series(one.mjd, one.flux, one.flux_err)
    fits.grey[i] = gp.fit_grey(start.bands, series, log_scale)
    fits.counts[i, OUTBURST] = _count(one, one.in_outburst)
    if not np.isfinite(one.wavelength_r):
        return
    fits.counts[i, 0] = _count(one, ~one.in_window)
    fits.counts[i, WINDOW] = _count(one, one.in_window)
    fits.last_phase[i] = one.phase[-1]
    _fit_processes(one, start, fits.value[i], fits.theta[i], fits.errors[i])
    _fit_shapes(one, scale, fits.shape_theta[i], fits.shape_errors[i], fits.shape_statistics[i])


def _nothing(n: int) -> HypothesisFits:
    """Results of ``n`` objects before any fit."""
    n_gp, n_shape, shapes = gp.N_PARAMETERS, parametric.N_PARAMETERS, len(SHAPES)
    pairs = (n, len(SELECTIONS), len(gp.MODELS))
    sizes = [(n,), pairs, (*pairs, n_gp), (*pairs, n_gp), (n, shapes, n_shape), (n, shapes, n_shape)]
    sizes += [(n, shapes, len(SHAPE_STATISTICS)), (n, len(PLACES), len(COUNTS)), (n,)]
    return HypothesisFits(*(np.full(size, np.nan) for size in sizes))


_READ = ("mjd", "band", "flux", "flux_err", "wavelength")


def _starts(rank1: Curves) -> _Starts:
    """The optima of the rank-one process with constant colours, shape (n, 7) each."""
    names = ["log_s", "log_length_scale", *(f"log_colour_{band}" for band in COLOUR_BANDS)]
    bands = np.array([rank1.parameters[name] for name in names]).T
    own = np.array([rank1.parameters[name] for name in FILTER_COLOURS]).T
    level = own[:, REFERENCE]
    colours = own[:, OTHERS] - level[:, None]
    return _Starts(bands, np.column_stack([bands[:, 0] + level, bands[:, 1], colours]))


def fit_hypotheses(lightcurves: LightCurves, rank1: Curves) -> HypothesisFits:
    """Fit every hypothesis to every object.

    Parameters
    ----------
    lightcurves : LightCurves
    rank1 : Curves
        Of the same objects, with the parameters log_s, log_length_scale, log_colour_{u,g,i,z,y},
        filter_colour_{0..5}, peak_mjd, peak_flux, peak_flux_err. Objects without a curve are not fitted.
    """
    fits = _nothing(len(lightcurves))
    slot = find_slots(lightcurves.offsets, lightcurves.filter, lightcurves.filters).slot
    starts = _starts(rank1)
    peak_mjd, peak_flux, peak_flux_err = (rank1.parameters[f"peak_{name}"] for name in ("mjd", "flux", "flux_err"))
    for i, rows in enumerate(lightcurves):
        grid = rank1.rows(i)
        start = _Starts(np.array(starts.bands[i]), np.array(starts.slots[i]))
        if not np.isfinite(start.bands).all() or grid.stop == grid.start or rows.stop - rows.start < MIN_POINTS:
            continue
        mjd, band, flux, flux_err, wavelength = (np.array(getattr(lightcurves, name)[rows]) for name in _READ)
        curve = (rank1.mjd[grid], rank1.flux[grid, 0], rank1.flux_err[grid, 0])
        first, last = outburst_range(*curve, peak_mjd[i], peak_flux[i])
        stretch = 1.0 + lightcurves.z[i] if lightcurves.z[i] > -1.0 else np.nan
        phase = (mjd - peak_mjd[i]) / stretch
        in_window = (phase >= COLOUR_WINDOW[0]) & (phase <= COLOUR_WINDOW[1])
        in_outburst = (mjd >= first) & (mjd <= last)
        at_rest = (wavelength / stretch, float(EFFECTIVE_WAVELENGTH[REFERENCE] / stretch))
        one = _Object(mjd, band, np.array(slot[rows]), flux, flux_err, phase, in_window, in_outburst, *at_rest)
        _fit_object(one, start, max(peak_flux[i], peak_flux_err[i]), i, fits)
    return fits
