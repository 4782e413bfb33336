"""P(TDE) as a history: what a bundle would have said of an object night by night, from the data until then.

Every row is an ordinary prediction from the beginning of a light curve: the same features, the same models, the same
mean over redshifts where none is known. Only half-samples are not drawn, so that the interval is that of the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.features.shared.learning import Learnt
from tde.lightcurves import LightCurves
from tde.predict.bundle import Bundle
from tde.predict.classify import AS_CONFIGURED, How
from tde.predict.decision import thresholds
from tde.predict.interval import interval
from tde.predict.matrix import feature_tables
from tde.predict.perturbations import population_redshifts, with_redshifts
from tde.predict.prefixes import Prefixes, by_date, by_night, in_batches, shortened
from tde.predict.probabilities import Probabilities, probabilities
from tde.trigger import trigger_mjd
from tde.views.states import progress

MOST_POINTS, MOST_CURVES = 400_000, 4000
"""Observations, and light curves, of which features are computed at once: a few hundred MB."""


AGE = "log_age"
"""Column by which thresholds are chosen: natural logarithm of the days since the trigger (`tde.views.states`)."""


class Said(NamedTuple):
    """What a bundle says of ``m`` light curves; NaN of those without observations.

    Attributes
    ----------
    p_tde, low, high : ndarray, shape (m,)
        P(TDE), and the ends of its interval.
    threshold : ndarray, shape (m,)
    others : ndarray, shape (m, n_classes - 1)
        Probabilities of the other classes.
    log_age : ndarray, shape (m,)
        As in `tde.views.states.progress`.
    """

    p_tde: np.ndarray
    low: np.ndarray
    high: np.ndarray
    threshold: np.ndarray
    others: np.ndarray
    log_age: np.ndarray


def history(
    bundle: Bundle,
    lightcurves: LightCurves,
    dates: Sequence[float] | None = None,
    how: How = AS_CONFIGURED,
    most_curves: int = MOST_CURVES,
) -> pa.Table:
    """Classify every object with what was known of it at the end of each night, or at some dates.

    Parameters
    ----------
    bundle : Bundle
    lightcurves : LightCurves
    dates : sequence of float, optional
        Modified Julian Dates; without, the nights on which each object was observed (`by_night`).
    how : How
        As in `tde.predict.classify.classify`; a budget has no meaning before all is known, and counts as ``f1``.
    most_curves : int
        Light curves in memory at once.

    Returns
    -------
    pyarrow.Table
        object_id, mjd (until when), days_since_trigger (observer frame; null before, and for an object that never
        triggers), n_points, p_TDE, p_TDE_low, p_TDE_high, is_TDE, threshold, ``p_<class>`` of the other classes,
        log_age. Rows of an object are in order of time. Where nothing was observed yet, probabilities are null.
    """
    prefixes = by_night(lightcurves) if dates is None else by_date(lightcurves, dates)
    said = _said(bundle, lightcurves, prefixes, how, most_curves)
    # to a tenth of a second: the difference of two dates has no more
    age = np.round(prefixes.mjd - trigger_mjd(lightcurves)[prefixes.owner], 6)
    nothing = prefixes.n_points == 0

    def known(values: np.ndarray) -> pa.Array:
        return pa.array(np.ascontiguousarray(values), mask=nothing)

    return pa.table(
        {
            "object_id": pa.array(lightcurves.object_id[prefixes.owner], pa.string()),
            "mjd": pa.array(prefixes.mjd, mask=np.isnan(prefixes.mjd)),
            "days_since_trigger": pa.array(age, mask=~(age >= 0.0)),
            "n_points": prefixes.n_points,
            "p_TDE": known(said.p_tde),
            "p_TDE_low": known(said.low),
            "p_TDE_high": known(said.high),
            "is_TDE": pa.array((said.p_tde > said.threshold) & ~nothing),
            "threshold": known(said.threshold),
            **{f"p_{name}": known(said.others[:, j]) for j, name in enumerate(bundle.classes[:-1])},
            AGE: said.log_age,
        }
    )


def _said(bundle: Bundle, lightcurves: LightCurves, prefixes: Prefixes, how: How, most_curves: int) -> Said:
    """What the bundle says of each prefix: batch by batch, those with a redshift and those without."""
    m, n_classes = len(prefixes.owner), len(bundle.classes)
    unsaid = np.full(m, np.nan)
    said = Said(unsaid, unsaid.copy(), unsaid.copy(), unsaid.copy(), np.full((m, n_classes - 1), np.nan), np.zeros(m))
    learnt, population = bundle.learnt, bundle.population["z"]
    averaged = np.isnan(lightcurves.z[prefixes.owner]) & bool(population)
    redshifts = population_redshifts(population, how.n_redshifts) if population else np.empty(0)
    for unknown, times in ((False, 1), (True, how.n_redshifts)):
        mine = np.flatnonzero((averaged == unknown) & (prefixes.n_points > 0))
        for batch in in_batches(times * prefixes.n_points[mine], MOST_POINTS, -(-most_curves // times)):
            rows = mine[batch]
            curves = shortened(lightcurves, prefixes.take(rows))
            far = progress(curves)
            share = bundle.share(far, how.learnt_from)
            found = _probabilities(bundle, learnt, curves, share, redshifts if unknown else None)
            said.p_tde[rows] = found.p_tde()
            said.low[rows], said.high[rows] = interval(said.p_tde[rows], found.deviations())
            said.threshold[rows] = thresholds(bundle, how.choose, None if share is None else far[:, 0])
            said.others[rows] = found.other_classes(n_classes)
            said.log_age[rows] = far[:, 0]
    return said


def _probabilities(
    bundle: Bundle,
    learnt: dict[str, Learnt],
    lightcurves: LightCurves,
    share: np.ndarray | None,
    redshifts: np.ndarray | None,
) -> Probabilities:
    """What every fit says, averaged over redshifts if some are given; as `tde.predict.classify.classify` does it."""
    if redshifts is None:
        return probabilities(bundle, feature_tables(lightcurves, bundle.families, learnt).tables, share)
    spread = feature_tables(with_redshifts(lightcurves, redshifts), bundle.families, learnt).tables
    of_all = None if share is None else np.tile(share, len(redshifts))
    return probabilities(bundle, spread, of_all).of_groups(len(redshifts))


def with_decisions(predictions: pa.Table, told: pa.Table, lightcurves: LightCurves) -> pa.Table:
    """Add when each object triggered, and when it was decided that it is a TDE.

    Parameters
    ----------
    predictions : pyarrow.Table
        One row per object, in the order of the light curves.
    told : pyarrow.Table
        The `history` of some of them, or all.
    lightcurves : LightCurves

    Returns
    -------
    pyarrow.Table
        With ``trigger_mjd``, null for an object that never triggers, and ``decided_mjd``; see `decisions`.
    """
    trigger = trigger_mjd(lightcurves)
    predictions = predictions.append_column("trigger_mjd", pa.array(trigger, mask=np.isnan(trigger)))
    return decided_anew(predictions.append_column("decided_mjd", pa.nulls(len(trigger), pa.float64())), told)


def decided_anew(predictions: pa.Table, told: pa.Table) -> pa.Table:
    """Predictions with ``decided_mjd`` as another history of the objects has it.

    Parameters
    ----------
    predictions : pyarrow.Table
        As `with_decisions` makes it.
    told : pyarrow.Table
    """
    found = decisions(told)
    mjd = pa.array([found.get(name) for name in predictions["object_id"].to_pylist()], pa.float64())
    return predictions.set_column(predictions.column_names.index("decided_mjd"), "decided_mjd", mjd)


def decisions(told: pa.Table) -> dict[str, float]:
    """When it was decided that an object is a TDE: the first night or date from which P(TDE) stays above the threshold.

    Before its trigger nobody looks at an object, so that nothing is decided.

    Parameters
    ----------
    told : pyarrow.Table
        As `history` makes it: the rows of an object stand together, in order of time.

    Returns
    -------
    dict of str to float
        Modified Julian Dates of the objects that are above the threshold at the end.
    """
    name = told["object_id"].to_numpy()
    above = told["is_TDE"].to_numpy() & told["days_since_trigger"].is_valid().to_numpy()
    other_object = np.append(True, name[1:] != name[:-1])[: len(name)]
    ends = np.append(other_object[1:], True)[: len(name)]
    # a run of rows above the threshold begins with an object or after a row that is not above it
    begins = above & (other_object | np.append(False, ~above[:-1])[: len(name)])
    first = np.maximum.accumulate(np.where(begins, np.arange(len(name)), 0))
    last = np.flatnonzero(ends & above)
    return dict(zip(name[last].tolist(), told["mjd"].to_numpy()[first[last]].tolist(), strict=True))
