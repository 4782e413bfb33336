"""The objects to classify: what the user's table says of them, and what is assumed where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from tde.errors import InputError
from tde.ingest.object_list import Z_FLOOR
from tde.photometry import distance_modulus
from tde.predict.flags import BIT, flag_text
from tde.predict.readers import row_word, whole
from tde.workflow.configuration.predict_settings import ObjectColumns

TDE_LABELS = {"1": 1, "TDE": 1}
"""Labels of a TDE, where the truth is known; any other text is another class."""


@dataclass
class Objects:
    """Objects in the order of the table, then those that only the light curves name.

    Attributes
    ----------
    assumed_ebv : float
        E(B-V) of objects for which it is not known.
    object_id : list of str
    z, z_err, ebv : list of float
        NaN where a redshift is not known; ebv is never NaN.
    label : list of int
        1 for a TDE, 0 for another object, -1 where the class is not known.
    flags : list of int
        Bit masks of `tde.predict.flags`.
    """

    assumed_ebv: float
    object_id: list[str] = field(default_factory=list)
    z: list[float] = field(default_factory=list)
    z_err: list[float] = field(default_factory=list)
    ebv: list[float] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._row = {name: k for k, name in enumerate(self.object_id)}

    def __len__(self) -> int:
        return len(self.object_id)

    def add(self, name: str, z: float, z_err: float, ebv: float, label: int, flags: int) -> int:
        """Append an object; what is missing is filled in and flagged.

        Parameters
        ----------
        name : str
        z, z_err, ebv : float
            NaN where they are not known.
        label : int
            As in `Objects`.
        flags : int
            What is known so far.

        Returns
        -------
        int
            Its row.
        """
        if np.isnan(z):
            flags |= BIT["z_missing"]
        elif z < Z_FLOOR:
            z, flags = Z_FLOOR, flags | BIT["z_floor"]
        if np.isnan(ebv):
            ebv, flags = self.assumed_ebv, flags | BIT["ebv_missing"]
        elif ebv < 0:
            ebv, flags = 0.0, flags | BIT["ebv_negative"]
        self._row[name] = len(self.object_id)
        self.object_id.append(name)
        self.z.append(z)
        self.z_err.append(z_err)
        self.ebv.append(ebv)
        self.label.append(label)
        self.flags.append(flags)
        return self._row[name]

    def rows(self, names: list[str]) -> np.ndarray:
        """Row of each name, shape (n,); a name that the table does not list is added."""
        return np.array(
            [self._row[name] if name in self._row else self._add_unlisted(name) for name in names], dtype=np.int64
        )

    def _add_unlisted(self, name: str) -> int:
        """Append an object of which nothing is known, and return its row."""
        return self.add(name, z=np.nan, z_err=np.nan, ebv=np.nan, label=-1, flags=BIT["not_in_table"])

    def table(self, shard: list[str]) -> pa.Table:
        """The columns of the workflow's own object tables, and label and flags."""
        z = np.array(self.z, dtype=np.float64)
        return pa.table(
            {
                "object_id": pa.array(self.object_id, pa.string()),
                "shard": pa.array(shard, pa.string()),
                "z": z,
                "z_err": np.array(self.z_err, dtype=np.float64),
                "distance_modulus": distance_modulus(z),
                "ebv": np.array(self.ebv, dtype=np.float64),
                "label": pa.array(self.label, pa.int8()),
                "flags": pa.array([flag_text(mask) for mask in self.flags], pa.string()),
            }
        )


def read_object_table(path: Path | None, names: ObjectColumns, assumed_ebv: float) -> Objects:
    """Read the object table.

    Parameters
    ----------
    path : path or None
        None if there is no table: no object is then listed.
    names : ObjectColumns
    assumed_ebv : float
        Colour excess of objects without one, in magnitudes.

    Raises
    ------
    InputError
        For a missing column, an empty or repeated identifier, or an infinite number.
    """
    objects = Objects(assumed_ebv)
    if path is None:
        return objects
    kinds = {names.object_id: pa.string()}
    kinds |= {name: pa.float64() for name in (names.z, names.z_err, names.ebv) if name}
    kinds |= {names.label: pa.string()} if names.label else {}
    try:
        table = whole(path, kinds)
    except InputError as error:
        if "missing column" not in str(error):
            raise
        raise InputError(
            f"{error}; name the columns in predict.object_columns, with '' for one that the table lacks"
        ) from None
    numbers = {key: _numbers(path, table, getattr(names, key)) for key in ("z", "z_err", "ebv")}
    labels = table[names.label].to_pylist() if names.label else [None] * table.num_rows
    place = row_word(path)
    seen: set[str] = set()
    for k, name in enumerate(table[names.object_id].to_pylist()):
        if not name:
            raise InputError(f"{place.where} {place.first + k}: {names.object_id} is empty; allowed: a name")
        if name in seen:
            raise InputError(f"{place.where} {place.first + k}: object {name!r} is listed more than once")
        seen.add(name)
        known = {key: float(column[k]) for key, column in numbers.items()}
        objects.add(name, **known, label=_label(labels[k]), flags=0)
    return objects


def _label(text: str | None) -> int:
    """1 for a TDE, 0 for another object, -1 where the class is not known."""
    return -1 if text is None else TDE_LABELS.get(text, 0)


def _numbers(path: Path, table: pa.Table, name: str) -> np.ndarray:
    """A numeric column, NaN where it is empty or there is none."""
    if not name:
        return np.full(table.num_rows, np.nan)
    values = table[name].to_numpy(zero_copy_only=False).astype(np.float64) if table.num_rows else np.empty(0)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        place = row_word(path)
        raise InputError(
            f"{place.where} {place.first + infinite[0]}: {name} is {values[infinite[0]]}; allowed: a finite number"
        )
    return values
