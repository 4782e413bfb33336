"""Evolution of colours and of the black-body temperature along the curves of `gp2d`.

Days are counted from the peak of `gp2d` (``peak_mjd``). Every quantity that depends on
them comes twice: in days of the observer, as a public table has it, and, with the suffix
``_rest``, in days of the source's rest frame. Curves are read every 5 d from -20 to 150 d
and, where the grid is wider, linearly in between.

A band has a magnitude only where its posterior flux is at least 3 posterior standard
deviations above zero, and where it has a curve: a band that was not observed has none
(`tde.features.gp2d.posterior_curves`). Elsewhere the colour is NaN. Colours are of
de-reddened fluxes, in AB magnitudes, not K-corrected.

Temperatures are those of the black body with free amplitude that is most probable given
the posterior fluxes at one epoch of all bands with a curve, faint ones included
(`tde.black_body.temperature`): at least two bands at 3 standard deviations and a standard error of ln T up to 0.5 are
needed. They are of the source's rest frame in both versions, so without a redshift all
are NaN; only the days differ.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from tde.black_body.temperature import N_NODES, node_colours
from tde.curves import Curves
from tde.features.colour import colour_evolution as evolution
from tde.features.shared.conventions import OBSERVER, REST, nan_at_edge
from tde.features.shared.curve_peak import is_inside, peak_epoch, peak_point
from tde.features.table import Column
from tde.lightcurves import LightCurves
from tde.numerics.regular_grid import resample
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

IN_REST_FRAME = "_rest"
"""Suffix of a column whose days are those of the rest frame."""


def _epoch_name(days: int) -> str:
    """How the public table calls a phase."""
    return "peak" if days == 0 else f"{'post' if days > 0 else 'pre'}_{abs(days)}d"


def _epoch_meaning(days: int) -> str:
    return "at the peak" if days == 0 else f"{abs(days)} d {'after' if days > 0 else 'before'} the peak"


_TEMPERATURE = "rest-frame black-body temperature"
_EDGE = nan_at_edge("2.5..100 kK")

OF_COLOUR = [
    *(Column(_epoch_name(days), "mag", _epoch_meaning(days)) for days in evolution.EPOCHS),
    *(
        Column(f"slope_{days}d", "mag / d", f"least-squares slope, 0 to {days} d; over half of the phases known")
        for days in evolution.SLOPE_RANGES
    ),
    Column("std", "mag", "standard deviation (n - 1), -20 to 150 d, known over 30 d or more"),
    Column("range", "mag", "greatest minus least value, -20 to 150 d, known over 30 d or more"),
    Column("curvature", "mag / d2", "(slope from 50 to 100 d - slope from 0 to 50 d) / 50 d"),
    Column("late_stability", "mag", "standard deviation (n - 1), 75 to 150 d, known over 30 d or more"),
    Column("late_mean", "mag", "mean, 75 to 150 d, known over 30 d or more"),
]
OF_TEMPERATURE = [
    *(
        Column(f"temp_{_epoch_name(days)}", "kK", f"{_TEMPERATURE} {_epoch_meaning(days)}", edge=_EDGE)
        for days in evolution.TEMPERATURE_EPOCHS
    ),
    *(
        Column(f"temp_slope_{name}", "kK / d", f"change of the {_TEMPERATURE} from {first} to {last} d", edge=_EDGE)
        for name, first, last in zip(
            ("early", "mid", "late"), evolution.TEMPERATURE_EPOCHS, evolution.TEMPERATURE_EPOCHS[1:], strict=False
        )
    ),
    Column(
        "temp_stability",
        "",
        f"standard deviation (n - 1) / mean of the {_TEMPERATURE} at 8 epochs from 0 to 150 d",
        edge=_EDGE,
    ),
]
AT_PEAK = [
    Column("temp_peak_err", "kK", f"standard error of the {_TEMPERATURE} at the peak", frame=REST, edge=_EDGE),
    Column(
        "temp_peak_chi2",
        "",
        "chi-squared / (bands with a curve - 2) of the black body at the peak: is it one? Errors of at least 2 %",
    ),
]
_SAME_IN_BOTH = {_epoch_name(0), f"temp_{_epoch_name(0)}"}
"""At the peak itself the frames agree."""

_COLOUR_NAMES = [(BANDS[blue], BANDS[red]) for blue, red in evolution.PAIRS]
LAGS = [("g", "r"), ("r", "i")]
_N_COLOUR, _N_TEMPERATURE = len(OF_COLOUR), len(OF_TEMPERATURE)
_N_FRAME = evolution.N_PAIRS * _N_COLOUR + _N_TEMPERATURE


def _frame_columns(suffix: str, frame: str) -> list[Column | None]:
    """Columns of the observer's or the rest frame; None in the place of those that agree."""
    declared = [
        column._replace(name=f"{blue}_{red}_{column.name}", meaning=f"{blue} - {red}: {column.meaning}")
        if not suffix or column.name not in _SAME_IN_BOTH
        else None
        for blue, red in _COLOUR_NAMES
        for column in OF_COLOUR
    ]
    declared += [column if not suffix or column.name not in _SAME_IN_BOTH else None for column in OF_TEMPERATURE]
    return [
        column and column._replace(name=column.name + suffix, meaning=_days(column, frame), frame=_frame(column, frame))
        for column in declared
    ]


def _frame(column: Column, frame: str) -> str:
    """Frame of a column: the temperature at the peak is that of the rest frame, the colour there of none."""
    if column.meaning.endswith(_epoch_meaning(0)):
        return REST if column.unit == "kK" else ""
    return frame


def _days(column: Column, frame: str) -> str:
    """Meaning of a column; a public table has rest-frame temperatures on days of the observer."""
    mixed = _TEMPERATURE in column.meaning and column.name not in _SAME_IN_BOTH and frame == OBSERVER
    return f"{column.meaning} (days of the observer, as published)" if mixed else column.meaning


