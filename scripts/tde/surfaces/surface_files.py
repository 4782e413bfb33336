"""Colour surfaces on file: NumPy's npz format, which cannot run code when it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tde.errors import InputError
from tde.surfaces.surface import LOG_WAVELENGTH, N_PHASES, N_WAVELENGTHS, PHASE
from tde.surfaces.surface_fit import N_HALVES, TEMPLATE_CLASSES
from tde.tables import write_npz


def write_surfaces(path: Path | str, surfaces: np.ndarray) -> None:
    """Write the surfaces of `tde.surfaces.surface_fit.fit_halves` with their classes and nodes, atomically."""
    classes = np.array(list(TEMPLATE_CLASSES))
    write_npz(path, surfaces=surfaces, classes=classes, log_wavelength=LOG_WAVELENGTH, phase=PHASE)


def read_surfaces(path: Path | str) -> np.ndarray:
    """Read surfaces written by `write_surfaces`.

    Raises
    ------
    InputError
        If the file was written for other classes or nodes.
    """
    with np.load(path, allow_pickle=False) as arrays:
        surfaces = arrays["surfaces"]
        same_nodes = np.array_equal(arrays["log_wavelength"], LOG_WAVELENGTH) and np.array_equal(arrays["phase"], PHASE)
        classes = arrays["classes"].tolist()
    expected = (N_HALVES, len(TEMPLATE_CLASSES), N_WAVELENGTHS, N_PHASES)
    if classes != list(TEMPLATE_CLASSES) or not same_nodes or surfaces.shape != expected:
        raise InputError(f"{path}: surfaces of {', '.join(classes)} on other nodes than this version's; fit them again")
    return surfaces
