"""Colour surfaces as arrays by name, with the classes and nodes that they are of."""

from __future__ import annotations

import numpy as np

from tde.errors import InputError
from tde.features.shared.learning import N_HALVES, Learnt
from tde.surfaces.surface import LOG_WAVELENGTH, N_PHASES, N_WAVELENGTHS, PHASE
from tde.surfaces.surface_fit import SURFACE_CLASSES


def pack_surfaces(surfaces: np.ndarray) -> Learnt:
    """Surfaces of `tde.surfaces.surface_fit.fit_halves` with their classes and nodes."""
    classes = np.array(list(SURFACE_CLASSES))
    return {"surfaces": surfaces, "classes": classes, "log_wavelength": LOG_WAVELENGTH, "phase": PHASE}


def unpack_surfaces(learnt: Learnt) -> np.ndarray:
    """Surfaces that `pack_surfaces` packed.

    Raises
    ------
    InputError
        If they are of other classes or nodes.
    """
    surfaces, classes = learnt["surfaces"], learnt["classes"].tolist()
    same_nodes = np.array_equal(learnt["log_wavelength"], LOG_WAVELENGTH) and np.array_equal(learnt["phase"], PHASE)
    expected = (N_HALVES, len(SURFACE_CLASSES), N_WAVELENGTHS, N_PHASES)
    if classes != list(SURFACE_CLASSES) or not same_nodes or surfaces.shape != expected:
        raise InputError(
            f"colour surfaces of {', '.join(classes)} on other nodes than this version's; learn them again"
        )
    return surfaces