_KEPT_IN_REST = np.flatnonzero([column is not None for column in _frame_columns(IN_REST_FRAME, "")])


def columns() -> list[Column]:
    """Columns of the family, in the order of `compute`."""
    near_peak = "highest point of the curve within 60 d of the peak, where flux - error is highest"
    return [
        *(
            column
            for suffix, frame in (("", OBSERVER), (IN_REST_FRAME, REST))
            for column in _frame_columns(suffix, frame)
            if column
        ),
        *AT_PEAK,
        *(Column(f"{band}_peak_flux", "uJy", near_peak, frame=OBSERVER) for band in BANDS),
        *(
            Column(f"{blue}_{red}_peak_flux_ratio", "", f"{blue}_peak_flux / {red}_peak_flux")
            for blue, red in _COLOUR_NAMES
        ),
        *(
            Column(
                f"{blue}_{red}_peak_lag",
                "d",
                f"time of the {blue} peak - that of {red}, to 0.1 d; NaN if one is at an end of its curve",
                frame=OBSERVER,
            )
            for blue, red in LAGS
        ),
    ]


@njit(error_model="numpy")
def _one_frame(
    mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak: float, stretch: float,
    wavelength: np.ndarray, colours: np.ndarray, slopes: np.ndarray, out: np.ndarray, at_peak: np.ndarray,
) -> None:  # fmt: skip
    """Fill the features of one frame, ``out`` of shape (_N_FRAME,), and ``at_peak`` of shape (2,); NaN before."""
    flux_at = np.empty((evolution.N_PHASES, evolution.N_BANDS))
    err_at = np.empty((evolution.N_PHASES, evolution.N_BANDS))
    phase = (mjd - peak) / stretch
    resample(phase, flux.T, flux_err.T, evolution.EARLIEST, evolution.STEP, flux_at, err_at)
    colour = np.empty((evolution.N_PAIRS, evolution.N_PHASES))
    evolution.colours_at(flux_at, err_at, colour)
    for pair in range(evolution.N_PAIRS):
        evolution.colour_features(colour[pair], out[pair * _N_COLOUR : (pair + 1) * _N_COLOUR])
    temperature = np.full(len(evolution.TEMPERATURE_PHASES), np.nan)
    if wavelength[0] > 0.0:
        evolution.temperatures(flux_at, err_at, wavelength, colours, slopes, temperature, at_peak)
    evolution.temperature_features(temperature, out[evolution.N_PAIRS * _N_COLOUR :])


@njit(cache=True, error_model="numpy")
def _all_objects(
    offsets: np.ndarray, mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, peak: np.ndarray, z: np.ndarray,
    band_wavelength: np.ndarray, frames: np.ndarray, at_peak: np.ndarray, peaks: np.ndarray,
) -> None:  # fmt: skip
    """Fill ``frames`` (n, 2, _N_FRAME), ``at_peak`` (n, 2) and ``peaks`` (n, 2, 6), all NaN before."""
    colours = np.empty((N_NODES, evolution.N_BANDS))
    slopes = np.empty((N_NODES, evolution.N_BANDS))
    wavelength = np.empty(evolution.N_BANDS)
    for i in range(len(offsets) - 1):
        rows = slice(offsets[i], offsets[i + 1])
        if not np.isfinite(peak[i]) or offsets[i] == offsets[i + 1]:
            continue
        for b in range(evolution.N_BANDS):
            wavelength[b] = band_wavelength[b] / (1.0 + z[i])
            top = peak_point(mjd[rows], flux[b, rows], flux_err[b, rows], peak[i])
            if top >= 0:
                peaks[i, 0, b] = flux[b, rows][top]
                if is_inside(flux[b, rows], top):
                    peaks[i, 1, b] = peak_epoch(mjd[rows], flux[b, rows], top)
        if z[i] > -1.0:
            node_colours(wavelength, colours, slopes)
        for frame in range(2):
            stretch = 1.0 + z[i] if frame == 1 else 1.0
            _one_frame(
                mjd[rows], flux[:, rows], flux_err[:, rows], peak[i], stretch,
                wavelength, colours, slopes, frames[i, frame], at_peak[i],
            )  # fmt: skip


def compute(lightcurves: LightCurves, gp2d: Curves) -> np.ndarray:
    """Colour and temperature features of all objects, shape (n_objects, n_columns), in the order of `columns`.

    The curves are those of `tde.features.gp2d.fit`. NaN where a feature is not defined.
    """
    n = len(lightcurves)
    frames = np.full((n, 2, _N_FRAME), np.nan)
    at_peak = np.full((n, len(AT_PEAK)), np.nan)
    peaks = np.full((n, 2, len(BANDS)), np.nan)
    _all_objects(
        gp2d.offsets,
        gp2d.mjd,
        np.ascontiguousarray(gp2d.flux.T, dtype=np.float64),
        np.ascontiguousarray(gp2d.flux_err.T, dtype=np.float64),
        np.asarray(gp2d.parameters["peak_mjd"], dtype=np.float64),
        lightcurves.z,
        EFFECTIVE_WAVELENGTH,
        frames,
        at_peak,
        peaks,
    )
    flux, epoch = peaks[:, 0], peaks[:, 1]
    ratios = [flux[:, blue] / flux[:, red] for blue, red in evolution.PAIRS]
    lags = [np.round(10.0 * (epoch[:, BANDS.index(a)] - epoch[:, BANDS.index(b)])) / 10.0 for a, b in LAGS]
    return np.column_stack([frames[:, 0], frames[:, 1][:, _KEPT_IN_REST], at_peak, flux, *ratios, *lags])
