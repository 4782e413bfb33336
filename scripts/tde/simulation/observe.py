"""What Rubin records of a curve: visit times, depths, extinction and noise.

The numbers summarise the visits of MALLORN's 3,043 training objects (Rubin's baseline
v5.0.0 as the organisers sampled it): rates and gaps of the distinct times, the bands
that share one, the moonlight they are taken in, and the distribution of the errors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.photometry import BANDS

SURVEY = (60979.5, 64632.8)
"""First and last night of the ten-year survey, MJD."""

YEAR, MONTH = 365.25, 29.53
NEW_MOON = 60979.5 + 0.55 * MONTH

EXPOSURES: tuple[tuple[str, float, float], ...] = (
    ("iz", 0.130, 0.25),
    ("y", 0.180, 0.97),
    ("ri", 0.090, -0.10),
    ("r", 0.135, -0.10),
    ("i", 0.125, 0.20),
    ("z", 0.105, 0.60),
    ("zy", 0.075, 0.85),
    ("gr", 0.060, -0.55),
    ("ur", 0.050, -0.80),
    ("ug", 0.028, -0.85),
    ("u", 0.020, -0.60),
    ("g", 0.022, -0.45),
    ("gi", 0.008, -0.40),
    ("rz", 0.008, 0.0),
)
"""Bands of one night's visits, their frequency, and their preference for moonlight.

Preference 1 means only around full moon, -1 only around new moon, 0 at any time.
"""

DEEP_EXPOSURES = ("gri", "griz", "zy", "izy", "ugr", "rz", "ui", "y", "ugz")
"""Bands of one night in a deep drilling field."""

RUNS_PER_SEASON, RUNS_SCATTER = 13.0, 0.08
"""Runs of visits in a mean season, and the scatter of its logarithm between positions."""

SEASON_DAYS = (190.0, 275.0)
ROLLING = 1.8
"""Shape of the gamma distribution of a season's share of the visits; smaller is more uneven."""

MORE_IN_A_RUN, RUN_DELAY, RUN_SPACING = 0.25, 2.0, 4.0
"""Mean number of further visits in a run; their least and mean further delay in days."""

DEEP_RICHER, SPARSE_POORER = (2.6, 4.4), (0.2, 0.5)
"""Runs per season relative to the main survey. All these reproduce MALLORN's gaps between visits."""

DEEP_SHARE, SPARSE_SHARE = 0.0115, 0.030
"""Shares of positions in deep drilling fields and in sparsely visited regions."""


class Depth(NamedTuple):
    """Distribution of a logarithm: normal with location and spread, plus exponential with a mean."""

    location: float
    spread: float
    tail: float


DEPTH = (
    Depth(-0.572, 0.104, 0.107),
    Depth(-1.060, 0.119, 0.154),
    Depth(-0.899, 0.101, 0.155),
    Depth(-0.675, 0.119, 0.133),
    Depth(-0.438, 0.094, 0.126),
    Depth(-0.047, 0.088, 0.117),
)
"""log10 of the error in micro-Jansky by band: scipy.stats.exponnorm fitted to MALLORN's training set."""

ERROR_RANGE = (0.027, 13.0)

LOG_EBV = Depth(-3.60, 0.68, 0.48)
EBV_RANGE = (0.002, 1.3)
"""Natural logarithm of E(B-V): MALLORN's objects have 0.010, 0.037, 0.157 mag at 5, 50, 95 %."""


class Visits(NamedTuple):
    """Visits of one object: MJD, band code, flux error in micro-Jansky, each of shape (n,)."""

    mjd: np.ndarray
    band: np.ndarray
    flux_err: np.ndarray


