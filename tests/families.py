"""Feature families as the workflow runs them: the curves they read are fitted first."""

from pathlib import Path

import numpy as np
import yaml

from tde.curves import Curves
from tde.features.needs import curves_read
from tde.features.table import family_module, fit_curves
from tde.lightcurves import LightCurves

OPTIONS = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text(encoding="utf-8"))["features"]
"""The features block of config.yaml."""


def family_curves(family: str, lightcurves: LightCurves) -> dict[str, Curves]:
    """The curves a family reads."""
    return {name: fit_curves(name, lightcurves, OPTIONS.get(name, {})) for name in curves_read(family)}


def family_values(family: str, lightcurves: LightCurves) -> np.ndarray:
    """A family's features with the settings of config.yaml, shape (n_objects, n_columns)."""
    options = OPTIONS.get(family, {})
    return family_module(family).compute(lightcurves, **family_curves(family, lightcurves), **options)
