"""How many points a series needs to be fitted.

Kept apart from the fits, so that settings can be checked without compiled code.
"""

MIN_POINTS = 5
"""Series with fewer points are not fitted: four parameters need at least five fluxes."""
