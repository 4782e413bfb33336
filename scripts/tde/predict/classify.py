"""P(TDE), class probabilities, interval, decision and flags of light curves, by a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.curves import Curves
from tde.evaluation.thresholds import logit
from tde.lightcurves import LightCurves
from tde.predict.bundle import Bundle
from tde.predict.interval import Interval, interval, model_deviations
from tde.predict.matrix import estimator_probabilities, feature_tables, matrix
from tde.predict.perturbations import population_redshifts, with_noise, with_redshifts
from tde.sources.chunk_files import bands_used
from tde.sources.flags import calibration_note, flag_mask, flag_text, set_flag

NEAR_END = 10.0
"""A curve that is highest within this many days of the last observation has no decline yet."""


@dataclass(frozen=True)
class Probabilities:
    """What the members say of ``n`` objects.

    Attributes
    ----------
    members : list of ndarray, shape (n_estimators, n, n_classes)
        Class probabilities of every fit of each member.
    weights : ndarray, shape (n_members,)
    """

    members: list[np.ndarray]
    weights: np.ndarray

    def p_tde(self) -> np.ndarray:
        """P(TDE) of the blend, shape (n,): the same sums as the workflow's own blend, to the last bit."""
        means = [np.ascontiguousarray(member.mean(axis=0)[:, -1]) for member in self.members]
        return self.weights @ np.array(means)

    def other_classes(self, n_classes: int) -> np.ndarray:
        """Probabilities of the classes but the TDE, shape (n, n_classes - 1).

        What the blend leaves for them is divided as the members say that tell all classes apart.
        """
        rest = 1.0 - self.p_tde()
        if n_classes == 2:
            return rest[:, None]
        telling = [k for k, member in enumerate(self.members) if member.shape[-1] == n_classes]
        shares = np.sum([self.weights[k] * self.members[k].mean(axis=0)[:, :-1] for k in telling], axis=0)
        return rest[:, None] * shares / shares.sum(axis=1, keepdims=True)

    def of_groups(self, n_groups: int) -> Probabilities:
        """Means over groups: rows are ``n_groups`` repetitions of the same objects."""
        members = [m.reshape(len(m), n_groups, -1, m.shape[-1]).mean(axis=1) for m in self.members]
        return Probabilities(members, self.weights)

    def put(self, rows: np.ndarray, other: Probabilities) -> None:
        """Replace the probabilities of some objects in place."""
        for mine, theirs in zip(self.members, other.members, strict=True):
            mine[:, rows] = theirs


class NoiseDraws(NamedTuple):
    """What the blend says of some objects after their noise has been drawn anew.

    Attributes
    ----------
    objects : ndarray of int, shape (k,)
        Their indices.
    log_odds : ndarray, shape (n_resamples, k)
    """

    objects: np.ndarray
    log_odds: np.ndarray


def probabilities(bundle: Bundle, tables: Mapping[str, pa.Table]) -> Probabilities:
    """What every fit of every member says of the objects of some feature tables."""
    matrices = {names: matrix(tables, names) for names in {tuple(member.features) for member in bundle.members}}
    members = [estimator_probabilities(m.estimators, matrices[tuple(m.features)]) for m in bundle.members]
    return Probabilities(members, np.array([member.weight for member in bundle.members]))


def classify(
    bundle: Bundle,
    lightcurves: LightCurves,
    objects: pa.Table,
    n_redshifts: int = 5,
    n_resamples: int = 5,
    resample_above: float = 0.2,
) -> pa.Table:
    """Classify light curves.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
    objects : pyarrow.Table
        The same objects in the same order, with ``z_err``, ``label`` and ``flags`` as `tde.sources.chunks` writes
        them.
    n_redshifts : int
        Redshifts of the training population over which an unknown one is averaged.
    n_resamples : int
        Draws of the noise behind the interval; 0 for the models' spread alone.
    resample_above : float
        Objects with at least this P(TDE) get such draws.

    Returns
    -------
    pyarrow.Table
        One row per object; see `prediction_table`.
    """
    how = (bundle.families, bundle.learnt)
    features = feature_tables(lightcurves, *how)
    found = probabilities(bundle, features.tables)
    unknown = np.flatnonzero(np.isnan(lightcurves.z) & (np.diff(lightcurves.offsets) > 0))
    redshifts = population_redshifts(bundle.population["z"], n_redshifts) if bundle.population["z"] else np.empty(0)
    if len(unknown) and len(redshifts):
        spread = feature_tables(with_redshifts(lightcurves.select(unknown), redshifts), *how).tables
        found.put(unknown, probabilities(bundle, spread).of_groups(len(redshifts)))
    noise = None
    # a redshift that is averaged over is not drawn as well
    drawn = np.flatnonzero((found.p_tde() >= resample_above) & ~np.isnan(lightcurves.z))
    if n_resamples and len(drawn):
        z_err = objects["z_err"].to_numpy()[drawn]
        noisy = feature_tables(with_noise(lightcurves.select(drawn), z_err, n_resamples), *how).tables
        noise = NoiseDraws(drawn, logit(probabilities(bundle, noisy).p_tde()).reshape(n_resamples, -1))
    return prediction_table(bundle, lightcurves, objects, found, features.curves, noise)


