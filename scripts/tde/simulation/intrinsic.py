"""The intrinsic curve F(t) of a parent on its grid of 1,000 times.

Transients are parametric shapes plus the wiggles that a Gaussian process fitted to
noisy ZTF photometry leaves (Matern-3/2); active galaxies are damped random walks.
Curves are scaled to a maximum of one.

Medians and scatters are chosen so that rise, fade, skewness, roughness and depth below
zero of the curves recovered from simulated light curves are distributed as those
recovered, by the same rank-one Gaussian process, from MALLORN's training set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

N_GRID = 1000
"""Times of the grid on which the recipe keeps F(t)."""


class Curve(NamedTuple):
    """F(t) of a parent.

    Attributes
    ----------
    time : ndarray, shape (N_GRID,)
        Days since the parent's first observation, in the parent's observed frame.
    flux : ndarray, shape (N_GRID,)
        F(t), scaled to a maximum of one.
    peak : int
        Index of the maximum.
    truth : dict
        The parameters it was drawn from.
    """

    time: np.ndarray
    flux: np.ndarray
    peak: int
    truth: dict[str, float]


@njit(cache=True, error_model="numpy")
def damped_random_walk(step: float, tau: float, normals: np.ndarray) -> np.ndarray:
    """Sample a unit-variance Ornstein-Uhlenbeck process on a regular grid.

    Parameters
    ----------
    step, tau : float
        Spacing of the grid and relaxation time, in the same unit.
    normals : ndarray, shape (n,)
        Independent standard normal numbers.

    Returns
    -------
    ndarray, shape (n,)
        Covariance exp(-|dt| / tau) (Kelly et al. 2009, ApJ 698, 895, eq. 1).
    """
    decay = np.exp(-step / tau)
    kick = np.sqrt(1.0 - decay * decay)
    walk = np.empty(len(normals))
    value = normals[0]
    walk[0] = value
    for k in range(1, len(normals)):
        value = decay * value + kick * normals[k]
        walk[k] = value
    return walk


@njit(cache=True, error_model="numpy")
def matern32(step: float, length: float, normals: np.ndarray) -> np.ndarray:
    """Sample a unit-variance Matern-3/2 process on a regular grid.

    Parameters
    ----------
    step, length : float
        Spacing of the grid and length scale, in the same unit.
    normals : ndarray, shape (n, 2)
        Independent standard normal numbers.

    Returns
    -------
    ndarray, shape (n,)
        Covariance (1 + r) exp(-r), r = sqrt(3) |dt| / length, sampled through its
        state-space form (Hartikainen & Sarkka 2010); the second state is the
        derivative in units of length / sqrt(3).
    """
    r = np.sqrt(3.0) * step / length
    e = np.exp(-r)
    a00, a01, a10, a11 = e * (1 + r), e * r, -e * r, e * (1 - r)
    q00 = max(1.0 - a00 * a00 - a01 * a01, 0.0)
    q01 = -a00 * a10 - a01 * a11
    q11 = 1.0 - a10 * a10 - a11 * a11
    l00 = np.sqrt(q00)
    l10 = q01 / l00 if l00 > 0 else 0.0
    l11 = np.sqrt(max(q11 - l10 * l10, 0.0))
    values = np.empty(len(normals))
    x, v = normals[0, 0], normals[0, 1]
    values[0] = x
    for k in range(1, len(normals)):
        x, v = (
            a00 * x + a01 * v + l00 * normals[k, 0],
            a10 * x + a11 * v + l10 * normals[k, 0] + l11 * normals[k, 1],
        )
        values[k] = x
    return values


def _lognormal(rng: np.random.Generator, median: float, scatter: float) -> float:
    """A log-normal number with a median and a scatter in natural logarithms."""
    return float(median * np.exp(scatter * rng.standard_normal()))


def tde_shape(phase: np.ndarray, rise: float, fade: float, index: float) -> np.ndarray:
    """Gaussian rise and power-law decay (1 + t / fade)^(-index).

    The form of van Velzen et al. (2021, ApJ 908, 4, eqs. 3 and 5); 5/3 is the mass
    fallback rate of a fully disrupted star (Rees 1988, Phinney 1989).

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Days from the peak.
    rise, fade : float
        Days: standard deviation of the rise, time scale of the decay.
    index : float
        Index of the decay.

    Returns
    -------
    ndarray, shape (n,)
        With maximum one at phase 0.
    """
    after = np.maximum(phase, 0.0)
    return np.where(phase < 0, np.exp(-0.5 * (phase / rise) ** 2), (1.0 + after / fade) ** -index)


def bazin_shape(phase: np.ndarray, rise: float, fall: float) -> np.ndarray:
    """Logistic rise and exponential fall (Bazin et al. 2009, eq. 1).

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Days from the peak.
    rise, fall : float
        Time scales in days, the fall longer than the rise.

    Returns
    -------
    ndarray, shape (n,)
        With maximum one at phase 0.
    """
    peak = -rise * np.log(rise / (fall - rise))
    return _bazin(phase + peak, rise, fall) / _bazin(peak, rise, fall)


def _bazin(time: np.ndarray | float, rise: float, fall: float) -> np.ndarray:
    return np.exp(-time / fall - np.logaddexp(0.0, -time / rise))


def plateau_shape(phase: np.ndarray, rise: float, length: float, slope: float, fall: float) -> np.ndarray:
    """Logistic rise, linear plateau, exponential drop (Villar et al. 2019, ApJ 884, 83, eq. 1).

    Parameters
    ----------
    phase : ndarray, shape (n,)
        Days from about the peak.
    rise, length, fall : float
        Days: time scale of the rise, length of the plateau, time scale of the drop.
    slope : float
        Share of the flux that is lost over the plateau.

    Returns
    -------
    ndarray, shape (n,)
        With a maximum near one.
    """
    t = phase + 2.5 * rise
    linear = 1.0 - slope * np.clip(t, 0.0, length) / length
    drop = np.exp(-np.maximum(t - length, 0.0) / fall)
    return linear * drop * np.exp(-np.logaddexp(0.0, -t / rise))


FLARE_SHARE = 0.10
"""Share of active galaxies whose brightest feature is one flare on a quiet curve."""

REBRIGHTENING_SHARE = 0.15
"""Share of disruptions with a second, fainter flare."""

Shape = tuple[np.ndarray, dict[str, float]]


def _tde(phase: np.ndarray, rng: np.random.Generator) -> Shape:
    rise, fade = _lognormal(rng, 21.0, 0.75), _lognormal(rng, 41.0, 0.85)
    index = float(np.clip(rng.normal(5.0 / 3.0, 0.25), 0.9, 3.0))
    shape = tde_shape(phase, rise, fade, index)
    if rng.uniform() < REBRIGHTENING_SHARE:
        delay = rng.uniform(80.0, 500.0) * (1.0 if rng.uniform() < 0.7 else -1.0)
        shape = shape + rng.uniform(0.1, 0.7) * tde_shape(phase - delay, rise, fade, index)
    return shape, {"rise": rise, "fade": fade, "decay_index": index}


def _ia(phase: np.ndarray, rng: np.random.Generator) -> Shape:
    stretch = _lognormal(rng, 1.0, 0.12)
    rise, fall = 3.3 * stretch, 14.5 * stretch * _lognormal(rng, 1.0, 0.08)
    shoulder = rng.uniform(0.0, 0.22)
    bump = np.exp(-0.5 * ((phase - 25.0 * stretch) / (8.0 * stretch)) ** 2)
    return bazin_shape(phase, rise, fall) + shoulder * bump, {"rise": rise, "fade": fall}


def _ii(phase: np.ndarray, rng: np.random.Generator) -> Shape:
    rise = _lognormal(rng, 2.6, 0.6)
    if rng.uniform() < 0.45:
        fall = rise + _lognormal(rng, 45.0, 0.45)
        return bazin_shape(phase, rise, fall), {"rise": rise, "fade": fall}
    length, slope, fall = rng.normal(85.0, 16.0), rng.uniform(0.0, 0.85), _lognormal(rng, 14.0, 0.4)
    return plateau_shape(phase, rise, max(length, 35.0), slope, fall), {"rise": rise, "fade": max(length, 35.0)}


def _bazin_kind(rise: float, rise_scatter: float, fall: float, fall_scatter: float) -> Callable[..., Shape]:
    """A kind that follows a Bazin shape, with medians in rest-frame days and scatter in natural logarithms."""

    def draw(phase: np.ndarray, rng: np.random.Generator) -> Shape:
        up = _lognormal(rng, rise, rise_scatter)
        down = 1.5 * up + _lognormal(rng, fall, fall_scatter)
        return bazin_shape(phase, up, down), {"rise": up, "fade": down}

    return draw


TRANSIENTS: dict[str, Callable[..., Shape]] = {
    "TDE": _tde,
    "Ia": _ia,
    "II": _ii,
    "IIn": _bazin_kind(6.5, 0.5, 34.0, 0.80),
    "Ibc": _bazin_kind(2.7, 0.5, 20.0, 0.65),
    "SLSN-I": _bazin_kind(9.0, 0.4, 16.0, 0.5),
    "SLSN-II": _bazin_kind(9.0, 0.4, 28.0, 0.5),
}
"""Shapes of the transients: function of rest-frame phase and random numbers."""


def draw_curve(kind: str, span: float, redshift: float, rng: np.random.Generator) -> Curve:
    """Draw F(t) of one parent.

    Parameters
    ----------
    kind : str
        Kind of `population.SPEC_TYPES`.
    span : float
        Days between the parent's first and last time, in its observed frame.
    redshift : float
        The parent's redshift.
    rng : Generator
    """
    time = np.linspace(0.0, span, N_GRID)
    if kind == "AGN":
        flux, truth = _active_galaxy(time, redshift, rng)
    else:
        flux, truth = _transient(kind, time, redshift, rng)
    peak = int(np.argmax(flux))
    return Curve(time, flux / flux[peak], peak, truth)


class HalfTimes(NamedTuple):
    """Rest-frame days of a rise from half of the peak and of a fade to it; NaN where half is not reached."""

    rise: float
    fade: float


def half_times(curve: Curve, redshift: float) -> HalfTimes:
    """Rest-frame days between the peak of F(t) and where it first is at half of it, on either side.

    Parameters
    ----------
    curve : Curve
    redshift : float
        Of the parent, in whose observed frame the curve's times are.
    """
    step = curve.time[1] / (1.0 + redshift)
    before, after = curve.flux[curve.peak :: -1], curve.flux[curve.peak :]
    return HalfTimes(_steps_to_half(before) * step, _steps_to_half(after) * step)


def _steps_to_half(flux: np.ndarray) -> float:
    """Grid steps until a curve that starts at its peak of one crosses one half."""
    below = np.flatnonzero(flux < 0.5)
    if not len(below):
        return np.nan
    k = int(below[0])
    return k - (0.5 - flux[k]) / (flux[k - 1] - flux[k])


def _transient(kind: str, time: np.ndarray, redshift: float, rng: np.random.Generator) -> Shape:
    """A parametric shape with the wiggles of a Gaussian process fitted to noisy photometry.

    One part is additive, as from the noise of the parent's data; one multiplies the shape,
    as real events are never quite smooth.
    """
    span = time[-1]
    phase = (time - span * (0.12 + 0.76 * rng.beta(1.8, 1.8))) / (1.0 + redshift)
    shape, truth = TRANSIENTS[kind](phase, rng)
    shape = shape / shape.max()
    noise, length = _lognormal(rng, 0.013, 0.65), _lognormal(rng, 22.0, 0.6)
    wiggle = matern32(time[1], length, rng.standard_normal((N_GRID, 2)))
    bumpy = 1.0 + 1.5 * noise * matern32(time[1], 2.0 * length, rng.standard_normal((N_GRID, 2)))
    truth |= {"residual": noise, "residual_length": length}
    return shape * bumpy + noise * wiggle, truth


def _active_galaxy(time: np.ndarray, redshift: float, rng: np.random.Generator) -> Shape:
    """Difference flux of a damped random walk in magnitudes, as a Gaussian process would smooth it.

    The scatter of tau and SF_inf follows MacLeod et al. (2010, ApJ 721, 1014, section 4).
    """
    tau = float(np.clip(_lognormal(rng, 10**2.6, 0.8), 15.0, 3000.0))
    sf_inf = float(np.clip(_lognormal(rng, 0.25, 0.5), 0.05, 1.2))
    step = time[1]
    settle = 200  # grid steps on either side, so that the smoothing sees no edge
    walk = damped_random_walk(step, tau * (1.0 + redshift), rng.standard_normal(N_GRID + 2 * settle))
    width = _lognormal(rng, 35.0, 0.5) / step
    weight = np.exp(-0.5 * (np.arange(-settle, settle + 1) / width) ** 2)
    flux = 10 ** (-0.4 * sf_inf / np.sqrt(2.0) * np.convolve(walk, weight / weight.sum(), mode="valid"))
    flux = _above_reference(flux, rng)
    if rng.uniform() < FLARE_SHARE:
        phase = (time - time[-1] * rng.uniform(0.2, 0.9)) / (1.0 + redshift)
        flare = tde_shape(phase, _lognormal(rng, 26.0, 0.6), _lognormal(rng, 65.0, 0.7), 5.0 / 3.0)
        flux = flare + rng.uniform(0.02, 0.2) * flux / np.ptp(flux)
    return flux, {"drw_tau": tau, "drw_sf_inf": sf_inf}


def _above_reference(flux: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Difference flux of an active galaxy: the flux above a reference.

    The reference is often the mean of the first months, as reference images are made
    early; galaxies noticed as transients have mostly brightened since. Else it is a
    quantile of the whole curve.
    """
    early = N_GRID // 6
    if flux[:early].mean() > flux[-early:].mean() and rng.uniform() < 0.75:
        flux = flux[::-1]
    reference = flux[:early].mean()
    if rng.uniform() < 0.45 or flux.max() - reference < 0.4 * np.ptp(flux):
        reference = np.quantile(flux, np.clip(rng.normal(0.32, 0.22), 0.0, 0.75))
    return flux - reference
