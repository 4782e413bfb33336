"""Physical constants in CGS units, written out: importing astropy would cost a job a second.

CODATA 2018 (Tiesinga et al. 2021, Rev. Mod. Phys. 93, 025010) except where another source is
named; `h`, `c` and `k` are exact by the definition of the SI.
"""

from __future__ import annotations

PLANCK = 6.62607015e-27
"""Planck constant h in erg s."""

SPEED_OF_LIGHT = 2.99792458e10
"""Speed of light c in cm / s."""

STEFAN_BOLTZMANN = 5.670374419e-5
"""Stefan-Boltzmann constant sigma in erg / (s cm2 K4), exact to the digits given."""

SECOND_RADIATION_CONSTANT = 1.438776877e8
"""h c / k in Angstrom Kelvin, exact to the digits given."""

PARSEC = 3.0856775814913673e18
"""Parsec in cm (IAU 2015 resolution B2)."""

MICROJANSKY = 1e-29
"""One micro-Jansky in erg / (s cm2 Hz)."""
