"""What a light curve looks like to someone who looks at it, by rules on its features."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

TYPICAL = "a TDE"
"""What no rule applies to: one outburst that rises, fades and stays hot."""

LONGEST, SHORTEST = 120.0, 25.0
"""Rest-frame days of the fade to half the peak flux; nearly all TDEs of MALLORN that are found lie between."""

COLDEST = 4.0
"""Logarithm of the temperature in Kelvin."""

CLEARLY = 2.0
"""Standard errors of the cooling."""

RULES: tuple[tuple[str, str, Callable[[np.ndarray], np.ndarray]], ...] = (
    ("rise not seen", "rank1.rise_50_censored", lambda censored: censored == 1.0),
    ("several outbursts", "rank1.n_excursions_50", lambda outbursts: outbursts >= 2.0),
    ("several outbursts", "rank1.n_excursions_25", lambda outbursts: outbursts >= 2.0),
    ("slow", "rank1.fade_50", lambda days: days > LONGEST),
    ("fast", "rank1.fade_50", lambda days: days < SHORTEST),
    ("cool", "hypotheses.outburst_bb_log_temperature", lambda log_kelvin: log_kelvin < COLDEST),
    ("reddening", "hypotheses.outburst_cooling_slope_significance", lambda slope: slope < -CLEARLY),
)
"""What it looks like, the feature that says so, and when; the first that applies counts."""

FAMILIES = tuple(dict.fromkeys(feature.split(".")[0] for _, feature, _ in RULES))
"""Families that the rules read; a rule whose feature is not there is left out."""


def looks_like(features: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    """What each of ``n`` objects looks like: the name of the first of `RULES` that applies, or `TYPICAL`.

    Parameters
    ----------
    features : mapping of str to ndarray, shape (n,)
        By ``family.column``.
    n : int
    """
    known = [(name, applies(features[feature])) for name, feature, applies in RULES if feature in features]
    if not known:
        return np.full(n, "")
    return np.select([where for _, where in known], [name for name, _ in known], TYPICAL)
