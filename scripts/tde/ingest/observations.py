"""The observations of one shard: validated, de-reddened, sorted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tde.errors import InputError
from tde.ingest.csv_files import first_row, line_of, quoted, stream_csv
from tde.ingest.limits import check_limits
from tde.lightcurves import LightCurves, from_rows
from tde.photometry import BANDS, dereddening_factor

OBSERVATION_COLUMNS = {
    "object_id": pa.string(),
    "Time (MJD)": pa.float64(),
    "Flux": pa.float64(),
    "Flux_err": pa.float64(),
    "Filter": pa.string(),
}


class Observations(NamedTuple):
    """The light curves of a shard, and what was dropped.

    Attributes
    ----------
    lightcurves : LightCurves
        In the order of the objects, fluxes de-reddened in micro-Jansky.
    report : dict
        The file, and counts: rows read, kept and dropped by reason, objects, and
        objects left without observations.
    """

    lightcurves: LightCurves
    report: dict[str, Any]


def read_observations(
    path: Path | str, objects: pa.Table, object_list: str, same_file: pa.Array | None = None
) -> Observations:
    """Read the light curves of one shard.

    Observations without a flux, exact repetitions of a row, and all observations of
    objects without E(B-V) are dropped and counted; anything else that is wrong is an error.
    Memory holds the rows of the shard, not of the file.

    Parameters
    ----------
    path : path
        ``{train,test}_full_lightcurves.csv`` of the split.
    objects : pyarrow.Table
        The rows of the object table that belong to this shard.
    object_list : str
        Name of the list the objects come from, for messages.
    same_file : pyarrow.Array of str, optional
        Identifiers of all objects of the file; by default those of ``objects``. Rows of
        the others belong to other shards and are not counted.

    Raises
    ------
    InputError
        Naming the file, line or object, the value and what is allowed.
    """
    table, rows = _read_rows(path, objects["object_id"].combine_chunks(), same_file, object_list)
    row_object = _match_objects(path, table, objects, object_list)
    band = _match_bands(path, table, rows)
    mjd, flux, flux_err = (table[name].to_numpy() for name in ("Time (MJD)", "Flux", "Flux_err"))
    _check_numbers(path, mjd, flux, flux_err, rows)

    ebv = objects["ebv"].to_numpy()[row_object]
    factor = dereddening_factor(band, ebv)
    dropped = _rows_to_drop(row_object, mjd, band, flux, flux_err, ebv)
    keep = ~np.logical_or.reduce(list(dropped.values()))
    lightcurves = from_rows(
        object_id=objects["object_id"].to_numpy(),
        z=objects["z"].to_numpy(),
        ebv=objects["ebv"].to_numpy(),
        row_object=row_object[keep],
        mjd=mjd[keep],
        band=band[keep],
        flux=(flux * factor)[keep],
        flux_err=(flux_err * factor)[keep],
        modulus=objects["distance_modulus"].to_numpy(),
    )
    report = {
        "file": str(path),
        "rows read": len(keep),
        "rows kept": int(keep.sum()),
        **{f"rows dropped, {reason}": int(mask.sum()) for reason, mask in dropped.items()},
        "objects": len(lightcurves),
        "objects without observations": int((np.diff(lightcurves.offsets) == 0).sum()),
    }
    return Observations(lightcurves, report)


def _read_rows(
    path: Path | str, mine: pa.Array, same_file: pa.Array | None, object_list: str
) -> tuple[pa.Table, np.ndarray]:
    """The rows of some objects, and which rows of the file they are; all others must be known."""
    known = mine if same_file is None else same_file
    first = 0
    kept = [pa.schema(list(OBSERVATION_COLUMNS.items())).empty_table()]
    rows: list[np.ndarray] = [np.empty(0, dtype=np.int64)]
    for block in stream_csv(path, OBSERVATION_COLUMNS):
        row = first_row(pc.invert(pc.is_in(block["object_id"], value_set=known)))
        if row is not None:
            name = quoted(block["object_id"][row].as_py())
            line = line_of(path, first + row)
            raise InputError(f"{path}: line {line}: object {name} has no entry for this split in {object_list}")
        wanted = pc.is_in(block["object_id"], value_set=mine)
        kept.append(block.filter(wanted))
        rows.append(first + np.flatnonzero(wanted.to_numpy()))
        first += block.num_rows
    return pa.concat_tables(kept), np.concatenate(rows)


def _match_objects(path: Path | str, table: pa.Table, objects: pa.Table, object_list: str) -> np.ndarray:
    """Row of the object table for each observation; every object must have one."""
    row_object = pc.index_in(table["object_id"], value_set=objects["object_id"].combine_chunks())
    row_object = row_object.to_numpy().astype(np.int64)
    absent = first_row(np.bincount(row_object, minlength=objects.num_rows) == 0)
    if absent is not None:
        name = objects["object_id"][absent].as_py()
        raise InputError(
            f"{path}: no observation of object {name!r}, which {object_list} lists; is the file truncated?"
        )
    return row_object


def _match_bands(path: Path | str, table: pa.Table, rows: np.ndarray) -> np.ndarray:
    band = pc.index_in(table["Filter"], value_set=pa.array(list(BANDS)))
    row = first_row(pc.is_null(band))
    if row is not None:
        raise InputError(
            f"{path}: line {line_of(path, rows[row])}: Filter is {quoted(table['Filter'][row].as_py())};"
            f" expected one of {', '.join(BANDS)}"
        )
    return band.to_numpy().astype(np.int8)


def _check_numbers(path: Path | str, mjd: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, rows: np.ndarray) -> None:
    """Times and errors are there and within limits, fluxes too unless they are missing."""
    check_limits(path, "Time (MJD)", mjd, np.ones(len(mjd), dtype=bool), rows)
    check_limits(path, "Flux", flux, rows=rows)
    check_limits(path, "Flux_err", flux_err, ~np.isnan(flux), rows)


def _rows_to_drop(
    row_object: np.ndarray, mjd: np.ndarray, band: np.ndarray, flux: np.ndarray, flux_err: np.ndarray, ebv: np.ndarray
) -> dict[str, np.ndarray]:
    """Masks of the rows to drop by reason; each row has at most one reason."""
    missing = np.isnan(flux)
    no_ebv = np.isnan(ebv) & ~missing
    keys = (flux_err, flux, band, mjd, row_object)
    order = np.lexsort(keys)
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in keys])
    repeated = np.zeros(len(flux), dtype=bool)
    repeated[order[1:][same]] = True
    return {"missing flux": missing, "object without E(B-V)": no_ebv, "repeated row": repeated & ~no_ebv}
