"""Features sorted by what they are about, so that reasons can be given in a few words."""

from __future__ import annotations

import functools
import re

from tde.features.registry import COLOUR, DECLINE, LUMINOSITY, OTHER, SHAPE, VARIABILITY, family_row
from tde.features.shared.labels import GENERATOR

SIGNAL = "Brightness and signal to noise"
SAMPLING = "Sampling"
TRACES = "Traces of the simulation"

GROUPS = {
    COLOUR: "colours, black-body temperatures and their change",
    LUMINOSITY: "redshift, absolute magnitudes, energies and radii",
    DECLINE: "time scales of rise and decline, and the law of the decline",
    SHAPE: "the fitted curves: widths, asymmetry, bumps, time scales",
    VARIABILITY: "scatter, damped random walks and processes per band",
    SIGNAL: "fluxes and significance",
    SAMPLING: "numbers and times of observations",
    TRACES: "what only this simulation does; nothing of it is true on the sky",
    OTHER: "features of families that are not sorted yet",
}
"""Every group and what is in it."""

BY_NAME = (
    (r"n_obs|n_points|n_epochs|span|cadence|gap|coverage|duration|count", SAMPLING),
    (r"\.Z$|abs_mag|absolute_mag|luminosity|energy|radius|\.EBV$", LUMINOSITY),
    (r"colou?r|temp|(^|_)bb_|_[ugrizy]_[ugrizy]_|\.[ugrizy]_[ugrizy]_|flux_ratio", COLOUR),
    (r"rise|fade|fall|decay|decline|alpha|_r2$|half|late", DECLINE),
    (r"snr|signal|peak_flux|max_flux|amplitude|mean_flux|significance", SIGNAL),
)
"""Patterns that are looked for in the name before the family decides; the first that fits counts."""


@functools.cache
def group_of(name: str, label: str) -> str:
    """The group of a feature.

    Parameters
    ----------
    name : str
        ``family.column``.
    label : str
        As in `tde.features.shared.labels`.
    """
    if label == GENERATOR:
        return TRACES
    for pattern, group in BY_NAME:
        if re.search(pattern, name):
            return group
    return family_row(name.partition(".")[0]).group
