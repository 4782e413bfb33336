"""Light curves of the objects that a night touches, with all that was known of them at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.filters import Filters, filters_with
from tde.lightcurves import LightCurves
from tde.nights.night_state import State
from tde.sources.batch import EVIDENCE
from tde.sources.flags import BIT, flag_mask
from tde.sources.judge import Usable
from tde.sources.mending import DROPPED, mended_lightcurves
from tde.sources.object_table import Known, Objects, label_words, read_object_table
from tde.sources.parsing.described import NUMBERS
from tde.sources.readers.long_table import own_bands
from tde.workflow.configuration.predict_settings import Predict


class Touched(NamedTuple):
    """Objects in the order of their names.

    Attributes
    ----------
    lightcurves : LightCurves
    objects : pyarrow.Table
        As `tde.sources.object_table.Objects.table`, ra and dec in degrees, and `tde.sources.batch.EVIDENCE`.
    counts : dict of str to int
        Rows that others made superfluous.
    """

    lightcurves: LightCurves
    objects: pa.Table
    counts: dict[str, int]


def touched_objects(state: State, settings: Predict, shard: str, assumed_ebv: float) -> Touched:
    """Put together what all nights say of some objects.

    Parameters
    ----------
    state : State
        All observations of these objects, of all nights until the one that is meant.
    settings : Predict
    shard : str
        What the column ``shard`` of the table says.
    assumed_ebv : float
        Colour excess of objects for which it is not known, in magnitudes.
    """
    objects = _known_objects(state.objects, settings, assumed_ebv)
    objects.settle(settings.dust_map, settings.catalogue)
    bands = filters_with(own_bands(settings))
    counts: Counter[str] = Counter(dict.fromkeys(DROPPED, 0))
    mine = np.arange(len(objects))
    if not len(mine):
        return Touched(_no_lightcurves(bands), _table(objects, shard), dict(counts))
    rows = _numbered(state.rows, objects.object_id, bands)
    lightcurves = mended_lightcurves(rows, objects, mine, bands, settings, counts)
    return Touched(lightcurves, _table(objects, shard), dict(counts))


def _known_objects(told: pa.Table, settings: Predict, assumed_ebv: float) -> Objects:
    """The objects by name: the user's table comes first, then what the newest night says; flags of all nights."""
    path = Path(settings.objects) if settings.objects else None
    listed = read_object_table(path, settings.object_columns, assumed_ebv)
    of_user = dict(zip(listed.object_id, listed.known, strict=True))
    found: dict[str, Known] = {}
    masks: dict[str, int] = {}
    newest_first = told.sort_by([("object_id", "ascending"), ("night", "descending")])
    for row in newest_first.to_pylist():
        name = row["object_id"]
        numbers = {key: row[key] for key in NUMBERS if row[key] is not None}
        said = Known(**numbers, label=label_words(row["label"]))
        found[name] = found[name].completed(said) if name in found else said
        masks[name] = masks.get(name, 0) | flag_mask(row["flags"])
    objects = Objects(assumed_ebv)
    for name, said in found.items():
        stranger = BIT["not_in_table"] if listed.listed and name not in of_user else 0
        objects.add(name, of_user[name].completed(said) if name in of_user else said, masks[name] | stranger)
    return objects


def _numbered(rows: pa.Table, names: Sequence[str], bands: Filters) -> Usable:
    """Observations with numbers instead of names."""
    references = pc.unique(rows["reference"].combine_chunks()).drop_null().sort()
    codes = pc.fill_null(pc.index_in(rows["reference"], value_set=references), -1)
    owner = pc.index_in(rows["object_id"], value_set=pa.array(names, pa.string()))
    columns: dict[str, Any] = {
        "row_object": owner.to_numpy().astype(np.int64),
        "mjd": rows["mjd"].to_numpy(),
        "band": pc.index_in(rows["band"], value_set=pa.array(bands.keys)).to_numpy().astype(np.int16),
        "flux": rows["flux"].to_numpy(),
        "flux_err": rows["flux_err"].to_numpy(),
        "kind": rows["kind"].to_numpy(),
        "reference": codes.to_numpy().astype(np.int32),
        "score": pc.fill_null(rows["score"], np.nan).to_numpy(),
    }
    return Usable(**columns)


def _no_lightcurves(bands: Filters) -> LightCurves:
    none, whole = np.empty(0), np.empty(0, np.int8)
    return LightCurves(
        np.empty(0, object), none, none, np.zeros(1, np.int64), none, whole, none, none, none, filters=bands
    )


def _table(objects: Objects, shard: str) -> pa.Table:
    table = objects.table([shard] * len(objects)) if len(objects.z) == len(objects) else objects.table([])
    for name in ("ra", "dec", *EVIDENCE):
        values = [getattr(known, name) for known in objects.known]
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    return table