def _exposure_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bands (n, 2; -1 for none), frequency (n,) and preference for moonlight (n,) of `EXPOSURES`."""
    bands = np.array([[BANDS.index(b) for b in name] + [-1] * (2 - len(name)) for name, _, _ in EXPOSURES])
    frequency = np.array([row[1] for row in EXPOSURES])
    return bands, frequency / frequency.sum(), np.array([row[2] for row in EXPOSURES])


_BANDS, _FREQUENCY, _PREFERENCE = _exposure_table()


def _moonlit_weights(n_phases: int = 32) -> np.ndarray:
    """Cumulative probability of each row of `EXPOSURES` by phase of the moon, shape (n_phases, n_rows)."""
    light = -np.cos(2.0 * np.pi * np.arange(n_phases) / n_phases)
    weight = _FREQUENCY * np.clip(1.0 + 1.6 * _PREFERENCE * light[:, None], 0.0, None)
    cumulative = np.cumsum(weight, axis=1)
    return cumulative / cumulative[:, -1:]


_CUMULATIVE = _moonlit_weights()


class Field(NamedTuple):
    """When Rubin visits a position.

    Attributes
    ----------
    nights : ndarray
        MJD, unsorted.
    deep : bool
        Whether the position lies in a deep drilling field.
    """

    nights: np.ndarray
    deep: bool


def draw_nights(rng: np.random.Generator) -> Field:
    """Nights of the survey on which a random position is visited.

    Visits fall into yearly seasons. The survey rolls over the sky: seasons differ in
    the number of visits, their total hardly does. Within a season visits come in short runs.
    """
    lot = rng.uniform()
    deep = lot < DEEP_SHARE
    rate = RUNS_PER_SEASON * np.exp(RUNS_SCATTER * rng.standard_normal())
    if deep:
        rate *= rng.uniform(*DEEP_RICHER)
    elif lot > 1.0 - SPARSE_SHARE:
        rate *= rng.uniform(*SPARSE_POORER)
    length = rng.uniform(*SEASON_DAYS)
    opening = SURVEY[0] - rng.uniform(0.0, YEAR)
    n_seasons = int((SURVEY[1] - opening) // YEAR) + 1
    share = rng.gamma(ROLLING, size=n_seasons) if not deep else np.ones(n_seasons)
    share *= n_seasons / share.sum()
    n_runs = rng.poisson(rate * share)
    season = np.repeat(np.arange(n_seasons), n_runs)
    first = opening + YEAR * season + length * rng.beta(1.2, 1.2, len(season))
    again = rng.poisson(MORE_IN_A_RUN, len(season))
    later = np.repeat(first, again) + RUN_DELAY + rng.exponential(RUN_SPACING, int(again.sum()))
    nights = np.concatenate([first, later])
    return Field(nights[(nights >= SURVEY[0]) & (nights <= SURVEY[1])], deep)


def draw_visits(nights: np.ndarray, deep: bool, origin: float, step: float, rng: np.random.Generator) -> Visits:
    """Visits of one object, moved to its grid of times.

    Parameters
    ----------
    nights, deep
        As in `Field`.
    origin, step : float
        First time and spacing of the grid, MJD and days.
    rng : Generator

    Returns
    -------
    Visits
        ``mjd`` holds grid times, before rounding; at most one visit per band and time.
    """
    index, band = _deep_bands(nights, rng) if deep else _wide_bands(nights, rng)
    grid = np.rint((nights[index] - origin) / step).astype(np.int64)
    _, keep = np.unique(grid * len(BANDS) + band, return_index=True)
    index, band, grid = index[keep], band[keep], grid[keep]
    return Visits(origin + step * grid, band.astype(np.int8), _draw_errors(len(nights), index, band, rng))


def _wide_bands(nights: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Index of the night and band code of each visit, in the main survey."""
    phase = ((nights - NEW_MOON) / MONTH % 1.0 * len(_CUMULATIVE)).astype(np.int64)
    row = (rng.uniform(size=(len(nights), 1)) > _CUMULATIVE[phase]).sum(axis=1)
    bands = _BANDS[row]
    index, column = np.nonzero(bands >= 0)
    return index, bands[index, column]


def _deep_bands(nights: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Index of the night and band code of each visit, in a deep drilling field."""
    chosen = [DEEP_EXPOSURES[k] for k in rng.integers(len(DEEP_EXPOSURES), size=len(nights))]
    index = np.repeat(np.arange(len(nights)), [len(name) for name in chosen])
    return index, np.array([BANDS.index(b) for name in chosen for b in name], dtype=np.int64)


def _draw_errors(n_nights: int, index: np.ndarray, band: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Flux errors: 0.2 times the visit's 5-sigma flux, with sky and seeing shared by a night."""
    depth = np.array(DEPTH)[band]
    bad = rng.exponential(size=n_nights)[index]
    log_error = depth[:, 0] + depth[:, 1] * rng.standard_normal(len(index)) + depth[:, 2] * bad
    return np.clip(10**log_error, *ERROR_RANGE)


def draw_ebv(rng: np.random.Generator) -> float:
    """Colour excess E(B-V) of a random position, rounded to 0.001 mag as the object list gives it."""
    ebv = np.exp(LOG_EBV.location + LOG_EBV.spread * rng.standard_normal() + LOG_EBV.tail * rng.exponential())
    return round(float(min(max(ebv, EBV_RANGE[0]), EBV_RANGE[1])), 3)
