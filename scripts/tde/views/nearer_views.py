"""Views of the training objects as another survey would have had them: nearer, in its filters, sparser."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tde.lightcurves import LightCurves
from tde.photometry import BANDS
from tde.trigger import counted_from
from tde.views.cut import at_most, detected, until
from tde.views.nearer import filter_codes, fitted_colours, seen_nearer

FEWEST_POINTS = 5
"""Observations that such a view has at least; fewer say nothing."""

_OWN = 1
"""Keeps the draws apart from those of the other views, which have the same seed."""


class NearerViews(NamedTuple):
    """Views and the index of the object of each, shape (m,)."""

    lightcurves: LightCurves
    owner: np.ndarray


def draw_nearer(lightcurves: LightCurves, settings: Mapping[str, Any], seed: int) -> NearerViews:
    """Draw some such views of each object that LSST's own bands have observed and whose redshift is known.

    Parameters
    ----------
    lightcurves : LightCurves
        ``n`` objects.
    settings : mapping
        The block ``views.nearer`` of config.yaml.
    seed : int

    Notes
    -----
    Ages count from the trigger of what the other survey has, and are stratified as those of other views. Views with
    fewer than `FEWEST_POINTS` observations are left out. The draws of an object depend on its name and the seed alone.
    """
    foreign = np.zeros(len(lightcurves), dtype=bool)
    foreign[lightcurves.owner[lightcurves.filter >= len(BANDS)]] = True
    mine = np.flatnonzero(~foreign & np.isfinite(lightcurves.z) & (np.diff(lightcurves.offsets) > 0))
    own = lightcurves.select(mine)
    of_objects = np.repeat(np.arange(len(mine)), int(settings["per_object"]))
    draw = _Draw.of(own.object_id.tolist(), settings, seed)
    codes = [filter_codes(settings["survey"], bands) for bands in settings["bands"]]
    colours = fitted_colours(own).select(of_objects)
    views = seen_nearer(own.select(of_objects), colours, draw.magnitudes, [codes[k] for k in draw.bands.tolist()])
    views = detected(views, draw.detected)
    views = until(views, counted_from(views) + draw.age)
    views = at_most(views, draw.most, draw.seed)
    left = np.flatnonzero(np.diff(views.offsets) >= FEWEST_POINTS)
    return NearerViews(views.select(left), mine[of_objects[left]])


@dataclass(frozen=True)
class _Draw:
    """What was drawn for all views, shape (m,) each."""

    magnitudes: np.ndarray
    bands: np.ndarray
    detected: np.ndarray
    age: np.ndarray
    most: np.ndarray
    seed: np.ndarray

    @classmethod
    def of(cls, names: list[str], settings: Mapping[str, Any], seed: int) -> _Draw:
        """The draws of objects of some names, one object after the other."""
        k = int(settings["per_object"])
        share = np.array(list(settings["bands"].values()), dtype=np.float64)
        least, largest = settings["magnitudes"]
        ages, points = np.log(settings["ages"]), np.log(settings["points"])
        drawn: dict[str, list[np.ndarray]] = {name: [np.empty(0)] for name in cls.__dataclass_fields__}
        for name in names:
            generator = np.random.default_rng([zlib.crc32(name.encode()), seed, _OWN])
            stratum = (generator.permutation(k) + generator.random(k)) / k
            drawn["age"].append(np.exp(ages[0] + (ages[1] - ages[0]) * stratum))
            drawn["magnitudes"].append(generator.uniform(least, largest, k))
            drawn["bands"].append(generator.choice(len(share), size=k, p=share / share.sum()))
            drawn["detected"].append(generator.random(k) < settings["detections"])
            drawn["most"].append(np.exp(generator.uniform(points[0], points[1], k)))
            drawn["seed"].append(generator.integers(2**31, size=k))
        kinds = {"bands": np.int64, "most": np.int64, "seed": np.int64, "detected": bool}
        return cls(**{name: np.concatenate(each).astype(kinds.get(name, float)) for name, each in drawn.items()})
