"""Magnitudes and natural logarithms of fluxes."""

from __future__ import annotations

from tde.numerics.elementary import LN_10

MAGNITUDE = 2.5 / LN_10
"""One natural-logarithmic unit of flux in magnitudes."""
