"""Views of the training objects, drawn at random as a survey in progress would show them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tde.lightcurves import LightCurves, joined
from tde.photometry import BANDS, Z_FLOOR, distance_modulus
from tde.trigger import counted_from
from tde.views.cut import in_bands, thinned, until
from tde.views.nearer_views import draw_nearer


@dataclass(frozen=True)
class Views:
    """Light curves with less in them than those they were cut from.

    Attributes
    ----------
    lightcurves : LightCurves
        ``m`` views, under the names of their objects.
    owner : ndarray of int, shape (m,)
        Index of the object.
    weight : ndarray, shape (m,)
        Mean 1; the views of each object weigh the same together.
    """

    lightcurves: LightCurves
    owner: np.ndarray
    weight: np.ndarray


def draw_views(lightcurves: LightCurves, settings: Mapping[str, Any]) -> Views:
    """Draw some views of each object; those that leave nothing are left out.

    Parameters
    ----------
    lightcurves : LightCurves
        ``n`` objects.
    settings : mapping
        The block ``views`` of config.yaml.

    Notes
    -----
    The ages of an object's views, counted from its trigger, are stratified: each has its own part of the logarithmic
    range. An object that never triggers counts from its first observation. A view that would leave no observation out,
    as late ones in all bands do, keeps a smaller set of bands instead: whole light curves are learnt from anyway.
    The draws of an object depend on its name and the seed alone, not on the other objects. After them come the
    views that are whole but for some bands (``settings["complete"]``), and those as another survey would have had the
    events (`tde.views.nearer_views`).
    """
    n, per_object = len(lightcurves), int(settings["per_object"])
    owner = np.repeat(np.arange(n), per_object)
    draws = [_Draw.of(name, settings) for name in lightcurves.object_id]
    z = _redshifts(lightcurves, draws, settings)
    together = replace(lightcurves.select(owner), z=z, distance_modulus=distance_modulus(z))
    age = np.concatenate([draw.age for draw in draws]) if draws else np.empty(0)
    together = until(together, counted_from(lightcurves)[owner] + age)
    together = in_bands(together, [bands for draw in draws for bands in draw.bands])
    share = np.concatenate([draw.share for draw in draws]) if draws else np.empty(0)
    seed = np.concatenate([draw.seed for draw in draws]) if draws else np.empty(0, dtype=np.int64)
    together = thinned(together, share, seed)
    complete = np.diff(together.offsets) == np.diff(lightcurves.offsets)[owner]
    smaller = [bands for draw in draws for bands in draw.smaller]
    together = in_bands(together, [few if all_left else BANDS for few, all_left in zip(smaller, complete, strict=True)])
    left = np.flatnonzero(np.diff(together.offsets) > 0)
    parts, owners = [together.select(left)], [owner[left]]
    for bands in settings["complete"]:
        every = in_bands(lightcurves, [bands] * n)
        n_left = np.diff(every.offsets)
        fewer = np.flatnonzero((n_left > 0) & (n_left < np.diff(lightcurves.offsets)))
        parts, owners = [*parts, every.select(fewer)], [*owners, fewer]
    if settings["nearer"]["per_object"]:
        nearer = draw_nearer(lightcurves, settings["nearer"], int(settings["seed"]))
        parts, owners = [*parts, nearer.lightcurves], [*owners, nearer.owner]
    owner = np.concatenate(owners)
    weight = 1.0 / np.bincount(owner, minlength=n)[owner]
    return Views(joined(parts) if len(parts) > 1 else parts[0], owner, weight * (len(owner) / max(weight.sum(), 1.0)))


@dataclass(frozen=True)
class _Draw:
    """What was drawn for one object, ``k`` views."""

    age: np.ndarray
    bands: list[str]
    smaller: list[str]
    share: np.ndarray
    seed: np.ndarray
    scatter: np.ndarray
    unknown: np.ndarray

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any]) -> _Draw:
        """The draws of the object of some name."""
        k = int(settings["per_object"])
        generator = np.random.default_rng([zlib.crc32(name.encode()), int(settings["seed"])])
        first, last = np.log(settings["ages"])
        stratum = (generator.permutation(k) + generator.random(k)) / k
        sets, share = list(settings["bands"]), np.array(list(settings["bands"].values()), dtype=np.float64)
        chosen = generator.choice(len(sets), size=k, p=share / share.sum())
        lowest, highest = settings["visits"]
        drawn = {
            "share": generator.uniform(lowest, highest, k),
            "seed": generator.integers(2**31, size=k),
            "scatter": generator.standard_normal(k) * float(settings["redshift_error"]),
            "unknown": generator.random(k) < settings["without_redshift"],
        }
        few = np.flatnonzero([not set(BANDS) <= set(bands) for bands in sets])
        again = generator.choice(few, size=k, p=share[few] / share[few].sum()) if len(few) else chosen
        age = np.exp(first + (last - first) * stratum)
        return cls(age=age, bands=[sets[j] for j in chosen], smaller=[sets[j] for j in again], **drawn)


def _redshifts(lightcurves: LightCurves, draws: list[_Draw], settings: Mapping[str, Any]) -> np.ndarray:
    """Redshifts of all views, scattered or forgotten."""
    z = np.repeat(lightcurves.z, int(settings["per_object"]))
    for rows, draw in zip(np.arange(len(z)).reshape(len(draws), -1), draws, strict=True):
        scattered = np.maximum(z[rows] + draw.scatter * (1.0 + z[rows]), Z_FLOOR)
        z[rows] = np.where(draw.unknown, np.nan, np.where(draw.scatter == 0.0, z[rows], scattered))
    return z
