"""Which families fit curves, which families read them, and which learn from training objects.

Kept apart from the families, so that the workflow can plan without importing them.
"""

from __future__ import annotations

CURVE_FAMILIES = ("gp2d", "rank1")
"""Families that fit a curve to all bands of an object at once and keep it on file."""

FOLD_FAMILIES = ("templates",)
"""Families that learn from training objects and are therefore fitted anew inside each fold."""

CURVES_READ = {
    "gp2d": ("gp2d",),
    "rank1": ("rank1",),
    "hypotheses": ("rank1",),
    "shape": ("gp2d",),
    "tde_physics": ("gp2d",),
    "colour": ("gp2d",),
    "luminosity": ("gp2d",),
    "templates": ("rank1",),
    "rocket": ("gp2d",),
    "minirocket": ("gp2d",),
    "multirocket": ("gp2d",),
}
"""Curves that a family computes its features from; others read the light curves alone."""


def curves_read(family: str) -> tuple[str, ...]:
    """Curve families that a family needs."""
    return CURVES_READ.get(family, ())
