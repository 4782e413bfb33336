"""P(TDE) night by night, as the page draws it under the light curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.candidates.records import rounded
from tde.predict.histories import decisions


def nights_of(told: pa.Table, names: Sequence[str]) -> list[dict[str, Any] | None]:
    """What is drawn of the history of some objects.

    Parameters
    ----------
    told : pyarrow.Table
        As `tde.predict.histories.history` makes it.
    names : sequence of str
        Object identifiers.

    Returns
    -------
    list of dict or None
        ``mjd``, ``p``, ``low``, ``high`` and ``threshold`` of every night or date with observations until then,
        ``trigger`` and ``decided`` (MJD, or None); None for an object without a history.
    """
    mine = told.filter(pc.is_in(told["object_id"], pa.array(names, pa.string()))).combine_chunks()
    decided = decisions(mine)
    told_of = {name: mine.filter(pc.equal(mine["object_id"], name)) for name in names}
    return [_drawn(rows, decided.get(name)) for name, rows in told_of.items()]


def _drawn(rows: pa.Table, decided: float | None) -> dict[str, Any] | None:
    """The history of one object."""
    rows = rows.filter(rows["p_TDE"].is_valid())
    if not rows.num_rows:
        return None
    mjd = rows["mjd"].to_numpy()
    trigger = mjd - rows["days_since_trigger"].to_numpy()
    known = np.flatnonzero(~np.isnan(trigger))
    return rounded(
        {
            "mjd": mjd.round(3).tolist(),
            "p": rows["p_TDE"].to_pylist(),
            "low": rows["p_TDE_low"].to_pylist(),
            "high": rows["p_TDE_high"].to_pylist(),
            "threshold": rows["threshold"].to_pylist(),
            "trigger": float(trigger[known[0]]) if len(known) else None,
            "decided": decided,
        }
    )
