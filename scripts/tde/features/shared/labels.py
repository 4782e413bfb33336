"""What a feature may be labelled: true on the sky, or of this simulation only."""

from __future__ import annotations

PHYSICS = "physics"
"""Holds for any survey's light curves."""

GENERATOR = "generator-aware"
"""Uses how this data set was simulated; worth nothing on the sky."""

LABELS = (PHYSICS, GENERATOR)
