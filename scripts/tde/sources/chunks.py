"""Light curves of any number of objects, put into chunks of a bounded number of objects.

The files are read once, batch by batch (twice where one of them is refused). The rows of a
batch are appended to the chunks of their objects; then each chunk is sorted, mended, and
written as a shard. Memory holds the object table, a few batches and one chunk, however many
and large the files are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from tde.errors import InputError
from tde.filters import Filters, filters_with
from tde.lightcurves import LightCurves, from_rows, write_shard
from tde.photometry import extinction_per_ebv
from tde.sources.batch import LIMIT
from tde.sources.chunk_files import OBJECTS_FILE, chunk_name
from tde.sources.excursions import differs_from_zero, flag_oddities, is_no_constant
from tde.sources.flags import set_flag
from tde.sources.identifiers import refuse_strangers
from tde.sources.judge import Judge, Usable
from tde.sources.levels import settle_levels
from tde.sources.object_table import Objects
from tde.sources.readers.long_table import own_bands
from tde.sources.road import Sorted, sort_files, usable_rows
from tde.sources.visits import each_visit_once, nightly
from tde.tables import write_parquet
from tde.workflow.configuration.predict_settings import Predict

HELD_ROWS = 500_000
"""Rows that are held before they are appended to their chunks: small files do not make small pieces."""

MAGNITUDES, FEWEST_MAGNITUDES = (12.0, 28.0), 20
"""Fluxes that all lie between these, in an object with this many of them, may be magnitudes."""

PARTS = ".parts"
"""Folder of rows that are not yet sorted, beside the chunks."""

NOTHING = Usable(*(np.empty(0, kind) for kind in (np.int64, float, np.int16, float, float, np.int8, np.int32)))


def write_chunks(
    settings: Predict, files: list[Path], objects: Objects, chunk_size: int, folder: Path
) -> dict[str, Any]:
    """Read all light curves and write them in chunks, with the object table beside them.

    Parameters
    ----------
    settings : Predict
    files : list of path
    objects : Objects
        Those of the user's table; they stay as they are.
    chunk_size : int
        Objects per chunk.
    folder : path
        Gets one shard per chunk and `OBJECTS_FILE`.

    Returns
    -------
    dict
        Counts: files and formats, rows read and dropped, objects, chunks; and what the bands were taken for.

    Raises
    ------
    InputError
        For anything that cannot be read, naming file, row, column, value and what is allowed.
    """
    by_format = sort_files(settings, files)
    judge = _read_all(settings, by_format, objects, chunk_size, folder)
    parts, objects, bands = folder / PARTS, judge.objects, judge.bands
    if not judge.counts["rows read"]:
        others = "".join(f"; refused: {reason}" for reason in list(by_format.refused.values())[:1])
        raise InputError(f"{settings.lightcurves}: no observation in {len(files)} file(s){others}")
    if judge.unusable and judge.unusable.total() + judge.left_out.total() == judge.counts["rows read"]:
        known = ", ".join(bands.keys)
        raise InputError(
            f"{settings.lightcurves}: no observation in a band that is known; found {', '.join(judge.unusable)};"
            f" known: {known}; name others in predict.bands"
        )
    if not judge.met_listed:
        refuse_strangers(objects.object_id[: objects.listed], objects.object_id[objects.listed :], objects.listed_in)
    reddening = objects.settle(settings.dust_map)
    counts = {"repeated rows": 0, "alerts replaced by forced photometry": 0}
    n_chunks = -(-len(objects) // chunk_size)
    for index in tqdm(range(n_chunks), desc="chunks sorted", unit="chunk", mininterval=5):
        mine = np.arange(index * chunk_size, min((index + 1) * chunk_size, len(objects)))
        chunk = _mended(_collected(parts / chunk_name(index), mine[0]), objects, mine, counts, settings.nightly)
        lightcurves = _lightcurves(chunk, objects, mine, bands, settings.dereddened)
        signal = differs_from_zero(lightcurves) & is_no_constant(chunk, len(mine))
        observed = np.diff(lightcurves.offsets) > 0
        set_flag(objects.masks, "no_signal", mine[observed & ~signal])
        write_shard(folder / f"{chunk_name(index)}.parquet", lightcurves)
    shutil.rmtree(parts)
    shard = [chunk_name(k // chunk_size) for k in range(len(objects))]
    write_parquet(folder / OBJECTS_FILE, objects.table(shard))
    told = {"E(B-V)": {words: n for words, n in reddening.items() if n}, "objects": len(objects), "chunks": n_chunks}
    return {**by_format.report(), **judge.report(), **counts, **told}


def _read_all(settings: Predict, files: Sorted, listed: Objects, chunk_size: int, folder: Path) -> Judge:
    """Put all rows into the folders of their chunks; once more from the beginning where files had to be refused."""
    while True:
        files.leave_out_refused()
        shutil.rmtree(folder, ignore_errors=True)
        (folder / PARTS).mkdir(parents=True)
        refused = len(files.refused)
        judge = Judge(listed.copied(), filters_with(own_bands(settings)), settings.until_mjd)
        for number, rows in enumerate(_held(usable_rows(files, judge))):
            _append(folder / PARTS, number, rows, chunk_size)
        if len(files.refused) == refused:
            return judge


def _held(parts: Iterator[Usable]) -> Iterator[Usable]:
    """Observations of several batches at a time."""
    held: list[Usable] = []
    n_rows = 0
    for rows in parts:
        held.append(rows)
        n_rows += len(rows)
        if n_rows >= HELD_ROWS:
            yield Usable.joined(held)
            held, n_rows = [], 0
    if held:
        yield Usable.joined(held)


def _append(parts: Path, number: int, rows: Usable, chunk_size: int) -> None:
    """Write rows into the folders of their chunks."""
    chunk = rows.row_object // chunk_size
    for index in np.unique(chunk):
        mine = rows.take(chunk == index)
        table = pa.table({each.name: getattr(mine, each.name) for each in fields(mine)})
        folder = parts / chunk_name(int(index))
        folder.mkdir(exist_ok=True)
        with (
            pa.OSFile(str(folder / f"{number:08d}.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)


def _collected(folder: Path, first: int) -> Usable:
    """All rows of a chunk, its objects numbered from 0."""
    parts = [NOTHING]
    for path in sorted(folder.glob("*.arrow")):
        with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
            table = reader.read_all()
        columns = {each.name: table[each.name].to_numpy() for each in fields(Usable)}
        parts.append(Usable(**columns | {"row_object": columns["row_object"] - first}))
    return Usable.joined(parts)


def _mended(rows: Usable, objects: Objects, mine: np.ndarray, counts: dict[str, int], per_night: bool) -> Usable:
    """Each visit once, levels subtracted, nights combined if that is asked for; flags are set."""
    masks = objects.masks[mine[0] : mine[-1] + 1]
    visits = each_visit_once(rows)
    counts["repeated rows"] += len(visits.repeated)
    counts["alerts replaced by forced photometry"] += len(visits.replaced)
    set_flag(masks, "repeated_rows", visits.repeated)
    set_flag(masks, "duplicated_epochs", visits.doubled)
    set_flag(masks, "two_lists", visits.replaced)
    rows = settle_levels(visits.rows, len(mine), masks)
    if per_night:
        combined = nightly(rows)
        fewer = np.bincount(combined.row_object, minlength=len(mine)) < np.bincount(
            rows.row_object, minlength=len(mine)
        )
        set_flag(masks, "nightly", fewer)
        rows = combined
    n_points = np.bincount(rows.row_object, minlength=len(mine))
    set_flag(masks, "no_observations", n_points == 0)
    limits = np.bincount(rows.row_object, weights=rows.kind == LIMIT, minlength=len(mine))
    set_flag(masks, "limits_only", (n_points > 0) & (limits == n_points))
    ordinary = (rows.flux > MAGNITUDES[0]) & (rows.flux < MAGNITUDES[1])
    all_like_it = np.bincount(rows.row_object, weights=ordinary, minlength=len(mine)) == n_points
    set_flag(masks, "looks_like_magnitudes", all_like_it & (n_points >= FEWEST_MAGNITUDES))
    flag_oddities(rows, len(mine), masks)
    return rows


def _lightcurves(rows: Usable, objects: Objects, mine: np.ndarray, bands: Filters, dereddened: bool) -> LightCurves:
    """Light curves in the filters that they were observed in, extinction undone at the wavelength of each."""
    extinction = np.zeros(len(bands.keys)) if dereddened else extinction_per_ebv(bands.wavelength)
    ebv = objects.ebv[mine]
    factor = 10.0 ** (0.4 * extinction[rows.band] * ebv[rows.row_object])
    return from_rows(
        np.array([objects.object_id[k] for k in mine], dtype=object),
        objects.z[mine],
        ebv,
        rows.row_object,
        rows.mjd,
        rows.band,
        rows.flux * factor,
        rows.flux_err * factor,
        filters=bands,
    )
