"""P(TDE), class probabilities, interval, decision and flags of light curves, by a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.evaluation.thresholds import logit
from tde.lightcurves import LightCurves
from tde.predict.bundle import Bundle, read_held_out
from tde.predict.decision import Choice, thresholds
from tde.predict.fitted_peaks import first_peaks
from tde.predict.interval import Interval, interval
from tde.predict.matrix import feature_tables
from tde.predict.outliers import UNLIKE, outlier_p
from tde.predict.perturbations import half_samples, population_redshifts, with_redshifts
from tde.predict.probabilities import Probabilities, probabilities
from tde.predict.recurrence import repeats, restless_before
from tde.sources.chunk_files import bands_used
from tde.sources.flags import calibration_note, flag_mask, flag_text, set_flag
from tde.views.states import progress

NEAR_END = 10.0
"""A curve that is highest within this many days of the last observation has no decline yet."""


class DataDraws(NamedTuple):
    """What the blend says of some objects from half of their nights, drawn again and again.

    Attributes
    ----------
    objects : ndarray of int, shape (k,)
        Their indices.
    log_odds : ndarray, shape (n_resamples, k)
    """

    objects: np.ndarray
    log_odds: np.ndarray


class How(NamedTuple):
    """How light curves are classified, as in the block ``predict`` of config.yaml.

    Attributes
    ----------
    learnt_from : str
        Kind of models: ``both``, ``whole`` or ``views``.
    choose : Choice
        What is wanted of the list of those called TDEs.
    n_redshifts : int
        Redshifts of the training population over which an unknown one is averaged.
    n_resamples : int
        Draws of half the nights behind the interval; 0 for the models' spread alone.
    resample_above : float
        Objects with at least this P(TDE) get such draws.
    """

    learnt_from: str = "both"
    choose: Choice = "f1"
    n_redshifts: int = 5
    n_resamples: int = 5
    resample_above: float = 0.2


AS_CONFIGURED = How()
"""The defaults of the block."""


def classify(bundle: Bundle, lightcurves: LightCurves, objects: pa.Table, how: How = AS_CONFIGURED) -> pa.Table:
    """Classify light curves.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
    objects : pyarrow.Table
        The same objects in the same order, with ``z_err``, ``label`` and ``flags`` as `tde.sources.chunks` writes
        them.
    how : How

    Returns
    -------
    pyarrow.Table
        One row per object; see `prediction_table`.
    """
    families = (bundle.families, bundle.learnt)
    far = progress(lightcurves)
    share = bundle.share(far, how.learnt_from)

    def say(curves: LightCurves, rows: np.ndarray, z: np.ndarray) -> Probabilities:
        """The mean over some redshifts, if there are any."""
        several = with_redshifts(curves, z) if len(z) else curves
        of_rows = None if share is None else np.tile(share[rows], max(len(z), 1))
        return probabilities(bundle, feature_tables(several, *families).tables, of_rows).of_groups(max(len(z), 1))

    features = feature_tables(lightcurves, *families)
    found = probabilities(bundle, features.tables, share)
    z_unknown = np.isnan(lightcurves.z) & (np.diff(lightcurves.offsets) > 0)
    redshifts = population_redshifts(bundle.population["z"], how.n_redshifts) if bundle.population["z"] else np.empty(0)
    if z_unknown.any() and len(redshifts):
        unknown = np.flatnonzero(z_unknown)
        found.put(unknown, say(lightcurves.select(unknown), unknown, redshifts))
    of_data = None
    drawn = np.flatnonzero(found.p_tde() >= how.resample_above)
    if how.n_resamples and len(drawn):
        log_odds = np.empty((how.n_resamples, len(drawn)))
        for among, z in ((~z_unknown[drawn], np.empty(0)), (z_unknown[drawn], redshifts)):
            rows = drawn[among]
            if len(rows):
                halves = half_samples(lightcurves.select(rows), objects["z_err"].to_numpy()[rows], how.n_resamples)
                p_tde = say(halves, np.tile(rows, how.n_resamples), z).p_tde()
                log_odds[:, among] = logit(p_tde).reshape(how.n_resamples, -1)
        of_data = DataDraws(drawn, log_odds)
    threshold = thresholds(bundle, how.choose, None if share is None else far[:, 0])
    told = Found(found, threshold, of_data, unlike(bundle, lightcurves, features.tables, far[:, 0]))
    return prediction_table(bundle, lightcurves, objects, told, first_peaks(features.curves))


def unlike(
    bundle: Bundle, lightcurves: LightCurves, tables: Mapping[str, pa.Table], log_age: np.ndarray
) -> np.ndarray | None:
    """How unlike the training objects each object is (`tde.predict.outliers.outlier_p`); None if the bundle cannot say.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
    tables : mapping of str to pyarrow.Table
        Features by family.
    log_age : ndarray, shape (n,)
    """
    if bundle.unfinished is None:
        return None
    states = np.column_stack([log_age, np.diff(lightcurves.offsets), bands_used(lightcurves)])
    return outlier_p(bundle.neighbours(), read_held_out(bundle.folder), tables, states)


class Found(NamedTuple):
    """What was found of ``n`` objects.

    Attributes
    ----------
    probabilities : Probabilities
    threshold : ndarray, shape (n,), or float
        P(TDE) above which an object is called a TDE.
    of_data : DataDraws, optional
    outlier_p : ndarray, shape (n,), optional
        Share of comparable training light curves that are further out.
    """

    probabilities: Probabilities
    threshold: np.ndarray | float
    of_data: DataDraws | None = None
    outlier_p: np.ndarray | None = None


def prediction_table(
    bundle: Bundle,
    lightcurves: LightCurves,
    objects: pa.Table,
    found: Found,
    peak_mjd: np.ndarray | None,
) -> pa.Table:
    """Put probabilities, interval, decision and flags into one table.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
    objects : pyarrow.Table
    found : Found
    peak_mjd : ndarray, shape (n,), or None
        Peak of the fitted curves, which tells whether a decline was seen.

    Returns
    -------
    pyarrow.Table
        object_id, p_TDE, p_TDE_low, p_TDE_high, interval (``models`` or ``models+data``),
        is_TDE, threshold, ``p_<class>`` of the other classes, learnt_from_views (how far models of unfinished light
        curves are believed), z, z_err, ebv, n_points, n_bands, outlier_p, calibration,
        flags. Probabilities of objects without
        observations are null.
    """
    p_tde, unfinished = found.probabilities.p_tde(), found.probabilities.unfinished
    ends = _intervals(found.probabilities, found.of_data)
    masks = _flags(bundle, lightcurves, objects, peak_mjd, unfinished is not None)
    out = np.full(len(p_tde), np.nan) if found.outlier_p is None else found.outlier_p
    n_points = np.diff(lightcurves.offsets)
    nothing = n_points == 0
    set_flag(masks, "unlike_training", (out < UNLIKE) & ~nothing)
    others = found.probabilities.other_classes(len(bundle.classes))

    def known(values: np.ndarray) -> pa.Array:
        return pa.array(values, mask=nothing)

    return pa.table(
        {
            "object_id": pa.array(lightcurves.object_id, pa.string()),
            "p_TDE": known(p_tde),
            "p_TDE_low": known(ends.low),
            "p_TDE_high": known(ends.high),
            "interval": _kinds(len(p_tde), found.of_data),
            "is_TDE": pa.array((p_tde > found.threshold) & ~nothing),
            "threshold": known(np.broadcast_to(found.threshold, p_tde.shape)),
            **{f"p_{name}": known(np.ascontiguousarray(others[:, j])) for j, name in enumerate(bundle.classes[:-1])},
            "learnt_from_views": np.zeros(len(p_tde)) if unfinished is None else unfinished.share,
            "z": pa.array(lightcurves.z, mask=np.isnan(lightcurves.z)),
            "z_err": pa.array(objects["z_err"].to_numpy(), from_pandas=True),
            "ebv": lightcurves.ebv,
            "n_points": n_points,
            "n_bands": bands_used(lightcurves),
            "outlier_p": pa.array(out, mask=nothing | np.isnan(out)),
            "calibration": pa.array([calibration_note(mask, unfinished is not None) for mask in masks], pa.string()),
            "flags": pa.array([flag_text(mask) for mask in masks], pa.string()),
        }
    )


def _kinds(n: int, of_data: DataDraws | None) -> pa.Array:
    """What the interval of each object is of."""
    kind = np.full(n, "models", dtype=object)
    if of_data is not None:
        kind[of_data.objects] = "models+data"
    return pa.array(kind, pa.string())


def _intervals(found: Probabilities, of_data: DataDraws | None) -> Interval:
    """Intervals of all objects, wider by the data for those whose nights were drawn."""
    p_tde = found.p_tde()
    of_models = found.deviations()
    ends = interval(p_tde, of_models)
    if of_data is not None:
        drawn = of_data.objects
        ends.low[drawn], ends.high[drawn] = interval(p_tde[drawn], of_models[:, drawn], of_data.log_odds)
    return ends


def _flags(
    bundle: Bundle, lightcurves: LightCurves, objects: pa.Table, peak_mjd: np.ndarray | None, with_views: bool
) -> np.ndarray:
    """Flags set while reading, and those that compare the objects with what the models have learnt from."""
    given = objects["flags"].to_pylist() if "flags" in objects.column_names else [""] * len(lightcurves)
    masks = np.array([flag_mask(text) for text in given], dtype=np.int64)
    population, n_points = bundle.population, np.diff(lightcurves.offsets)
    sampling = bundle.manifest["unfinished"] if with_views else population
    first, last = population["z_central"]
    observed = n_points > 0
    set_flag(masks, "z_missing", np.isnan(lightcurves.z))
    set_flag(masks, "z_outside_training", (lightcurves.z < first) | (lightcurves.z > last))
    set_flag(masks, "few_points", observed & (n_points < sampling["fewest_points"]))
    set_flag(masks, "few_bands", observed & (bands_used(lightcurves) < sampling["fewest_bands"]))
    set_flag(masks, "no_observations", ~observed)
    set_flag(masks, "repeats", repeats(lightcurves))
    set_flag(masks, "restless_before", restless_before(lightcurves))
    if peak_mjd is not None:
        end = np.array([lightcurves.mjd[rows.stop - 1] if rows.stop > rows.start else np.nan for rows in lightcurves])
        set_flag(masks, "no_decline", end - peak_mjd < NEAR_END)
    return masks
