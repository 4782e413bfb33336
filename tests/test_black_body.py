"""The Planck function against astropy's, and its slope against differences."""

import numpy as np
from astropy import units as u
from astropy.modeling.physical_models import BlackBody
from hypothesis import given, settings
from hypothesis import strategies as st

from tde.black_body.spectra import log_colours, log_planck
from tde.photometry import EFFECTIVE_WAVELENGTH


@settings(deadline=None)
@given(st.floats(800.0, 20000.0), st.floats(2500.0, 1e5))
def test_planck_function_is_astropys_up_to_a_constant(wavelength, temperature):
    def astropys(w):
        return np.log(BlackBody(temperature * u.K)(w * u.AA).value)

    ours = log_planck(wavelength, np.log(temperature))[0] - log_planck(5000.0, np.log(temperature))[0]
    # the constants of either agree to eight digits, and the two logarithms may nearly cancel
    assert np.isclose(ours, astropys(wavelength) - astropys(5000.0), rtol=1e-7, atol=1e-7)


@settings(deadline=None)
@given(st.floats(800.0, 20000.0), st.floats(2500.0, 1e5))
def test_slope_is_the_derivative(wavelength, temperature):
    middle, step = np.log(temperature), 1e-5
    difference = log_planck(wavelength, middle + step)[0] - log_planck(wavelength, middle - step)[0]
    assert np.isclose(log_planck(wavelength, middle)[1], difference / (2.0 * step), rtol=1e-6)


def test_colours_are_relative_to_the_reference_band():
    colour, slope = np.empty(6), np.empty(6)
    log_colours(EFFECTIVE_WAVELENGTH, 2, np.log(20000.0), colour, slope)
    assert colour[2] == slope[2] == 0.0
    assert np.all(np.diff(colour) < 0.0)  # hot: bluer bands are brighter
    assert np.all(np.diff(slope) < 0.0)  # and gain most with temperature
