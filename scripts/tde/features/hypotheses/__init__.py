"""Which colours and which light curve describe an object best: hypotheses against each other.

All bands are one curve times colours. Tidal disruption events are black bodies of nearly constant,
high temperature that fade like a power law; supernovae cool and fade exponentially; active nuclei
keep one colour and vary like a damped random walk. So each object is fitted with free colours,
black bodies of constant and of changing temperature, and parametric light curves times a black body;
the features are differences of their log-posteriors and the parameters with their errors.

Three selections of the data are asked (`tde.features.hypotheses.hypothesis_fits`): all observations, those of the
outburst alone, and - generator-aware - all with colours inside a window of phases only, because the
simulated data have none outside. Log-posteriors are natural, without the constants of the priors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tde.curves import Curves
from tde.features.hypotheses.hypothesis_fits import (
    ALL,
    BAZIN,
    CLIPPED,
    LOG_LIKELIHOOD,
    LOSS,
    MEDIAN,
    OUTBURST,
    POINTS,
    POWER,
    SHAPES,
    WINDOW,
    HypothesisFits,
    fit_hypotheses,
)
from tde.features.shared.edges import inside
from tde.features.shared.labels import GENERATOR, PHYSICS
from tde.features.table import Column
from tde.gp.rank_one_black_body import LOG_TEMPERATURE, LOG_TEMPERATURE_BOX, SLOPE, SLOPE_BOX
from tde.gp.rank_one_colours import TIME_SCALE_BOX
from tde.gp.rank_one_hypotheses import BLACK_BODY, COOLING, FREE
from tde.lightcurves import LightCurves
from tde.numerics.elementary import LN_10, exp, log, log_each
from tde.numerics.smoothing import to_tenths
from tde.parametric import bazin_black_body as parametric

MAGILL = "Magill et al. 2025, arXiv:2512.04946"
BAZIN_2009 = "Bazin et al. 2009, A&A 499, 653, eq. 1"
REES = "Rees 1988, Nature 333, 523; Phinney 1989, IAU Symp. 136, 543"

SELECTION_PREFIXES = {"": ALL, "window_": WINDOW, "outburst_": OUTBURST}
_OF = {
    "": "all observations",
    "window_": "colours only -50..150 rest-frame d from the peak",
    "outburst_": "observations of the outburst only",
}

BLACK_BODY_COLUMNS = [
    ("bb_minus_free", "", "log-posterior of a black body of constant temperature minus free constant colours"),
    ("cooling_minus_free", "", "log-posterior of a black body of changing temperature minus free constant colours"),
    ("cooling_minus_bb", "", "gain in log-posterior, not penalised, of a changing over a constant temperature"),
    ("bb_minus_free_per_point", "", "bb_minus_free / number of observations"),
    ("cooling_minus_free_per_point", "", "cooling_minus_free / number of observations"),
    ("bb_log_temperature", "", "ln(T / K) of the black body of constant temperature, NaN at the edge of 2.4..89 kK"),
    ("bb_log_temperature_err", "", "standard error of that ln T, NaN at the edge of 2.4..89 kK"),
    ("bb_log_length_scale_rest", "", "ln of the length scale of F in rest-frame days, black body"),
    ("cooling_log_temperature", "", "ln(T / K) at the peak of the black body of changing temperature, NaN at an edge"),
    ("cooling_log_temperature_err", "", "standard error of that ln T"),
    (
        "cooling_slope",
        "",
        "its change of ln T in 50 rest-frame days, -30..120 d from the peak, NaN at an edge of -1.5..1.5",
    ),
    ("cooling_slope_err", "", "standard error of that change"),
    ("cooling_slope_significance", "", "cooling_slope / cooling_slope_err"),
    ("cooling_log_temperature_50d", "", "ln(T / K) 50 rest-frame days after the peak"),
]
"""Columns of each selection."""

ALL_COLUMNS = [
    ("bb_minus_evolving", "", "log-posterior of a black body of constant temperature minus free evolving colours"),
    ("cooling_minus_evolving", "", "log-posterior of a black body of changing temperature minus free evolving colours"),
    ("bb_minus_drw", "", "log-posterior of a black body, F Matern-3/2, minus free colours, F a damped random walk"),
    (
        "cooling_minus_drw",
        "",
        "log-posterior of a black body of changing temperature, F Matern-3/2, minus free"
        " colours, F a damped random walk",
    ),
    ("bb_minus_grey", "", "log-posterior of a black body of constant temperature minus no colours"),
    ("free_minus_grey", "", "log-posterior of free constant colours minus no colours"),
    ("grey_minus_free_per_point", "", "log-posterior of no colours minus free colours / number of observations"),
]

WINDOW_COLUMNS = [
    ("window_bb_minus_all_free", "", "black body with the colour window minus free constant colours without"),
    ("window_bb_minus_all_free_per_point", "", "window_bb_minus_all_free / number of observations"),
    ("window_bb_minus_all_evolving", "", "black body with the colour window minus free evolving colours without"),
    ("window_cooling_minus_all_evolving", "", "changing temperature with the window minus evolving colours without"),
    ("window_cooling_minus_all_free", "", "changing temperature with the window minus free constant colours without"),
    ("window_bb_minus_all_bb", "", "black body of constant temperature with minus without the colour window"),
    ("window_cooling_minus_all_cooling", "", "black body of changing temperature with minus without the window"),
    ("window_free_minus_all_free", "", "free constant colours with minus without the colour window"),
    ("window_bb_minus_drw", "", "black body with the window minus free colours, F a damped random walk"),
    ("window_bb_minus_grey", "", "black body with the colour window minus no colours"),
    ("window_log_power", "", "ln(1 + sum of (flux / error)^2 of positive fluxes) inside the window"),
    ("window_n_points", "", "number of observations inside the window"),
    ("window_n_bands", "", "number of bands with flux / error > 5 inside the window"),
    ("window_outside_log_power", "", "as window_log_power, outside the window"),
]

OUTBURST_COLUMNS = [
    ("outburst_log_power", "", "ln(1 + sum of (flux / error)^2 of positive fluxes) of the outburst"),
    ("outburst_n_points", "", "number of observations of the outburst: F > 10 % of its peak and > 2 errors"),
    ("outburst_n_bands", "", "number of bands with flux / error > 5 in the outburst"),
]

SHAPE_COLUMNS = [
    ("loss", "", "robust loss per observation, sum(sqrt(1 + r^2) - 1) / n with priors"),
    ("median_chi2", "", "median of the squared residuals in errors"),
    ("clipped_chi2", "", "mean of the squared residuals in errors, each at most 50"),
    ("t0", "d", "t0 in rest-frame days from the peak of F, to 0.1 d"),
    ("log_tau_rise", "", "ln of the rise time in rest-frame days"),
    ("log_tau_fall", "", "ln of the fall time in rest-frame days"),
    ("rise_minus_fall", "", "log_tau_rise - log_tau_fall"),
    ("log_tau_fall_err", "", "standard error of log_tau_fall"),
    ("log_temperature", "", "ln(T / K) at t0"),
    ("log_temperature_err", "", "standard error of that ln T"),
    ("slope", "", "change of ln T in 50 rest-frame days, -30..120 d from t0"),
    ("slope_err", "", "standard error of that change"),
    ("log_temperature_50d", "", "ln(T / K) 50 rest-frame days after t0"),
    ("baseline", "", "constant flux B / peak of F"),
    ("log_amplitude", "", "log10 of the amplitude A / peak of F"),
    ("minus_gp_per_point", "", "log-likelihood per observation fitted minus the rank-one process's per observation"),
    ("minus_gp", "", "that difference times the number of observations fitted"),
]
"""Columns of each parametric light curve times a black body."""

_SHAPE_OF = {
    "bazin_bb": ("Bazin light curve times black body, all bands", PHYSICS, BAZIN_2009),
    "bazin_bb_window": ("the same, colours only -50..150 d from the peak", GENERATOR, f"{BAZIN_2009}; {MAGILL}"),
    "power_bb": ("rise and (1 + d / tau_fall)^(-5/3) decline times black body, all bands", PHYSICS, REES),
}

COMPARISONS = [
    ("power_minus_bazin", "", "loss of the exponential minus that of the power-law decline, both times a black body"),
    ("power_minus_bazin_per_point", "", "that difference / number of observations fitted"),
]


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [*_process_columns(), *_shape_columns()]


def _process_columns() -> Iterator[Column]:
    for prefix, of in _OF.items():
        label, source = (GENERATOR, MAGILL) if prefix == "window_" else (PHYSICS, "")
        for name, unit, meaning in BLACK_BODY_COLUMNS:
            yield Column(prefix + name, unit, f"{meaning}; {of}", label, source)
    for name, unit, meaning in ALL_COLUMNS + OUTBURST_COLUMNS:
        yield Column(name, unit, meaning)
    for name, unit, meaning in WINDOW_COLUMNS:
        yield Column(name, unit, meaning, GENERATOR, MAGILL)


def _shape_columns() -> Iterator[Column]:
    for shape in SHAPES:
        of, label, source = _SHAPE_OF[shape]
        for name, unit, meaning in SHAPE_COLUMNS:
            yield Column(f"{shape}_{name}", unit, f"{meaning}; {of}", label, source)
    for name, unit, meaning in COMPARISONS:
        yield Column(name, unit, meaning, PHYSICS, REES)


def compute(lightcurves: LightCurves, rank1: Curves) -> np.ndarray:
    """Features of all objects, shape (n_objects, n_columns), in the order of `columns`.

    The curves are those of `tde.features.rank1.fit`. NaN where a feature is not defined.
    """
    fits = fit_hypotheses(lightcurves, rank1)
    points = np.maximum(np.diff(lightcurves.offsets), 1).astype(np.float64)
    stretch = log_each(1.0 + lightcurves.z)
    values: dict[str, np.ndarray] = {}
    for prefix, selection in SELECTION_PREFIXES.items():
        used = np.maximum(fits.counts[:, OUTBURST, 1], 1.0) if selection == OUTBURST else points
        free = rank1.parameters["log_posterior"] if selection == ALL else fits.value[:, selection, FREE]
        named = _black_body_values(fits, selection, free, used, stretch)
        values |= {prefix + name: value for name, value in named.items()}
    values |= _comparisons_without_window(fits, rank1, points)
    values |= _comparisons_with_window(fits, rank1, points)
    values |= _counts(fits)
    for shape, name in enumerate(SHAPES):
        values |= {f"{name}_{key}": value for key, value in _shape_values(fits, shape, rank1, points).items()}
    loss = fits.shape_statistics[:, :, LOSS]
    values["power_minus_bazin"] = loss[:, BAZIN] - loss[:, POWER]
    values["power_minus_bazin_per_point"] = values["power_minus_bazin"] / fits.shape_statistics[:, POWER, POINTS]
    return np.column_stack([values[column.name] for column in columns()])


def _black_body_values(
    fits: HypothesisFits, selection: int, free: np.ndarray, points: np.ndarray, stretch: np.ndarray
) -> dict[str, np.ndarray]:
    """Values of `BLACK_BODY_COLUMNS` for one selection."""
    value, theta, errors = fits.value[:, selection], fits.theta[:, selection], fits.errors[:, selection]
    slope, slope_err = inside(theta[:, COOLING, SLOPE], *SLOPE_BOX), errors[:, COOLING, SLOPE]
    steady, at_peak = inside(theta[:, (BLACK_BODY, COOLING), LOG_TEMPERATURE], *LOG_TEMPERATURE_BOX).T
    constant, changing = value[:, BLACK_BODY] - free, value[:, COOLING] - free
    return {
        "bb_minus_free": constant,
        "cooling_minus_free": changing,
        "cooling_minus_bb": value[:, COOLING] - value[:, BLACK_BODY],
        "bb_minus_free_per_point": constant / points,
        "cooling_minus_free_per_point": changing / points,
        "bb_log_temperature": steady,
        "bb_log_temperature_err": errors[:, BLACK_BODY, LOG_TEMPERATURE],
        "bb_log_length_scale_rest": inside(theta[:, BLACK_BODY, 1], *TIME_SCALE_BOX) - stretch,
        "cooling_log_temperature": at_peak,
        "cooling_log_temperature_err": errors[:, COOLING, LOG_TEMPERATURE],
        "cooling_slope": slope,
        "cooling_slope_err": slope_err,
        "cooling_slope_significance": slope / slope_err,
        "cooling_log_temperature_50d": at_peak + slope,
    }


def _comparisons_without_window(fits: HypothesisFits, rank1: Curves, points: np.ndarray) -> dict[str, np.ndarray]:
    """Values of `ALL_COLUMNS`."""
    free, evolving, drw = (rank1.parameters[f"log_posterior{kind}"] for kind in ("", "_evolving", "_drw"))
    constant, changing = fits.value[:, ALL, BLACK_BODY], fits.value[:, ALL, COOLING]
    return {
        "bb_minus_evolving": constant - evolving,
        "cooling_minus_evolving": changing - evolving,
        "bb_minus_drw": constant - drw,
        "cooling_minus_drw": changing - drw,
        "bb_minus_grey": constant - fits.grey,
        "free_minus_grey": free - fits.grey,
        "grey_minus_free_per_point": (fits.grey - free) / points,
    }


def _comparisons_with_window(fits: HypothesisFits, rank1: Curves, points: np.ndarray) -> dict[str, np.ndarray]:
    """Values of the differences among `WINDOW_COLUMNS`."""
    free, evolving, drw = (rank1.parameters[f"log_posterior{kind}"] for kind in ("", "_evolving", "_drw"))
    window, everywhere = fits.value[:, WINDOW], fits.value[:, ALL]
    constant, changing = window[:, BLACK_BODY], window[:, COOLING]
    return {
        "window_bb_minus_all_free": constant - free,
        "window_bb_minus_all_free_per_point": (constant - free) / points,
        "window_bb_minus_all_evolving": constant - evolving,
        "window_cooling_minus_all_evolving": changing - evolving,
        "window_cooling_minus_all_free": changing - free,
        "window_bb_minus_all_bb": constant - everywhere[:, BLACK_BODY],
        "window_cooling_minus_all_cooling": changing - everywhere[:, COOLING],
        "window_free_minus_all_free": window[:, FREE] - free,
        "window_bb_minus_drw": constant - drw,
        "window_bb_minus_grey": constant - fits.grey,
    }


def _counts(fits: HypothesisFits) -> dict[str, np.ndarray]:
    """Signal and numbers of observations in the window and in the outburst."""
    values = {"window_outside_log_power": fits.counts[:, 0, 0]}
    for prefix, place in (("window_", WINDOW), ("outburst_", OUTBURST)):
        for j, name in enumerate(("log_power", "n_points", "n_bands")):
            values[prefix + name] = fits.counts[:, place, j]
    return values


def _log_tau_rise(log_rise: np.ndarray, log_fall: np.ndarray) -> np.ndarray:
    """Bazin's rise time, 1 / tau_rise = 1 / rise + 1 / fall."""
    both = np.column_stack([log_rise, log_fall])
    return np.array([-log(exp(-rise) + exp(-fall)) if rise == rise else np.nan for rise, fall in both])


