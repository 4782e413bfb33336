"""Colour surfaces of the classes, fitted to training objects and kept honest by halves.

There is one set of surfaces for each half of the training objects; `tde.features.shared.learning`
says why.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from tde.features.shared.learning import N_HALVES, OUTSIDE, mean_of_unseen
from tde.surfaces.outbursts import Outbursts
from tde.surfaces.surface import N_PHASES, N_WAVELENGTHS, penalty
from tde.surfaces.surface_likelihood import log_likelihoods, summed_log_likelihood

SURFACE_CLASSES: dict[str, Callable[[str], bool]] = {
    "Ia": lambda spec_type: spec_type.startswith("SN Ia"),
    "II": lambda spec_type: spec_type in ("SN II", "SN IIP", "SN IIb", "SN IIL"),
    "IIn": lambda spec_type: spec_type == "SN IIn",
    "Ibc": lambda spec_type: spec_type.startswith(("SN Ib", "SN Ic")),
    "SLSN": lambda spec_type: "SLSN" in spec_type,
    "TDE": lambda spec_type: spec_type == "TDE",
    "AGN": lambda spec_type: spec_type == "AGN",
}
"""Which spectroscopic types share a surface."""

MIN_OBJECTS = 3
"""Fewest objects of a class in a half for a surface of its own."""

MAX_ITERATIONS = 40


def surface_class(spec_types: np.ndarray) -> np.ndarray:
    """Index into `SURFACE_CLASSES` of each spectroscopic type, -1 for a type of none, shape (n,)."""
    index = {
        name: next((k for k, belongs in enumerate(SURFACE_CLASSES.values()) if belongs(name)), -1)
        for name in set(spec_types)
    }
    return np.array([index[name] for name in spec_types], dtype=np.int64)


def fit_surface(outbursts: Outbursts, objects: np.ndarray) -> np.ndarray | None:
    """Most probable surface of some objects.

    Parameters
    ----------
    outbursts : Outbursts
    objects : ndarray of int, shape (m,)

    Returns
    -------
    ndarray, shape (N_WAVELENGTHS, N_PHASES), or None
        None if fewer than `MIN_OBJECTS` are usable.
    """
    objects = objects[outbursts.usable[objects]]
    if len(objects) < MIN_OBJECTS:
        return None
    shape = (N_WAVELENGTHS, N_PHASES)

    def objective(nodes: np.ndarray) -> tuple[float, np.ndarray]:
        surface = nodes.reshape(shape)
        value, gradient = summed_log_likelihood(surface, outbursts, objects)
        prior, prior_gradient = penalty(surface)
        return prior - value, (prior_gradient - gradient).ravel()

    with threadpool_limits(1):
        options = {"maxiter": MAX_ITERATIONS}
        found = minimize(objective, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(shape)


def fit_halves(outbursts: Outbursts, kind: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Surfaces of all classes, fitted to each half of the training objects.

    Parameters
    ----------
    outbursts : Outbursts
    kind : ndarray of int, shape (n,)
        Of `surface_class`.
    half : ndarray of int, shape (n,)
        As in `tde.features.shared.learning.Sample`.

    Returns
    -------
    ndarray, shape (2, n_classes, N_WAVELENGTHS, N_PHASES)
        Those of half ``h`` were fitted to the objects of half ``h``; NaN where a class has too
        few of them.
    """
    surfaces = np.full((N_HALVES, len(SURFACE_CLASSES), N_WAVELENGTHS, N_PHASES), np.nan)
    for h in range(N_HALVES):
        for k in range(len(SURFACE_CLASSES)):
            surface = fit_surface(outbursts, np.flatnonzero((half == h) & (kind == k)))
            if surface is not None:
                surfaces[h, k] = surface
    return surfaces


def class_log_likelihoods(outbursts: Outbursts, surfaces: np.ndarray, half: np.ndarray | None = None) -> np.ndarray:
    """Log-likelihood of each object under each class.

    Parameters
    ----------
    outbursts : Outbursts
    surfaces : ndarray, shape (2, n_classes, N_WAVELENGTHS, N_PHASES)
        Of `fit_halves`.
    half : ndarray of int, shape (n,), optional
        The half that an object was in while the surfaces were fitted; negative for others, which
        get the mean of both.

    Returns
    -------
    ndarray, shape (n, n_classes)
        NaN where an object is not usable or no surface could be fitted.
    """
    n = len(outbursts)
    half = np.full(n, OUTSIDE) if half is None else half
    values = np.full((N_HALVES, n, len(SURFACE_CLASSES)), np.nan)
    for h in range(N_HALVES):
        wanted = np.flatnonzero(half != h)
        for k in range(len(SURFACE_CLASSES)):
            if np.isfinite(surfaces[h, k]).all():
                values[h, wanted, k] = log_likelihoods(surfaces[h, k], outbursts, wanted)
    return mean_of_unseen(values, half)
