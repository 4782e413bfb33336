"""What the nights of a stream have said, read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tde.tables import read_json, read_parquet


class Results(NamedTuple):
    """By night, in order.

    Attributes
    ----------
    touched, classified, called : dict of str to list of str
        Objects with alerts; those that passed the first cut; those called TDEs, the most probable first.
    left_out : dict of str to dict of str to str
        Why the first cut left an object out.
    """

    touched: dict[str, list[str]]
    classified: dict[str, list[str]]
    called: dict[str, list[str]]
    left_out: dict[str, dict[str, str]]


def night_results(nights: Sequence[str], predictions: Sequence[str], cuts: Sequence[Sequence[str]]) -> Results:
    """Read the results of some nights.

    Parameters
    ----------
    nights : sequence of str
        In order.
    predictions : sequence of str
        Table of each night.
    cuts : sequence of sequence of str
        Counts of the parts of each night.
    """
    found = Results({}, {}, {}, {})
    for night, path, counts in zip(nights, predictions, cuts, strict=True):
        table = read_parquet(path, ["object_id", "p_TDE", "is_TDE"])
        names = table["object_id"].to_pylist()
        found.left_out[night] = {
            name: reason for each in counts for name, reason in read_json(each)["objects left out"].items()
        }
        found.classified[night] = names
        found.touched[night] = sorted([*names, *found.left_out[night]])
        first = table.filter(table["is_TDE"]).sort_by([("p_TDE", "descending"), ("object_id", "ascending")])
        found.called[night] = first["object_id"].to_pylist()
    return found
