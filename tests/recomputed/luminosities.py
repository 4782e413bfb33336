"""Family `luminosity`: absolute magnitudes, black bodies and energies along the curves, all in the rest frame."""

from functools import cache

import numpy as np
from astropy import constants, units

from recomputed.black_bodies import COSMOLOGY, UNKNOWN, least_squares_black_body, source
from recomputed.joint_shape import weighted_slope
from recomputed.raw import WAVELENGTH

PHASES = np.arange(-50.0, 151.0, 2.5)


@cache
def read_at(curve, first, last, step, rest):
    """Fluxes and deviations of the six bands at regular phases, by straight lines; NaN outside the curve."""
    phases = np.arange(first, last + step / 2.0, step)
    days = curve.days / (1.0 + curve.z if rest else 1.0)
    flux, sd = (
        np.column_stack([np.interp(phases, days, v[:, b], left=np.nan, right=np.nan) for b in range(6)])
        if curve.peak >= 0
        else np.full((len(phases), 6), np.nan)
        for v in (curve.mean, curve.sd)
    )
    return phases, flux, sd


def _grid(curve):
    return read_at(curve, -50.0, 150.0, 2.5, True)


def _at(phase):
    return int((phase + 50.0) / 2.5)


def _magnitude(curve, flux):
    """AB magnitude less the distance modulus, brighter by the stretch of the frequency."""
    observed = (flux * units.uJy).to_value(units.ABmag)
    return observed - COSMOLOGY.distmod(curve.z).value + 2.5 * np.log10(1.0 + curve.z)


def absolute_magnitude(band, phase):
    def magnitude(curve):
        _, flux, sd = _grid(curve)
        f, e = flux[_at(phase), band], sd[_at(phase), band]
        return _magnitude(curve, f) if f > 3.0 * e else np.nan

    return magnitude


def peak_abs_mag(curve):
    """Of the highest flux - deviation."""
    phases, flux, sd = _grid(curve)
    use = ((phases >= -30.0) & (phases <= 50.0))[:, None] & (flux > 3.0 * sd)
    use[:, 5] = False
    return _magnitude(curve, flux.flat[np.argmax(np.where(use, flux - sd, -np.inf))]) if use.any() else np.nan


@cache
def black_body(curve, phase):
    """The source at one phase: 3,000 to 80,000 K in the rest frame."""
    _, flux, sd = _grid(curve)
    low, high = 3000.0 / (1.0 + curve.z), 80000.0 / (1.0 + curve.z)
    return source(least_squares_black_body(flux[_at(phase)], sd[_at(phase)], low, high), curve.z)


def of_black_body(name, phase):
    return lambda curve: getattr(black_body(curve, phase), name)


def _every_10_days(curve):
    return [(phase, black_body(curve, phase)) for phase in np.arange(-20.0, 101.0, 10.0)]


def trend(name):
    """Slope from 0 to 100 d with 0.02 dex added to the errors, over at least three epochs and 30 d."""

    def slope(curve):
        known = [(phase, found) for phase, found in _every_10_days(curve) if phase >= 0.0 and found != UNKNOWN]
        known = [(phase, getattr(found, name), getattr(found, f"{name}_err")) for phase, found in known]
        known = np.array([row for row in known if np.isfinite(row[1])])
        if len(known) < 3 or np.ptp(known[:, 0]) < 30.0:
            return np.nan
        return weighted_slope(known[:, 0], known[:, 1], 1.0 / (known[:, 2] ** 2 + 0.02**2))

    return slope


def bb_decline(end):
    return lambda curve: black_body(curve, 0.0).luminosity - black_body(curve, end).luminosity


def bb_log_energy(curve):
    """Trapezoidal rule over the epochs with a fit, if they span 60 d."""
    known = [(phase, found.luminosity) for phase, found in _every_10_days(curve) if np.isfinite(found.luminosity)]
    if len(known) < 2 or known[-1][0] - known[0][0] < 60.0:
        return np.nan
    phase, luminosity = np.array(known).T
    return np.log10(np.trapezoid(10.0 ** (luminosity - 40.0), phase * 86400.0)) + 40.0


def _power(curve):
    """Integral over frequency from u to y and its error with all correlated, uJy Hz, at all phases."""
    frequency = (constants.c / (WAVELENGTH * units.AA)).to_value(units.Hz)
    _, flux, sd = _grid(curve)
    return -np.trapezoid(flux, frequency, axis=1), -np.trapezoid(sd, frequency, axis=1)


def _log_area(curve):
    distance = COSMOLOGY.luminosity_distance(curve.z).to_value(units.cm)
    return np.log10(4.0 * np.pi * distance**2) + np.log10((1.0 * units.uJy).cgs.value)


def _log_power(curve, phase):
    power, error = (values[_at(phase)] for values in _power(curve))
    return np.log10(power) if power > 3.0 * error else np.nan


def band_log_luminosity(curve):
    return _log_power(curve, 0.0) + _log_area(curve)


def band_decline(end):
    return lambda curve: _log_power(curve, 0.0) - _log_power(curve, end)


def band_log_energy(curve):
    power, error = _power(curve)
    known = np.isfinite(power)
    if known.sum() < 25:  # 60 d
        return np.nan
    energy, energy_err = (np.trapezoid(values[known], PHASES[known] * 86400.0) for values in (power, error))
    return np.log10(energy) + _log_area(curve) if energy > 3.0 * energy_err else np.nan
