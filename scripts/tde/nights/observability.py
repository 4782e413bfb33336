"""Whether an object can be observed in the coming night, by its declination and its distance from the Sun."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tde.nights.night_names import day_of
from tde.workflow.configuration.nights_settings import Site


class Observable(NamedTuple):
    """Of ``n`` objects; NaN and False for one without a position.

    Attributes
    ----------
    highest : ndarray, shape (n,)
        Altitude at culmination in degrees.
    sun_distance : ndarray, shape (n,)
        Degrees from the Sun at the next local midnight.
    possible : ndarray of bool, shape (n,)
        Whether both are above the limits of the site.
    """

    highest: np.ndarray
    sun_distance: np.ndarray
    possible: np.ndarray


def observable(ra: np.ndarray, dec: np.ndarray, site: Site, night: str) -> Observable:
    """Where the objects stand in the night after one.

    Parameters
    ----------
    ra, dec : ndarray, shape (n,)
        In degrees.
    site : Site
    night : str
        The night whose data have come in; what follows from them is observed in the next one.
    """
    from astropy.coordinates import angular_separation, get_sun
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download = False  # a page is made without a network
    midnight = day_of(night) + 2.0 - site.longitude / 360.0
    sun = get_sun(Time(midnight, format="mjd", scale="tdb"))  # a minute beside UTC moves the Sun by nothing
    highest = 90.0 - np.abs(dec - site.latitude)
    apart = angular_separation(np.radians(ra), np.radians(dec), sun.ra.rad, sun.dec.rad)
    distance = np.degrees(np.asarray(apart, dtype=np.float64))
    possible = (highest >= site.least_altitude) & (distance >= site.least_sun_distance)
    return Observable(highest, distance, possible)
