"""Light curves of any number of objects, put into chunks of a bounded number of objects.

The files are read once, batch by batch. The rows of a batch are appended to the chunks of
their objects; then each chunk is sorted, stripped of repeated rows, and written as a shard.
Memory holds the object table, one batch and one chunk, however large the files are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from tde.errors import InputError
from tde.lightcurves import LightCurves, from_rows, write_shard
from tde.photometry import BANDS
from tde.predict.bands import BandMap, band_map
from tde.predict.flags import set_flag
from tde.predict.object_table import Objects
from tde.predict.readers import batches, row_word
from tde.predict.units import to_fluxes, to_mjd
from tde.tables import write_parquet
from tde.workflow.configuration.predict_settings import Predict

OBJECTS_FILE = "objects.parquet"
"""Beside the chunks: all objects, with the chunk of each as ``shard``."""

MAGNITUDES, FEWEST_MAGNITUDES = (12.0, 28.0), 20
"""Fluxes that all lie between these, in an object with this many of them, may be magnitudes."""


@dataclass(frozen=True)
class Rows:
    """Usable observations of one batch: row of the object, time, band and de-reddened flux."""

    row_object: np.ndarray
    mjd: np.ndarray
    band: np.ndarray
    flux: np.ndarray
    flux_err: np.ndarray


def chunk_name(index: int) -> str:
    """Name of a chunk, in which the object table and the shard's file agree."""
    return f"chunk_{index:05d}"


