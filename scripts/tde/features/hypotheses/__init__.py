"""Which colours and which light curve describe an object best: hypotheses against each other.

All bands are one curve times colours. Tidal disruption events are black bodies of nearly constant,
high temperature that fade like a power law; supernovae cool and fade exponentially; active nuclei
keep one colour and vary like a damped random walk. So each object is fitted with free colours,
black bodies of constant and of changing temperature, and parametric light curves times a black body;
the features are differences of their log-posteriors and the parameters with their errors.

Three selections of the data are asked (`tde.features.hypotheses.hypothesis_fits`): all observations, those of the
outburst alone, and - generator-aware - all with colours inside a window of phases only, because the
simulated data have none outside: -50..150 rest-frame days from the peak. Likelihoods and posteriors
have natural logarithms, the latter without the constants of the priors, temperatures decimal ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numba import njit

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
from tde.features.shared.conventions import FLAGGED, LIKELIHOOD_GAIN, REST, flag_of, nan_at_edge
from tde.features.shared.edges import at_edge, inside
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
_WINDOW = "colours only in the simulation's window"
_OF = {
    "": ("all observations", PHYSICS, ""),
    "window_": (_WINDOW, GENERATOR, MAGILL),
    "outburst_": ("observations of the outburst only", PHYSICS, ""),
}
"""Selection, label and source by the prefix of the columns."""

_STEADY, _CHANGING = "a steady black body", "a cooling or heating black body"
_T_EDGE, _SLOPE_EDGE = nan_at_edge("2.4..89 kK"), nan_at_edge("-0.65..0.65")

BLACK_BODY_COLUMNS = [
    Column("bb_minus_free", "", f"ln posterior of {_STEADY} minus free constant colours"),
    Column("cooling_minus_free", "", f"ln posterior of {_CHANGING} minus free constant colours"),
    Column("cooling_minus_bb", "", f"{LIKELIHOOD_GAIN}: ln posterior of a cooling or heating over a steady black body"),
    Column("bb_minus_free_per_point", "", "bb_minus_free / number of observations"),
    Column("cooling_minus_free_per_point", "", "cooling_minus_free / number of observations"),
    Column("bb_log_temperature", "dex(K)", f"log10(T / K) of {_STEADY}", frame=REST, edge=_T_EDGE),
    Column("bb_log_temperature_err", "dex", "standard error of that log10 T", edge=_T_EDGE),
    Column("bb_log_length_scale_rest", "", "ln(l / d), length scale of F, black body", frame=REST, edge=nan_at_edge()),
    Column("cooling_log_temperature", "dex(K)", f"log10(T / K) at the peak of {_CHANGING}", frame=REST, edge=_T_EDGE),
    Column("cooling_log_temperature_err", "dex", "standard error of that log10 T", edge=_T_EDGE),
    Column(
        "cooling_slope",
        "dex",
        "its change of log10 T in 50 d, -30..120 d from the peak, positive: heats",
        frame=REST,
        edge=_SLOPE_EDGE,
    ),
    Column("cooling_slope_err", "dex", "standard error of that change of log10 T", edge=_SLOPE_EDGE),
    Column("cooling_slope_significance", "", "cooling_slope / cooling_slope_err"),
    Column(
        "cooling_log_temperature_50d",
        "dex(K)",
        "log10(T / K) 50 d after the peak, observed until then",
        frame=REST,
        edge=nan_at_edge(),
    ),
]
"""Columns of each selection."""

ALL_COLUMNS = [
    Column("bb_minus_evolving", "", f"ln posterior of {_STEADY} minus free evolving colours"),
    Column("cooling_minus_evolving", "", f"ln posterior of {_CHANGING} minus free evolving colours"),
    Column("bb_minus_drw", "", f"ln posterior of {_STEADY}, F Matern-3/2, minus free colours, F a damped random walk"),
    Column(
        "cooling_minus_drw",
        "",
        f"ln posterior of {_CHANGING}, F Matern-3/2, minus free colours, F a damped random walk",
    ),
    Column("bb_minus_grey", "", f"ln posterior of {_STEADY} minus no colours"),
    Column("free_minus_grey", "", f"{LIKELIHOOD_GAIN}: ln posterior of free constant colours minus no colours"),
    Column("grey_minus_free_per_point", "", "ln posterior of no colours minus free colours / number of observations"),
]

WINDOW_COLUMNS = [
    Column(name, "", f"ln posterior of {meaning}")
    for name, meaning in (
        ("window_bb_minus_all_free", f"{_STEADY}, with the colour window, minus free constant colours without"),
        ("window_bb_minus_all_free_per_point", f"{_STEADY}, with, minus free colours without / number of observations"),
        ("window_bb_minus_all_evolving", f"{_STEADY}, with the colour window, minus free evolving colours without"),
        ("window_cooling_minus_all_evolving", f"{_CHANGING}, with the window, minus free evolving colours without"),
        ("window_cooling_minus_all_free", f"{_CHANGING}, with the window, minus free constant colours without"),
        ("window_bb_minus_all_bb", f"{_STEADY} with minus without the colour window"),
        ("window_cooling_minus_all_cooling", f"{_CHANGING} with minus without the colour window"),
        ("window_free_minus_all_free", "free constant colours with minus without the colour window"),
        ("window_bb_minus_drw", f"{_STEADY}, with the window, minus free colours, F a damped random walk"),
        ("window_bb_minus_grey", f"{_STEADY}, with the colour window, minus no colours"),
    )
] + [
    Column("window_log_power", "", "ln(1 + sum of (flux / error)^2 of positive fluxes) inside the window"),
    Column("window_n_points", "", "number of observations inside the window, -50 to 150 d from the peak", frame=REST),
    Column("window_n_bands", "", "number of bands with flux / error > 5 inside the window"),
    Column("window_outside_log_power", "", "ln(1 + sum of (flux / error)^2 of positive fluxes) outside the window"),
]

OUTBURST_COLUMNS = [
    Column("outburst_log_power", "", "ln(1 + sum of (flux / error)^2 of positive fluxes) of the outburst"),
    Column("outburst_n_points", "", "number of observations of the outburst: F > 10 % of its peak and > 2 errors"),
    Column("outburst_n_bands", "", "number of bands with flux / error > 5 in the outburst"),
]

SHAPE_COLUMNS = [
    Column("loss", "", "robust loss per observation, sum(sqrt(1 + r^2) - 1) / n with priors"),
    Column("median_chi2", "", "median of the squared residuals in errors"),
    Column("clipped_chi2", "", "mean of the squared residuals in errors, each at most 50"),
    Column("t0", "d", "t0 from the peak of F, to 0.1 d", frame=REST, edge=FLAGGED),
    flag_of("t0"),
    Column("log_tau_rise", "", "ln of the rise time in d", frame=REST, edge=FLAGGED),
    flag_of("log_tau_rise"),
    Column(
        "log_tau_fall",
        "",
        "ln of the fall time in d, NaN with a standard error above 1",
        frame=REST,
        edge=FLAGGED,
    ),
    flag_of("log_tau_fall"),
    Column("rise_minus_fall", "", "ln(rise time / fall time) of a known fall time", edge=FLAGGED),
    Column("log_tau_fall_err", "", "standard error of ln of the fall time", edge=nan_at_edge()),
    Column("log_temperature", "dex(K)", "log10(T / K) at t0", frame=REST, edge=nan_at_edge("3..80 kK")),
    Column("log_temperature_err", "dex", "standard error of that log10 T", edge=nan_at_edge()),
    Column("slope", "dex", "change of log10 T in 50 d, -30..120 d from t0", frame=REST, edge=_SLOPE_EDGE),
    Column("slope_err", "dex", "standard error of that change of log10 T", edge=nan_at_edge()),
    Column(
        "log_temperature_50d",
        "dex(K)",
        "log10(T / K) 50 d after t0, observed until then",
        frame=REST,
        edge=nan_at_edge(),
    ),
    Column("baseline", "", "fitted constant flux B / peak of F", edge=nan_at_edge()),
    Column("log_amplitude", "", "ln of the fitted amplitude A / peak of F", edge=nan_at_edge()),
    Column(
        "minus_gp_per_point",
        "",
        "ln likelihood per observation fitted minus the rank-one process's per observation",
    ),
    Column("minus_gp", "", "that difference of ln likelihoods times the number of observations fitted"),
]
"""Columns of each parametric light curve times a black body."""

_SHAPE_OF = {
    "bazin_bb": ("Bazin light curve times black body, all bands", PHYSICS, BAZIN_2009),
    "bazin_bb_window": (f"the same, {_WINDOW}", GENERATOR, f"{BAZIN_2009}; {MAGILL}"),
    "power_bb": ("rise and power-law decline of index -5/3 times black body, all bands", PHYSICS, REES),
}

COMPARISONS = [
    Column("power_minus_bazin", "", "loss of the exponential minus that of the power-law decline, times a black body"),
    Column("power_minus_bazin_per_point", "", "that difference of losses / number of observations fitted"),
]


LATER = 50.0
"""Days after the peak, or t0, of the temperatures `50d`."""

LARGEST_LOG_ERROR = 1.0
"""Standard error of ln of a fall time above which it is not known."""


def columns() -> list[Column]:
    """The columns, in the order of `compute`."""
    return [*_process_columns(), *_shape_columns()]


def _process_columns() -> Iterator[Column]:
    for prefix, (of, label, source) in _OF.items():
        for column in BLACK_BODY_COLUMNS:
            yield _of(prefix + column.name, column, of, label, source)
    yield from ALL_COLUMNS + OUTBURST_COLUMNS
    for column in WINDOW_COLUMNS:
        yield column._replace(label=GENERATOR, source=MAGILL)


def _shape_columns() -> Iterator[Column]:
    for shape in SHAPES:
        of, label, source = _SHAPE_OF[shape]
        for column in SHAPE_COLUMNS:
            yield _of(f"{shape}_{column.name}", column, of, label, source)
    for column in COMPARISONS:
        yield column._replace(source=REES)


def _of(name: str, column: Column, of: str, label: str, source: str) -> Column:
    """A column of one selection or shape."""
    return column._replace(name=name, meaning=f"{column.meaning}; {of}", label=label, source=source)


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
    slope, slope_err = inside(theta[:, COOLING, SLOPE], *SLOPE_BOX) / LN_10, errors[:, COOLING, SLOPE] / LN_10
    steady, at_peak = inside(theta[:, (BLACK_BODY, COOLING), LOG_TEMPERATURE], *LOG_TEMPERATURE_BOX).T / LN_10
    steady_err, at_peak_err = errors[:, (BLACK_BODY, COOLING), LOG_TEMPERATURE].T / LN_10
    constant, changing = value[:, BLACK_BODY] - free, value[:, COOLING] - free
    return {
        "bb_minus_free": constant,
        "cooling_minus_free": changing,
        "cooling_minus_bb": value[:, COOLING] - value[:, BLACK_BODY],
        "bb_minus_free_per_point": constant / points,
        "cooling_minus_free_per_point": changing / points,
        "bb_log_temperature": steady,
        "bb_log_temperature_err": steady_err,
        "bb_log_length_scale_rest": inside(theta[:, BLACK_BODY, 1], *TIME_SCALE_BOX) - stretch,
        "cooling_log_temperature": at_peak,
        "cooling_log_temperature_err": at_peak_err,
        "cooling_slope": slope,
        "cooling_slope_err": slope_err,
        "cooling_slope_significance": slope / slope_err,
        "cooling_log_temperature_50d": np.where(fits.last_phase >= LATER, at_peak + slope, np.nan),
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


@njit(cache=True, error_model="numpy")
def _log_tau_rise(log_rise: np.ndarray, log_fall: np.ndarray) -> np.ndarray:
    """Bazin's rise time, 1 / tau_rise = 1 / rise + 1 / fall."""
    out = np.full(log_rise.size, np.nan)
    for i in range(out.size):
        if not math.isnan(log_rise[i]):
            out[i] = -log(exp(-log_rise[i]) + exp(-log_fall[i]))
    return out


