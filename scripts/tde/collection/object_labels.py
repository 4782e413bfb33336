"""What each object of a collection is called, which class that is, and which event and set it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.evaluation.classes import five_class
from tde.sources.identifiers import exact_names
from tde.sources.object_table import is_no_label, label_words
from tde.sources.parsing.any_table import column_where, whole_table
from tde.workflow.configuration.collection_settings import Collection

TYPES = {"TDE": "TDE", "Ia": "SN Ia", "CC": "SN II", "SLSN": "SLSN", "AGN": "AGN"}
"""Spectroscopic type of objects of which no more than the class is known."""


class Entry(NamedTuple):
    """What the table of objects says of one of them; no text where it says nothing.

    Attributes
    ----------
    line : int
        Where it stands in the table.
    label, group, set : str
    """

    line: int
    label: str = ""
    group: str = ""
    set: str = ""


COLUMNS = ("label", "group", "set")
"""Keys of a collection that name a column of its table of objects."""


class Labels:
    """Labels and events of the objects of a collection.

    Parameters
    ----------
    collection : Collection
    name : str
        Its key under ``datasets``, for messages.

    Raises
    ------
    InputError
        If the table of objects cannot be read or lacks a column.
    """

    def __init__(self, collection: Collection, name: str) -> None:
        self.collection, self.key = collection, f"datasets.{name}"
        self.path = Path(collection.objects).expanduser()
        self.columns = {key: getattr(collection, key) for key in COLUMNS if getattr(collection, key)}
        self.entries = self._read() if self.columns else {}

    def _read(self) -> dict[str, Entry]:
        """The table of objects, by their names."""
        identifier = self.collection.object_columns.object_id
        try:
            rows = whole_table(self.path, dict.fromkeys([identifier, *self.columns.values()], pa.string()))
        except InputError as error:
            keys = " and ".join(f"{self.key}.{key}" for key in self.columns)
            hint = f"; name the columns in {keys}" if "missing column" in str(error) else ""
            raise InputError(f"{error}{hint}") from None
        names = exact_names(rows.table[identifier], column_where(self.path), rows.line, identifier).names.to_pylist()
        said = {key: [label_words(cell) for cell in rows.table[name].to_pylist()] for key, name in self.columns.items()}
        nothing = [""] * len(names)
        told = zip(rows.line.tolist(), *(said.get(key, nothing) for key in COLUMNS), strict=True)
        return {name: Entry(*entry) for name, entry in zip(names, told, strict=True)}

    def spec_type(self, object_id: str, in_files: str = "") -> str | None:
        """Spectroscopic type of an object, None if it is not to be learnt from.

        Parameters
        ----------
        object_id : str
        in_files : str
            What the files of light curves call it; the table of objects comes first.

        Raises
        ------
        InputError
            For a label that no class is given for.
        """
        entry = self.entries.get(object_id)
        from_table = entry is not None and bool(entry.label)
        label = entry.label if entry is not None and from_table else in_files
        if label in self.collection.classes:
            found = self.collection.classes[label]
            return None if found is None else type_name(label, found)
        if is_no_label(label):
            return None
        where = f"object {object_id!r} in the files of light curves: the label"
        if entry is not None and from_table:
            where = f"{column_where(self.path)} {entry.line}: {self.collection.label}"
        known = ", ".join(map(repr, self.collection.classes))
        raise InputError(
            f"{where} is {label!r}; allowed: the labels of {self.key}.classes ({known}), or none; name it there with"
            " its class, or with null for objects not to be learnt from"
        )

    def groups(self, object_ids: list[str]) -> np.ndarray:
        """Number of the event of each object, from 0 in order of first appearance, shape (n,)."""
        events = [self.entries[name].group if name in self.entries else "" for name in object_ids]
        # an object without a group is an event of its own
        keys = [("event", event) if event else ("object", name) for event, name in zip(events, object_ids, strict=True)]
        number = {key: k for k, key in enumerate(dict.fromkeys(keys))}
        return np.array([number[key] for key in keys], dtype=np.int64)

    def sets(self, object_ids: list[str]) -> list[str]:
        """Name of the set that each object is of, empty where nobody says."""
        return [self.entries[name].set if name in self.entries else "" for name in object_ids]


def type_name(label: str, name: str) -> str:
    """Spectroscopic type of objects with a label: the label itself where it is one of the class, as ``SN Ia-91bg``.

    Parameters
    ----------
    label : str
    name : str
        Its class, one of `tde.evaluation.classes.CLASSES`.
    """
    for words in (label, f"SN {label}"):
        try:
            if five_class(words) == name:
                return words
        except InputError:  # the label is no type
            continue
    return TYPES[name]
