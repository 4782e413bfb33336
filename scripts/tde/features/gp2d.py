"""One Gaussian process in time and wavelength per object, and the shape of its curves."""

from __future__ import annotations

import numpy as np

from tde.curves import Curves
from tde.features.multiband_curves import posterior_curves
from tde.features.table import Column
from tde.lightcurves import LightCurves


def columns() -> list[Column]:
    """Columns of the family, in the order of `compute`."""
    return [
        Column("amplitude", "uJy", "standard deviation s of the process"),
        Column("time_scale", "d", "time scale l_t, observer frame"),
        Column("wavelength_scale", "Angstrom", "wavelength scale l_w"),
        Column("log_likelihood", "", "maximum log-likelihood"),
        Column("chi2", "", "mean squared pull of the observations from the posterior mean"),
    ]


def fit(lightcurves: LightCurves) -> Curves:
    """Posterior mean and standard deviation of all six bands on a grid of epochs.

    Parameters
    ----------
    lightcurves : LightCurves

    Returns
    -------
    Curves
        Six bands in micro-Jansky, from the first to the last observation, every 4 d at
        the peak and up to every 25 d far from it (`tde.features.multiband_curves`). Its
        parameters:

        - ``amplitude`` (micro-Jansky), ``time_scale`` (days, observer frame),
          ``wavelength_scale`` (Angstrom), and the standard errors of their natural
          logarithms ``..._log_error``, NaN for a parameter on the edge of its box;
        - ``log_likelihood``, and ``chi2``: mean over the observations of the squared
          difference from the posterior mean in units of the error;
        - ``peak_mjd``: where the posterior means less their standard deviations, averaged
          over the bands with their inverse mean posterior variances, are highest; NaN if
          that is nowhere above zero;
        - ``peak_flux_u`` ... ``peak_flux_y``: posterior means there (micro-Jansky).
    """
    return posterior_curves(lightcurves)


def compute(lightcurves: LightCurves, gp2d: Curves) -> np.ndarray:
    """Features of all objects.

    Parameters
    ----------
    lightcurves : LightCurves
    gp2d : Curves
        As `fit` gives them.

    Returns
    -------
    ndarray, shape (n_objects, n_columns)
    """
    return np.column_stack([gp2d.parameters[column.name] for column in columns()])
