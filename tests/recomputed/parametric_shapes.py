"""Light-curve shapes times a black body, fitted again from several starts (`hypotheses`: bazin_bb, power_bb).

f(d) = 1 / (decline(d) + exp(-d / rise)), d = phase - t0, decline exp(d / fall) or (1 + d / fall)^(5/3);
the loss of the residuals r in errors is sum(sqrt(1 + r^2) - 1), with ln T ~ N(9.5, 1) and its change in
50 d ~ N(0, 1). The catalogue names neither these priors nor the box.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from recomputed.black_bodies import X_KELVIN
from recomputed.comparison import Within
from recomputed.rank_one import R, phase_term
from recomputed.raw import WAVELENGTH

LN_10 = np.log(10.0)

LOW = np.array([0.0, -80.0, -1.0, 1.0, 8.0, -1.5, -5.0])
HIGH = np.array([50.0, 80.0, 5.0, 7.0, 11.3, 1.5, 5.0])
"""A / peak, t0, ln rise, ln fall, ln T, change of ln T in 50 d, B / peak."""

STARTS = [
    (1.5, t0, rise, fall, log_t, 0.0, 0.0)
    for t0, rise, fall in ((-20.0, 2.0, 3.5), (0.0, 1.5, 4.5), (-40.0, 3.5, 5.0), (20.0, 3.0, 3.0), (-20.0, 2.5, 6.0))
    for log_t in (9.0, 9.7)
]

N_CLIMBS = 6


class End(NamedTuple):
    """Where a fit ends: the loss with its priors, the parameters and the residuals in errors."""

    loss: float
    theta: np.ndarray
    residual: np.ndarray


class ShapeFit:
    """One shape fitted to the visits -400..700 rest-frame days from the peak of an object, a `Fitted`."""

    def __init__(self, one, law, coloured=None):
        use = (one.phase >= -400.0) & (one.phase <= 700.0)
        self.phase, self.band = one.phase[use], one.o.band[use]
        self.flux, self.error = one.o.flux[use] / one.height, one.o.flux_err[use] / one.height
        self.law, self.n, self._z = law, int(use.sum()), one.o.z
        self.coloured = np.ones(self.n, dtype=bool) if coloured is None else coloured[use]

    def _residual(self, theta):
        A, t0, log_rise, log_fall, log_t, slope, B = theta
        d = self.phase - t0
        if self.law == "exponential":
            log_decline = d / np.exp(log_fall)
        else:
            log_decline = 5.0 / 3.0 * np.log1p(d.clip(0.0) / np.exp(log_fall))
        log_f = -np.logaddexp(log_decline, -d / np.exp(log_rise))
        temperature = np.exp(np.clip(log_t + slope * phase_term(d), 7.6, 11.6)) / (1.0 + self._z)
        x, x_r = X_KELVIN[self.band] / temperature, X_KELVIN[R] / temperature
        log_c = 3.0 * np.log(WAVELENGTH[R] / WAVELENGTH[self.band]) + np.log(np.expm1(x_r) / np.expm1(x))
        model = A * np.exp(log_f + np.where(self.coloured, log_c, 0.0)) + B
        return (model - self.flux) / self.error

    def _with_priors(self, theta):
        return np.concatenate([self._residual(theta), [theta[4] - 9.5, theta[5]]])

    @staticmethod
    def _loss(squares):
        """Twice the robust loss of each residual, and its derivatives; the last two are the priors'."""
        root = np.sqrt(1.0 + squares)
        rho = np.array([2.0 * (root - 1.0), 1.0 / root, -0.5 * root**-3.0])
        rho[:, -2:] = np.array([squares[-2:], np.ones(2), np.zeros(2)])
        return rho

    def best(self, own_end):
        """The least loss from all starts, of which the table's own end is one."""
        inside = 1e-9 * (HIGH - LOW)
        starts = np.clip(np.array([*STARTS, own_end]), LOW + inside, HIGH - inside)
        order = np.argsort([self._loss(self._with_priors(start) ** 2)[0].sum() for start in starts])
        ends = [
            least_squares(
                self._with_priors,
                start,
                bounds=(LOW, HIGH),
                loss=self._loss,
                x_scale=[1.0, 10.0, 1.0, 1.0, 0.3, 0.3, 0.3],
                max_nfev=80,
            )
            for start in [*starts[order[:N_CLIMBS]], starts[-1]]
        ]
        end = min(ends, key=lambda end: end.cost)
        return End(end.cost, end.x, self._residual(end.x))


