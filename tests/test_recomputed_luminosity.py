"""Absolute magnitudes, black bodies and energies, computed again with astropy: family `luminosity`."""

import numpy as np
import pytest
from recomputed import black_bodies, luminosities
from recomputed.chosen_objects import curves, tables  # noqa: F401
from recomputed.comparison import Column, check_column

PHASES = {"pre_20d": -20.0, "0d": 0.0, "20d": 20.0, "50d": 50.0, "100d": 100.0}

SOURCE = {
    "bb_log_temperature": "temperature",
    "bb_log_temperature_err": "temperature_err",
    "bb_log_radius": "radius",
    "bb_log_radius_err": "radius_err",
    "bb_log_luminosity": "luminosity",
    "bb_log_luminosity_err": "luminosity_err",
    "bb_chi2": "chi2",
}

STORED = {"relative": 1e-4, "absolute": 1e-5}
"""Curves are stored in single precision, and the library's steps in ln T end at 1e-6."""

COLUMNS = [
    *(
        Column(f"{band}_abs_mag_{name}", luminosities.absolute_magnitude(k, phase), absolute=1e-5)
        for name, phase in PHASES.items()
        for k, band in enumerate("ugriz")
    ),
    *(
        Column(f"{column}_{name}", luminosities.of_black_body(attribute, phase), **STORED)
        for name, phase in PHASES.items()
        for column, attribute in SOURCE.items()
    ),
    Column("peak_abs_mag", luminosities.peak_abs_mag, absolute=1e-5),
    Column("bb_temperature_slope", luminosities.trend("temperature"), **STORED),
    Column("bb_radius_slope", luminosities.trend("radius"), **STORED),
    Column("bb_decline_50d", luminosities.bb_decline(50.0), **STORED),
    Column("bb_decline_100d", luminosities.bb_decline(100.0), **STORED),
    Column("bb_log_energy", luminosities.bb_log_energy, **STORED),
    Column("band_log_luminosity", luminosities.band_log_luminosity, **STORED),
    Column("band_decline_50d", luminosities.band_decline(50.0), **STORED),
    Column("band_decline_100d", luminosities.band_decline(100.0), **STORED),
    Column("band_log_energy", luminosities.band_log_energy, **STORED),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_column_is_as_the_catalogue_says(column, tables, curves):
    check_column(column, tables.table("luminosity"), curves)


def test_spectra_are_those_of_astropy():
    """The short form of Planck's law that is fitted is astropy's."""
    for temperature in (2000.0, 12345.0, 80000.0):
        assert np.allclose(black_bodies.planck_fast(np.log(temperature)), black_bodies.planck(temperature), rtol=1e-12)
