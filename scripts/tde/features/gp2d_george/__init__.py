"""Radial Gaussian process over time and wavelength with george, as public classifiers use it.

One Matern-3/2 process in the plane of time and wavelength describes all bands of an object;
its scales, and its fluxes and colours at fixed times after the peak, are the features. Their
names are those of a public table that users compare with; the formulas are this project's.
The state-space family `gp2d` measures the same more than a hundred times faster; this one
is off unless config.yaml lists it.

`tde.gp.radial` does the fit: the likelihood is george's to rounding, at a fraction of the
time. george does the prediction.

The peak is the visit at which the process's g, r and i fluxes together are highest. Times
after it are in the observer's frame, as in that table. A flux is given in a band that was
observed where the light curve fixes it, that is where it leaves less than half of the process's
variance, and enters a colour where it is above twice its error.
"""

from __future__ import annotations

import numpy as np

from tde.features.shared.conventions import NOT_DETERMINED, OBSERVER
from tde.features.shared.magnitudes import MAGNITUDE
from tde.features.table import Column
from tde.gp import radial
from tde.lightcurves import LightCurves
from tde.numerics.elementary import log_each
from tde.photometry import BANDS, EFFECTIVE_WAVELENGTH

BOONE = "Boone 2019, AJ 158, 257, sec. 3"

FLUX_BANDS = ("g", "r", "i")
COLOURS = (("gr", "g", "r"), ("ri", "r", "i"))
DAYS = (0, 20, 50, 100)
"""After the peak, observer frame."""

SLOPE_DAYS = (50, 100)

WEAKEST_CONSTRAINT = 0.5
"""Largest share of the process's variance that the light curve may leave open."""

LEAST_SIGNIFICANCE = 2.0
"""Least flux / error of a flux in a colour."""

PROCESS = [
    Column("gp2d_amplitude", "uJy", "amplitude s of the process", source=BOONE, edge=NOT_DETERMINED),
    *(
        Column(name, unit, meaning, source=BOONE, frame=OBSERVER, edge=NOT_DETERMINED)
        for name, unit, meaning in (
            ("gp2d_time_scale", "d", "time scale l_t of the process"),
            ("gp2d_wave_scale", "Angstrom", "wavelength scale l_w of the process"),
        )
    ),
    Column("gp2d_log_likelihood", "", "maximum ln likelihood of the fluxes in uJy"),
    Column("gp2d_time_wave_ratio", "d / Angstrom", "l_t / l_w", frame=OBSERVER, edge=NOT_DETERMINED),
]

WAVELENGTHS = EFFECTIVE_WAVELENGTH[[BANDS.index(band) for band in FLUX_BANDS]]


def columns() -> list[Column]:
    """Columns of the family: 5 of the process, 5 at each of 4 times, 2 slopes."""
    declared = list(PROCESS)
    for days in DAYS:
        when = f"{days} d after the peak"
        declared += [
            Column(f"gp_flux_{band}_{days}d", "uJy", f"{band} flux {when}", frame=OBSERVER) for band in FLUX_BANDS
        ]
        declared += [
            Column(f"gp_{name}_color_{days}d", "mag", f"{blue} - {red} {when}, both fluxes > 2 errors", frame=OBSERVER)
            for name, blue, red in COLOURS
        ]
    declared += [
        Column(f"gp_gr_slope_{days}d", "mag / d", f"(gp_gr_color_{days}d - gp_gr_color_0d) / {days} d", frame=OBSERVER)
        for days in SLOPE_DAYS
    ]
    return declared


def compute(lightcurves: LightCurves) -> np.ndarray:
    """Features of all objects, shape (n_objects, 27), in the order of `columns`.

    NaN where a feature is not defined.
    """
    from threadpoolctl import threadpool_limits

    fits = radial.fit_objects(
        lightcurves.offsets,
        lightcurves.mjd,
        lightcurves.filter,
        lightcurves.flux,
        lightcurves.flux_err,
        lightcurves.filters.wavelength,
    )
    n = len(lightcurves)
    scales = np.where(fits.determined, fits.parameters, np.nan)
    process = np.column_stack([scales, fits.log_likelihood, scales[:, 1] / scales[:, 2]])
    flux = np.full((n, len(DAYS), len(FLUX_BANDS)), np.nan)
    flux_err = np.full_like(flux, np.nan)
    with threadpool_limits(1, user_api="blas"):  # the same bytes with any number of cores
        for i, rows in enumerate(lightcurves):
            if np.isfinite(fits.log_likelihood[i]):
                flux[i], flux_err[i] = _fluxes_after_peak(lightcurves, rows, fits.parameters[i])
    colour = _colours(flux, flux_err)
    after_peak = np.concatenate([flux, colour], axis=2).reshape(n, len(DAYS) * (len(FLUX_BANDS) + len(COLOURS)))
    slopes = [(colour[:, DAYS.index(days), 0] - colour[:, 0, 0]) / days for days in SLOPE_DAYS]
    return np.column_stack([process, after_peak, *slopes])


def _fluxes_after_peak(lightcurves: LightCurves, rows: slice, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flux and error at `DAYS` after the peak in `FLUX_BANDS`; NaN where the data fix neither."""
    import george
    from george.kernels import Matern32Kernel

    s, time_scale, wave_scale = parameters
    mjd, flux, flux_err = lightcurves.mjd[rows], lightcurves.flux[rows], lightcurves.flux_err[rows]
    process = george.GP(s**2 * Matern32Kernel([time_scale**2, wave_scale**2], ndim=2))
    plane = np.column_stack([mjd, lightcurves.wavelength[rows]])
    process.compute(plane, np.maximum(flux_err, radial.error_floor(flux)))

    visits = np.unique(mjd)
    curves = process.predict(flux, _times_and_bands(visits), return_cov=False)
    peak = visits[np.argmax(curves.reshape(-1, len(FLUX_BANDS)).sum(axis=1))]
    mean, variance = process.predict(flux, _times_and_bands(peak + np.array(DAYS)), return_var=True)
    observed = np.isin([BANDS.index(name) for name in FLUX_BANDS], lightcurves.band[rows])
    fixed = (variance < WEAKEST_CONSTRAINT * s**2) & np.tile(observed, len(DAYS))
    mean = np.where(fixed, mean, np.nan)
    error = np.where(fixed, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    return mean.reshape(-1, len(FLUX_BANDS)), error.reshape(-1, len(FLUX_BANDS))


def _times_and_bands(times: np.ndarray) -> np.ndarray:
    """Points of the plane of time and wavelength, `FLUX_BANDS` running fastest."""
    return np.column_stack([np.repeat(times, len(WAVELENGTHS)), np.tile(WAVELENGTHS, len(times))])


def _colours(flux: np.ndarray, flux_err: np.ndarray) -> np.ndarray:
    """Magnitude differences of `COLOURS`, shape (n, times, colours)."""
    significant = np.where(flux > LEAST_SIGNIFICANCE * flux_err, flux, np.nan)
    magnitude = -MAGNITUDE * log_each(significant.ravel()).reshape(flux.shape)
    pairs = [(FLUX_BANDS.index(blue), FLUX_BANDS.index(red)) for _, blue, red in COLOURS]
    return np.stack([magnitude[:, :, blue] - magnitude[:, :, red] for blue, red in pairs], axis=2)
