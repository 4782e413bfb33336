"""Black bodies through the fluxes of one epoch, with Planck's law and constants of astropy."""

from typing import NamedTuple

import numpy as np
from astropy import constants, units
from astropy.cosmology import FlatLambdaCDM
from astropy.modeling.physical_models import BlackBody
from scipy.optimize import minimize_scalar

from recomputed.raw import WAVELENGTH

COSMOLOGY = FlatLambdaCDM(H0=67.66, Om0=0.30966, Tcmb0=2.7255, Neff=3.046, m_nu=[0.0, 0.0, 0.06], Ob0=0.04897)
"""Flat cosmology of the Planck 2018 results, with one neutrino of 0.06 eV."""

X_KELVIN = (constants.h * constants.c / constants.k_B / (WAVELENGTH * units.AA)).to_value(units.K)
"""h nu / k of the bands in Kelvin."""

PLANCK_SCALE = (2.0 * constants.h * constants.c / (WAVELENGTH * units.AA) ** 3).to_value(units.uJy)
"""2 h nu^3 / c^2 of the bands in uJy / sr."""


def planck(temperature):
    """B_nu of a temperature in Kelvin at the bands' wavelengths, in uJy / sr."""
    spectrum = BlackBody(temperature * units.K)(WAVELENGTH * units.AA)
    return spectrum.to_value(units.uJy / units.sr)


def planck_fast(log_temperature):
    """The same of ln T, without units."""
    return PLANCK_SCALE / np.expm1(X_KELVIN / np.exp(log_temperature))


class Spectrum(NamedTuple):
    """Black body through six fluxes: ln T, ln A (sr), their covariance, chi-squared and degrees of freedom."""

    log_temperature: float
    log_amplitude: float
    covariance: np.ndarray
    chi2: float
    degrees: int


def _scaled(flux, error, model):
    A = (model * flux / error**2).sum() / (model**2 / error**2).sum()
    return A, (((flux - A * model) / error) ** 2).sum()


def least_squares_black_body(flux, flux_err, low, high):
    """A B_nu(T), errors of 2 % of the flux added in quadrature; None if T is not known to a factor e, or at an end.

    ``low`` and ``high`` are Kelvin in the observer's frame. Three bands must be seen at 3 errors.
    """
    if (flux > 3.0 * flux_err).sum() < 3:
        return None
    bands = np.isfinite(flux)
    flux = flux[bands]
    error = np.hypot(flux_err[bands], 0.02 * flux)

    def cost(log_temperature):
        A, chi2 = _scaled(flux, error, planck_fast(log_temperature)[bands])
        return chi2 if A > 0.0 else ((flux / error) ** 2).sum()

    nodes = np.linspace(np.log(low), np.log(high), 80)
    k = int(np.argmin([cost(node) for node in nodes]))
    bounds = (nodes[max(k - 1, 0)], nodes[min(k + 1, len(nodes) - 1)])
    best = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x
    if min(best - np.log(low), np.log(high) - best) < 1e-4:
        return None
    A, chi2 = _scaled(flux, error, planck_fast(best)[bands])
    model = A * planck_fast(best)[bands]
    x = X_KELVIN[bands] / np.exp(best)
    columns = np.array([model / error, model * x / -np.expm1(-x) / error])  # d ln A, d ln T
    covariance = np.linalg.inv(columns @ columns.T)
    degrees = bands.sum() - 2
    return Spectrum(best, np.log(A), covariance, chi2, degrees) if A > 0.0 and covariance[1, 1] <= 1.0 else None


class Source(NamedTuple):
    """Decimal logarithms of T / K, R / cm and L / (erg / s) in the rest frame, their errors, and reduced chi2."""

    temperature: float
    temperature_err: float
    radius: float
    radius_err: float
    luminosity: float
    luminosity_err: float
    chi2: float


UNKNOWN = Source(*[np.nan] * 7)


def source(found, z):
    """The source of a spectrum: A = pi (R / D_A)^2, T (1 + z), L = 4 pi R^2 sigma T^4."""
    if found is None:
        return UNKNOWN
    distance = COSMOLOGY.angular_diameter_distance(z).to_value(units.cm)
    temperature = np.exp(found.log_temperature) * (1.0 + z)
    radius = distance * np.sqrt(np.exp(found.log_amplitude) / np.pi)
    power = 4.0 * np.pi * radius**2 * constants.sigma_sb.cgs.value * temperature**4
    C = found.covariance
    errors = np.sqrt([C[1, 1], C[0, 0] / 4.0, C[0, 0] + 16.0 * C[1, 1] + 8.0 * C[0, 1]]) / np.log(10.0)
    return Source(
        np.log10(temperature),
        errors[0],
        np.log10(radius),
        errors[1],
        np.log10(power),
        errors[2],
        found.chi2 / found.degrees,
    )


class Temperature(NamedTuple):
    """Most probable ln T in the rest frame, its error and chi-squared."""

    log_temperature: float
    log_error: float
    chi2: float


def most_probable_temperature(flux, flux_err, z):
    """With ln T ~ N(ln 10,000 K, 1) and errors of at least 2 %, from known fluxes; NaN at 2,500 and 100,000 K."""
    bands = np.isfinite(flux)
    flux = flux[bands]
    error = np.maximum(flux_err[bands], 0.02 * np.abs(flux))
    low, high = np.log(2500.0), np.log(1e5)

    def parts(log_temperature):
        model = planck_fast(log_temperature - np.log(1.0 + z))[bands]
        A = max((model * flux / error**2).sum(), 0.0) / (model**2 / error**2).sum()
        return A * model, (((flux - A * model) / error) ** 2).sum()

    def cost(log_temperature):
        return parts(log_temperature)[1] + (log_temperature - np.log(1e4)) ** 2

    nodes = np.linspace(low, high, 100)
    k = int(np.argmin([cost(node) for node in nodes]))
    bounds = (nodes[max(k - 1, 0)], nodes[min(k + 1, 99)])
    best = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-9}).x
    if min(best - low, high - best) < 1e-4:
        return Temperature(np.nan, np.nan, np.nan)
    model, chi2 = parts(best)
    x = X_KELVIN[bands] / np.exp(best - np.log(1.0 + z))
    slope = x / -np.expm1(-x)
    weight = (model / error) ** 2
    information = 1.0
    if weight.sum() > 0.0:
        information += (weight * (slope - np.average(slope, weights=weight)) ** 2).sum()
    return Temperature(best, information**-0.5, chi2)