def _shape_values(fits: HypothesisFits, shape: int, rank1: Curves, points: np.ndarray) -> dict[str, np.ndarray]:
    """Values of `SHAPE_COLUMNS` of one of `SHAPES`."""
    theta = inside(fits.shape_theta[:, shape], parametric.LOW, parametric.HIGH)
    errors, statistics = fits.shape_errors[:, shape], fits.shape_statistics[:, shape]
    used = statistics[:, POINTS]
    log_fall, log_rise = theta[:, parametric.LOG_FALL], theta[:, parametric.LOG_RISE]
    if shape != POWER:
        log_rise = _log_tau_rise(log_rise, log_fall)
    temperature, slope = theta[:, parametric.LOG_TEMPERATURE], theta[:, parametric.SLOPE]
    per_point = statistics[:, LOG_LIKELIHOOD] / used - rank1.parameters["log_likelihood"] / points
    return {
        "loss": statistics[:, LOSS] / used,
        "median_chi2": statistics[:, MEDIAN],
        "clipped_chi2": statistics[:, CLIPPED],
        "t0": to_tenths(parametric.T0_UNIT * theta[:, parametric.T0]),  # the best t0 can be the time of a visit
        "log_tau_rise": log_rise,
        "log_tau_fall": log_fall,
        "rise_minus_fall": log_rise - log_fall,
        "log_tau_fall_err": errors[:, parametric.LOG_FALL],
        "log_temperature": temperature,
        "log_temperature_err": errors[:, parametric.LOG_TEMPERATURE],
        "slope": slope,
        "slope_err": errors[:, parametric.SLOPE],
        "log_temperature_50d": temperature + slope,
        "baseline": theta[:, parametric.BASELINE],
        "log_amplitude": log_each(theta[:, parametric.AMPLITUDE]) / LN_10,
        "minus_gp_per_point": per_point,
        "minus_gp": per_point * used,
    }