def prediction_table(
    bundle: Bundle,
    lightcurves: LightCurves,
    objects: pa.Table,
    found: Probabilities,
    curves: Mapping[str, Curves],
    noise: NoiseDraws | None = None,
) -> pa.Table:
    """Put probabilities, interval, decision and flags into one table.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
    objects : pyarrow.Table
    found : Probabilities
    curves : mapping of str to Curves
        Fitted curves; the peak of the first tells whether a decline was seen.
    noise : NoiseDraws, optional

    Returns
    -------
    pyarrow.Table
        object_id, p_TDE, p_TDE_low, p_TDE_high, interval (``models`` or ``models+data``),
        is_TDE, ``p_<class>`` of the other classes, z, z_err, ebv, n_points, n_bands,
        calibration, flags. Probabilities of objects without observations are null.
    """
    p_tde = found.p_tde()
    ends = _intervals(found, noise)
    kind = np.full(len(p_tde), "models", dtype=object)
    if noise is not None:
        kind[noise.objects] = "models+data"
    masks = _flags(bundle, lightcurves, objects, curves)
    n_points = np.diff(lightcurves.offsets)
    nothing = n_points == 0
    others = found.other_classes(len(bundle.classes))

    def known(values: np.ndarray) -> pa.Array:
        return pa.array(values, mask=nothing)

    return pa.table(
        {
            "object_id": pa.array(lightcurves.object_id, pa.string()),
            "p_TDE": known(p_tde),
            "p_TDE_low": known(ends.low),
            "p_TDE_high": known(ends.high),
            "interval": pa.array(kind, pa.string()),
            "is_TDE": pa.array((p_tde > bundle.threshold) & ~nothing),
            **{f"p_{name}": known(np.ascontiguousarray(others[:, j])) for j, name in enumerate(bundle.classes[:-1])},
            "z": pa.array(lightcurves.z, mask=np.isnan(lightcurves.z)),
            "z_err": pa.array(objects["z_err"].to_numpy(), from_pandas=True),
            "ebv": lightcurves.ebv,
            "n_points": n_points,
            "n_bands": bands_used(lightcurves),
            "calibration": pa.array([calibration_note(mask) for mask in masks], pa.string()),
            "flags": pa.array([flag_text(mask) for mask in masks], pa.string()),
        }
    )


def _intervals(found: Probabilities, noise: NoiseDraws | None) -> Interval:
    """Intervals of all objects, wider by the noise for those whose noise was drawn."""
    p_tde = found.p_tde()
    of_models = model_deviations([member[..., -1] for member in found.members], found.weights)
    ends = interval(p_tde, of_models)
    if noise is not None:
        drawn = noise.objects
        ends.low[drawn], ends.high[drawn] = interval(p_tde[drawn], of_models[:, drawn], noise.log_odds)
    return ends


def _flags(bundle: Bundle, lightcurves: LightCurves, objects: pa.Table, curves: Mapping[str, Curves]) -> np.ndarray:
    """Flags set while reading, and those that compare the objects with the training objects."""
    given = objects["flags"].to_pylist() if "flags" in objects.column_names else [""] * len(lightcurves)
    masks = np.array([flag_mask(text) for text in given], dtype=np.int64)
    population, n_points = bundle.population, np.diff(lightcurves.offsets)
    first, last = population["z_central"]
    observed = n_points > 0
    set_flag(masks, "z_missing", np.isnan(lightcurves.z))
    set_flag(masks, "z_outside_training", (lightcurves.z < first) | (lightcurves.z > last))
    set_flag(masks, "few_points", observed & (n_points < population["fewest_points"]))
    set_flag(masks, "few_bands", observed & (bands_used(lightcurves) < population["fewest_bands"]))
    set_flag(masks, "no_observations", ~observed)
    for fitted in list(curves.values())[:1]:  # the first family's
        end = np.array([lightcurves.mjd[rows.stop - 1] if rows.stop > rows.start else np.nan for rows in lightcurves])
        set_flag(masks, "no_decline", end - fitted.parameters["peak_mjd"] < NEAR_END)
    return masks
