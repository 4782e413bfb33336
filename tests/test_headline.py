"""A candidate's first numbers are the same whichever feature they come from."""

import numpy as np
import pytest

from tde.candidates.physics import SOURCES, headline

TEMPERATURE, INDEX = 18000.0, 5.0 / 3.0

SAYING_SO = {
    "colour.temp_peak": TEMPERATURE / 1000.0,
    "rank1.temperature": np.log10(TEMPERATURE),
    "hypotheses.bb_log_temperature": np.log10(TEMPERATURE),
    "powerlaw.decay_index": INDEX,
    "tde_physics.r_decay_alpha_rest": -INDEX,
}
"""Values of the features for a black body of `TEMPERATURE` whose light fades like t^-INDEX."""


@pytest.mark.parametrize("name", SAYING_SO)
def test_each_feature_tells_the_same_number(name):
    (key,) = (key for key, names in SOURCES.items() if name in names)
    numbers = headline({name: np.array([SAYING_SO[name]])}, 1)
    assert numbers[key][0] == pytest.approx({"temperature_kK": 18.0, "decay_index": INDEX}[key])


def test_the_best_known_feature_counts():
    features = {"colour.temp_peak": np.array([np.nan, 20.0]), "rank1.temperature": np.array([4.0, 4.0])}
    numbers = headline(features, 2)
    np.testing.assert_allclose(numbers["temperature_kK"], [10.0, 20.0])
    assert np.isnan(numbers["decay_index"]).all()
