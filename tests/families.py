"""Feature families as the workflow runs them: the curves they read are fitted first."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml

from tde.features.registry import curves_read
from tde.features.shared.learning import N_HALVES
from tde.features.table import compute_table, family_module, fit_curves
from tde.lightcurves import LightCurves
from tde.surfaces.learnt_surfaces import pack_surfaces
from tde.surfaces.surface import black_body
from tde.surfaces.surface_fit import SURFACE_CLASSES
from tde.workflow.configuration.family_options import OPTIONS as KINDS

IN_USE = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text(encoding="utf-8"))["features"]
"""The features block of config.yaml."""

OPTIONS = {name: kind.model_validate(IN_USE.get(name, {})).model_dump() for name, kind in KINDS.items()} | IN_USE
"""Options of each family that has any, and of each in use."""


_SURFACES = [black_body(5000.0 + 3000.0 * k) for k in range(len(SURFACE_CLASSES))]

LEARNT = {"surfaces": {"learnt": pack_surfaces(np.array([_SURFACES] * N_HALVES))}}
"""What families that learn from training objects may have learnt, as arguments of their ``compute``."""


def family_inputs(family: str, lightcurves: LightCurves) -> dict[str, object]:
    """What a family's ``compute`` gets besides light curves and options: curves it reads, what it has learnt."""
    curves = {name: fit_curves(name, lightcurves, OPTIONS.get(name, {})) for name in curves_read(family)}
    return curves | LEARNT.get(family, {})


def family_table(family: str, lightcurves: LightCurves, options: dict[str, object]) -> pa.Table:
    """A family's features as files hold them."""
    inputs = family_inputs(family, lightcurves)
    learnt = inputs.pop("learnt", None)
    return compute_table(family, lightcurves, options, inputs, learnt)


def family_values(family: str, lightcurves: LightCurves) -> np.ndarray:
    """A family's features with the settings of config.yaml, shape (n_objects, n_columns)."""
    options = OPTIONS.get(family, {})
    return family_module(family).compute(lightcurves, **family_inputs(family, lightcurves), **options)
