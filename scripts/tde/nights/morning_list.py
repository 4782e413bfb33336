"""The list as it stands after each night, and what a night has changed on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.nights.night_names import day_of
from tde.workflow.configuration.nights_settings import MorningList

STANDING = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("night", pa.string(), nullable=False),
        pa.field("mjd", pa.float64()),
        pa.field("days_since_trigger", pa.float64()),
        pa.field("n_points", pa.int64()),
        pa.field("p_TDE", pa.float64()),
        pa.field("p_TDE_low", pa.float64()),
        pa.field("p_TDE_high", pa.float64()),
        pa.field("is_TDE", pa.bool_(), nullable=False),
        pa.field("threshold", pa.float64()),
    ]
)
"""A row for each object of the list and each night on which it was classified; mjd: of its last observation."""

KINDS = {
    "new": "called a TDE for the first time",
    "again": "called a TDE again, after it was not",
    "lost": "called a TDE the last time, and no more",
    "rose": "P(TDE) has risen",
    "fell": "P(TDE) has fallen",
    "near": "near the decision",
    "steady": "nothing of this",
}
"""What became of an object; the first that holds counts."""


class Morning(NamedTuple):
    """After one night.

    Attributes
    ----------
    standing : pyarrow.Table
        `STANDING`: the histories of all objects that are on the list.
    changes : pyarrow.Table
        The objects of the list that were classified this night: object_id, kind (of `KINDS`), p_TDE, p_before, change,
        night_before (when it was classified before; null where it was not on the list), first_called (the night on
        which it was first called a TDE), is_TDE, threshold, rank among this night's, by P(TDE).
    """

    standing: pa.Table
    changes: pa.Table


def morning_list(before: pa.Table, tonight: pa.Table, night: str, limits: MorningList) -> Morning:
    """Carry the list on by one night.

    Parameters
    ----------
    before : pyarrow.Table
        `STANDING`, after the night before; empty for the first.
    tonight : pyarrow.Table
        This night's predictions, with the columns of `STANDING` but for ``night``.
    night : str
    limits : MorningList
    """
    tonight = tonight.filter(tonight["p_TDE"].is_valid())
    tonight = tonight.append_column("night", pa.repeat(night, tonight.num_rows))
    known = pc.is_in(tonight["object_id"], pc.unique(before["object_id"]))
    wanted = pc.or_(known, pc.or_(tonight["is_TDE"], pc.greater_equal(tonight["p_TDE"], limits.keep_above)))
    added = tonight.filter(wanted).select(STANDING.names).cast(STANDING)
    order = [("object_id", "ascending"), ("night", "ascending")]
    together = pa.concat_tables([before, added]).sort_by(order).combine_chunks()
    return Morning(_not_forgotten(together, night, limits.forget), _changes(together, night, limits))


def _not_forgotten(standing: pa.Table, night: str, forget: float) -> pa.Table:
    """The objects of which there was news."""
    newest = standing.group_by("object_id").aggregate([("night", "max")])
    age = np.array([day_of(night) - day_of(last) for last in newest["night_max"].to_pylist()])
    kept = newest["object_id"].filter(pa.array(age <= forget, pa.bool_()))
    return standing.filter(pc.is_in(standing["object_id"], kept.combine_chunks())).combine_chunks()


def _changes(standing: pa.Table, night: str, limits: MorningList) -> pa.Table:
    """What this night has changed: for the last row of each object that was classified."""
    name, when = (standing[key].to_numpy() for key in ("object_id", "night"))
    p, threshold = standing["p_TDE"].to_numpy(), standing["threshold"].to_numpy()
    called = standing["is_TDE"].to_numpy()
    this = np.flatnonzero(when == night)
    starts = np.searchsorted(name, name[this]) if len(this) else this
    has_before = starts < this
    last = np.where(has_before, this - 1, 0)
    p_before = np.where(has_before, p[last], np.nan) if len(this) else np.empty(0)
    called_before = np.array([bool(called[a:b].any()) for a, b in zip(starts, this, strict=True)], dtype=bool)
    first = [next((when[k] for k in range(a, b + 1) if called[k]), None) for a, b in zip(starts, this, strict=True)]
    change = p[this] - p_before
    holds = {
        "new": called[this] & ~called_before,
        "again": called[this] & called_before & ~called[last],
        "lost": ~called[this] & has_before & called[last],
        "rose": change >= limits.change,
        "fell": -change >= limits.change,
        "near": np.abs(p[this] - threshold[this]) <= limits.near,
        "steady": np.ones(len(this), dtype=bool),
    }
    kind = [next(word for word, mask in holds.items() if mask[k]) for k in range(len(this))]
    rank = np.empty(len(this), dtype=np.int64)
    rank[np.lexsort((name[this], -p[this]))] = np.arange(1, len(this) + 1)
    nowhere = pa.array(~has_before)
    table = pa.table(
        {
            "object_id": pa.array(name[this], pa.string()),
            "kind": pa.array(kind, pa.string()),
            "rank": rank,
            "p_TDE": p[this],
            "p_before": pa.array(p_before, mask=~has_before),
            "change": pa.array(change, mask=~has_before),
            "night_before": pc.if_else(nowhere, pa.scalar(None, pa.string()), pa.array(when[last], pa.string())),
            "first_called": pa.array(first, pa.string()),
            "is_TDE": called[this],
            "threshold": threshold[this],
        }
    )
    return table.sort_by("rank")
