"""Objects whose spectroscopic class has come back, as a collection of labelled light curves to train on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from tde.errors import InputError
from tde.evaluation.classes import five_class
from tde.nights.touched_objects import Touched


class Classified(NamedTuple):
    """What is written.

    Attributes
    ----------
    lightcurves : pyarrow.Table
        A row for each observation: object_id, mjd, band, flux, flux_err; extinction is undone.
    objects : pyarrow.Table
        object_id, type, set, z, z_err, ebv, flags; redshifts and E(B-V) that nobody knows are null.
    """

    lightcurves: pa.Table
    objects: pa.Table


def classified_objects(found: Touched, types: Mapping[str, str], name: str) -> Classified:
    """Light curves and classes of the objects that have both.

    Parameters
    ----------
    found : Touched
        All that the nights say of objects.
    types : mapping of str to str
        Class in words, by object.
    name : str
        Of the set that they are.
    """
    table, curves = found.objects, found.lightcurves
    flags = [text.split(";") for text in table["flags"].to_pylist()]
    # what was assumed for want of knowledge is not known to those who train either
    known = {
        key: [
            None if f"{key}_missing" in its else value for value, its in zip(table[key].to_pylist(), flags, strict=True)
        ]
        for key in ("z", "ebv")
    }
    objects = {
        "object_id": table["object_id"],
        "type": pa.array([types[name] for name in table["object_id"].to_pylist()], pa.string()),
        "set": pa.repeat(name, table.num_rows),
        **{key: pa.array(values, pa.float64(), from_pandas=True) for key, values in known.items()},
        "z_err": pa.array(table["z_err"].to_numpy(), from_pandas=True),
        "flags": table["flags"],
    }
    rows = {name: getattr(curves, name) for name in ("mjd", "flux", "flux_err")}
    rows["object_id"] = pa.array(curves.object_id, pa.string()).take(pa.array(curves.owner))
    rows["band"] = pa.array(curves.filters.names, pa.string()).take(pa.array(curves.filter))
    return Classified(pa.table(rows), pa.table(objects))


def collection_block(name: str, folder: str, types: Iterable[str]) -> dict[str, Any]:
    """Settings that train on the collection, as config.yaml has them.

    Parameters
    ----------
    name : str
        Of the collection.
    folder : str
        Where its files lie.
    types : iterable of str
        Classes in words; those that are none of the five are null, so that their objects are not learnt from.
    """
    block = {
        "files": f"{folder}/light_curves.parquet",
        "objects": f"{folder}/objects.csv",
        "label": "type",
        "set": "set",
        "classes": {words: class_of(words) for words in sorted(set(types))},
        "dereddened": True,
        "object_columns": {"z": "z", "z_err": "z_err", "ebv": "ebv"},
    }
    return {"dataset": name, "datasets": {name: block}}


def class_of(words: str) -> str | None:
    """One of the five classes for a class in words, as TNS writes it; None for any other."""
    try:
        return five_class("TDE" if words.upper().startswith("TDE") else words)
    except InputError:
        return None
