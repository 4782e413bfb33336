"""Light curves of any number of objects, put into chunks of a bounded number of objects.

The files are read once, batch by batch (twice where one of them is refused). The rows of a
batch are appended to the chunks of their objects; then each chunk is sorted, mended, and
written as a shard. Memory holds the object table, a few batches and one chunk, however many
and large the files are.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tde.errors import InputError
from tde.filters import filters_with
from tde.lightcurves import write_shard
from tde.sources.chunk_files import OBJECTS_FILE, chunk_name
from tde.sources.identifiers import refuse_strangers
from tde.sources.judge import Judge
from tde.sources.mending import DROPPED, mended_lightcurves
from tde.sources.object_table import Objects
from tde.sources.readers.long_table import own_bands
from tde.sources.road import Sorted, sort_files, usable_rows
from tde.sources.spilling import collected, held, spill
from tde.tables import write_parquet
from tde.workflow.configuration.predict_settings import Predict

PARTS = ".parts"
"""Folder of rows that are not yet sorted, beside the chunks."""


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
    reddening = objects.settle(settings.dust_map, settings.catalogue)
    counts = Counter(dict.fromkeys(DROPPED, 0))
    n_chunks = -(-len(objects) // chunk_size)
    for index in tqdm(range(n_chunks), desc="chunks sorted", unit="chunk", mininterval=5):
        mine = np.arange(index * chunk_size, min((index + 1) * chunk_size, len(objects)))
        rows = collected(parts / chunk_name(index), mine[0])
        lightcurves = mended_lightcurves(rows, objects, mine, bands, settings, counts)
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
        for number, rows in enumerate(held(usable_rows(files, judge))):
            spill(folder / PARTS, number, rows, rows.row_object // chunk_size)
        if len(files.refused) == refused:
            return judge
