"""From the files of a collection to objects and shards: those with a label are learnt from, the others classified."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tde.collection.object_labels import Labels
from tde.errors import InputError
from tde.lightcurves import write_shard
from tde.predict.chosen import read_chosen
from tde.sources.chunk_files import OBJECTS_FILE
from tde.sources.chunks import write_chunks
from tde.sources.flags import FLAGS, count_flags, flag_mask
from tde.sources.object_table import read_object_table
from tde.tables import ROW_GROUP, read_parquet, write_parquet

CHUNK = 4000
"""Objects whose light curves are sorted at a time."""

WITHOUT_LIGHT_CURVE = "without any observation, left out"


class SetFiles(NamedTuple):
    """Where one set of objects goes.

    Attributes
    ----------
    objects : str
        The object table.
    shards : sequence of str
        Files named after their shards, among which the objects are divided evenly.
    """

    objects: str
    shards: Sequence[str]


class Read(NamedTuple):
    """What was read of a collection.

    Attributes
    ----------
    report : dict
        As `tde.sources.chunks.write_chunks` gives it.
    counts : dict of str to dict of str to int
        By set: objects, and how many have each flag.
    """

    report: dict[str, Any]
    counts: dict[str, dict[str, int]]


def read_sets(labels: Labels, files: Sequence[str], wanted: Mapping[str, SetFiles], learnt_from: str) -> Read:
    """Read a collection's light curves and divide the objects between the sets.

    Parameters
    ----------
    labels : Labels
    files : sequence of str
        All files of light curves.
    wanted : mapping of str to SetFiles
        The two sets.
    learnt_from : str
        The set of the objects with a label; the others are of the other one.

    Raises
    ------
    InputError
        As reading new light curves does; for a label without a class, and if no object has a label.
    """
    settings = labels.collection.as_predict()
    folder = Path(next(iter(wanted.values())).objects).parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as chunks, _own_keys(labels.key):
        for name in labels.entries:
            labels.spec_type(name)  # what is wrong with the table is said before hours of reading
        known = read_object_table(labels.path if settings.objects else None, settings.object_columns, np.nan)
        report = write_chunks(settings, [Path(file) for file in files], known, CHUNK, Path(chunks))
        everything = read_parquet(Path(chunks) / OBJECTS_FILE)
        observed, labelled = _observed(everything), _labelled(labels, everything)
        if not (labelled & observed).any():
            raise InputError(
                f"{labels.key}: none of {everything.num_rows} objects has a label and a light curve; allowed: some of"
                " each class, with labels in the files or in the column of objects that label names"
            )
        counts = {}
        for name, place in wanted.items():
            mine = labelled == (name == learnt_from)
            counts[name] = _counts(everything.filter(pa.array(mine & observed)), int((mine & ~observed).sum()))
            _write_set(everything, np.flatnonzero(mine & observed), chunks, place)
    return Read(report, counts)


def _observed(objects: pa.Table) -> np.ndarray:
    """Whether each object has an observation, shape (n,)."""
    return ~np.array(["no_observations" in flags.split(";") for flags in objects["flags"].to_pylist()], dtype=bool)


def _labelled(labels: Labels, objects: pa.Table) -> np.ndarray:
    """Whether each object is learnt from, shape (n,)."""
    names, words = objects["object_id"].to_pylist(), objects["label_words"].to_pylist()
    return np.array([labels.spec_type(*each) is not None for each in zip(names, words, strict=True)], dtype=bool)


def _write_set(objects: pa.Table, rows: np.ndarray, chunks: str, place: SetFiles) -> None:
    """Write the object table and the shards of some objects."""
    shard = np.arange(len(rows)) * len(place.shards) // max(len(rows), 1)
    paths = sorted(map(str, Path(chunks).glob("chunk_*.parquet")))
    for k, path in enumerate(place.shards):
        names = objects["object_id"].take(pa.array(rows[shard == k])).to_pylist()
        write_shard(path, read_chosen(paths, objects, names))
    mine = objects.take(pa.array(rows))
    own = {
        "shard": pa.array([Path(place.shards[k]).stem for k in shard.tolist()], pa.string()),
        "label": mine["label_words"],
    }
    names = ["object_id", "shard", "z", "z_err", "distance_modulus", "ebv", "label", "flags"]
    write_parquet(place.objects, pa.table({name: own.get(name, mine[name]) for name in names}), ROW_GROUP)


def _counts(objects: pa.Table, without: int) -> dict[str, int]:
    """Objects of a set, and how many have what is unusual."""
    flags = count_flags(flag_mask(text) for text in objects["flags"].to_pylist())
    return {
        "objects": objects.num_rows,
        WITHOUT_LIGHT_CURVE: without,
        **{f"{name}: {FLAGS[name]}": number for name, number in flags.items()},
    }


@contextmanager
def _own_keys(key: str) -> Iterator[None]:
    """Messages of the readers name the keys of new light curves; those of a collection are the same, in its block."""
    try:
        yield
    except InputError as error:
        words = str(error).replace("predict.lightcurves", f"{key}.files").replace("predict.", f"{key}.")
        raise InputError(words) from None