class ShapeFits:
    """The three shapes of one object; ``row`` is the table's."""

    def __init__(self, one, row):
        self.one, self._row, self.name = one, row, one.name

    def _best(self, prefix, law, coloured=None):
        fit = ShapeFit(self.one, law, coloured)
        if fit.n < 8:
            return None
        row = self._row
        rise, fall = row[f"{prefix}_log_tau_rise"], row[f"{prefix}_log_tau_fall"]
        if law == "exponential":  # 1 / tau_rise = 1 / rise + 1 / fall
            rise = -np.log(max(np.exp(-rise) - np.exp(-fall), 1e-3))
        end = [np.exp(row[f"{prefix}_log_amplitude"]), row[f"{prefix}_t0"], rise, fall]
        end += [LN_10 * row[f"{prefix}_{name}"] for name in ("log_temperature", "slope")]
        end.append(row[f"{prefix}_baseline"])
        return fit.best(np.where(np.isfinite(end), end, STARTS[0]))

    @cached_property
    def bazin_bb(self):
        return self._best("bazin_bb", "exponential")

    @cached_property
    def bazin_bb_window(self):
        return self._best("bazin_bb_window", "exponential", (self.one.phase >= -50.0) & (self.one.phase <= 150.0))

    @cached_property
    def power_bb(self):
        return self._best("power_bb", "power law")


def loss(prefix):
    """Loss per visit; the library may end in another minimum, in few objects by more than 1 above the least."""

    def value(fits):
        end = getattr(fits, prefix)
        return np.nan if end is None else Within(end.loss / len(end.residual), 1.0 / len(end.residual))

    return value


def excess(row, prefix, fits):
    """Loss of the table above the least; NaN without a fit."""
    end = getattr(fits, prefix)
    return np.nan if end is None else row[f"{prefix}_loss"] * len(end.residual) - end.loss


def at_end(prefix, function, tolerance, place=None):
    """A function of the end of the fit, where the table ends in the same minimum of twenty visits and more.

    A parameter, by its place, is asked for away from the edges of its box.
    """

    def value(row, fits, band):
        end = getattr(fits, prefix)
        if end is None:
            return np.nan
        same = abs(excess(row, prefix, fits)) < 0.01 and len(end.residual) >= 20
        if place is not None:
            same &= min(end.theta[place] - LOW[place], HIGH[place] - end.theta[place]) > 0.05
        return Within(function(end, fits), tolerance if same else np.inf)

    return value


def median_chi2(end, fits):
    return np.median(end.residual**2)


def clipped_chi2(end, fits):
    return (end.residual**2).clip(None, 50.0).mean()


def log_likelihood_per_point(prefix):
    """Gaussian log-likelihood per visit fitted."""

    def value(end, fits):
        phase = fits.one.phase
        error = fits.one.o.flux_err[(phase >= -400.0) & (phase <= 700.0)]
        return (-0.5 * (end.residual**2 + np.log(2.0 * np.pi * error**2))).mean()

    return value


def later_temperature(prefix):
    """log10 T at t0 and its change in 50 d; NaN if nothing was observed so long after t0, known to 0.1 d."""

    def value(row, fits, band):
        seen = fits.one.phase.max() - row[f"{prefix}_t0"] - 50.0
        want = row[f"{prefix}_log_temperature"] + row[f"{prefix}_slope"] if seen >= 0.0 else np.nan
        return Within(want, np.inf if abs(seen) < 0.05 else 1e-9)

    return value


def temperature(end, fits):
    return end.theta[4] / LN_10


def baseline(end, fits):
    return end.theta[6]