def _shape_values(fits: HypothesisFits, shape: int, rank1: Curves, points: np.ndarray) -> dict[str, np.ndarray]:
    """Values of `SHAPE_COLUMNS` of one of `SHAPES`."""
    theta, flags = fits.shape_theta[:, shape], at_edge(fits.shape_theta[:, shape], parametric.LOW, parametric.HIGH)
    known = inside(theta, parametric.LOW, parametric.HIGH)
    errors, statistics = fits.shape_errors[:, shape], fits.shape_statistics[:, shape]
    used = statistics[:, POINTS]
    log_fall, log_rise = theta[:, parametric.LOG_FALL], theta[:, parametric.LOG_RISE]
    if shape != POWER:
        log_rise = _log_tau_rise(log_rise, log_fall)
    told = (flags[:, parametric.LOG_FALL] != 0.0) | (errors[:, parametric.LOG_FALL] <= LARGEST_LOG_ERROR)
    log_fall = np.where(told, log_fall, np.nan)
    t0 = parametric.T0_UNIT * theta[:, parametric.T0]
    temperature, slope = (known[:, place] / LN_10 for place in (parametric.LOG_TEMPERATURE, parametric.SLOPE))
    per_point = statistics[:, LOG_LIKELIHOOD] / used - rank1.parameters["log_likelihood"] / points
    return {
        "loss": statistics[:, LOSS] / used,
        "median_chi2": statistics[:, MEDIAN],
        "clipped_chi2": statistics[:, CLIPPED],
        "t0": to_tenths(t0),  # the best t0 can be the time of a visit
        "t0_edge": flags[:, parametric.T0],
        "log_tau_rise": log_rise,
        "log_tau_rise_edge": flags[:, parametric.LOG_RISE],
        "log_tau_fall": log_fall,
        "log_tau_fall_edge": flags[:, parametric.LOG_FALL],
        "rise_minus_fall": log_rise - log_fall,
        "log_tau_fall_err": errors[:, parametric.LOG_FALL],
        "log_temperature": temperature,
        "log_temperature_err": errors[:, parametric.LOG_TEMPERATURE] / LN_10,
        "slope": slope,
        "slope_err": errors[:, parametric.SLOPE] / LN_10,
        "log_temperature_50d": np.where(fits.last_phase - t0 >= LATER, temperature + slope, np.nan),
        "baseline": known[:, parametric.BASELINE],
        "log_amplitude": log_each(known[:, parametric.AMPLITUDE]),
        "minus_gp_per_point": per_point,
        "minus_gp": per_point * used,
    }
