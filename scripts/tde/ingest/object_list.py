"""The object table: one validated row per object of train_log.csv or test_log.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.evaluation.classes import five_class
from tde.ingest.csv_files import first_row, line_of, quoted, read_csv
from tde.ingest.limits import check_limits, check_names
from tde.photometry import Z_FLOOR, distance_modulus

LIST_COLUMNS = {
    "object_id": pa.string(),
    "Z": pa.float64(),
    "Z_err": pa.float64(),
    "EBV": pa.float64(),
    "SpecType": pa.string(),
    "split": pa.string(),
}

OBJECT_SCHEMA = pa.schema(
    [
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("z", pa.float64(), nullable=False),
        pa.field("z_err", pa.float64(), nullable=False),
        pa.field("distance_modulus", pa.float64(), nullable=False),
        pa.field("ebv", pa.float64(), nullable=False),
        pa.field("spec_type", pa.string()),
        pa.field("target", pa.int8()),
    ]
)


class ObjectList(NamedTuple):
    """The objects of a list, and what was mended.

    Attributes
    ----------
    objects : pyarrow.Table
        `OBJECT_SCHEMA`, in the order of the list. ``z_err`` is kept for reports only.
    report : dict
        The file, the number of objects, and how often each thing was mended.
    """

    objects: pa.Table
    report: dict[str, Any]


def read_object_list(path: Path | str, splits: list[str], labelled: bool) -> ObjectList:
    """Read and validate a list of objects.

    A missing redshift stays NaN; one below `Z_FLOOR` is set to it. A missing E(B-V)
    stays NaN (ingest then drops the object's observations); a negative one, which
    only noise in a dust map can give, is set to 0. All of these are counted.

    Parameters
    ----------
    path : path
        ``train_log.csv`` or ``test_log.csv``.
    splits : list of str
        The folders of light curves that exist.
    labelled : bool
        Whether SpecType and target must be there (train) or are ignored (test).

    Raises
    ------
    InputError
        Naming the file, line, value and what is allowed.
    """
    table = read_csv(path, LIST_COLUMNS | ({"target": pa.int64()} if labelled else {}))
    if table.num_rows == 0:
        raise InputError(f"{path}: no objects after the header")
    _check_identifiers(path, table)
    _check_splits(path, table, splits)
    if labelled:
        _check_labels(path, table)
    z, ebv = (_as_float(path, table, name) for name in ("Z", "EBV"))
    report = {
        "file": str(path),
        "objects": table.num_rows,
        "redshift missing": int(np.isnan(z).sum()),
        f"redshift below {Z_FLOOR:g}, set to it": int((z < Z_FLOOR).sum()),
        "E(B-V) missing": int(np.isnan(ebv).sum()),
        "E(B-V) negative, set to 0": int((ebv < 0).sum()),
    }
    unlabelled = pa.nulls(table.num_rows)
    z = np.where(z < Z_FLOOR, Z_FLOOR, z)
    objects = pa.Table.from_arrays(
        [
            table["object_id"],
            table["split"],
            pa.array(z),
            pa.array(_as_float(path, table, "Z_err")),
            pa.array(distance_modulus(z)),
            pa.array(np.where(ebv < 0, 0.0, ebv)),
            table["SpecType"] if labelled else unlabelled.cast(pa.string()),
            table["target"].cast(pa.int8()) if labelled else unlabelled.cast(pa.int8()),
        ],
        schema=OBJECT_SCHEMA,
    )
    return ObjectList(objects, report)


def _check_identifiers(path: Path | str, table: pa.Table) -> None:
    row = first_row(pc.is_null(table["object_id"]))
    if row is not None:
        raise InputError(f"{path}: line {line_of(path, row)}: object_id is empty")
    check_names(path, "object_id", table["object_id"])
    seen: set[str] = set()
    for row, name in enumerate(table["object_id"].to_pylist()):
        if name in seen:
            raise InputError(f"{path}: line {line_of(path, row)}: object {quoted(name)} is listed more than once")
        seen.add(name)


def _check_splits(path: Path | str, table: pa.Table, splits: list[str]) -> None:
    row = first_row(pc.invert(pc.is_in(table["split"], value_set=pa.array(splits))))
    if row is not None:
        raise InputError(
            f"{path}: line {line_of(path, row)}: object {quoted(table['object_id'][row].as_py())} is in split"
            f" {quoted(table['split'][row].as_py())}, which has no folder; folders: {splits[0]} ... {splits[-1]}"
        )


def _check_labels(path: Path | str, table: pa.Table) -> None:
    row = first_row(pc.is_null(table["SpecType"]))
    if row is not None:
        raise InputError(f"{path}: line {line_of(path, row)}: SpecType is empty; every training object needs its class")
    check_names(path, "SpecType", table["SpecType"])
    for row, spec_type in enumerate(table["SpecType"].to_pylist()):
        try:
            five_class(spec_type)
        except InputError as error:
            raise InputError(f"{path}: line {line_of(path, row)}: {error}") from None
    is_tde = pc.equal(table["SpecType"], "TDE").cast(pa.int64())
    row = first_row(pc.fill_null(pc.not_equal(table["target"], is_tde), True))
    if row is not None:
        raise InputError(
            f"{path}: line {line_of(path, row)}: target is {table['target'][row].as_py()} for SpecType"
            f" {quoted(table['SpecType'][row].as_py())}; expected 1 for TDE and 0 for all others"
        )


def _as_float(path: Path | str, table: pa.Table, name: str) -> np.ndarray:
    """A numeric column with NaN for empty cells; what is beyond its limits is refused."""
    values = table[name].to_numpy().astype(np.float64)
    check_limits(path, name, values)
    return values
