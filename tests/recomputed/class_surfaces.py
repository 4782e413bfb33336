"""Family `surfaces`: log-likelihood of an outburst under colour surfaces, by dense matrices.

A surface is ln flux at ten rest wavelengths, uniform in their logarithm from 1700 to 9800 Angstrom,
and eight phases, with straight lines between. The visits are those -50..150 rest-frame days from
the peak, with 1.5 % of the flux added to their errors, and F is the process that `rank1` found
with evolving colours: no row of the catalogue says so.
"""

from typing import NamedTuple

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from recomputed.processes import matern32, normal_log_likelihood
from recomputed.rank_one import R
from recomputed.raw import WAVELENGTH, RawObject

LOG_WAVELENGTH = np.linspace(np.log(1700.0), np.log(9800.0), 10)
PHASES = np.array([-45.0, -25.0, -10.0, 5.0, 25.0, 50.0, 90.0, 140.0])
SUPERNOVAE = ("ia", "ii", "iin", "ibc", "slsn")
CLASSES = (*SUPERNOVAE, "tde", "agn")
TEMPERATURES = np.geomspace(5000.0, 45000.0, 16)


class Outburst(NamedTuple):
    """Visits near the peak, their rest-frame phases, and ln s and ln l of F."""

    name: str
    o: RawObject
    phase: np.ndarray
    log_s: float
    log_scale: float


def outbursts(tables, fitted):
    """The outbursts of objects, each with the process of `rank1` with evolving colours."""
    parameters = tables.curves("rank1").parameters
    found = []
    for k, one in enumerate(fitted):
        near = (one.phase >= -50.0) & (one.phase <= 150.0)
        process = (parameters["evolving_log_s"][k], parameters["evolving_log_length_scale"][k])
        found.append(Outburst(one.name, one.o.only(near, one.name), one.phase[near], *process))
    return found


def black_body_surface(temperature):
    """ln B_nu at the nodes, up to a constant: h c / k = 1.438776877e8 Angstrom Kelvin."""
    x = 1.438776877e8 / np.exp(LOG_WAVELENGTH) / temperature
    return np.repeat((-3.0 * LOG_WAVELENGTH - np.log(np.expm1(x)))[:, None], len(PHASES), axis=1)


def log_likelihood(burst, surface):
    o = burst.o
    if not len(o.mjd):
        return np.nan
    read = RegularGridInterpolator((LOG_WAVELENGTH, PHASES), surface)
    phase = burst.phase.clip(PHASES[0], PHASES[-1])

    def at(bands):
        place = np.log(WAVELENGTH[bands] / (1.0 + o.z)).clip(LOG_WAVELENGTH[0], LOG_WAVELENGTH[-1])
        return read(np.column_stack([place, phase]))

    c = np.exp((at(o.band) - at(np.full(len(phase), R))).clip(-6.0, 6.0))
    signal = np.exp(2.0 * burst.log_s) * np.outer(c, c)
    signal = signal * matern32(o.time[:, None] - o.time, np.exp(burst.log_scale))[0]
    return normal_log_likelihood(o.flux, signal + np.diag(o.flux_err**2 + (0.015 * o.flux) ** 2)).value


class BlackBodies(NamedTuple):
    """Logarithm of the mean likelihood over temperatures, and mean and deviation of ln T weighted with it.

    These are NaN where the likeliest temperature is the first or the last.
    """

    log_likelihood: float
    mean: float
    deviation: float


def black_bodies(burst):
    values = np.array([log_likelihood(burst, black_body_surface(t)) for t in TEMPERATURES])
    weight = np.exp(values - values.max())
    mean = np.average(np.log(TEMPERATURES), weights=weight)
    deviation = np.sqrt(np.average((np.log(TEMPERATURES) - mean) ** 2, weights=weight))
    if np.argmax(values) in (0, len(values) - 1):
        mean = deviation = np.nan
    return BlackBodies(values.max() + np.log(weight.mean()), mean, deviation)