def write_chunks(
    settings: Predict, files: list[Path], objects: Objects, chunk_size: int, folder: Path
) -> dict[str, Any]:
    """Read all light curves and write them in chunks, with the object table beside them.

    Parameters
    ----------
    settings : Predict
    files : list of path
    objects : Objects
        Objects that only the light curves name are added, and flags are set.
    chunk_size : int
        Objects per chunk.
    folder : path
        Gets one shard per chunk and `OBJECTS_FILE`.

    Returns
    -------
    dict
        Counts: files, rows read and dropped, objects, chunks; and what the bands were taken for.

    Raises
    ------
    InputError
        For anything that cannot be read, naming file, row, column, value and what is allowed.
    """
    parts = folder / ".parts"
    shutil.rmtree(folder, ignore_errors=True)
    parts.mkdir(parents=True)
    bands = band_map(settings.survey, settings.bands)
    counts = {"rows read": 0, "rows without a value": 0, "rows after the date": 0, "upper limits": 0}
    for number, rows in enumerate(_all_rows(settings, files, objects, bands, counts)):
        _append(parts, number, rows, chunk_size)
    if not counts["rows read"]:
        raise InputError(f"{settings.lightcurves}: no observation in {len(files)} file(s)")
    counts["repeated rows"] = 0
    n_chunks = -(-len(objects) // chunk_size)
    for index in tqdm(range(n_chunks), desc="chunks sorted", unit="chunk", mininterval=5):
        mine = np.arange(index * chunk_size, min((index + 1) * chunk_size, len(objects)))
        lightcurves, repeated = _chunk(parts / chunk_name(index), objects, mine)
        counts["repeated rows"] += repeated
        write_shard(folder / f"{chunk_name(index)}.parquet", lightcurves)
    shutil.rmtree(parts)
    shard = [chunk_name(k // chunk_size) for k in range(len(objects))]
    write_parquet(folder / OBJECTS_FILE, objects.table(shard))
    return {
        "files": [str(file) for file in files],
        **counts,
        "objects": len(objects),
        "chunks": n_chunks,
        "bands": bands.describe(),
    }


def _all_rows(
    settings: Predict, files: list[Path], objects: Objects, bands: BandMap, counts: dict[str, int]
) -> Iterator[Rows]:
    """Yield the usable observations of all batches."""
    names = settings.columns
    kinds = {names.object_id: pa.string(), names.band: pa.string()}
    kinds |= {name: pa.float64() for name in (names.time, names.value, names.error)}
    kinds |= {name: pa.float64() for name in (names.limit, names.zero_point) if name}
    kinds |= {names.unit: pa.string()} if names.unit else {}
    extinction = np.zeros(len(bands.names)) if settings.dereddened else bands.extinction_per_ebv()
    for path in tqdm(files, desc="files read", unit="file", mininterval=5):
        where = row_word(path).where
        try:
            for first, table in batches(path, kinds):
                yield _usable(settings, table, objects, bands, extinction, where, first, counts)
        except InputError as error:
            if "missing column" not in str(error):
                raise
            raise InputError(f"{error}; name the columns in predict.columns") from None


def _usable(
    settings: Predict,
    table: pa.Table,
    objects: Objects,
    bands: BandMap,
    extinction: np.ndarray,
    where: str,
    first: int,
    counts: dict[str, int],
) -> Rows:
    """Check one batch, convert it to common units, undo extinction, and set flags of its objects."""
    names = settings.columns
    _refuse_null(table, names.object_id, where, first)
    if names.unit:
        _check_unit(table, settings, where, first)
    index = _bands(table, bands, settings, where, first)
    row_object = _objects(table[names.object_id], objects)
    mjd = to_mjd(_floats(table, names.time), settings.time, where, first, names.time)
    limit, zero_point = (_floats(table, name) if name else None for name in (names.limit, names.zero_point))
    fluxes = to_fluxes(
        settings, _floats(table, names.value), _floats(table, names.error), limit, zero_point, where, first
    )
    masks = np.array(objects.flags)
    missing = np.isnan(fluxes.flux)
    late = np.zeros(len(mjd), bool) if settings.until_mjd is None else mjd > settings.until_mjd
    kept = ~missing & ~late
    set_flag(masks, "partial", row_object[late])
    set_flag(masks, "missing_values", row_object[missing & ~late])
    set_flag(masks, "upper_limits", row_object[fluxes.limit & kept])
    set_flag(masks, "foreign_bands", row_object[bands.foreign[index] & kept])
    objects.flags[:] = masks.tolist()
    counts["rows read"] += len(mjd)
    counts["rows without a value"] += int((missing & ~late).sum())
    counts["rows after the date"] += int(late.sum())
    counts["upper limits"] += int((fluxes.limit & kept).sum())
    factor = 10.0 ** (0.4 * extinction[index] * np.array(objects.ebv)[row_object])
    return Rows(
        row_object[kept],
        mjd[kept],
        bands.code[index][kept],
        (fluxes.flux * factor)[kept],
        (fluxes.flux_err * factor)[kept],
    )


def _floats(table: pa.Table, name: str) -> np.ndarray:
    column = table[name].combine_chunks()
    return np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)


def _refuse_null(table: pa.Table, name: str, where: str, first: int) -> None:
    row = pc.index(pc.is_null(table[name]), True).as_py()
    if row >= 0:
        raise InputError(f"{where} {first + row}: {name} is empty; allowed: the name of an object")


def _check_unit(table: pa.Table, settings: Predict, where: str, first: int) -> None:
    other = pc.fill_null(pc.not_equal(table[settings.columns.unit], settings.unit), True)
    row = pc.index(other, True).as_py()
    if row >= 0:
        got = table[settings.columns.unit][row].as_py()
        raise InputError(
            f"{where} {first + row}: {settings.columns.unit} is {got!r}; allowed: {settings.unit!r}, as in"
            " predict.unit: all rows must have one unit"
        )


def _bands(table: pa.Table, bands: BandMap, settings: Predict, where: str, first: int) -> np.ndarray:
    """Index into the band map of each row."""
    name = settings.columns.band
    index = pc.index_in(table[name].combine_chunks(), value_set=pa.array(bands.names))
    row = pc.index(pc.is_null(index), True).as_py()
    if row >= 0:
        raise InputError(
            f"{where} {first + row}: {name} is {table[name][row].as_py()!r}; allowed with survey"
            f" {settings.survey!r}: {', '.join(bands.names)}; name others in predict.bands"
        )
    return index.to_numpy(zero_copy_only=False).astype(np.int64)


def _objects(column: pa.ChunkedArray, objects: Objects) -> np.ndarray:
    """Row of the object table of each observation."""
    coded = column.combine_chunks().dictionary_encode()
    rows = objects.rows(coded.dictionary.to_pylist())
    return rows[coded.indices.to_numpy(zero_copy_only=False)]


def _append(parts: Path, number: int, rows: Rows, chunk_size: int) -> None:
    """Write the rows of one batch into the folders of their chunks."""
    chunk = rows.row_object // chunk_size
    for index in np.unique(chunk):
        mine = chunk == index
        table = pa.table({name: values[mine] for name, values in vars(rows).items()})
        folder = parts / chunk_name(int(index))
        folder.mkdir(exist_ok=True)
        with (
            pa.OSFile(str(folder / f"{number:08d}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)


def _chunk(folder: Path, objects: Objects, rows: np.ndarray) -> tuple[LightCurves, int]:
    """Light curves of one chunk without repeated rows, and the number of those; flags are set."""
    masks = np.array(objects.flags)[rows]
    names = ("row_object", "mjd", "band", "flux", "flux_err")
    tables = []
    for path in sorted(folder.glob("*.arrow")):
        with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
            tables.append(reader.read_all())
    if tables:
        columns = [pa.concat_tables(tables)[name].to_numpy() for name in names]
    else:
        columns = [np.empty(0, kind) for kind in (np.int64, float, np.int8, float, float)]
    columns[0] = columns[0] - rows[0]
    same, doubled = _repetitions(columns)
    set_flag(masks, "repeated_rows", columns[0][same])
    set_flag(masks, "duplicated_epochs", columns[0][doubled])
    row_object, mjd, band, flux, flux_err = (column[~same] for column in columns)
    lightcurves = from_rows(
        np.array([objects.object_id[k] for k in rows], dtype=object),
        np.array([objects.z[k] for k in rows]),
        np.array([objects.ebv[k] for k in rows]),
        row_object, mjd, band, flux, flux_err,
    )  # fmt: skip
    n_points = np.diff(lightcurves.offsets)
    set_flag(masks, "no_observations", n_points == 0)
    ordinary = (flux > MAGNITUDES[0]) & (flux < MAGNITUDES[1])
    all_like_it = np.bincount(row_object, weights=ordinary, minlength=len(rows)) == n_points
    set_flag(masks, "looks_like_magnitudes", all_like_it & (n_points >= FEWEST_MAGNITUDES))
    for k, mask in zip(rows, masks, strict=True):
        objects.flags[k] = int(mask)
    return lightcurves, int(same.sum())


def _repetitions(columns: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows that repeat another one in all columns, and rows that share object, time and band with another kept one."""
    row_object, mjd, band, flux, flux_err = columns
    keys = (flux_err, flux, band, mjd, row_object)
    order = np.lexsort(keys)
    equal = [key[order][1:] == key[order][:-1] for key in keys]
    same, doubled = np.zeros(len(mjd), bool), np.zeros(len(mjd), bool)
    repeats = np.logical_and.reduce(equal)
    same[order[1:][repeats]] = True
    doubled[order[1:][np.logical_and.reduce(equal[2:]) & ~repeats]] = True
    return same, doubled


def bands_used(lightcurves: LightCurves) -> np.ndarray:
    """Number of bands each object was observed in, shape (n,)."""
    counts = np.zeros((len(lightcurves), len(BANDS)), dtype=bool)
    owner = np.repeat(np.arange(len(lightcurves)), np.diff(lightcurves.offsets))
    counts[owner, lightcurves.band] = True
    return counts.sum(axis=1)
